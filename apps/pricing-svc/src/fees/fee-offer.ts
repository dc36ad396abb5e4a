import type { FeeRule, QuoteRequest, Reason } from '@kervan/contracts';
import { portion } from '@kervan/money';
import { belowMinimumReason, REASONS } from '../rules/reason.ts';

/** What fees depend on; `subtotal` of the goods before discounts, `goods` after, in minor units. */
export type FeeCart = {
  readonly currency: string;
  readonly payment: QuoteRequest['payment'];
  /** The geozones of the destination; null while there is none. */
  readonly zones: { readonly has: (geozoneId: string) => boolean } | null;
  readonly subtotal: number;
  readonly goods: number;
  /** The code of the method that is priced. */
  readonly shippingMethod: string | null;
};

/** Why a fee is not for this cart, whether or not its buyer asked for it; null when it is. */
export const refusalOfFee = ({ when, ...fee }: FeeRule, cart: FeeCart): Reason | null => {
  const { minSubtotal, maxSubtotal } = when;
  const amounts = [fee.amount, fee.min, fee.max, minSubtotal, maxSubtotal];
  if (fee.currency !== cart.currency && amounts.some((amount) => amount !== null)) return REASONS.otherCurrency;
  if (when.paymentMethod !== null) {
    if (cart.payment === null) return REASONS.noPayment;
    const { method, provider } = cart.payment;
    if (when.paymentMethod !== method && when.paymentMethod !== provider) return REASONS.otherPayment;
  }
  if (when.geozoneId !== null) {
    if (cart.zones === null) return REASONS.noAddress;
    if (!cart.zones.has(when.geozoneId)) return REASONS.outsideZone;
  }
  if (minSubtotal !== null && cart.subtotal < minSubtotal) {
    return belowMinimumReason(minSubtotal - cart.subtotal, fee.currency, false);
  }
  if (maxSubtotal !== null && cart.subtotal > maxSubtotal) return REASONS.aboveMaximum;
  if (when.shippingMethod !== null && when.shippingMethod !== cart.shippingMethod) return REASONS.otherShipping;
  return null;
};

/** What a fee comes to, in minor units: its amount, or its rate of the goods between its floor and its ceiling. */
export const amountOfFee = ({ amount, rate, min, max }: FeeRule, { goods }: Pick<FeeCart, 'goods'>): number =>
  amount ?? Math.min(Math.max(portion(goods, rate ?? 0), min ?? 0), max ?? Infinity);
