import { exponentOf } from './currency.ts';

const DECIMAL = /^(-?)([0-9]+)(?:\.([0-9]+))?$/;

/**
 * Reads a decimal text as minor units: `1299.90` TRY is 129990, `5` KWD is 5000. Digits are moved as text, never
 * through a float. Null when it is not a plain decimal, when it does not fit a safe integer, or when it has more
 * decimals than the currency, even zeros: `1.290` may be a grouped thousand, and guessing would lose money.
 */
export const parseDecimal = (text: string, currency: string): number | null => {
  const parts = DECIMAL.exec(text.trim());
  if (parts === null) return null;
  const [, sign = '', integer = '', fraction = ''] = parts;
  const exponent = exponentOf(currency);
  if (fraction.length > exponent) return null;
  const amount = Number(integer + fraction.padEnd(exponent, '0'));
  if (!Number.isSafeInteger(amount)) return null;
  return sign === '-' && amount !== 0 ? -amount : amount;
};

/** The plain decimal text of an amount in minor units, as machines read it: 129990 TRY is `1299.90`. */
export const decimalText = (amount: number, currency: string): `${number}` => {
  const exponent = exponentOf(currency);
  const digits = String(Math.abs(amount)).padStart(exponent + 1, '0');
  const point = digits.length - exponent;
  const text = `${amount < 0 ? '-' : ''}${digits.slice(0, point)}${exponent === 0 ? '' : `.${digits.slice(point)}`}`;
  if (!isNumeric(text)) throw new RangeError(`${amount} is not an amount in minor units`);
  return text;
};

const isNumeric = (text: string): text is `${number}` => DECIMAL.test(text);
