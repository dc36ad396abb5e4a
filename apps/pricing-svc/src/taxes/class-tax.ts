import type { TaxRate } from '@kervan/contracts';
import { allocate, includedTax, portion, proportion, sum } from '@kervan/money';

/** One rate's tax on one amount, and what it was reckoned on: the net price, for a compound rate also the taxes before it. */
export type TaxShare = { readonly base: number; readonly amount: number };

/** Rates together: their sum in basis points, and whether the price contains them all. */
type RatesShown = { readonly rate: number; readonly included: boolean };

/** The taxes of one class at one destination. */
export type ClassTax = {
  /** By priority. */
  readonly rates: readonly TaxRate[];
  /** What persons pay, and what is left of it for companies with a tax number. */
  readonly ofPersons: RatesShown;
  readonly ofCompanies: RatesShown;
  /** The tax of each rate on an amount as it is priced (goods after discount), in minor units, in the order of `rates`. */
  readonly sharesOf: (priced: number) => readonly TaxShare[];
};

/** In which order rates are reckoned. The id decides between equals, so that the order is always the same. */
export const byPriority = (a: TaxRate, b: TaxRate): number =>
  a.priority - b.priority || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

const greatestCommonDivisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : greatestCommonDivisor(b, a % b));

/** The sum of what rates of a lower priority have; compound rates build on it. */
const earlier = (rates: readonly TaxRate[], index: number, values: readonly number[]): number => {
  const priority = rates[index]?.priority ?? 0;
  return sum(values.filter((_, before) => before < index && (rates[before]?.priority ?? 0) < priority));
};

/**
 * Each rate as a part of the net price, over one common denominator: a plain rate is `r`, a compound one is
 * `r * (1 + all parts of a lower priority)`. The bounds of tax-rate.ts keep all of them safe integers.
 */
const partsOfNet = (rates: readonly TaxRate[]): { parts: number[]; whole: number } => {
  const whole = 10_000n ** BigInt(1 + rates.filter(({ compound }) => compound).length);
  const parts: bigint[] = [];
  for (const [index, { rate, compound }] of rates.entries()) {
    const base = whole + (compound ? BigInt(earlier(rates, index, parts.map(Number))) : 0n);
    parts.push((base * BigInt(rate)) / 10_000n);
  }
  const divisor = parts.reduce(greatestCommonDivisor, whole);
  return { parts: parts.map((part) => Number(part / divisor)), whole: Number(whole / divisor) };
};

/**
 * Several rates together. The price holds the net and the included taxes: `net = priced / (1 + included parts)`.
 * The included tax is rounded once, as a whole, and split among its rates by largest remainder: each rounded on its own
 * could take more out of a small price than is in it. A tax that is added is `net * part`, rounded on its own.
 */
const sharesOfSeveral = (rates: readonly TaxRate[]): ClassTax['sharesOf'] => {
  const { parts, whole } = partsOfNet(rates);
  const weights = rates.map(({ included }, index) => (included ? (parts[index] ?? 0) : 0));
  const inside = sum(weights);
  return (priced) => {
    const includedTotal = inside === 0 ? 0 : proportion(priced, inside, whole + inside);
    const within = allocate(includedTotal, weights);
    const amounts = rates.map(({ included }, index) =>
      included ? (within[index] ?? 0) : proportion(priced, parts[index] ?? 0, whole + inside),
    );
    return rates.map(({ compound }, index) => ({
      base: priced - includedTotal + (compound ? earlier(rates, index, amounts) : 0),
      amount: amounts[index] ?? 0,
    }));
  };
};

const sharesOf = (rates: readonly TaxRate[]): ClassTax['sharesOf'] => {
  const [only] = rates;
  if (only === undefined || rates.length > 1) return sharesOfSeveral(rates);
  const { rate, included } = only;
  if (!included) return (priced) => [{ base: priced, amount: portion(priced, rate) }];
  return (priced) => {
    const amount = includedTax(priced, rate);
    return [{ base: priced - amount, amount }];
  };
};

const shown = (rates: readonly TaxRate[]): RatesShown => ({
  rate: sum(rates.map(({ rate }) => rate)),
  included: rates.length > 0 && rates.every(({ included }) => included),
});

/** Puts the rates of one class at one destination together. */
export const compileClassTax = (unsorted: readonly TaxRate[]): ClassTax => {
  const rates = unsorted.toSorted(byPriority);
  return {
    rates,
    ofPersons: shown(rates),
    ofCompanies: shown(rates.filter(({ companiesExempt }) => !companiesExempt)),
    sharesOf: sharesOf(rates),
  };
};
