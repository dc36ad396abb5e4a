import { emit, paymentEvents } from '@kervan/contracts';
import type { NewEvent, PaymentStatus } from '@kervan/contracts';
import type { DisputeSnapshot, IntentSnapshot, Snapshot } from '../adapters/snapshot.ts';
import { mergeRefunds, refundedSum } from './refund.ts';
import { paymentView } from './payment.ts';
import type { Attempt, PaymentDocument } from './payment.ts';
import { isLive, TRANSITIONS } from './transitions.ts';

/** How we know: a provider's event with its own time, or its answer to our question with the time we asked. */
export type Told = { readonly by: 'event' | 'answer'; readonly at: Date };

/**
 * What a snapshot does to a payment.
 * - `changed`: write this payment and these events;
 * - `same`: nothing new in it; `odd` says what cannot be and should be looked at;
 * - `ask`: in doubt: read the payment from the provider and apply that.
 */
export type Applied =
  | { readonly kind: 'changed'; readonly payment: PaymentDocument; readonly events: readonly NewEvent[] }
  | { readonly kind: 'same'; readonly odd?: string }
  | { readonly kind: 'ask' };

/** More cards than this are not listed: the oldest go. */
const MOST_ATTEMPTS = 50;

type Kind = keyof typeof EVENT_OF;
const EVENT_OF = {
  requires_action: paymentEvents.requiresAction,
  processing: paymentEvents.processing,
  authorized: paymentEvents.authorized,
  paid: paymentEvents.succeeded,
  failed: paymentEvents.failed,
  cancelled: paymentEvents.cancelled,
  refunded: paymentEvents.refunded,
  disputed: paymentEvents.disputed,
  disputeClosed: paymentEvents.disputeClosed,
  mismatched: paymentEvents.mismatched,
} as const;

/**
 * Applies what a provider says to a payment: the one way in which a payment changes, whether a webhook, our own
 * question, opening or cancelling brought the news. Pure; the same news twice is `same`.
 */
export const applySnapshot = (payment: PaymentDocument, snapshot: Snapshot, told: Told, now: Date): Applied => {
  const intent =
    snapshot.intent === undefined ? { next: payment, kinds: [] } : applyIntent(payment, snapshot.intent, told);
  if (intent === 'ask') return { kind: 'ask' };
  const before = intent.next;
  const next = applyDispute(applyRefunds(before, snapshot), snapshot.dispute, told.at);
  const money = withMoney(next);

  // Money cannot come back, or be disputed, before it was taken: we have missed something.
  const early = before.captured === 0 && (money.refunds.length > before.refunds.length || money.disputes.length > 0);
  const total = snapshot.refundedTotal;
  if (told.by === 'event' && (early || (total !== undefined && total !== money.refunded))) return { kind: 'ask' };

  const kinds = [...intent.kinds];
  if (money.refunds !== before.refunds) kinds.push('refunded');
  if (money.disputes !== before.disputes) kinds.push(isDisputed(money) ? 'disputed' : 'disputeClosed');
  if (kinds.length === 0 && intent.next === payment) {
    return intent.odd === undefined ? { kind: 'same' } : { kind: 'same', odd: intent.odd };
  }
  return changed(money, kinds, now);
};

/** How long a refund that is under way is left alone before the reconciler asks about it, in milliseconds. */
const REFUND_CHECK_MS = 15 * 60_000;

/** The payment with an event for each thing that happened, all carrying the payment as it is after this write. */
export const changed = (
  next: PaymentDocument,
  kinds: readonly Kind[],
  now: Date,
): { kind: 'changed'; payment: PaymentDocument; events: NewEvent[] } => {
  const payment = { ...next, checkAt: nextCheck(next, now) };
  const data = paymentView({ ...payment, version: next.version + 1, updatedAt: now });
  return { kind: 'changed', payment, events: [...new Set(kinds)].map((kind) => emit(EVENT_OF[kind], data)) };
};

const nextCheck = ({ status, refunds, checkAt }: PaymentDocument, now: Date): Date | null => {
  if (isLive(status)) return checkAt;
  if (refunds.every((refund) => refund.status !== 'pending')) return null;
  return checkAt ?? new Date(now.getTime() + REFUND_CHECK_MS);
};

type IntentApplied = { readonly next: PaymentDocument; readonly kinds: readonly Kind[]; readonly odd?: string };

const applyIntent = (payment: PaymentDocument, intent: IntentSnapshot, told: Told): IntentApplied | 'ask' => {
  const rule = TRANSITIONS[payment.status][intent.status];
  const asked = told.by === 'answer';
  const isNewer = payment.statusAt === null || told.at > payment.statusAt;
  const same = { next: payment, kinds: [] };
  if (rule === 'ignore') return flagMismatch(payment, intent);
  if (rule === 'record') return recordAttempt(payment, intent, told.at);
  if (rule === 'impossible') {
    return asked ? { ...same, odd: `${intent.status} after ${payment.status}` } : 'ask';
  }
  if (rule === 'asked' && !asked) return 'ask';
  // A provider's times are whole seconds: two events of the same second leave doubt.
  if (rule === 'newer' && !isNewer) return asked ? same : 'ask';

  const tried = intent.status === 'failed' || intent.status === 'authorized' || intent.status === 'paid';
  const mismatch = mismatchOf(payment, intent);
  const next: PaymentDocument = {
    ...payment,
    status: intent.status,
    captured: Math.max(payment.captured, intent.captured),
    mismatch,
    failure: intent.failure,
    attempts: tried ? withAttempt(payment.attempts, intent, told.at) : payment.attempts,
    clientSecret: intent.status === 'paid' || intent.status === 'cancelled' ? null : payment.clientSecret,
    statusAt: payment.statusAt !== null && payment.statusAt > told.at ? payment.statusAt : told.at,
  };
  const hasMoney = intent.status === 'paid' || intent.status === 'authorized';
  const kinds: Kind[] = [];
  if (mismatch !== null && (hasMoney || payment.mismatch === null)) kinds.push('mismatched');
  // What was paid wrongly never says that it succeeded.
  if (intent.status !== 'pending' && (mismatch === null || !hasMoney)) kinds.push(intent.status);
  return { next, kinds };
};

/** A wrong amount or currency is told at once, also where the state itself is nothing new. */
const flagMismatch = (payment: PaymentDocument, intent: IntentSnapshot): IntentApplied => {
  const mismatch = mismatchOf(payment, intent);
  if (mismatch === null || payment.mismatch !== null || !isLive(payment.status)) return { next: payment, kinds: [] };
  return { next: { ...payment, mismatch }, kinds: ['mismatched'] };
};

const mismatchOf = (payment: PaymentDocument, intent: IntentSnapshot): PaymentDocument['mismatch'] => {
  const amount = intent.status === 'paid' ? intent.captured : intent.amount;
  const fits = amount === payment.amount && intent.currency === payment.currency;
  return fits ? null : { amount, currency: intent.currency };
};

/** A refused card that changes nothing else: before money has moved it is the last failure, after that a note. */
const recordAttempt = (payment: PaymentDocument, intent: IntentSnapshot, at: Date): IntentApplied => {
  const attempts = withAttempt(payment.attempts, intent, at);
  if (attempts === payment.attempts) return { next: payment, kinds: [] };
  const statusAt = payment.statusAt !== null && payment.statusAt > at ? payment.statusAt : at;
  return { next: { ...payment, attempts, failure: intent.failure, statusAt }, kinds: ['failed'] };
};

const withAttempt = (attempts: PaymentDocument['attempts'], intent: IntentSnapshot, at: Date): Attempt[] => {
  const { status, failure, attemptRef: ref } = intent;
  const known = attempts.find((each) => (ref === null ? each.at.getTime() === at.getTime() : each.ref === ref));
  if (known !== undefined && known.status === status) return attempts;
  // The same card again is an authorization that was captured.
  const others = attempts.filter((each) => each !== known);
  return [...others, { at, status, failure, ref }]
    .sort((one, other) => one.at.getTime() - other.at.getTime())
    .slice(-MOST_ATTEMPTS);
};

const applyRefunds = (payment: PaymentDocument, snapshot: Snapshot): PaymentDocument => {
  if (snapshot.refunds === undefined) return payment;
  const refunds = mergeRefunds(payment.refunds, snapshot.refunds);
  return refunds === payment.refunds ? payment : { ...payment, refunds };
};

/** A dispute goes by the provider's time; of two words of the same second the closing one counts. */
const applyDispute = (payment: PaymentDocument, dispute: DisputeSnapshot | undefined, at: Date): PaymentDocument => {
  if (dispute === undefined) return payment;
  const held = payment.disputes.find(({ providerRef }) => providerRef === dispute.providerRef);
  if (held !== undefined) {
    const older = at < held.at || (at.getTime() === held.at.getTime() && dispute.status === 'open');
    if (older || (held.status === dispute.status && held.amount === dispute.amount)) return payment;
  }
  return { ...payment, disputes: [...payment.disputes.filter((each) => each !== held), { ...dispute, at }] };
};

const isDisputed = ({ disputes }: PaymentDocument): boolean => disputes.some(({ status }) => status === 'open');

/** What was given back, and the state that follows from it once money has been taken. A lost dispute gives back too. */
const withMoney = (payment: PaymentDocument): PaymentDocument => {
  if (payment.captured === 0) return payment;
  const lost = payment.disputes.reduce((sum, { status, amount }) => (status === 'lost' ? sum + amount : sum), 0);
  const refunded = Math.min(payment.captured, refundedSum(payment.refunds) + lost);
  const status = settledStatus(payment.captured, refunded, isDisputed(payment));
  if (refunded === payment.refunded && status === payment.status) return payment;
  return { ...payment, refunded, status };
};

const settledStatus = (captured: number, refunded: number, disputed: boolean): PaymentStatus => {
  if (disputed) return 'disputed';
  if (refunded === 0) return 'paid';
  return refunded < captured ? 'partially_refunded' : 'refunded';
};
