import { emit, newId, orderEvents, type Actor, type NewEvent, type OrderRefund, type Payment } from '@kervan/contracts';
import { moveTo, orderFact, usesReleased } from './move.ts';
import { isSold, note, type OrderFacts, type OrderState } from './order.ts';

/**
 * What could be had once more for a payment that came late: not asked yet, the goods, the goods and the uses of promotions
 * (an order that expired gave back both), or what of it is gone.
 */
export type Again = 'unknown' | 'goods' | 'goods_and_uses' | 'out_of_stock' | 'coupon_exhausted';

/**
 * What a payment does to its order.
 * - `changed`: write the order and the events;
 * - `same`: nothing new in it (an older or equal snapshot);
 * - `take_again`: the order's time is over; write the order, ask for what it no longer holds, then call again with the
 *   answer. An order that will hold uses once more says so before it does: whoever gives it up then gives them back.
 */
export type Settlement =
  | { kind: 'changed'; order: OrderFacts; events: NewEvent[] }
  | { kind: 'same' }
  | { kind: 'take_again'; order: OrderFacts };

const PROVIDER: Actor = { kind: 'provider' };
const SYSTEM: Actor = { kind: 'system' };

/** Statuses of a payment that has the buyer's money (or its authorization). */
const hasMoney = (payment: Payment): boolean =>
  payment.mismatch === null && (payment.status === 'paid' || payment.status === 'authorized');

/**
 * Applies a snapshot of a payment to its order: the one completion path of webhook, buyer's confirm and reconciler.
 * Snapshots carry a version, so that any number of them in any order leaves the order as the newest one says.
 */
export const settlePayment = (order: OrderFacts, payment: Payment, again: Again, now: Date): Settlement => {
  const known = order.payment.attempts.find((attempt) => attempt.paymentId === payment.id);
  if (known !== undefined && known.version >= payment.version) return { kind: 'same' };
  const late = order.status === 'expired' || (order.status === 'draft' && isOver(order, now));
  const confirms = hasMoney(payment) && !ownedByOther(order, payment) && !isGivenBack(order, payment);
  const found = hasGivenBackUses(order) && order.usesHold === 'given_up' ? 'coupon_exhausted' : again;
  if (confirms && late && !isEnough(order, found))
    return { kind: 'take_again', order: hasGivenBackUses(order) ? { ...order, usesHold: 'late' } : order };

  const events: NewEvent[] = [];
  let next = recordSnapshot(order, payment, now);
  if (confirms && (order.status === 'draft' || order.status === 'expired')) {
    next =
      found === 'out_of_stock' || found === 'coupon_exhausted'
        ? giveUp(next, found, events, now)
        : confirm(next, payment, events, now);
  }
  if (
    payment.status === 'paid' &&
    order.payment.captured === 0 &&
    isSold(next.status) &&
    !ownedByOther(order, payment)
  ) {
    events.push(emit(orderEvents.paid, orderFact(next, order.status)));
  }
  if (payment.status === 'cancelled' && order.status === 'draft' && isLatest(next, payment)) {
    const move = { at: now, actor: PROVIDER, reason: 'payment_cancelled' };
    const change = { cancelledAt: now.toISOString(), reservedUntil: null, clientSecret: null };
    const ended = moveTo(next, 'cancelled', move, change);
    events.push(...ended.events);
    next = ended.order;
  }
  next = giveBack(next, events, now, confirms && found === 'coupon_exhausted' ? found : undefined);
  next = recordRefunds(next, payment, events, now);
  if (isGivenBack(next, payment)) next = letGo(next, events);
  return { kind: 'changed', order: next, events };
};

/** Whether the time a draft was promised its goods has run out. */
export const isOver = (order: Pick<OrderState, 'reservedUntil'>, now: Date): boolean =>
  order.reservedUntil !== null && Date.parse(order.reservedUntil) <= now.getTime();

/** Whether a late payment's order has given its uses of promotions back, when it expired. */
export const hasGivenBackUses = (order: OrderFacts): boolean => order.status === 'expired' && order.uses.length > 0;

/** Whether there is an answer to all that a late payment's order has to ask for. */
const isEnough = (order: OrderFacts, again: Again): boolean => {
  if (again === 'goods') return !hasGivenBackUses(order);
  return again === 'goods_and_uses' ? order.usesHold === 'late' || !hasGivenBackUses(order) : again !== 'unknown';
};

/** Asks for money back: a row of its own on the order and the fact that makes payment-svc pay it out. Amount in minor units. */
const requestRefund = (
  order: OrderFacts,
  refund: { paymentId: string; amount: number; reason: string },
  events: NewEvent[],
  now: Date,
): OrderFacts => {
  const row: OrderRefund = {
    id: newId('refund', now.getTime()),
    status: 'pending',
    providerRef: null,
    failure: null,
    requestedAt: now.toISOString(),
    ...refund,
  };
  events.push(
    emit(orderEvents.refundRequested, {
      orderId: order._id,
      orderNo: order.orderNo,
      refundId: row.id,
      paymentId: row.paymentId,
      amount: row.amount,
      currency: order.currency,
      reason: row.reason,
    }),
  );
  return note(
    { ...order, refunds: [...order.refunds, row] },
    {
      at: now,
      actor: SYSTEM,
      type: 'refund.requested',
      data: { refundId: row.id, amount: row.amount, reason: row.reason },
      public: true,
    },
  );
};

/** Another payment has already paid for this order: this one is owed back. */
const ownedByOther = (order: OrderFacts, payment: Payment): boolean =>
  isSold(order.status) && order.payment.paymentId !== payment.id;

/** Whether no later attempt has been begun; one that is being opened right now is not among the attempts yet. */
const isLatest = (order: OrderFacts, payment: Payment): boolean =>
  payment.attempt >= Math.max(order.saga.attempt, order.payment.attempts.at(-1)?.attempt ?? 0);

/**
 * Whether all of the money is back or on its way back: then it pays for nothing any more, also when the goods turn up
 * after all. A refund of ours counts even when it failed, because it may be tried again at any time.
 */
const isGivenBack = (order: OrderFacts, payment: Payment): boolean => {
  if (payment.captured === 0) return false;
  const asked = order.refunds.filter((row) => row.paymentId === payment.id);
  const seen = payment.refunds.filter((refund) => refund.status !== 'failed');
  return Math.max(sumOf(asked), sumOf(seen)) >= payment.captured;
};

const sumOf = (refunds: readonly { amount: number }[]): number => refunds.reduce((sum, { amount }) => sum + amount, 0);

/** Copies the snapshot into its attempt and, when it is the payment that counts, into the order's payment. */
const recordSnapshot = (order: OrderFacts, payment: Payment, now: Date): OrderFacts => {
  const known = order.payment.attempts.find((attempt) => attempt.paymentId === payment.id);
  // What was chosen for an attempt is known while it is the current one.
  const chosen = payment.attempt === order.saga.attempt ? order.choice?.installments : undefined;
  const row = {
    attempt: payment.attempt,
    provider: payment.provider,
    installments: known?.installments ?? chosen ?? 1,
    paymentId: payment.id,
    intentId: payment.providerRef,
    status: payment.status,
    version: payment.version,
    captured: payment.captured,
    refunded: payment.refunded,
    openedAt: known?.openedAt ?? payment.createdAt,
  };
  const attempts =
    known === undefined
      ? [...order.payment.attempts, row].sort((left, right) => left.attempt - right.attempt)
      : order.payment.attempts.map((attempt) => (attempt.paymentId === payment.id ? row : attempt));
  const counts =
    !ownedByOther(order, payment) &&
    (attempts.at(-1)?.paymentId === payment.id || hasMoney(payment) || order.payment.paymentId === payment.id);
  const settled = payment.captured > 0;
  let next: OrderFacts = {
    ...order,
    clientSecret: settled && counts ? null : order.clientSecret,
    payment: counts
      ? {
          ...order.payment,
          provider: payment.provider,
          method: payment.method,
          installments: row.installments,
          paymentId: payment.id,
          intentId: payment.providerRef,
          status: payment.status,
          captured: payment.captured,
          refunded: payment.refunded,
          failure: payment.failure,
          mismatch: payment.mismatch !== null,
          attempts,
        }
      : { ...order.payment, attempts },
  };
  if (known?.status !== payment.status && payment.status !== 'pending') {
    next = note(next, {
      at: now,
      actor: PROVIDER,
      type: `payment.${payment.status}`,
      data: timelineData(payment),
      public: payment.status === 'paid',
    });
  }
  if (payment.mismatch !== null && !order.payment.mismatch) {
    next = note(next, {
      at: now,
      actor: PROVIDER,
      type: 'payment.mismatched',
      data: { paymentId: payment.id, ...payment.mismatch },
      public: false,
    });
  }
  if (
    payment.status !== 'failed' &&
    payment.failure !== null &&
    known !== undefined &&
    payment.captured > 0 &&
    known.status === payment.status
  ) {
    next = note(next, {
      at: now,
      actor: PROVIDER,
      type: 'payment.failed',
      data: { ...timelineData(payment), late: true },
      public: false,
    });
  }
  return next;
};

const timelineData = (payment: Payment): Record<string, unknown> => ({
  paymentId: payment.id,
  ...(payment.failure === null ? {} : { code: payment.failure.code }),
});

const confirm = (order: OrderFacts, payment: Payment, events: NewEvent[], now: Date): OrderFacts => {
  const data = { paymentId: payment.id, ...(order.status === 'expired' ? { late: true } : {}) };
  const change = { confirmedAt: now.toISOString(), expiredAt: null, reservedUntil: null };
  const confirmed = moveTo(order, 'confirmed', { at: now, actor: PROVIDER, data }, change);
  events.push(...confirmed.events);
  return confirmed.order;
};

/** The money is there, and the goods or the coupon are not: the draft ends, the refund follows from `giveBack`. */
const giveUp = (
  order: OrderFacts,
  reason: Extract<Again, 'out_of_stock' | 'coupon_exhausted'>,
  events: NewEvent[],
  now: Date,
): OrderFacts => {
  if (order.status === 'expired')
    return letGo(note(order, { at: now, actor: SYSTEM, type: `order.${reason}`, public: false }), events);
  const change = { expiredAt: now.toISOString(), reservedUntil: null };
  const expired = moveTo(order, 'expired', { at: now, actor: SYSTEM, reason }, change);
  events.push(...expired.events);
  return expired.order;
};

/**
 * Gives back, for good, what an expired order was about to hold once more. Whoever is just holding it finds that out before
 * it confirms; were another payment to hold it anew, a use that somebody else took meanwhile would be used twice.
 */
const letGo = (order: OrderFacts, events: NewEvent[]): OrderFacts => {
  if (!hasGivenBackUses(order) || order.usesHold !== 'late') return order;
  events.push(...usesReleased(order));
  return { ...order, usesHold: 'given_up' };
};

/**
 * Money on an order that has ended, or paid twice, goes back: once, and only what no refund covers yet. A refund that
 * failed covers it too: it is tried again under its own id, not by another one.
 */
export const giveBack = (
  order: OrderFacts,
  events: NewEvent[],
  now: Date,
  reason = isSold(order.status) ? 'paid_twice' : `order_${order.status}`,
): OrderFacts => {
  if (order.status === 'draft') return order;
  let next = order;
  for (const { paymentId, captured, refunded } of order.payment.attempts) {
    if (isSold(order.status) && order.payment.paymentId === paymentId) continue;
    const covered = sumOf(order.refunds.filter((row) => row.paymentId === paymentId));
    const open = captured - Math.max(covered, refunded);
    if (open > 0) next = requestRefund(next, { paymentId, amount: open, reason }, events, now);
  }
  return next;
};

/** Brings the order's refunds to what the provider says, also those made at the provider's own desk. */
const recordRefunds = (order: OrderFacts, payment: Payment, events: NewEvent[], now: Date): OrderFacts => {
  let next = order;
  for (const seen of payment.refunds) {
    const held = next.refunds.find(
      (row) => row.id === seen.refundId || (seen.providerRef !== null && row.providerRef === seen.providerRef),
    );
    if (held !== undefined && held.status === seen.status && held.providerRef === seen.providerRef) continue;
    const row: OrderRefund = {
      id: held?.id ?? seen.refundId ?? newId('refund', now.getTime()),
      amount: seen.amount,
      status: seen.status,
      reason: held?.reason ?? seen.reason ?? 'provider',
      paymentId: payment.id,
      providerRef: seen.providerRef,
      failure: seen.failure,
      requestedAt: held?.requestedAt ?? now.toISOString(),
    };
    next = {
      ...next,
      refunds: held === undefined ? [...next.refunds, row] : next.refunds.map((old) => (old === held ? row : old)),
    };
    next = note(next, {
      at: now,
      actor: PROVIDER,
      type: `refund.${row.status}`,
      data: { refundId: row.id, amount: row.amount },
      public: true,
    });
    if (row.status === 'succeeded') events.push(emit(orderEvents.refunded, orderFact(next, next.status, row.reason)));
  }
  return next;
};
