import type { Coupon } from '@kervan/contracts';
import type { CompiledPromotion } from './compiled-promotion.ts';

/** A coupon as far as a quote has to know it. */
export type KnownCoupon = Pick<Coupon, 'id' | 'code' | 'promotionId' | 'maxUses' | 'maxUsesPerCustomer' | 'enabled'>;
/** By `couponKey`; a code that is missing is no coupon of the shop. */
export type KnownCoupons = ReadonlyMap<string, KnownCoupon>;

/** A code of the cart that brings nothing: there is no such coupon, or it or its promotion is switched off. */
type IdleCode = { readonly key: string; readonly code: string; readonly coupon: null; readonly promotion: null };
/** A code of the cart that brings a promotion; as the shop wrote it. */
export type BringingCode = {
  readonly key: string;
  readonly code: string;
  readonly coupon: KnownCoupon;
  readonly promotion: CompiledPromotion;
};
export type GivenCode = IdleCode | BringingCode;

/** A promotion that is looked at, and the codes that bring it, in the order of their keys. */
export type Candidate = { readonly promotion: CompiledPromotion; readonly codes: readonly BringingCode[] };
