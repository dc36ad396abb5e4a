import type { QuoteRequest } from '@kervan/contracts';
import type { KnownCoupons } from '../promotions/candidate.ts';
import { candidatesOf, codesOf, refusalOfBuyer } from '../promotions/candidates.ts';
import { customerKey, type Taken, talliesOf } from '../redemptions/tally.ts';
import type { Rules } from '../rules/compiled-rules.ts';
import { compare } from '../rules/order.ts';

/** What a quote rests on beside the cart and the rules: the coupons whose codes were given, and what is used up. */
export type Standing = {
  readonly coupons: KnownCoupons;
  /** Without what the cart's own draft holds. */
  readonly taken: Taken;
};
/** No coupon is known and nothing is used up. */
export const NOTHING_USED: Standing = { coupons: new Map(), taken: new Map() };

/**
 * The keys of the tallies that decide about this cart: those of limited promotions and coupons that are for now and for
 * this buyer. Sorted, each once; a shop without limits needs none.
 */
export const talliesWanted = (
  request: QuoteRequest,
  { promotions }: Pick<Rules, 'promotions'>,
  coupons: KnownCoupons,
  now: Date,
): readonly string[] => {
  const candidates = candidatesOf(promotions, codesOf(request, promotions, coupons));
  const limited = candidates === promotions.automatic ? promotions.limited : candidates;
  if (limited.length === 0) return [];
  const customer = customerKey(request);
  const wanted = new Set<string>();
  for (const { promotion, codes } of limited) {
    if (refusalOfBuyer(promotion, request, now.getTime()) !== null) continue;
    for (const coupon of [null, ...codes.map((code) => code.coupon)]) {
      for (const { key, limit } of talliesOf(promotion.rule, coupon, customer)) {
        if (limit !== null) wanted.add(key);
      }
    }
  }
  return [...wanted].toSorted(compare);
};
