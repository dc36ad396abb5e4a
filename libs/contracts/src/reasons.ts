import { formatMoney } from '@kervan/money';
import { z } from 'zod';
import type { Texts } from './texts.ts';
import { Amount } from './values.ts';

/** A reason a buyer can read, with a stable code. */
export const Reason = z.object({ code: z.string(), tr: z.string(), en: z.string() });
export type Reason = z.infer<typeof Reason>;

/**
 * A reason without its texts, as it travels and is stored where there are many: `code` names a row of the table of reasons,
 * `amount` (minor units) is what its texts speak of. `reasonOf` puts the texts in where people read them.
 */
export const ReasonRef = z.object({ code: z.string(), amount: Amount.optional() });
export type ReasonRef = z.infer<typeof ReasonRef>;

const AMOUNT = '{amount}';
const texts = (en: string, tr: string): Texts => ({ tr, en });

/**
 * The table of reasons: why a rule did not apply, in the words a buyer or a shop's staff reads. `{amount}` stands for the amount
 * of the reference.
 */
export const REASON_TEXTS = {
  no_address: texts('There is no delivery address yet', 'Henüz teslimat adresi yok'),
  outside_zone: texts('The address is not in this region', 'Adres bu bölgede değil'),
  closer_zone: texts(
    'Another region describes the address more closely',
    'Adrese daha yakından uyan başka bir bölge var',
  ),
  class_not_used: texts('Nothing in the cart has this tax class', 'Sepette bu vergi sınıfından bir şey yok'),
  company_exempt: texts('Companies do not pay this tax', 'Şirketler bu vergiyi ödemez'),
  outside_band: texts('The cart is not in this band', 'Sepet bu aralıkta değil'),
  outside_bands: texts(
    'This method has no price for a cart of this weight or value',
    'Bu yöntemin bu ağırlık veya tutarda bir sepet için fiyatı yok',
  ),
  /** The amount of goods from which on shipping is free. */
  free_from_reached: texts('Free from {amount} of goods', '{amount} ve üzeri alışverişte ücretsiz'),
  method_unknown: texts('There is no such shipping method', 'Böyle bir kargo yöntemi yok'),
  method_disabled: texts('This shipping method is switched off', 'Bu kargo yöntemi kapalı'),
  other_currency: texts('It is priced in another currency', 'Fiyatı başka bir para biriminde'),
  nothing_to_ship: texts('Nothing in the cart is shipped', 'Sepette kargolanacak bir şey yok'),
  coupon_unknown: texts('There is no such coupon', 'Böyle bir kupon yok'),
  already_applied: texts(
    'Another coupon has already brought this discount',
    'Bu indirim başka bir kuponla zaten uygulandı',
  ),
  not_started: texts('It has not begun yet', 'Henüz başlamadı'),
  ended: texts('It has ended', 'Süresi doldu'),
  customer_group: texts('It is for other customers', 'Başka müşteriler için geçerli'),
  not_first_order: texts('It is for the first order only', 'Yalnızca ilk siparişte geçerli'),
  first_order_unknown: texts(
    'It is for the first order only: an e-mail address is needed to see whether this is one',
    'Yalnızca ilk siparişte geçerli: bunun için e-posta adresi gerekli',
  ),
  no_match: texts('Nothing in the cart is part of it', 'Sepette buna dahil bir ürün yok'),
  /** Goods worth so much more are needed … */
  below_minimum: texts('Goods worth {amount} more are needed', '{amount} tutarında ürün daha eklenmeli'),
  /** … of those that the rule is about. */
  matching_below_minimum: texts(
    'Matching goods worth {amount} more are needed',
    '{amount} tutarında uygun ürün daha eklenmeli',
  ),
  not_enough_pieces: texts('There are not enough of these goods in the cart', 'Sepette bu ürünlerden yeterli adet yok'),
  used_up: texts('It has been used up', 'Kullanım hakkı tükendi'),
  customer_used_up: texts('You have used it as often as one customer may', 'Müşteri başına kullanım hakkınız doldu'),
  better_discount: texts(
    'Another discount is better, and the two do not go together',
    'Birlikte kullanılamayan daha iyi bir indirim var',
  ),
  nothing_left: texts('There is nothing left to take off', 'İndirilecek bir tutar kalmadı'),
  no_payment: texts('No way to pay has been chosen yet', 'Henüz ödeme yöntemi seçilmedi'),
  other_payment: texts('Another way to pay was chosen', 'Başka bir ödeme yöntemi seçildi'),
  above_maximum: texts('The goods are worth too much for it', 'Ürün tutarı bunun için fazla yüksek'),
  other_shipping: texts('It is for another shipping method', 'Başka bir kargo yöntemi için geçerli'),
  not_chosen: texts('The buyer has not asked for it', 'Alıcı bunu istemedi'),
  zero: texts('It comes to nothing', 'Tutarı sıfır'),
  installments_unavailable: texts(
    'This cart cannot be paid in so many installments',
    'Bu sepet bu taksit sayısıyla ödenemez',
  ),
} as const satisfies Readonly<Record<string, Texts>>;

/** A row of the table of reasons. */
export type ReasonCode = keyof typeof REASON_TEXTS;

/** A row that is another reason only in its words is answered under that reason's code. */
const ANSWERED_AS: Readonly<Partial<Record<ReasonCode, ReasonCode>>> = { matching_below_minimum: 'below_minimum' };

const isCode = (code: string): code is ReasonCode => Object.hasOwn(REASON_TEXTS, code);

/**
 * A reason in full, its amount as money of `currency`. A code that is not in the table, because a newer service made it, is its
 * own text.
 */
export const reasonOf = ({ code, amount }: ReasonRef, currency: string): Reason => {
  if (!isCode(code)) return { code, tr: code, en: code };
  const say = (language: keyof Texts): string => {
    const text = REASON_TEXTS[code][language];
    return text.includes(AMOUNT)
      ? text.replace(AMOUNT, () => (amount === undefined ? '…' : formatMoney(amount, currency, language)))
      : text;
  };
  return { code: ANSWERED_AS[code] ?? code, tr: say('tr'), en: say('en') };
};
