import type { Reason } from '@kervan/contracts';
import { formatMoney } from '@kervan/money';

const reason = (code: string, en: string, tr: string): Reason => ({ code, tr, en });

/** Why a rule did not apply, or a cart cannot be ordered, in the words a buyer or a shop's staff reads. */
export const REASONS = {
  noAddress: reason('no_address', 'There is no delivery address yet', 'Henüz teslimat adresi yok'),
  outsideZone: reason('outside_zone', 'The address is not in this region', 'Adres bu bölgede değil'),
  closerZone: reason(
    'closer_zone',
    'Another region describes the address more closely',
    'Adrese daha yakından uyan başka bir bölge var',
  ),
  classNotUsed: reason(
    'class_not_used',
    'Nothing in the cart has this tax class',
    'Sepette bu vergi sınıfından bir şey yok',
  ),
  outsideBand: reason('outside_band', 'The cart is not in this band', 'Sepet bu aralıkta değil'),
  outsideBands: reason(
    'outside_bands',
    'This method has no price for a cart of this weight or value',
    'Bu yöntemin bu ağırlık veya tutarda bir sepet için fiyatı yok',
  ),
  methodUnknown: reason('method_unknown', 'There is no such shipping method', 'Böyle bir kargo yöntemi yok'),
  methodDisabled: reason('method_disabled', 'This shipping method is switched off', 'Bu kargo yöntemi kapalı'),
  otherCurrency: reason(
    'other_currency',
    'This shipping method is priced in another currency',
    'Bu kargo yönteminin fiyatı başka bir para biriminde',
  ),
  nothingToShip: reason('nothing_to_ship', 'Nothing in the cart is shipped', 'Sepette kargolanacak bir şey yok'),
  couponUnknown: reason('coupon_unknown', 'There is no such coupon', 'Böyle bir kupon yok'),
} as const;

/** Shipping is free from an amount of goods on, in minor units. */
export const freeFromReason = (amount: number, currency: string): Reason =>
  reason(
    'free_from_reached',
    `Free from ${formatMoney(amount, currency, 'en')} of goods`,
    `${formatMoney(amount, currency, 'tr')} ve üzeri alışverişte ücretsiz`,
  );

/** Problems of a quote: codes of the error table, so that a checkout refuses with the same one. */
export const PROBLEMS = {
  addressRequired: reason(
    'shipping_address_required',
    'The price of shipping needs a delivery address',
    'Kargo ücreti için teslimat adresi gerekli',
  ),
} as const;

/** The method asked for is not offered to this cart. */
export const methodUnavailable = (why: Reason): Reason =>
  reason(
    'shipping_method_unavailable',
    `This shipping method cannot be used: ${why.en}`,
    `Bu kargo yöntemi kullanılamaz: ${why.tr}`,
  );

/** A coupon that was asked for does not count. */
export const couponInvalid = (code: string, why: Reason): Reason =>
  reason('coupon_invalid', `${code}: ${why.en}`, `${code}: ${why.tr}`);
