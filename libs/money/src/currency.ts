import { data as isoCurrencies } from 'currency-codes';

/**
 * Digits after the decimal point by currency. ISO 4217 first, because payment providers count in its minor units and
 * because it stays put: `Intl` follows CLDR, which leaves out fractions nobody uses in cash (HUF, COP, IDR, PKR: ISO 2,
 * Intl 0; IQD: ISO 3, Intl 0) and changes its mind with new versions of Node, which would move the decimal point of
 * amounts already stored. `Intl` is asked only for codes that it knows and the current ISO list does not (XCG, ZWL, …).
 */
const exponents = new Map(isoCurrencies.map(({ code, digits }) => [code, digits]));

/** Asked only where needed: the first use of number formats costs every process 7 MB. */
const exponentByIntl = (currency: string): number => {
  if (!Intl.supportedValuesOf('currency').includes(currency)) throw new RangeError(`unknown currency ${currency}`);
  const { maximumFractionDigits } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
  return maximumFractionDigits ?? 2;
};

/**
 * How many digits of an amount in minor units stand after the decimal point: TRY 2, JPY 0, KWD 3. Throws a RangeError
 * for a code that is no currency; the boundaries let only known ones in.
 */
export const exponentOf = (currency: string): number => {
  const known = exponents.get(currency);
  if (known !== undefined) return known;
  const exponent = exponentByIntl(currency);
  exponents.set(currency, exponent);
  return exponent;
};
