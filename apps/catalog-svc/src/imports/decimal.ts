const WAYS: readonly { readonly pattern: RegExp; readonly group: string; readonly point: string }[] = [
  { pattern: /^-?\d+(?:\.\d+)?$/, group: '', point: '.' },
  // Three digits after a lone comma may be thousandths or a thousand: that is nobody's to guess.
  { pattern: /^-?\d+,(?!\d{3}$)\d+$/, group: '', point: ',' },
  { pattern: /^-?\d{1,3}(?:\.\d{3})+,\d+$/, group: '.', point: ',' },
  { pattern: /^-?\d{1,3}(?:,\d{3})+\.\d+$/, group: ',', point: '.' },
  { pattern: /^-?\d{1,3}(?:\.\d{3}){2,}$/, group: '.', point: ',' },
  { pattern: /^-?\d{1,3}(?:,\d{3}){2,}$/, group: ',', point: '.' },
];

/**
 * A number as a spreadsheet in any language writes it, as plain decimal text: `1299.90`, `1299,90`, `1.299,90` and
 * `1,299.90` are all `1299.90`. Null when it is no number, or one that can be read in two ways (`1,299`).
 */
export const plainDecimal = (text: string): string | null => {
  const way = WAYS.find(({ pattern }) => pattern.test(text));
  return way === undefined ? null : text.replaceAll(way.group, '').replace(way.point, '.');
};

/** The same without zeros that say nothing: `1299.00` is `1299`. Three decimals stay, they may be a thousand. */
export const withoutZeros = (plain: string): string =>
  /\.\d{3}$/.test(plain) ? plain : plain.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
