import type { Account, Charge, Dispute, Refund } from './account.ts';
import { seconds, stripeId } from './account.ts';
import { cardOf } from './cards.ts';
import { type Answer, errorAnswer, invalid, missing } from './error.ts';
import { type Form, mapOf, textOf } from './form.ts';
import { listPage } from './list.ts';

const refundsOf = (account: Account, charge: Charge): Refund[] =>
  [...account.refunds.values()].filter((refund) => refund.charge === charge.id);

/** Brings the charge's sums to its refunds and says so. */
const tally = (account: Account, charge: Charge): void => {
  const amount = refundsOf(account, charge).reduce(
    (sum, each) => (each.status === 'failed' ? sum : sum + each.amount),
    0,
  );
  Object.assign(charge, { amount_refunded: amount, refunded: amount > 0 && amount === charge.amount_captured });
};

const chargeFor = (account: Account, form: Form): Charge | undefined => {
  const intent = account.intents.get(textOf(form, 'payment_intent') ?? '');
  return account.charges.get(textOf(form, 'charge') ?? intent?.latest_charge ?? '');
};

/** `POST /v1/refunds` */
export const createRefund = (account: Account, form: Form): Answer => {
  const about = textOf(form, 'payment_intent') ?? textOf(form, 'charge');
  if (about === undefined) return invalid('One of the following params should be provided: payment_intent or charge.');
  const charge = chargeFor(account, form);
  if (charge === undefined && account.intents.has(about)) {
    return invalid('This PaymentIntent does not have a successful charge to refund.');
  }
  if (charge === undefined) return missing('payment_intent', about);
  const left = charge.amount_captured - charge.amount_refunded;
  if (left <= 0) {
    const code = charge.captured ? 'charge_already_refunded' : 'charge_not_refundable';
    return errorAnswer(400, 'invalid_request_error', `Charge ${charge.id} cannot be refunded.`, { code });
  }
  const amount = Number(textOf(form, 'amount') ?? left);
  if (amount < 1 || amount > left) {
    const message = `Refund amount (${String(amount)}) is greater than unrefunded amount on charge (${String(left)})`;
    return errorAnswer(400, 'invalid_request_error', message, { param: 'amount' });
  }
  const card = cardOf(account.intents.get(charge.payment_intent)?.payment_method ?? '');
  const later = card?.does === 'succeed' ? card.later : undefined;
  const refund: Refund = {
    id: stripeId('re'),
    object: 'refund',
    amount,
    charge: charge.id,
    created: seconds(),
    currency: charge.currency,
    metadata: mapOf(form, 'metadata'),
    payment_intent: charge.payment_intent,
    reason: textOf(form, 'reason') ?? null,
    status: later === 'refund_pending' ? 'pending' : 'succeeded',
  };
  account.refunds.set(refund.id, refund);
  tally(account, charge);
  account.emit('refund.created', refund);
  account.emit('charge.refunded', charge);
  const answer = structuredClone(refund);
  if (later === 'refund_fail') finishRefund(account, refund.id, false);
  return { status: 200, body: answer };
};

/** The bank has its say on a refund: it went through, or it comes back. */
export const finishRefund = (account: Account, id: string, passed: boolean): Answer => {
  const refund = account.refunds.get(id);
  const charge = account.charges.get(refund?.charge ?? '');
  if (refund === undefined || charge === undefined) return missing('refund', id);
  refund.status = passed ? 'succeeded' : 'failed';
  if (!passed) refund.failure_reason = 'expired_or_canceled_card';
  tally(account, charge);
  account.emit('refund.updated', refund);
  // The older name of the same news, still sent beside it.
  account.emit('charge.refund.updated', refund);
  if (!passed) account.emit('refund.failed', refund);
  return { status: 200, body: structuredClone(refund) };
};

/** `GET /v1/refunds/:id` */
export const readRefund = (account: Account, id: string): Answer => {
  const refund = account.refunds.get(id);
  return refund === undefined ? missing('refund', id) : { status: 200, body: structuredClone(refund) };
};

/** `GET /v1/refunds`: of one payment or all. */
export const listRefunds = (account: Account, form: Form): Answer => {
  const intent = textOf(form, 'payment_intent');
  const charge = textOf(form, 'charge');
  const wanted = [...account.refunds.values()].filter(
    (each) =>
      (intent === undefined || each.payment_intent === intent) && (charge === undefined || each.charge === charge),
  );
  return listPage(wanted, form, '/v1/refunds');
};

/** The cardholder disputes a payment. */
export const openDispute = (account: Account, intentId: string): Answer => {
  const charge = account.charges.get(account.intents.get(intentId)?.latest_charge ?? '');
  if (charge === undefined) return missing('payment_intent', intentId);
  const dispute: Dispute = {
    id: stripeId('dp'),
    object: 'dispute',
    amount: charge.amount_captured,
    charge: charge.id,
    created: seconds(),
    currency: charge.currency,
    livemode: false,
    payment_intent: intentId,
    reason: 'fraudulent',
    status: 'needs_response',
  };
  charge.disputed = true;
  account.disputes.set(dispute.id, dispute);
  account.emit('charge.dispute.created', dispute);
  account.emit('charge.dispute.funds_withdrawn', dispute);
  return { status: 200, body: structuredClone(dispute) };
};

/** Something moves in a dispute: evidence was handed in, the bank looks at it. */
export const updateDispute = (account: Account, id: string, status: string): Answer => {
  const dispute = account.disputes.get(id);
  if (dispute === undefined) return missing('dispute', id);
  dispute.status = status;
  account.emit('charge.dispute.updated', dispute);
  return { status: 200, body: structuredClone(dispute) };
};

/** A dispute comes to its end. */
export const closeDispute = (account: Account, id: string, status: 'won' | 'lost'): Answer => {
  const dispute = account.disputes.get(id);
  if (dispute === undefined) return missing('dispute', id);
  dispute.status = status;
  account.emit('charge.dispute.closed', dispute);
  if (status === 'won') account.emit('charge.dispute.funds_reinstated', dispute);
  return { status: 200, body: structuredClone(dispute) };
};
