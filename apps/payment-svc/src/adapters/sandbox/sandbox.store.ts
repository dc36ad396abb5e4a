import { defineCollection } from '@kervan/store';
import type { Collection } from '@kervan/store';
import { SandboxIntent } from './intent.ts';

/** Payments of the sandbox, by due time for its sweep. */
export const sandboxCollection = defineCollection<SandboxIntent>({
  name: 'sandbox_intents',
  schema: SandboxIntent,
  indexes: [{ key: { dueAt: 1 }, partial: { dueAt: { $type: 'date' } }, acrossTenants: true, name: 'due' }],
});
export type SandboxStore = Collection<SandboxIntent>;
