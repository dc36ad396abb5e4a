import type { ShippingMethod, ShippingOption } from '@kervan/contracts';

/** When goods arrive, or can be fetched, in the words of both languages; days are business days. */
export const deliveryWindowOf = ({
  kind,
  minDays,
  maxDays,
}: Pick<ShippingMethod, 'kind' | 'minDays' | 'maxDays'>): ShippingOption['deliveryWindow'] => {
  const isPickup = kind === 'pickup';
  const what = isPickup
    ? { tr: 'mağazadan teslim alınabilir', en: 'Ready for pickup' }
    : { tr: 'teslim', en: 'Delivered' };
  if (maxDays === 0) {
    return { tr: `Aynı gün ${what.tr}`, en: `${what.en} the same day` };
  }
  const days = minDays === maxDays ? `${maxDays}` : `${minDays}-${maxDays}`;
  return {
    tr: `${days} iş günü içinde ${what.tr}`,
    en: `${what.en} in ${days} business ${days === '1' ? 'day' : 'days'}`,
  };
};
