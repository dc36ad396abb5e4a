import { couponKey, type QuoteRequest } from '@kervan/contracts';
import { type Taken, talliesOf } from '../redemptions/tally.ts';
import { compare } from '../rules/order.ts';
import type { Refusal } from '../rules/reason.ts';
import type { BringingCode, Candidate, GivenCode, KnownCoupon, KnownCoupons } from './candidate.ts';
import { type CompiledPromotion, inOrder } from './compiled-promotion.ts';
import type { Promotions } from './promotions.ts';

/** Every code of the cart once, in the order of their keys, whatever the order and the case they were given in. */
export const codesOf = (
  { coupons: given }: Pick<QuoteRequest, 'coupons'>,
  { byId }: Promotions,
  coupons: KnownCoupons,
): readonly GivenCode[] => {
  if (given.length === 0) return [];
  const byKey = new Map<string, string>();
  for (const code of given.toSorted(compare)) {
    const key = couponKey(code);
    if (!byKey.has(key)) byKey.set(key, code);
  }
  return [...byKey]
    .toSorted(([a], [b]) => compare(a, b))
    .map(([key, written]) => {
      const coupon = coupons.get(key);
      const code = coupon?.code ?? written;
      const promotion = coupon?.enabled === true ? byId.get(coupon.promotionId) : undefined;
      if (coupon === undefined || promotion === undefined) return { key, code, coupon: null, promotion: null };
      return { key, code, coupon, promotion };
    });
};

const brings = (code: GivenCode): code is BringingCode => code.promotion !== null;

/** The promotions that are looked at, in the order in which they act: automatic ones and those that codes bring. */
export const candidatesOf = (promotions: Promotions, codes: readonly GivenCode[]): readonly Candidate[] => {
  const bringing = codes.filter(brings);
  if (bringing.length === 0) return promotions.automatic;
  const byPromotion = Map.groupBy(bringing, ({ promotion }) => promotion);
  const others = promotions.automatic.filter(({ promotion }) => !byPromotion.has(promotion));
  const brought = [...byPromotion].map(([promotion, some]): Candidate => ({ promotion, codes: some }));
  return [...others, ...brought].toSorted((a, b) => inOrder(a.promotion, b.promotion));
};

/** Why a promotion is not for now or not for this buyer, whatever is in the cart; null when it is. `now` in milliseconds. */
export const refusalOfBuyer = (promotion: CompiledPromotion, request: QuoteRequest, now: number): Refusal | null => {
  const { currency, conditions } = promotion.rule;
  if (now < promotion.startsAt) return { code: 'not_started' };
  if (now >= promotion.endsAt) return { code: 'ended' };
  if (promotion.hasAmount && currency !== request.currency) return { code: 'other_currency' };
  if (conditions.customerGroup !== null && !request.customerGroups.includes(conditions.customerGroup)) {
    return { code: 'customer_group' };
  }
  if (!conditions.firstOrder || request.firstOrder === true) return null;
  return { code: request.firstOrder === null ? 'first_order_unknown' : 'not_first_order' };
};

/**
 * Why nothing is left of a promotion, or of the coupon that brings it; null when something is. `customer` as `customerKey`
 * says: while it is not known, limits per customer hold nobody back.
 */
export const exhaustionOf = (
  { rule }: CompiledPromotion,
  coupon: KnownCoupon | null,
  customer: string | null,
  taken: Taken,
): Refusal | null => {
  const full = talliesOf(rule, coupon, customer).filter(
    ({ key, limit }) => limit !== null && (taken.get(key) ?? 0) >= limit,
  );
  if (full.length === 0) return null;
  return { code: full.every(({ perCustomer }) => perCustomer) ? 'customer_used_up' : 'used_up' };
};
