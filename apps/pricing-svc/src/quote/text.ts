import type { ShippingMethod } from '@kervan/contracts';

/** A name in both languages that quotes are explained in: the other one, or any, stands in for one that is missing. */
export const inBothLanguages = (name: ShippingMethod['name']): { tr: string; en: string } => {
  if (typeof name === 'string') return { tr: name, en: name };
  const any = name.tr ?? name.en ?? Object.values(name)[0] ?? '';
  return { tr: name.tr ?? any, en: name.en ?? any };
};
