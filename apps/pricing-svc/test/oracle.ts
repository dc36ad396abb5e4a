import type { Geozone, QuoteRequest, TaxRate } from '@kervan/contracts';
import type { RuleSet } from '../src/rules/rule-set.ts';

/**
 * A second opinion on totals: slow, by exact fractions, sharing no code with the service. It knows the rules of
 * docs/pricing.md and nothing else; postal codes have three digits and are tried one by one.
 */
type Fraction = { readonly top: bigint; readonly bottom: bigint };
const fraction = (top: bigint, bottom = 1n): Fraction => ({ top, bottom });
const add = (a: Fraction, b: Fraction): Fraction => fraction(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom);
const times = (a: Fraction, b: Fraction): Fraction => fraction(a.top * b.top, a.bottom * b.bottom);
const over = (a: Fraction, b: Fraction): Fraction => fraction(a.top * b.bottom, a.bottom * b.top);
const total = (all: readonly Fraction[]): Fraction => all.reduce(add, fraction(0n));
const floor = ({ top, bottom }: Fraction): bigint => top / bottom;
const round = (value: Fraction): bigint => floor(add(value, fraction(1n, 2n)));
const isLess = (a: Fraction, b: Fraction): boolean => a.top * b.bottom < b.top * a.bottom;

type Place = Geozone['includes'][number];
type Where = NonNullable<QuoteRequest['destination']>;
const CODES = Array.from({ length: 1_000 }, (_, code) => String(code).padStart(3, '0'));

const isCovered = (pattern: string, code: string): boolean => {
  if (pattern.endsWith('*')) return code.startsWith(pattern.slice(0, -1));
  const [from = '', to] = pattern.split('-');
  return to === undefined ? code === from : Number(code) >= Number(from) && Number(code) <= Number(to);
};

/** Smaller is closer: `[level, codes covered]`; null when the place does not hold the address. */
const distance = ({ country, region, postalCodes }: Place, where: Where): readonly [number, number] | null => {
  if (country !== where.country || (region && region !== where.region)) return null;
  if (!postalCodes?.length) return [region ? 2 : 3, 0];
  const code = where.postalCode;
  const fitting = code ? postalCodes.filter((pattern) => isCovered(pattern, code)) : [];
  const sizes = fitting.map((pattern) => CODES.filter((one) => isCovered(pattern, one)).length);
  return sizes.length === 0 ? null : [1, Math.min(...sizes)];
};

const zoneDistance = ({ includes, excludes }: Geozone, where: Where): readonly [number, number] | null => {
  if (excludes.some((place) => distance(place, where) !== null)) return null;
  const found = includes.map((place) => distance(place, where)).filter((one) => one !== null);
  return found.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])[0] ?? null;
};

/** The closest geozones first; those listed first among equals. */
const zonesOf = (rules: RuleSet, where: Where): readonly string[] => {
  const found = rules.geozones.map((zone) => ({ id: zone.id, at: zoneDistance(zone, where) }));
  const near = found.flatMap(({ id, at }) => (at === null ? [] : [{ id, at }]));
  return near.toSorted((a, b) => a.at[0] - b.at[0] || a.at[1] - b.at[1]).map(({ id }) => id);
};

type TaxFound = { readonly rate: TaxRate; readonly amount: bigint };

const taxesOf = (priced: bigint, taxClass: string, rules: RuleSet, zones: readonly string[]): TaxFound[] => {
  const ofClass = rules.taxRates.filter((rate) => rate.taxClass === taxClass);
  const zone = zones.find((id) => ofClass.some(({ geozoneId }) => geozoneId === id));
  const rates = ofClass
    .filter(({ geozoneId }) => geozoneId === zone)
    .toSorted((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1));
  const parts: Fraction[] = [];
  for (const { rate, compound, priority } of rates) {
    const before = parts.filter((_, index) => (rates[index]?.priority ?? 0) < priority);
    const base = compound ? add(fraction(1n), total(before)) : fraction(1n);
    parts.push(times(base, fraction(BigInt(rate), 10_000n)));
  }
  const partOf = (rate: TaxRate): Fraction => parts[rates.indexOf(rate)] ?? fraction(0n);
  const inside = rates.filter(({ included }) => included);
  const insideParts = total(inside.map(partOf));
  const net = over(fraction(priced), add(fraction(1n), insideParts));

  const exact = inside.map((rate) => ({ rate, value: times(net, partOf(rate)) }));
  const whole = round(times(net, insideParts));
  // The whole included tax split in proportion: rounded down, then a unit each to whoever lost most.
  const shares = exact.map(({ rate, value }) => {
    const all = total(exact.map((one) => one.value));
    const share = all.top === 0n ? fraction(0n) : over(times(fraction(whole), value), all);
    return { rate, amount: floor(share), lost: add(share, fraction(-floor(share))) };
  });
  let left = whole - shares.reduce((sum, { amount }) => sum + amount, 0n);
  for (const share of shares.toSorted((a, b) => (isLess(b.lost, a.lost) ? -1 : isLess(a.lost, b.lost) ? 1 : 0))) {
    if (left-- > 0n) share.amount += 1n;
  }
  return rates.map((rate) => ({
    rate,
    amount: shares.find((share) => share.rate === rate)?.amount ?? round(times(net, partOf(rate))),
  }));
};

/** What the oracle says of a cart, in minor units; `shipping` is null when the method asked for is not offered. */
export type Opinion = {
  readonly lines: readonly { readonly lineId: string; readonly tax: bigint; readonly total: bigint }[];
  readonly subtotal: bigint;
  readonly shipping: bigint | null;
  readonly taxByRate: ReadonlyMap<string, bigint>;
  readonly taxTotal: bigint;
  readonly taxIncluded: bigint;
  readonly total: bigint;
};

const shippingOf = (request: QuoteRequest, rules: RuleSet, zones: readonly string[], goods: bigint): bigint | null => {
  const method = rules.shippingMethods.find(({ code }) => code === request.shippingMethod);
  if (!method?.enabled || method.currency !== request.currency || request.destination === null) return null;
  const shipped = request.lines.filter(({ requiresShipping }) => requiresShipping);
  if (shipped.length === 0) return null;
  const rate = zones.flatMap((id) => method.rates.filter(({ geozoneId }) => geozoneId === id))[0];
  if (rate === undefined) return null;
  const weight = shipped.reduce((sum, line) => sum + BigInt(line.weightGrams) * BigInt(line.quantity), 0n);
  const value = { flat: 0n, weight, price: goods }[rate.basis];
  const band = rate.bands.filter(
    ({ from, to }) => value >= BigInt(from) && (to === null || to === undefined || value < BigInt(to)),
  )[0];
  if (band === undefined) return null;
  return typeof rate.freeFrom === 'number' && goods >= BigInt(rate.freeFrom) ? 0n : BigInt(band.amount);
};

/** Prices a cart the slow way. */
export const secondOpinion = (request: QuoteRequest, rules: RuleSet): Opinion => {
  const zones = request.destination === null ? [] : zonesOf(rules, request.destination);
  const taxByRate = new Map<string, bigint>();
  let added = 0n;
  let taxIncluded = 0n;
  const book = (priced: bigint, taxClass: string): { tax: bigint; onTop: bigint } => {
    let tax = 0n;
    let onTop = 0n;
    for (const { rate, amount } of taxesOf(priced, taxClass, rules, zones)) {
      taxByRate.set(rate.id, (taxByRate.get(rate.id) ?? 0n) + amount);
      tax += amount;
      if (rate.included) taxIncluded += amount;
      else onTop += amount;
    }
    added += onTop;
    return { tax, onTop };
  };
  const lines = request.lines.map(({ lineId, unitPrice, quantity, taxClass }) => {
    const priced = BigInt(unitPrice) * BigInt(quantity);
    const { tax, onTop } = book(priced, taxClass);
    return { lineId, priced, tax, total: priced + onTop };
  });
  const subtotal = lines.reduce((sum, { priced }) => sum + priced, 0n);
  const shipping = shippingOf(request, rules, zones, subtotal);
  const method = rules.shippingMethods.find(({ code }) => code === request.shippingMethod);
  if (shipping !== null) book(shipping, method?.taxClass ?? 'standard');
  return {
    lines,
    subtotal,
    shipping,
    taxByRate,
    taxTotal: added + taxIncluded,
    taxIncluded,
    total: subtotal + (shipping ?? 0n) + added,
  };
};
