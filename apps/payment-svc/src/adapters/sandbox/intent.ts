import { newId } from '@kervan/contracts';
import type { New, Stored } from '@kervan/store';
import { z } from 'zod';
import { RefundSnapshot, Snapshot } from '../snapshot.ts';
import type { IntentSnapshot, ProviderStatus } from '../snapshot.ts';
import type { CardBehaviour } from './card.ts';
import type { Asked } from './client-secret.ts';

const Status = z.enum([
  'requires_payment_method',
  'requires_action',
  'processing',
  'requires_capture',
  'succeeded',
  'canceled',
]);
export type SandboxStatus = z.infer<typeof Status>;

/** A webhook that is to be sent: what happened, as it was then. */
const Webhook = z.object({ id: z.string(), type: z.string(), at: z.date(), snapshot: Snapshot });
export type SandboxWebhook = z.infer<typeof Webhook>;

/**
 * A payment as the sandbox keeps it, from the first thing that happens to it. Of a card only how it was refused.
 * The webhooks it causes lie in it until they are delivered, so a crash between charge and webhook loses neither.
 */
export type SandboxIntent = z.infer<typeof SandboxIntent>;
export const SandboxIntent = z.object({
  _id: z.string(),
  tenant: z.string(),
  version: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
  status: Status,
  amount: z.number().int(),
  currency: z.string(),
  capture: z.enum(['automatic', 'manual']),
  orderId: z.string(),
  orderNo: z.string(),
  attempt: z.number().int(),
  received: z.number().int(),
  declineCode: z.string().nullable(),
  /** Counts the cards tried. */
  tries: z.number().int(),
  refunds: z.array(RefundSnapshot),
  undelivered: z.array(Webhook),
  /** Deliveries in a row that failed. */
  failures: z.number().int(),
  /** When a slow payment goes through. */
  settleAt: z.date().nullable(),
  /** When the sweep has to look at it: a slow payment to finish, a webhook to send again. */
  dueAt: z.date().nullable(),
}) satisfies z.ZodType<Stored>;

type State = New<SandboxIntent>;

/** A new webhook is sent at once by whoever caused it; after this long, in milliseconds, the sweep takes over. */
const TAKE_OVER_MS = 5_000;
/** How long a slow payment takes, in milliseconds. */
const SLOW_MS = 3_000;

/** An intent to which nothing has happened yet: it exists only in the client secret. */
export const freshIntent = ({ id, tenant, ...asked }: Asked): State => ({
  _id: id,
  tenant,
  ...asked,
  status: 'requires_payment_method',
  received: 0,
  declineCode: null,
  tries: 0,
  refunds: [],
  undelivered: [],
  failures: 0,
  settleAt: null,
  dueAt: null,
});

const OUR_STATUS: Readonly<Record<SandboxStatus, ProviderStatus>> = {
  requires_payment_method: 'pending',
  requires_action: 'requires_action',
  processing: 'processing',
  requires_capture: 'authorized',
  succeeded: 'paid',
  canceled: 'cancelled',
};

const DECLINES: Readonly<Record<string, string>> = {
  insufficient_funds: 'insufficient_funds',
  expired_card: 'card_expired',
  authentication_failed: 'authentication_failed',
};

/** How an intent stands, in the words of the core. */
export const snapshotOf = (intent: State): Snapshot => ({
  providerRef: intent._id,
  intent: intentOf(intent),
  refunds: intent.refunds,
});

const intentOf = ({ status, amount, currency, received, declineCode, tries, _id }: State): IntentSnapshot => {
  const failed = status === 'requires_payment_method' && declineCode !== null;
  return {
    status: failed ? 'failed' : OUR_STATUS[status],
    amount,
    currency,
    captured: received,
    failure: failed ? { code: DECLINES[declineCode] ?? 'declined', message: declineCode } : null,
    attemptRef: tries === 0 ? null : `${_id}:${String(tries)}`,
  };
};

/** The intent with a webhook to be sent about what has just happened to it. */
const told = <S extends State>(intent: S, type: string, now: Date, about: Omit<Snapshot, 'providerRef'>): S => {
  const webhook = { id: newId('event', now.getTime()), type, at: now, snapshot: { providerRef: intent._id, ...about } };
  const dueAt = new Date(now.getTime() + TAKE_OVER_MS);
  return { ...intent, undelivered: [...intent.undelivered, webhook], dueAt: earlier(intent.dueAt, dueAt) };
};

const earlier = (one: Date | null, other: Date): Date => (one !== null && one < other ? one : other);

/** Whether a card may be tried: not while another is under way, nor once it is over. */
export const takesCard = ({ status }: Pick<State, 'status'>): boolean =>
  status === 'requires_payment_method' || status === 'requires_action';

/** A card is tried on an intent that takes one. */
export const tryCard = <S extends State>(intent: S, behaviour: CardBehaviour, now: Date): S => {
  const tried = { ...intent, tries: intent.tries + 1, declineCode: null };
  switch (behaviour.does) {
    case 'decline':
      return decline(tried, behaviour.declineCode, now);
    case 'ask': {
      const asking = { ...tried, status: 'requires_action' as const };
      return told(asking, 'payment.requires_action', now, { intent: intentOf(asking) });
    }
    case 'succeed_slowly': {
      const settleAt = new Date(now.getTime() + SLOW_MS);
      const slow = { ...tried, status: 'processing' as const, settleAt, dueAt: earlier(tried.dueAt, settleAt) };
      return told(slow, 'payment.processing', now, { intent: intentOf(slow) });
    }
    case 'succeed':
      return succeed(tried, now, true);
    case 'succeed_silently':
      return succeed(tried, now, false);
  }
};

/** The buyer has done the step that was asked for, or could not. */
export const finishStep = <S extends State>(intent: S, step: 'pass' | 'fail', now: Date): S =>
  step === 'pass' ? succeed(intent, now, true) : decline(intent, 'authentication_failed', now);

const decline = <S extends State>(intent: S, declineCode: string, now: Date): S => {
  const declined = { ...intent, status: 'requires_payment_method' as const, declineCode };
  return told(declined, 'payment.failed', now, { intent: intentOf(declined) });
};

const succeed = <S extends State>(intent: S, now: Date, tells: boolean): S => {
  const holds = intent.capture === 'manual';
  const done: S = {
    ...intent,
    status: holds ? 'requires_capture' : 'succeeded',
    received: holds ? 0 : intent.amount,
    settleAt: null,
  };
  return tells ? told(done, holds ? 'payment.authorized' : 'payment.succeeded', now, { intent: intentOf(done) }) : done;
};

/** A slow payment goes through when its time has come; the very same intent otherwise. */
export const settleSlow = <S extends State>(intent: S, now: Date): S =>
  intent.status === 'processing' && intent.settleAt !== null && intent.settleAt <= now
    ? succeed(intent, now, true)
    : intent;

/** Takes what was authorized; null when nothing is, or less. */
export const captureIntent = <S extends State>(intent: S, amount: number, now: Date): S | null => {
  if (intent.status !== 'requires_capture' || amount < 1 || amount > intent.amount) return null;
  const captured = { ...intent, status: 'succeeded' as const, received: amount };
  return told(captured, 'payment.succeeded', now, { intent: intentOf(captured) });
};

/** Ends an intent that is not paid nor about to be; null when it is too late. */
export const cancelIntent = <S extends State>(intent: S, now: Date): S | null => {
  if (intent.status === 'succeeded' || intent.status === 'processing' || intent.status === 'canceled') return null;
  const cancelled = { ...intent, status: 'canceled' as const, declineCode: null };
  return told(cancelled, 'payment.cancelled', now, { intent: intentOf(cancelled) });
};

/** Gives money back; null when it is more than what is left. */
export const refundIntent = <S extends State>(
  intent: S,
  { refundId, amount, reason }: { refundId: string; amount: number; reason: string },
  now: Date,
): { intent: S; refund: RefundSnapshot } | null => {
  const left = intent.refunds.reduce((rest, refund) => rest - refund.amount, intent.received);
  if (amount < 1 || amount > left) return null;
  const providerRef = newId('refund', now.getTime());
  const refund: RefundSnapshot = { providerRef, refundId, status: 'succeeded', amount, reason, failure: null };
  const refunded = { ...intent, refunds: [...intent.refunds, refund] };
  return { intent: told(refunded, 'refund.succeeded', now, { refunds: [refund] }), refund };
};

/** Pauses between deliveries that fail, in milliseconds; after the last one it is given up. */
const DELIVERY_PAUSES_MS = [5_000, 10_000, 30_000, 60_000, 300_000, 1_800_000, 3_600_000, 14_400_000];

/** A delivery has failed: when to try again. */
export const deliveryFailed = <S extends State>(intent: S, now: Date): S => {
  const pause = DELIVERY_PAUSES_MS[intent.failures];
  const again = pause === undefined ? intent.settleAt : new Date(now.getTime() + pause);
  const dueAt = again === null || intent.settleAt === null ? again : earlier(intent.settleAt, again);
  return { ...intent, failures: intent.failures + 1, dueAt };
};
