import type { PaymentFailure, PaymentRefund } from '@kervan/contracts';
import type { RefundSnapshot } from '../adapters/snapshot.ts';

/** A refund moves forward by rank; `failed` may follow `succeeded`, when the bank sends the money back. */
const RANK = { pending: 0, succeeded: 1, failed: 2 } as const satisfies Record<PaymentRefund['status'], number>;

/** The sum of the refunds that went through, in minor units. */
export const refundedSum = (refunds: readonly PaymentRefund[]): number =>
  refunds.reduce((sum, { status, amount }) => (status === 'succeeded' ? sum + amount : sum), 0);

/** What refunds hold of the captured amount, under way ones included, in minor units. */
export const heldByRefunds = (refunds: readonly PaymentRefund[]): number =>
  refunds.reduce((sum, { status, amount }) => (status === 'failed' ? sum : sum + amount), 0);

/**
 * Brings our refunds to what the provider says: found by its id, or by ours while its id is not known yet; unknown ones
 * were made at the provider's own desk and are added. Answers the very same list when nothing changes.
 */
export const mergeRefunds = (held: PaymentRefund[], told: readonly RefundSnapshot[]): PaymentRefund[] => {
  let refunds = held;
  for (const refund of told) {
    const known =
      refunds.find(({ providerRef }) => providerRef === refund.providerRef) ??
      refunds.find(({ refundId }) => refundId !== null && refundId === refund.refundId);
    const next = mergeRefund(known, refund);
    if (next === known) continue;
    refunds = known === undefined ? [...refunds, next] : refunds.map((each) => (each === known ? next : each));
  }
  return refunds;
};

const mergeRefund = (known: PaymentRefund | undefined, refund: RefundSnapshot): PaymentRefund => {
  const { providerRef, refundId, status, amount, failure, reason } = refund;
  if (known === undefined) return { refundId, providerRef, status, amount, reason, failure };
  // A refund asked for again after a refusal is another one at the provider: it starts anew.
  const isAnother = known.providerRef !== providerRef && known.status === 'failed';
  const forward = isAnother || RANK[status] > RANK[known.status];
  if (!forward && known.providerRef !== null) return known;
  return forward
    ? { ...known, refundId: known.refundId ?? refundId, providerRef, status, amount, failure }
    : { ...known, providerRef };
};

/**
 * Takes a refund down before the provider is asked, so that the sum of refunds can never exceed what was captured,
 * whoever asks at once.
 * - `asked`: the row is there and pending (again, after a refusal): ask the provider, under the refund's id;
 * - `done`: it went through before;
 * - `too_large`: recorded as failed.
 */
export const requestRefund = (
  { captured, refunds }: { captured: number; refunds: PaymentRefund[] },
  request: { refundId: string; amount: number; reason: string },
): { outcome: 'asked' | 'done' | 'too_large'; refunds: PaymentRefund[] } => {
  const known = refunds.find(({ refundId }) => refundId === request.refundId);
  if (known !== undefined && known.status === 'succeeded') return { outcome: 'done', refunds };
  const others = heldByRefunds(refunds.filter((each) => each !== known));
  // Under one id there is one amount: the first.
  const amount = known?.amount ?? request.amount;
  if (amount === 0 || others + amount > captured) {
    if (known?.status === 'failed') return { outcome: 'too_large', refunds };
    const failure = { code: 'refund_too_large', message: null };
    return { outcome: 'too_large', refunds: failRefund(withRow(refunds, request), request.refundId, failure) };
  }
  if (known?.status === 'failed') {
    const again: PaymentRefund = { ...known, status: 'pending', providerRef: null, failure: null };
    return { outcome: 'asked', refunds: refunds.map((each) => (each === known ? again : each)) };
  }
  return { outcome: 'asked', refunds: known === undefined ? withRow(refunds, request) : refunds };
};

const withRow = (
  refunds: PaymentRefund[],
  { refundId, amount, reason }: { refundId: string; amount: number; reason: string },
): PaymentRefund[] =>
  refunds.some((each) => each.refundId === refundId)
    ? refunds
    : [...refunds, { refundId, providerRef: null, status: 'pending', amount, reason, failure: null }];

/** A refund the provider refuses for good. The very same list when it was failed already. */
export const failRefund = (refunds: PaymentRefund[], refundId: string, failure: PaymentFailure): PaymentRefund[] =>
  refunds.some((each) => each.refundId === refundId && each.status === 'pending')
    ? refunds.map((each) =>
        each.refundId === refundId && each.status === 'pending' ? { ...each, status: 'failed', failure } : each,
      )
    : refunds;
