import type { Reason, Text, Texts } from '@kervan/contracts';
import type { View } from '../route.ts';

type ByLanguage = Readonly<Record<string, string>>;

/** A text in the language of the answer, else in the shop's own, else in whichever there is. */
export const textIn = (text: Text, { language, tenant }: View): string => {
  if (typeof text === 'string') return text;
  const texts: ByLanguage = text;
  return texts[language] ?? texts[tenant.defaultLanguage] ?? texts['en'] ?? Object.values(texts)[0] ?? '';
};

/** The same where there may be none. */
export const optionalTextIn = (text: Text | null, view: View): string | null =>
  text === null ? null : textIn(text, view);

/** A reason with its code and its text. */
export const presentReason = (reason: Reason, view: View): { code: string; text: string } => ({
  code: reason.code,
  text: textIn({ tr: reason.tr, en: reason.en }, view),
});

/** What carts and timelines say, by code. */
const WORDS: Readonly<Record<string, Texts>> = {
  price_changed: { tr: 'Fiyatı değişti', en: 'The price has changed' },
  item_unavailable: { tr: 'Artık satışta değil', en: 'No longer available' },
  'order.created': { tr: 'Siparişiniz alındı', en: 'We have received your order' },
  'order.confirmed': {
    tr: 'Ödemeniz alındı, siparişiniz onaylandı',
    en: 'Your payment has arrived, your order is confirmed',
  },
  'order.paid': { tr: 'Ödemeniz alındı', en: 'Your payment has arrived' },
  'order.packing': { tr: 'Siparişiniz hazırlanıyor', en: 'Your order is being packed' },
  'order.shipped': { tr: 'Siparişiniz kargoya verildi', en: 'Your order has been shipped' },
  'order.delivered': { tr: 'Siparişiniz teslim edildi', en: 'Your order has been delivered' },
  'order.cancelled': { tr: 'Siparişiniz iptal edildi', en: 'Your order has been cancelled' },
  'order.expired': { tr: 'Ödeme süresi doldu', en: 'The time to pay has run out' },
  'order.refunded': { tr: 'Ödemeniz iade edildi', en: 'Your payment has been refunded' },
  'payment.paid': { tr: 'Ödemeniz alındı', en: 'Your payment has arrived' },
  'payment.failed': { tr: 'Ödeme başarısız oldu', en: 'The payment has failed' },
  'payment.requires_action': { tr: 'Ödeme için bir adım daha gerekiyor', en: 'The payment needs one more step' },
  'payment.processing': { tr: 'Ödemeniz işleniyor', en: 'Your payment is being processed' },
  'refund.requested': { tr: 'Para iadeniz başlatıldı', en: 'A refund is under way' },
  'refund.pending': { tr: 'Para iadeniz işleniyor', en: 'Your refund is being processed' },
  'refund.succeeded': { tr: 'Para iadeniz yapıldı', en: 'Your money has been refunded' },
  'refund.failed': { tr: 'Para iadesi yapılamadı', en: 'The refund has failed' },
};

/** What a code means for a buyer; a code without words speaks for itself. */
export const wordsFor = (code: string, view: View): string => {
  const words = WORDS[code];
  return words === undefined ? code : textIn(words, view);
};
