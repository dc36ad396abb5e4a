import type {
  Considered,
  FeeRule,
  InstallmentTable,
  QuoteDestination,
  ShippingMethod,
  TaxRate,
} from '@kervan/contracts';
import { compileGeozone, type CompiledGeozone, matchGeozone } from '../geozones/geozone.ts';
import { type Destination, isCloser, normalizeDestination, type Specificity } from '../geozones/place.ts';
import { compilePromotions, type Promotions } from '../promotions/promotions.ts';
import { compare } from './order.ts';
import { type Refusal, refusedRow } from './reason.ts';
import { byPriority, type ClassTax, compileClassTax } from '../taxes/class-tax.ts';
import type { RuleSet } from './rule-set.ts';

/** A tax rate that was looked at for a destination; `refusal` is its row in `considered`, null when it may apply. */
export type TaxRateSeen = { readonly rate: TaxRate; readonly refusal: Considered | null };

/** What the rules of a shop say about one destination. */
export type Locality = {
  /** The geozones that hold the destination; null while there is none. */
  readonly zones: ReadonlyMap<string, Specificity> | null;
  readonly taxes: ReadonlyMap<string, ClassTax>;
  /** By priority: the rates of geozones in the destination's country; all while there is no destination. */
  readonly taxRates: readonly TaxRateSeen[];
};

/** The rules of one shop, ready for quotes. */
export type Rules = {
  readonly geozones: readonly CompiledGeozone[];
  readonly taxRates: readonly TaxRate[];
  readonly shippingMethods: readonly ShippingMethod[];
  readonly shippingMethodByCode: ReadonlyMap<string, ShippingMethod>;
  readonly promotions: Promotions;
  /** Those that are switched on, by code. */
  readonly feeRules: readonly FeeRule[];
  /** Those that are switched on, by provider. */
  readonly installmentTables: ReadonlyMap<string, InstallmentTable>;
  /** What was found for destinations, so that the calls of one cart match its address once. Never read but by `localityOf`. */
  readonly localities: Map<string, Locality>;
};

/** Makes the rules of a shop ready for quotes. */
export const compileRules = (rules: RuleSet): Rules => {
  const { geozones, taxRates, shippingMethods, feeRules, promotions, installmentTables } = rules;
  return {
    geozones: geozones.map(compileGeozone),
    taxRates: taxRates.toSorted(byPriority),
    shippingMethods,
    shippingMethodByCode: new Map(shippingMethods.map((method) => [method.code, method])),
    promotions: compilePromotions(promotions),
    feeRules: feeRules.filter(({ enabled }) => enabled).toSorted((a, b) => compare(a.code, b.code)),
    installmentTables: new Map(installmentTables.map((table) => [table.provider, table])),
    localities: new Map(),
  };
};

/** The destinations kept per shop; beyond it the oldest goes. */
const MOST_LOCALITIES = 2_000;

const refused = (rate: TaxRate, reason: Refusal): TaxRateSeen => ({
  rate,
  refusal: refusedRow('tax', rate.id, reason),
});

const NOWHERE = { zones: null, taxes: new Map<string, ClassTax>() } as const;

/** For each tax class the rates of the closest geozone that has any; the geozone listed first among equals. */
const locate = (rules: Rules, destination: Destination): Locality => {
  const zones = new Map<string, Specificity>();
  for (const zone of rules.geozones) {
    const found = matchGeozone(zone, destination);
    if (found !== null) zones.set(zone.id, found);
  }
  const zoneOfClass = new Map<string, string>();
  for (const [id, specificity] of zones) {
    for (const { taxClass, geozoneId } of rules.taxRates) {
      if (geozoneId !== id) continue;
      const best = zones.get(zoneOfClass.get(taxClass) ?? '');
      if (best === undefined || isCloser(specificity, best)) zoneOfClass.set(taxClass, id);
    }
  }
  const near = new Set(
    rules.geozones.filter(({ countries }) => countries.has(destination.country)).map(({ id }) => id),
  );
  const taxRates = rules.taxRates
    .filter(({ geozoneId }) => near.has(geozoneId))
    .map((rate): TaxRateSeen => {
      if (!zones.has(rate.geozoneId)) return refused(rate, { code: 'outside_zone' });
      if (zoneOfClass.get(rate.taxClass) !== rate.geozoneId) return refused(rate, { code: 'closer_zone' });
      return { rate, refusal: null };
    });
  const applying = taxRates.filter((seen) => seen.refusal === null).map(({ rate }) => rate);
  const byClass = Map.groupBy(applying, ({ taxClass }) => taxClass);
  const taxes = new Map([...byClass].map(([taxClass, rates]) => [taxClass, compileClassTax(rates)]));
  return { zones, taxes, taxRates };
};

/** What the rules say about a destination, matched once and kept. */
export const localityOf = (rules: Rules, asked: QuoteDestination | null): Locality => {
  const destination = asked === null ? null : normalizeDestination(asked);
  const key =
    destination === null ? '' : `${destination.country}|${destination.region ?? ''}|${destination.postalCode ?? ''}`;
  const known = rules.localities.get(key);
  if (known !== undefined) return known;
  const found =
    destination === null
      ? { ...NOWHERE, taxRates: rules.taxRates.map((rate) => refused(rate, { code: 'no_address' })) }
      : locate(rules, destination);
  if (rules.localities.size >= MOST_LOCALITIES) {
    const [oldest] = rules.localities.keys();
    if (oldest !== undefined) rules.localities.delete(oldest);
  }
  rules.localities.set(key, found);
  return found;
};
