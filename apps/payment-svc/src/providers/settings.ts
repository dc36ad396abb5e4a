import { paymentEvents, type Provider } from '@kervan/contracts';
import type { EventEnvelope } from '@kervan/contracts';
import type { Log } from '@kervan/service';
import { z } from 'zod';
import type { OpenedProvider, ProviderDocument } from './provider.ts';
import type { ProviderStore } from './provider.store.ts';
import type { Vault } from './vault.ts';

/** Settings of providers in memory, by tenant, credentials in the clear. */
export type Settings = {
  /** All providers of a tenant, enabled or not. */
  readonly all: (tenant: string) => Promise<readonly OpenedProvider[]>;
  /** One of them, or null: also a disabled one still hears of the payments it has. */
  readonly one: (tenant: string, provider: Provider) => Promise<OpenedProvider | null>;
  /** Forgets a tenant's, or everyone's. */
  readonly drop: (tenant?: string) => void;
  /** Hears of changes made by other copies. */
  readonly onEvent: (event: EventEnvelope) => void;
};

/** Shops kept in memory; beyond it the one read longest ago goes. Made-up shops in requests thus cost no more than that. */
const MOST_TENANTS = 10_000;
/** A change that was never heard of counts after this long, in milliseconds. */
const LONGEST_KEPT_MS = 60_000;
const MOST_PROVIDERS = 100;
const Credentials = z.record(z.string(), z.string());

/** The settings of all tenants, read when first needed and kept until they change. */
export const openSettings = (deps: {
  providers: ProviderStore;
  vault: Vault;
  clock: () => Date;
  log: Log;
}): Settings => {
  const { providers, vault, clock, log } = deps;
  const kept = new Map<string, { readonly at: number; readonly read: Promise<readonly OpenedProvider[]> }>();

  const read = async (tenant: string): Promise<readonly OpenedProvider[]> => {
    const page = await providers.list(tenant, {}, { sort: { createdAt: 1 }, limit: MOST_PROVIDERS });
    if (!page.ok) return [];
    return page.value.data.flatMap((document) => {
      const opened = openProvider(vault, document);
      if (opened === null)
        log.error({ tenant, provider: document.provider }, 'credentials do not open: wrong MASTER_KEY');
      return opened ?? [];
    });
  };
  const all = (tenant: string): Promise<readonly OpenedProvider[]> => {
    const now = clock().getTime();
    const known = kept.get(tenant);
    if (known !== undefined && now - known.at < LONGEST_KEPT_MS) return known.read;
    const oldest = kept.keys().next();
    if (kept.size >= MOST_TENANTS && oldest.done !== true) kept.delete(oldest.value);
    const entry = { at: now, read: read(tenant) };
    entry.read.catch(() => {
      if (kept.get(tenant) === entry) kept.delete(tenant);
    });
    kept.delete(tenant);
    kept.set(tenant, entry);
    return entry.read;
  };
  const drop = (tenant?: string): void => {
    if (tenant === undefined) kept.clear();
    else kept.delete(tenant);
  };
  return {
    all,
    one: async (tenant, provider) => (await all(tenant)).find((each) => each.provider === provider) ?? null,
    drop,
    onEvent: ({ type, tenant }) => {
      if (type === paymentEvents.providersChanged.type) drop(tenant);
    },
  };
};

/** The settings with their credentials in the clear; null when these do not open. */
export const openProvider = (vault: Vault, document: ProviderDocument): OpenedProvider | null => {
  const { _id: id, tenant, provider, displayName, mode, credentialNames, methods, currencies } = document;
  const { minAmount, maxAmount, capture, priority, enabled } = document;
  const text = vault.open(document.credentials, [tenant, id]);
  if (text === null) return null;
  const credentials = Credentials.parse(JSON.parse(text));
  const use = { methods, currencies, minAmount, maxAmount, capture, priority, enabled };
  return { id, tenant, provider, displayName, mode, credentials, credentialNames, ...use };
};
