import type { FeeRule, QuoteRequest } from '@kervan/contracts';
import { portion } from '@kervan/money';
import type { Refusal } from '../rules/reason.ts';

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

const hasAmount = ({ amount, min, max, when: { minSubtotal, maxSubtotal } }: FeeRule): boolean =>
  [amount, min, max, minSubtotal, maxSubtotal].some((one) => one !== null);

/** Why a fee is not for this cart, whether or not its buyer asked for it; null when it is. */
export const refusalOfFee = (fee: FeeRule, cart: FeeCart): Refusal | null => {
  const { when } = fee;
  const { minSubtotal, maxSubtotal } = when;
  if (fee.currency !== cart.currency && hasAmount(fee)) return { code: 'other_currency' };
  if (when.paymentMethod !== null) {
    if (cart.payment === null) return { code: 'no_payment' };
    const { method, provider } = cart.payment;
    if (when.paymentMethod !== method && when.paymentMethod !== provider) return { code: 'other_payment' };
  }
  if (when.geozoneId !== null) {
    if (cart.zones === null) return { code: 'no_address' };
    if (!cart.zones.has(when.geozoneId)) return { code: 'outside_zone' };
  }
  if (minSubtotal !== null && cart.subtotal < minSubtotal) {
    return { code: 'below_minimum', amount: minSubtotal - cart.subtotal };
  }
  if (maxSubtotal !== null && cart.subtotal > maxSubtotal) return { code: 'above_maximum' };
  if (when.shippingMethod !== null && when.shippingMethod !== cart.shippingMethod) return { code: 'other_shipping' };
  return null;
};

/** What a fee comes to, in minor units: its amount, or its rate of the goods between its floor and its ceiling. */
export const amountOfFee = ({ amount, rate, min, max }: FeeRule, { goods }: Pick<FeeCart, 'goods'>): number =>
  amount ?? Math.min(Math.max(portion(goods, rate ?? 0), min ?? 0), max ?? Infinity);
