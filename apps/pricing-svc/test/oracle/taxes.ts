import type { TaxRate } from '@kervan/contracts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { add, fraction, type Fraction, over, percent, round, split, times, total } from './fraction.ts';

type TaxFound = { readonly rate: TaxRate; readonly amount: bigint };

/** What each rate of a class comes to on a price, in minor units, before anybody is exempt. */
const taxesOf = (
  priced: bigint,
  taxClass: string,
  rules: RuleSet,
  zones: readonly string[] | null,
): readonly TaxFound[] => {
  const ofClass = rules.taxRates.filter((rate) => rate.taxClass === taxClass);
  const zone = zones?.find((id) => ofClass.some(({ geozoneId }) => geozoneId === id));
  const rates = ofClass
    .filter(({ geozoneId }) => geozoneId === zone)
    .toSorted((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1));
  const parts: Fraction[] = [];
  for (const { rate, compound, priority } of rates) {
    const before = parts.filter((_, index) => (rates[index]?.priority ?? 0) < priority);
    const base = compound ? add(fraction(1n), total(before)) : fraction(1n);
    parts.push(times(base, percent(rate)));
  }
  const partOf = (rate: TaxRate): Fraction => parts[rates.indexOf(rate)] ?? fraction(0n);
  const inside = rates.filter(({ included }) => included);
  const insideParts = total(inside.map(partOf));
  const net = over(fraction(priced), add(fraction(1n), insideParts));
  const shares = split(round(times(net, insideParts)), inside.map(partOf));
  return rates.map((rate) => ({
    rate,
    amount: rate.included ? (shares[inside.indexOf(rate)] ?? 0n) : round(times(net, partOf(rate))),
  }));
};

/** The tax that is paid on one price, the part of it on top, and by rate what an exemption takes out of the price. */
export type Booked = { readonly tax: bigint; readonly onTop: bigint; readonly exempt: ReadonlyMap<string, bigint> };

/** The taxes of a whole cart, booked price by price. */
export type TaxBook = {
  readonly book: (priced: bigint, taxClass: string | null) => Booked;
  /** What is paid of each rate, and what is not because a company buys; rates that were never met are missing. */
  readonly paid: ReadonlyMap<string, bigint>;
  readonly exempt: ReadonlyMap<string, bigint>;
  /** Of what is paid. */
  readonly onTop: () => bigint;
  readonly included: () => bigint;
};

const raise = (sums: Map<string, bigint>, key: string, amount: bigint): void => {
  sums.set(key, (sums.get(key) ?? 0n) + amount);
};

/** An empty book. What has no class of its own (shipping, a fee) is `standard`. */
export const openTaxBook = (rules: RuleSet, zones: readonly string[] | null, company: boolean): TaxBook => {
  const paid = new Map<string, bigint>();
  const exempt = new Map<string, bigint>();
  const sums = { onTop: 0n, included: 0n };
  const book = (priced: bigint, taxClass: string | null): Booked => {
    const own = new Map<string, bigint>();
    let tax = 0n;
    let onTop = 0n;
    for (const { rate, amount } of taxesOf(priced, taxClass ?? 'standard', rules, zones)) {
      if (company && rate.companiesExempt) {
        if (!rate.included) continue;
        raise(exempt, rate.id, amount);
        if (amount > 0n) own.set(rate.id, amount);
        continue;
      }
      raise(paid, rate.id, amount);
      tax += amount;
      if (rate.included) sums.included += amount;
      else onTop += amount;
    }
    sums.onTop += onTop;
    return { tax, onTop, exempt: own };
  };
  return { book, paid, exempt, onTop: () => sums.onTop, included: () => sums.included };
};

/** The rates a quote has to speak of: those of geozones in the destination's country, all of them while there is none. */
export const ratesInReach = (rules: RuleSet, country: string | null): readonly string[] =>
  rules.taxRates
    .filter(({ geozoneId }) => {
      const zone = rules.geozones.find(({ id }) => id === geozoneId);
      return country === null || zone?.includes.some((place) => place.country === country);
    })
    .map(({ id }) => id);
