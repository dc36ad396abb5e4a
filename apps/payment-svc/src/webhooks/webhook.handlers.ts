import type { Handler } from '@kervan/bus';
import { fail, ok } from '@kervan/contracts';
import type { paymentRpc } from '@kervan/contracts';
import { handleEvent, type HandleDeps } from './handle.ts';
import { webhookView } from './webhook.ts';

/** Newest first. invalid_cursor */
export const listWebhookEvents =
  ({ webhooks }: Pick<HandleDeps, 'webhooks'>): Handler<typeof paymentRpc.listWebhookEvents> =>
  async ({ limit, cursor, status, provider, type }, { tenant }) => {
    const filter = {
      ...(status === undefined ? {} : { status }),
      ...(provider === undefined ? {} : { provider }),
      ...(type === undefined ? {} : { type }),
    };
    const page = await webhooks.list(tenant, filter, { sort: { createdAt: -1 }, limit, cursor });
    return page.ok ? ok({ ...page.value, data: page.value.data.map(webhookView) }) : page;
  };

/** Handles a stored event once more; one that means nothing to us stays as it is. not_found */
export const replayWebhookEvent =
  (deps: HandleDeps): Handler<typeof paymentRpc.replayWebhookEvent> =>
  async ({ id }, { tenant }) => {
    const event = await deps.webhooks.get(tenant, id);
    if (event === null) return fail('not_found');
    return ok(webhookView(event.snapshot === null ? event : await handleEvent(deps, event)));
  };
