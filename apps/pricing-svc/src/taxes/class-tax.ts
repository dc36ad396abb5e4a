import type { TaxRate } from '@kervan/contracts';
import { allocate, includedTax, portion, proportion, sum } from '@kervan/money';

/** The taxes of one class at one destination. */
export type ClassTax = {
  /** By priority. */
  readonly rates: readonly TaxRate[];
  /** The sum in basis points. */
  readonly rate: number;
  /** Whether the price contains them all. */
  readonly included: boolean;
  /** The tax of each rate on an amount as it is priced (goods after discount), in minor units, in the order of `rates`. */
  readonly amounts: (priced: number) => readonly number[];
};

/** In which order rates are reckoned. The id decides between equals, so that the order is always the same. */
export const byPriority = (a: TaxRate, b: TaxRate): number =>
  a.priority - b.priority || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/**
 * Each rate as a part of the net price, over one common denominator: a plain rate is `r`, a compound one is
 * `r * (1 + all rates of a lower priority)`.
 */
const partsOfNet = (rates: readonly TaxRate[]): { parts: number[]; whole: number } => {
  let whole = 10_000n ** BigInt(rates.length);
  const parts: bigint[] = [];
  for (const { rate, compound, priority } of rates) {
    const earlier = parts.filter((_, index) => (rates[index]?.priority ?? 0) < priority);
    const base = compound ? earlier.reduce((total, part) => total + part, whole) : whole;
    parts.push((base * BigInt(rate)) / 10_000n);
  }
  const divisor = parts.reduce(greatestCommonDivisor, whole);
  whole /= divisor;
  return { parts: parts.map((part) => Number(part / divisor)), whole: Number(whole) };
};

const greatestCommonDivisor = (a: bigint, b: bigint): bigint => (b === 0n ? a : greatestCommonDivisor(b, a % b));

/**
 * Several rates together. The price holds the net and the included taxes: `net = priced / (1 + included parts)`.
 * The included tax is rounded once, as a whole, and split among its rates by largest remainder: each rounded on its own
 * could take more out of a small price than is in it. A tax that is added is `net * part`, rounded on its own.
 */
const amountsOfSeveral = (rates: readonly TaxRate[]): ClassTax['amounts'] => {
  const { parts, whole } = partsOfNet(rates);
  const weights = rates.map(({ included }, index) => (included ? (parts[index] ?? 0) : 0));
  const inside = sum(weights);
  return (priced) => {
    const within = inside === 0 ? weights : allocate(proportion(priced, inside, whole + inside), weights);
    return rates.map(({ included }, index) =>
      included ? (within[index] ?? 0) : proportion(priced, parts[index] ?? 0, whole + inside),
    );
  };
};

const amountsOf = (rates: readonly TaxRate[]): ClassTax['amounts'] => {
  const [only] = rates;
  if (only === undefined || rates.length > 1) return amountsOfSeveral(rates);
  const { rate, included } = only;
  return included ? (priced) => [includedTax(priced, rate)] : (priced) => [portion(priced, rate)];
};

/** Puts the rates of one class at one destination together. */
export const compileClassTax = (unsorted: readonly TaxRate[]): ClassTax => {
  const rates = unsorted.toSorted(byPriority);
  return {
    rates,
    rate: sum(rates.map(({ rate }) => rate)),
    included: rates.every(({ included }) => included),
    amounts: amountsOf(rates),
  };
};
