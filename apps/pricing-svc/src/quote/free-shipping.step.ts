import { type Outcome, refuse } from '../promotions/outcome.ts';
import type { Bill } from './bill.ts';
import { discountRow } from './promotions.step.ts';
import { waitsForShipping } from './shipping.step.ts';

/**
 * Step 4: the first promotion of free shipping takes off all of its price, the one that does not go with others first.
 * While shipping has no price yet, they count and take off nothing: a buyer may give the code before choosing.
 */
export const giveFreeShipping = (bill: Bill): Bill => {
  const pending = bill.outcomes.filter(({ promotion, reason }) => promotion.rule.kind === 'freeShipping' && !reason);
  if (pending.length === 0 || waitsForShipping(bill)) return bill;
  const { shipping } = bill;
  const amount = shipping?.listed ?? 0;
  const first = pending.find(({ promotion }) => !promotion.rule.stackable) ?? pending[0];
  const giver = amount > 0 ? first : undefined;
  const settled = new Set(pending);
  const outcomes = bill.outcomes.map((outcome): Outcome => {
    if (outcome === giver) return { ...outcome, amount };
    return settled.has(outcome) ? refuse(outcome, { code: 'nothing_left' }, outcome.exhausted) : outcome;
  });
  if (shipping === null || giver === undefined) return { ...bill, outcomes };
  return {
    ...bill,
    outcomes,
    shipping: { ...shipping, discount: amount },
    breakdown: [...bill.breakdown, discountRow(giver, 'shipping', amount)],
  };
};
