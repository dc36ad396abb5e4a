import { randomUUID } from 'node:crypto';
import type { Result } from '@kervan/contracts';
import { job, type Job } from '@kervan/service';
import { write } from '@kervan/store';
import type { Deferred } from '../deferred.ts';
import type { PaymentDocument } from '../payments/payment.ts';
import { settle, type SettleDeps, type Work } from '../payments/settle.ts';
import { failed, handled, unmatched, type WebhookDocument } from './webhook.ts';
import type { HandledMark, WebhookStore } from './webhook.store.ts';

export type HandleDeps = SettleDeps & { readonly webhooks: WebhookStore; readonly marks: Deferred<HandledMark> };

/** What handling one event may take, in milliseconds. */
const PATIENCE_MS = 10_000;
const BATCH = 200;

/**
 * Handles a stored event: finds its payment, applies what it says, takes down what became of it. May be done any number
 * of times, by several at once. Answers the event as it stands then.
 */
export const handleEvent = async (deps: HandleDeps, event: WebhookDocument): Promise<WebhookDocument> => {
  const { marks, clock, log } = deps;
  const work: Work = {
    tenant: event.tenant,
    traceId: randomUUID().replaceAll('-', ''),
    deadline: clock().getTime() + PATIENCE_MS,
  };
  const applied = await applyEvent(deps, work, event);
  if (applied.ok) {
    const payment = applied.value;
    const isPlain = event.status === 'received' && event.tries === 0 && event.paymentId === payment._id;
    if (!isPlain) return takeDown(deps, event, (held) => handled(held, payment, clock()));
    marks.add({ tenant: event.tenant, id: event._id });
    return handled(event, payment, clock());
  }
  const { code } = applied.error;
  const after = await takeDown(deps, event, (held) =>
    code === 'not_found' ? unmatched(held, clock()) : failed(held, code, clock()),
  );
  if (after.dueAt === null && after.status !== 'handled') {
    const { tenant, provider, eventId, type } = event;
    log.warn({ tenant, provider, eventId, type, code }, 'a webhook event was given up: staff has to look');
  }
  return after;
};

const applyEvent = async (deps: HandleDeps, work: Work, event: WebhookDocument): Promise<Result<PaymentDocument>> => {
  const { snapshot, tenant, paymentId, at } = event;
  if (snapshot === null) throw new TypeError('an event that says nothing is never handled');
  const told = { by: 'event', at } as const;
  if (paymentId !== null) {
    const applied = await settle(deps, work, paymentId, snapshot, told);
    if (applied.ok || applied.error.code !== 'not_found') return applied;
  }
  const found = await deps.payments.findBy(tenant, 'providerRef', snapshot.providerRef);
  if (found === null || found.provider !== event.provider) return { ok: false, error: { code: 'not_found' } };
  return settle(deps, work, found._id, snapshot, told);
};

const takeDown = async (
  { webhooks }: HandleDeps,
  { tenant, _id }: WebhookDocument,
  next: (held: WebhookDocument) => WebhookDocument,
): Promise<WebhookDocument> => {
  const updated = await webhooks.update(tenant, _id, (held) => write(next(held), null));
  if (!updated.ok) throw new Error(`the outcome of event ${_id} was not taken down: ${updated.error.code}`);
  return updated.document;
};

/** Handles what a crash, a provider that was down or a payment not written yet has left. */
export const webhookSweep = (deps: HandleDeps): Job =>
  job({
    name: 'webhook-events',
    everySeconds: 1,
    lease: true,
    run: async (signal) => {
      const { webhooks, clock, log } = deps;
      const due = await webhooks.acrossTenants.find({ dueAt: { $lte: clock() } }, { sort: { dueAt: 1 }, limit: BATCH });
      if (signal.aborted) return;
      await Promise.all(
        due.map((event) =>
          handleEvent(deps, event).catch((error: unknown) => {
            log.error({ err: error, tenant: event.tenant, eventId: event.eventId }, 'a webhook event was not handled');
            return takeDown(deps, event, (held) => failed(held, 'internal_error', clock()));
          }),
        ),
      );
    },
  });
