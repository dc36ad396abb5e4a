const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const GROUP = /.{4}/g;
const RANDOM_SYMBOLS = 11;

/**
 * Makes a public order number: 11 random Crockford base32 symbols (55 bits) and a check symbol (the value modulo 37, as
 * Crockford defines it), in groups of four: `7K3M-9QX2-TB4F`. Numbers whose check symbol is not one of the 32 plain ones
 * are drawn again, so that every symbol can be read aloud. `random` fills bytes, `prefix` is the tenant's.
 */
export const makeOrderNo = (random: (size: number) => Uint8Array, prefix?: string): string => {
  for (;;) {
    const symbols = [...random(RANDOM_SYMBOLS)].map((byte) => byte & 31);
    const check = ALPHABET[checkValue(symbols)];
    if (check === undefined) continue;
    const text = symbols.map((symbol) => ALPHABET[symbol]).join('') + check;
    const grouped = (text.match(GROUP) ?? []).join('-');
    return prefix === undefined ? grouped : `${prefix}-${grouped}`;
  }
};

/** Brings what a person typed into the form that is stored: upper case, no spaces, O read as 0, I and L as 1. */
export const readOrderNo = (typed: string): string => {
  const text = typed.trim().toUpperCase().replace(/\s+/g, '');
  const number = text.slice(-14).replaceAll('O', '0').replace(/[IL]/g, '1');
  return text.slice(0, -14) + number;
};

const checkValue = (symbols: readonly number[]): number =>
  symbols.reduce((rest, symbol) => (rest * 32 + symbol) % 37, 0);
