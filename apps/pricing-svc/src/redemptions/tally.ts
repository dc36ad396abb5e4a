import { hash } from 'node:crypto';
import type { Coupon, PromotionRule } from '@kervan/contracts';

/** What counts uses: its key within the shop, how many there may be (null: it is only counted), and whether of one customer. */
export type Tally = { readonly key: string; readonly limit: number | null; readonly perCustomer: boolean };

/** How many uses are taken (held or redeemed) by tally key; a key that is missing counts 0. */
export type Taken = ReadonlyMap<string, number>;

/** What of a promotion and of a coupon says how often they may be used. */
export type LimitedPromotion = Pick<PromotionRule, 'id' | 'maxUses' | 'maxUsesPerCustomer'> & {
  readonly conditions: Pick<PromotionRule['conditions'], 'firstOrder'>;
};
export type LimitedCoupon = Pick<Coupon, 'id' | 'maxUses' | 'maxUsesPerCustomer'>;

/** Stands for a buyer in tallies: by e-mail address, else by id; null while neither is known. No address is kept. */
export const customerKey = ({
  email,
  customerId,
}: {
  email: string | null;
  customerId: string | null;
}): string | null => {
  const who = email === null ? customerId : email.trim().toLowerCase();
  return who === null ? null : hash('sha256', who, 'base64url').slice(0, 22);
};

/** Whether the uses of a promotion count: it has a limit, or a coupon brings it. */
export const isCounted = (promotion: LimitedPromotion, coupon: LimitedCoupon | null): boolean =>
  coupon !== null ||
  promotion.maxUses !== null ||
  promotion.maxUsesPerCustomer !== null ||
  promotion.conditions.firstOrder;

/**
 * Everything one use of a promotion counts on: the promotion, the coupon that brings it, each again for the customer where
 * a limit per customer says so, and the first order of a customer, which there is one of.
 */
export const talliesOf = (
  promotion: LimitedPromotion,
  coupon: LimitedCoupon | null,
  customer: string | null,
): readonly Tally[] => {
  const tallies: Tally[] = [{ key: promotionTally(promotion.id), limit: promotion.maxUses, perCustomer: false }];
  if (coupon !== null) tallies.push({ key: couponTally(coupon.id), limit: coupon.maxUses, perCustomer: false });
  if (customer === null) return tallies;
  const ofCustomer = (key: string, limit: number | null): void => {
    if (limit !== null) tallies.push({ key: `${key}:${customer}`, limit, perCustomer: true });
  };
  ofCustomer(promotionTally(promotion.id), promotion.maxUsesPerCustomer);
  if (coupon !== null) ofCustomer(couponTally(coupon.id), coupon.maxUsesPerCustomer);
  if (promotion.conditions.firstOrder) ofCustomer('first', 1);
  return tallies;
};

/** The keys under which all uses of a promotion and of a coupon are counted. */
export const promotionTally = (promotionId: string): string => `promotion:${promotionId}`;
export const couponTally = (couponId: string): string => `coupon:${couponId}`;
