import type { Handler } from '@kervan/bus';
import { emit, fail, ok, paymentEvents, paymentRpc, type Provider } from '@kervan/contracts';
import { keep, type KeyedIds, refuse, write } from '@kervan/store';
import type { Adapters } from '../adapters/adapters.ts';
import type { CallProvider } from '../adapters/call.ts';
import { LIVE_STATUSES } from '../payments/transitions.ts';
import type { PaymentStore } from '../payments/payment.store.ts';
import { changedCredentials, offered, providerView, settingsErrors } from './provider.ts';
import type { ProviderStore } from './provider.store.ts';
import { openProvider, type Settings } from './settings.ts';
import type { Vault } from './vault.ts';

export type ProviderDeps = {
  readonly providers: ProviderStore;
  readonly payments: PaymentStore;
  readonly adapters: Adapters;
  readonly settings: Settings;
  readonly vault: Vault;
  readonly call: CallProvider;
  readonly keyedId: KeyedIds;
};

const changedEvent = (provider: Provider) => emit(paymentEvents.providersChanged, { provider });

/** provider_config_invalid names every wrong field; conflict when the tenant has this provider already. */
export const createProvider =
  ({ providers, adapters, settings, vault, keyedId }: ProviderDeps): Handler<typeof paymentRpc.createProvider> =>
  async (request, context) => {
    const keyed = await keyedId('provider', paymentRpc.createProvider, request, context);
    if (!keyed.ok) return keyed;
    const { id, input } = keyed.value;
    const { tenant, traceId } = context;
    const adapter = adapters[input.provider];
    const credentials = changedCredentials(adapter.ownCredentials?.() ?? {}, input.credentials);
    const errors = settingsErrors(adapter, { ...input, credentials });
    if (errors.length > 0) return fail('provider_config_invalid', { errors });
    const document = {
      ...input,
      _id: id,
      tenant,
      credentials: vault.seal(JSON.stringify(credentials), [tenant, id]),
      credentialNames: Object.keys(credentials).toSorted(),
    };
    const inserted = await providers.insert(document, [changedEvent(input.provider)], traceId);
    settings.drop(tenant);
    if (inserted !== null) return ok(providerView({ ...document, version: 1 }));
    const made = await providers.get(tenant, id);
    return made === null ? fail('conflict', { provider: input.provider }) : ok(providerView(made));
  };

/** Newest first. invalid_cursor */
export const listProviders =
  ({ providers }: ProviderDeps): Handler<typeof paymentRpc.listProviders> =>
  async ({ limit, cursor }, { tenant }) => {
    const page = await providers.list(tenant, {}, { sort: { createdAt: -1 }, limit, cursor });
    return page.ok ? ok({ ...page.value, data: page.value.data.map(providerView) }) : page;
  };

/** not_found */
export const getProvider =
  ({ providers }: ProviderDeps): Handler<typeof paymentRpc.getProvider> =>
  async ({ id }, { tenant }) => {
    const found = await providers.get(tenant, id);
    return found === null ? fail('not_found') : ok(providerView(found));
  };

/**
 * Changes what the patch names; of the credentials only those it names (an empty text takes one away). not_found,
 * precondition_failed, provider_config_invalid.
 */
export const updateProvider =
  ({ providers, adapters, settings, vault }: ProviderDeps): Handler<typeof paymentRpc.updateProvider> =>
  async ({ id, patch: { credentials: change, ...fields }, expectedVersion }, { tenant, traceId }) => {
    const updated = await providers.update(
      tenant,
      id,
      (held) => {
        if (expectedVersion !== undefined && expectedVersion !== held.version) {
          return refuse('precondition_failed', { version: held.version });
        }
        const opened = openProvider(vault, held);
        // Credentials that do not open any more (the key is lost) are replaced by naming them all.
        const credentials = changedCredentials(opened?.credentials ?? {}, change ?? {});
        const next = {
          ...held,
          ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
        };
        const errors = settingsErrors(adapters[held.provider], { ...next, credentials });
        if (errors.length > 0) return refuse('provider_config_invalid', { errors });
        if (change === undefined && Object.keys(fields).length === 0) return keep(held);
        const document = {
          ...next,
          credentials: vault.seal(JSON.stringify(credentials), [tenant, id]),
          credentialNames: Object.keys(credentials).toSorted(),
        };
        return write(document, document, [changedEvent(held.provider)]);
      },
      traceId,
    );
    if (!updated.ok) return updated;
    settings.drop(tenant);
    return ok(providerView(updated.document));
  };

/**
 * not_found, precondition_failed; in_use while payments of it are under way: disable it instead, so that they can come
 * to their end.
 */
export const deleteProvider =
  ({ providers, payments, settings }: ProviderDeps): Handler<typeof paymentRpc.deleteProvider> =>
  async ({ id, expectedVersion }, { tenant, traceId }) => {
    const found = await providers.get(tenant, id);
    if (found === null) return fail('not_found');
    const live = await payments.list(
      tenant,
      { provider: found.provider, status: { $in: [...LIVE_STATUSES] } },
      { sort: { createdAt: -1 }, limit: 1 },
    );
    if (live.ok && live.value.data.length > 0) return fail('in_use', { provider: found.provider });
    // The event of a deleted document would go with it: the fact is written first.
    const disabled = await providers.update(
      tenant,
      id,
      (held) =>
        expectedVersion !== undefined && expectedVersion !== held.version
          ? refuse('precondition_failed', { version: held.version })
          : write({ ...held, enabled: false }, null, [changedEvent(held.provider)]),
      traceId,
    );
    if (!disabled.ok) return disabled;
    const removed = await providers.remove(tenant, id);
    settings.drop(tenant);
    return removed ? ok({ id }) : fail('not_found');
  };

/** Asks the provider whether it takes the credentials that are stored. not_found */
export const testProvider =
  ({ providers, adapters, settings, call }: ProviderDeps): Handler<typeof paymentRpc.testProvider> =>
  async ({ id }, { tenant, deadline }) => {
    const found = await providers.get(tenant, id);
    if (found === null) return fail('not_found');
    const own = await settings.one(tenant, found.provider);
    if (own === null) return ok({ ok: false, reason: 'invalid_credentials' });
    const adapter = adapters[found.provider];
    const checked = await call(adapter, async () => {
      await adapter.checkCredentials({ settings: own, deadline });
      return true;
    });
    return ok(checked.ok ? { ok: true, reason: null } : { ok: false, reason: checked.error.code });
  };

/** What a buyer may pay with in a currency, best first, and between which amounts. */
export const listOptions =
  ({ settings }: ProviderDeps): Handler<typeof paymentRpc.listOptions> =>
  async ({ currency }, { tenant }) => {
    const options = offered(await settings.all(tenant), currency);
    return ok({
      options: options.map(({ provider, methods, displayName, minAmount, maxAmount }) => ({
        provider,
        methods,
        displayName,
        minAmount,
        maxAmount,
      })),
    });
  };
