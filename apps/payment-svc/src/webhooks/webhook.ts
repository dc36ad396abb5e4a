import { createHash } from 'node:crypto';
import { Provider, WebhookEvent } from '@kervan/contracts';
import type { New, Stored } from '@kervan/store';
import { z } from 'zod';
import type { ProviderEvent } from '../adapters/adapter.ts';
import { Snapshot } from '../adapters/snapshot.ts';
import { paymentIdOf } from '../payments/payment.ts';

/**
 * An event of a provider as it is kept: what it says in our words, without the client secrets and personal data that
 * providers put beside it. `createdAt` is when it came in.
 */
export type WebhookDocument = z.infer<typeof WebhookDocument>;
export const WebhookDocument = z.object({
  _id: z.string(),
  tenant: z.string(),
  version: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
  provider: Provider,
  eventId: z.string(),
  type: z.string(),
  status: WebhookEvent.shape.status,
  /** When the provider says it happened. */
  at: z.date(),
  /** Null for a type that means nothing to us. */
  snapshot: Snapshot.nullable(),
  orderId: z.string().nullable(),
  paymentId: z.string().nullable(),
  tries: z.number().int(),
  error: z.string().nullable(),
  handledAt: z.date().nullable(),
  /** When it is tried (again) by the sweep; null when it is done with. */
  dueAt: z.date().nullable(),
}) satisfies z.ZodType<Stored>;

/** The id follows from tenant, provider and the provider's own id, so the same event is one document. */
export const webhookIdOf = (tenant: string, provider: Provider, eventId: string): string =>
  `whe_${createHash('sha256')
    .update(JSON.stringify([tenant, provider, eventId]))
    .digest('hex')
    .slice(0, 32)}`;

/** Whoever stored an event handles it at once; after this long, in milliseconds, the sweep takes it over. */
export const TAKE_OVER_MS = 5_000;
/** No draft lives longer: an event whose payment has not appeared by then belongs to none of ours. */
const LONGEST_UNMATCHED_MS = 75 * 60_000;
const FIRST_PAUSE_MS = 1_000;
/** For an event without a payment, which appears soon or never. */
const LONGEST_PAUSE_MS = 300_000;
/** For a provider that is down: the last try comes half a day after the first. After that staff has to look. */
const LONGEST_FAILURE_PAUSE_MS = 3_600_000;
const MOST_TRIES = 24;

/** An event as it comes in. */
export const newWebhook = (
  tenant: string,
  provider: Provider,
  event: ProviderEvent,
  now: Date,
): New<WebhookDocument> => {
  const { eventId, type, at, snapshot, link } = event;
  return {
    _id: webhookIdOf(tenant, provider, eventId),
    tenant,
    provider,
    eventId,
    type,
    at,
    snapshot,
    status: snapshot === null ? 'ignored' : 'received',
    orderId: link?.orderId ?? null,
    paymentId: link === null ? null : paymentIdOf(link.orderId, link.attempt),
    tries: 0,
    error: null,
    handledAt: snapshot === null ? now : null,
    dueAt: snapshot === null ? null : new Date(now.getTime() + TAKE_OVER_MS),
  };
};

const pauseAfter = (tries: number, longestMs: number): number =>
  Math.min(longestMs, FIRST_PAUSE_MS * 2 ** Math.min(tries, 20));

/** Somebody has handled it before: that stands, whatever becomes of another try. */
const handledBefore = (event: WebhookDocument, error: string): WebhookDocument | null =>
  event.status === 'handled' ? { ...event, tries: event.tries + 1, error } : null;

const NO_PAYMENT = 'no payment fits';

/** No payment fits: tried again for as long as a payment may still appear, because a webhook may overtake our own write. */
export const unmatched = (event: WebhookDocument, now: Date): WebhookDocument => {
  const isLate = now.getTime() - event.createdAt.getTime() > LONGEST_UNMATCHED_MS;
  return (
    handledBefore(event, NO_PAYMENT) ?? {
      ...event,
      status: 'unmatched',
      tries: event.tries + 1,
      error: NO_PAYMENT,
      dueAt: isLate ? null : new Date(now.getTime() + pauseAfter(event.tries, LONGEST_PAUSE_MS)),
    }
  );
};

/** It could not be handled this time: again later, a bounded number of times. */
export const failed = (event: WebhookDocument, error: string, now: Date): WebhookDocument => {
  const tries = event.tries + 1;
  const isOver = tries >= MOST_TRIES;
  return (
    handledBefore(event, error) ?? {
      ...event,
      status: isOver ? 'failed' : 'received',
      tries,
      error,
      dueAt: isOver ? null : new Date(now.getTime() + pauseAfter(event.tries, LONGEST_FAILURE_PAUSE_MS)),
    }
  );
};

/** The event is done with, for this payment. */
export const handled = (
  event: WebhookDocument,
  payment: { readonly _id: string; readonly orderId: string },
  now: Date,
): WebhookDocument => ({
  ...event,
  status: 'handled',
  tries: event.tries + 1,
  error: null,
  orderId: payment.orderId,
  paymentId: payment._id,
  handledAt: now,
  dueAt: null,
});

/** The event as staff see it. */
export const webhookView = (event: WebhookDocument): WebhookEvent => ({
  id: event._id,
  provider: event.provider,
  eventId: event.eventId,
  type: event.type,
  status: event.status,
  orderId: event.orderId,
  paymentId: event.paymentId,
  tries: event.tries,
  error: event.error,
  receivedAt: event.createdAt.toISOString(),
  handledAt: event.handledAt?.toISOString() ?? null,
});
