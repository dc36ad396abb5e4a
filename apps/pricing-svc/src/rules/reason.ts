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
  otherCurrency: reason('other_currency', 'It is priced in another currency', 'Fiyatı başka bir para biriminde'),
  nothingToShip: reason('nothing_to_ship', 'Nothing in the cart is shipped', 'Sepette kargolanacak bir şey yok'),
  couponUnknown: reason('coupon_unknown', 'There is no such coupon', 'Böyle bir kupon yok'),
  notStarted: reason('not_started', 'It has not begun yet', 'Henüz başlamadı'),
  ended: reason('ended', 'It has ended', 'Süresi doldu'),
  customerGroup: reason('customer_group', 'It is for other customers', 'Başka müşteriler için geçerli'),
  notFirstOrder: reason('not_first_order', 'It is for the first order only', 'Yalnızca ilk siparişte geçerli'),
  firstOrderUnknown: reason(
    'first_order_unknown',
    'It is for the first order, and it is not known yet whether this is one',
    'Yalnızca ilk siparişte geçerli; bunun ilk sipariş olup olmadığı henüz bilinmiyor',
  ),
  noMatch: reason('no_match', 'Nothing in the cart is part of it', 'Sepette buna dahil bir ürün yok'),
  notEnoughPieces: reason(
    'not_enough_pieces',
    'There are not enough of these goods in the cart',
    'Sepette bu ürünlerden yeterli adet yok',
  ),
  usedUp: reason('used_up', 'It has been used up', 'Kullanım hakkı tükendi'),
  customerUsedUp: reason(
    'customer_used_up',
    'You have used it as often as one customer may',
    'Müşteri başına kullanım hakkınız doldu',
  ),
  betterDiscount: reason(
    'better_discount',
    'Another discount is better, and the two do not go together',
    'Birlikte kullanılamayan daha iyi bir indirim var',
  ),
  nothingLeft: reason('nothing_left', 'There is nothing left to take off', 'İndirilecek bir tutar kalmadı'),
  alreadyApplied: reason(
    'already_applied',
    'Another coupon has already brought this discount',
    'Bu indirim başka bir kuponla zaten uygulandı',
  ),
  noPayment: reason('no_payment', 'No way to pay has been chosen yet', 'Henüz ödeme yöntemi seçilmedi'),
  otherPayment: reason('other_payment', 'Another way to pay was chosen', 'Başka bir ödeme yöntemi seçildi'),
  otherShipping: reason('other_shipping', 'It is for another shipping method', 'Başka bir kargo yöntemi için geçerli'),
  aboveMaximum: reason('above_maximum', 'The goods are worth too much for it', 'Ürün tutarı bunun için fazla yüksek'),
  notChosen: reason('not_chosen', 'The buyer has not asked for it', 'Alıcı bunu istemedi'),
  zero: reason('zero', 'It comes to nothing', 'Tutarı sıfır'),
  installmentsUnavailable: reason(
    'installments_unavailable',
    'This cart cannot be paid in so many installments',
    'Bu sepet bu taksit sayısıyla ödenemez',
  ),
  companyExempt: reason('company_exempt', 'Companies do not pay this tax', 'Şirketler bu vergiyi ödemez'),
} as const;

/** Shipping is free from an amount of goods on, in minor units. */
export const freeFromReason = (amount: number, currency: string): Reason =>
  reason(
    'free_from_reached',
    `Free from ${formatMoney(amount, currency, 'en')} of goods`,
    `${formatMoney(amount, currency, 'tr')} ve üzeri alışverişte ücretsiz`,
  );

/** Goods worth so much more are needed, in minor units; `matching`: only those that the rule is about count. */
export const belowMinimumReason = (missing: number, currency: string, matching: boolean): Reason =>
  reason(
    'below_minimum',
    `${matching ? 'Matching goods' : 'Goods'} worth ${formatMoney(missing, currency, 'en')} more are needed`,
    `${formatMoney(missing, currency, 'tr')} tutarında ${matching ? 'uygun ' : ''}ürün daha eklenmeli`,
  );

/** Problems of a quote: codes of the error table, so that a checkout refuses with the same one. */
export const PROBLEMS = {
  addressRequired: reason(
    'shipping_address_required',
    'The price of shipping needs a delivery address',
    'Kargo ücreti için teslimat adresi gerekli',
  ),
  installmentsUnavailable: reason(
    'payment_method_unavailable',
    'This cart cannot be paid in so many installments',
    'Bu sepet bu taksit sayısıyla ödenemez',
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

/** A coupon that was asked for is used up. */
export const couponExhausted = (code: string, why: Reason): Reason =>
  reason('coupon_exhausted', `${code}: ${why.en}`, `${code}: ${why.tr}`);
