import { defineCollection } from '@kervan/store';
import type { Collection } from '@kervan/store';
import { ProviderDocument } from './provider.ts';

/** A shop has each provider once at most. */
export const providerCollection = defineCollection<ProviderDocument>({
  name: 'providers',
  schema: ProviderDocument,
  outbox: 'payment',
  indexes: [{ key: { provider: 1 }, unique: true }, { key: { createdAt: -1 } }],
});
export type ProviderStore = Collection<ProviderDocument>;
