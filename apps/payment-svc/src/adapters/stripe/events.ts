import { z } from 'zod';
import type { WebhookReading } from '../adapter.ts';
import type { ProviderStatus, Snapshot } from '../snapshot.ts';
import { fromStripeAmount } from './amount.ts';
import { Charge, Dispute, disputeSnapshot, Intent, intentSnapshot, Refund, refundSnapshot } from './objects.ts';

type Link = { orderId: string; attempt: number } | null;
type Read = { snapshot: Snapshot; link: Link };
/** Reads the event's object: null when it is not what the type promises, `unrelated` when it belongs to no intent. */
type Row = { readonly says: string; readonly read: (object: unknown) => Read | 'unrelated' | null };

const linkOf = (metadata: Intent['metadata']): Link => {
  const orderId = metadata?.['orderId'];
  const attempt = Number(metadata?.['attempt']);
  return orderId === undefined || !Number.isSafeInteger(attempt) ? null : { orderId, attempt };
};

const intent = (status: ProviderStatus): Row => ({
  says: status,
  read: (object) => {
    const parsed = Intent.safeParse(object);
    if (!parsed.success) return null;
    return {
      snapshot: { providerRef: parsed.data.id, intent: intentSnapshot(parsed.data, status) },
      link: linkOf(parsed.data.metadata),
    };
  },
});

const about = (intentId: string | null | undefined, snapshot: Omit<Snapshot, 'providerRef'>): Read | 'unrelated' =>
  intentId === null || intentId === undefined
    ? 'unrelated'
    : { snapshot: { providerRef: intentId, ...snapshot }, link: null };

const refund: Row = {
  says: 'refund',
  read: (object) => {
    const parsed = Refund.safeParse(object);
    return parsed.success ? about(parsed.data.payment_intent, { refunds: [refundSnapshot(parsed.data)] }) : null;
  },
};

const refundedTotal: Row = {
  says: 'refunded total',
  read: (object) => {
    const parsed = Charge.safeParse(object);
    if (!parsed.success) return null;
    const { payment_intent: intentId, amount_refunded: amount, currency } = parsed.data;
    return about(intentId, { refundedTotal: fromStripeAmount(amount, currency) });
  },
};

const dispute: Row = {
  says: 'dispute',
  read: (object) => {
    const parsed = Dispute.safeParse(object);
    return parsed.success ? about(parsed.data.payment_intent, { dispute: disputeSnapshot(parsed.data) }) : null;
  },
};

/** Every type of event that means something to us, and what it says. docs/stripe-events.md is checked against this. */
export const STRIPE_EVENTS: Readonly<Record<string, Row>> = {
  'payment_intent.created': intent('pending'),
  'payment_intent.requires_action': intent('requires_action'),
  'payment_intent.processing': intent('processing'),
  'payment_intent.amount_capturable_updated': intent('authorized'),
  'payment_intent.succeeded': intent('paid'),
  'payment_intent.payment_failed': intent('failed'),
  'payment_intent.canceled': intent('cancelled'),
  'charge.refunded': refundedTotal,
  'refund.created': refund,
  'refund.updated': refund,
  'refund.failed': refund,
  // The older name of refund.updated, still sent beside it.
  'charge.refund.updated': refund,
  'charge.dispute.created': dispute,
  'charge.dispute.updated': dispute,
  'charge.dispute.funds_withdrawn': dispute,
  'charge.dispute.funds_reinstated': dispute,
  'charge.dispute.closed': dispute,
};

const Envelope = z.object({
  id: z.string().min(1).max(255),
  type: z.string().min(1).max(255),
  created: z.number().int().positive().max(9_999_999_999).optional(),
  livemode: z.boolean().optional(),
  data: z.object({ object: z.unknown() }).optional(),
});

/** Reads an event whose signature has been checked. `receivedAt` stands in where it does not say when it happened. */
export const readStripeEvent = (rawBody: Buffer, mode: 'test' | 'live', receivedAt: Date): WebhookReading => {
  let body: unknown;
  try {
    body = JSON.parse(rawBody.toString('utf8'));
  } catch {
    return { kind: 'malformed', reason: 'the body is not JSON' };
  }
  const parsed = Envelope.safeParse(body);
  if (!parsed.success) return { kind: 'malformed', reason: 'the body is not an event' };
  const { id: eventId, type, created, livemode, data } = parsed.data;
  if (livemode !== undefined && livemode !== (mode === 'live')) {
    return { kind: 'malformed', reason: 'the event is of the other mode' };
  }
  const at = created === undefined ? receivedAt : new Date(created * 1_000);
  const row = Object.hasOwn(STRIPE_EVENTS, type) ? STRIPE_EVENTS[type] : undefined;
  const read = row === undefined ? 'unrelated' : row.read(data?.object);
  if (read === null) return { kind: 'malformed', reason: 'the object is not what the type says' };
  const { snapshot, link } = read === 'unrelated' ? { snapshot: null, link: null } : read;
  return { kind: 'event', event: { eventId, type, at, snapshot, link } };
};
