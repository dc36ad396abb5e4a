import { fail, ok, Provider, TenantSlug } from '@kervan/contracts';
import type { Result } from '@kervan/contracts';
import { reach } from '@kervan/test-points';
import type { WebhookRequest } from '../adapters/adapter.ts';
import { handleEvent, type HandleDeps } from './handle.ts';
import { newWebhook } from './webhook.ts';

export type ReceiveDeps = HandleDeps & { readonly toleranceS: number; readonly inHand: Set<Promise<unknown>> };

export type IncomingWebhook = {
  readonly provider: string;
  readonly tenant: string;
  readonly rawBody: Buffer;
  readonly headers: WebhookRequest['headers'];
};

/**
 * Takes in a provider's event: checks it, stores it, and only then is it ours; handling goes on from the store. The same
 * event again is fine. not_found (no such tenant or provider), signature_invalid, bad_request; rejects when it could
 * not be stored, so that the provider sends it again.
 */
export const receiveWebhook =
  (deps: ReceiveDeps) =>
  async ({ provider: name, tenant, rawBody, headers }: IncomingWebhook): Promise<Result<'stored' | 'known'>> => {
    const { adapters, settings, webhooks, clock, log, toleranceS, inHand } = deps;
    const provider = Provider.safeParse(name);
    if (!provider.success || !TenantSlug.safeParse(tenant).success) return fail('not_found');
    const own = await settings.one(tenant, provider.data);
    if (own === null) return fail('not_found');

    const now = clock();
    const reading = adapters[provider.data].parseWebhook(own, { rawBody, headers, now, toleranceS });
    if (reading.kind !== 'event') {
      log.warn({ tenant, provider: name, reason: reading.reason }, 'a webhook was refused');
      return fail(reading.kind === 'rejected' ? 'signature_invalid' : 'bad_request', undefined, reading.reason);
    }
    const event = newWebhook(tenant, provider.data, reading.event, now);
    const stored = await webhooks.insert(event);
    reach('webhook.stored');
    if (stored === null) return ok('known');
    if (event.snapshot !== null) {
      const handling = handleEvent(deps, { ...event, version: 1, createdAt: now, updatedAt: now })
        // It is stored: the sweep goes on with it.
        .catch((error: unknown) => log.error({ err: error, tenant, eventId: event.eventId }, 'not handled at once'))
        .finally(() => inHand.delete(handling));
      inHand.add(handling);
    }
    return ok('stored');
  };
