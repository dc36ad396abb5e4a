import { describe, expect, test } from '@jest/globals';
import { Quote, type QuoteRequest, type Result, type TaxRate } from '@kervan/contracts';
import fc from 'fast-check';
import { geozone, line, NOW, request, shippingMethod, taxRate } from '../../test/builders.ts';
import { secondOpinion } from '../../test/oracle.ts';
import { compileRules } from '../rules/compiled-rules.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { checkShippingMethod } from '../shipping/shipping-method.ts';
import { checkTaxRate } from '../taxes/tax-rate.ts';
import { priceCart } from './price.ts';

const CURRENCIES = ['TRY', 'JPY', 'KWD'];
const CLASSES = ['standard', 'reduced', 'luxury'];
const ZONES = ['z1', 'z2', 'z3', 'z4'];
const KNOWN = ZONES.map((id) => geozone({ id }));
const RUNS = { numRuns: 300 };

const code = fc.integer({ min: 0, max: 999 }).map((number) => String(number).padStart(3, '0'));
const pattern = fc.oneof(
  code,
  fc.tuple(code, fc.integer({ min: 1, max: 3 })).map(([text, length]) => `${text.slice(0, length)}*`),
  fc.tuple(code, code).map(([a, b]) => (a < b ? `${a}-${b}` : `${b}-${a}`)),
);
const country = fc.constantFrom('TR', 'TR', 'DE');
const region = fc.constantFrom(null, '34', '35');
const place = fc.record({ country, region, postalCodes: fc.array(pattern, { maxLength: 3 }) });
const zones = fc
  .array(
    fc.record({
      includes: fc.array(place, { minLength: 1, maxLength: 3 }),
      excludes: fc.array(place, { maxLength: 2, size: '-1' }),
    }),
    { minLength: ZONES.length, maxLength: ZONES.length },
  )
  .map((all) => all.map((given, index) => geozone({ id: ZONES[index] ?? '', ...given })));

const rate = fc.record({
  geozoneId: fc.constantFrom(...ZONES),
  taxClass: fc.constantFrom(...CLASSES),
  rate: fc.oneof(fc.constantFrom(100, 1_000, 2_000), fc.integer({ min: 0, max: 10_000 })),
  included: fc.boolean(),
  compound: fc.boolean(),
  priority: fc.integer({ min: 0, max: 3 }),
});
/** Those that may be saved one after another. */
const rates = fc
  .array(rate, { maxLength: 14 })
  .map((all) =>
    all
      .map((given, index) => taxRate({ id: `t${index}`, ...given }))
      .reduce<TaxRate[]>(
        (kept, one) => (checkTaxRate(one, { geozones: KNOWN, taxRates: kept }).length === 0 ? [...kept, one] : kept),
        [],
      ),
  );

const bands = fc.record({
  steps: fc.array(fc.oneof(fc.constantFrom(500, 1_000), fc.integer({ min: 1, max: 3_000 })), { maxLength: 3 }),
  amounts: fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 4, maxLength: 4 }),
  open: fc.boolean(),
});
const method = fc.record({
  currency: fc.constantFrom(...CURRENCIES),
  zones: fc.uniqueArray(fc.constantFrom(...ZONES), { minLength: 1, maxLength: 3 }),
  basis: fc.constantFrom('weight', 'price', 'flat'),
  bands,
  freeFrom: fc.option(fc.oneof(fc.constantFrom(500, 1_000), fc.integer({ min: 0, max: 50_000 }))),
  taxClass: fc.constantFrom(null, ...CLASSES),
  enabled: fc.constantFrom(true, true, true, false),
});
const methods = fc.array(method, { maxLength: 3 }).map((all) =>
  all.map(({ zones, basis, bands: { steps, amounts, open }, freeFrom, ...given }, index) => {
    const edges = [0];
    for (const step of basis === 'flat' ? [] : steps) edges.push((edges.at(-1) ?? 0) + step);
    const all = edges.map((from, at) => ({ from, to: edges[at + 1] ?? null, amount: amounts[at] ?? 0 }));
    const closed = basis !== 'flat' && !open && all.length > 1 ? all.slice(0, -1) : all;
    const rates = zones.map((geozoneId) => ({ geozoneId, basis, bands: closed, freeFrom }));
    return shippingMethod({ code: `m${index}`, ...given, rates });
  }),
);
const rules: fc.Arbitrary<RuleSet> = fc.record({ geozones: zones, taxRates: rates, shippingMethods: methods });

const cartLine = fc.record({
  unitPrice: fc.oneof(
    fc.constantFrom(250, 500, 1_000),
    fc.integer({ min: 0, max: 30 }),
    fc.integer({ min: 0, max: 1_000_000 }),
    fc.integer({ min: 0, max: 5_000_000 }),
  ),
  quantity: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 999 })),
  taxClass: fc.constantFrom(...CLASSES),
  weightGrams: fc.oneof(fc.constantFrom(250, 500), fc.integer({ min: 0, max: 2_000 })),
  requiresShipping: fc.constantFrom(true, true, false),
});
const cart: fc.Arbitrary<QuoteRequest> = fc
  .record({
    currency: fc.constantFrom(...CURRENCIES),
    lines: fc
      .array(cartLine, { maxLength: 8 })
      .map((all) => all.map((given, index) => line({ lineId: `line_${index}`, ...given }))),
    destination: fc.oneof(
      { weight: 8, arbitrary: fc.record({ country, region, postalCode: fc.option(code) }) },
      { weight: 1, arbitrary: fc.constant(null) },
    ),
    shippingMethod: fc.constantFrom(null, 'm0', 'm0', 'm1', 'm2', 'gone'),
    coupons: fc.array(fc.constantFrom('YAZ', 'kis'), { maxLength: 2 }),
  })
  .map(request);

const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
};
const price = (cart: QuoteRequest, rules: RuleSet) => valueOf(priceCart(cart, compileRules(rules), NOW));
const sumOf = <T>(all: readonly T[], of: (one: T) => number): number => all.reduce((sum, one) => sum + of(one), 0);

describe('any cart under any rules', () => {
  test('the generated methods are ones that may be saved', () => {
    fc.assert(
      fc.property(methods, (all) => {
        for (const one of all) expect(checkShippingMethod(one, new Set(ZONES))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test('is priced as by exact fractions', () => {
    fc.assert(
      fc.property(cart, rules, (cart, rules) => {
        const quote = price(cart, rules);
        const opinion = secondOpinion(cart, rules);
        expect({
          lines: quote.lines.map(({ lineId, tax, total }) => ({
            lineId,
            tax: BigInt(tax.amount),
            total: BigInt(total),
          })),
          subtotal: BigInt(quote.subtotal),
          shipping: quote.shippingMethod === null ? null : BigInt(quote.shipping),
          taxTotal: BigInt(quote.taxTotal),
          taxIncluded: BigInt(quote.taxIncluded),
          total: BigInt(quote.total),
        }).toEqual({
          lines: opinion.lines.map(({ lineId, tax, total }) => ({ lineId, tax, total })),
          subtotal: opinion.subtotal,
          shipping: opinion.shipping,
          taxTotal: opinion.taxTotal,
          taxIncluded: opinion.taxIncluded,
          total: opinion.total,
        });
        const rows = quote.breakdown.filter(({ kind }) => kind === 'tax');
        const byRate = new Map(rows.map(({ rule, amount, included }) => [rule, BigInt(included ?? amount)]));
        expect(byRate).toEqual(opinion.taxByRate);
      }),
      { numRuns: 800 },
    );
  });

  test('adds up at every level and is never negative', () => {
    fc.assert(
      fc.property(cart, rules, (cart, rules) => {
        const quote = price(cart, rules);
        expect(Quote.parse(quote)).toEqual(quote); // no amount is negative or broken
        const added = quote.taxTotal - quote.taxIncluded;
        expect(quote.total).toBe(quote.subtotal - quote.discount + quote.shipping + quote.feesTotal + added);
        expect(sumOf(quote.breakdown, ({ amount }) => amount)).toBe(quote.total);
        expect(sumOf(quote.lines, ({ subtotal }) => subtotal)).toBe(quote.subtotal);
        expect(sumOf(quote.lines, ({ discount }) => discount)).toBe(quote.discount);
        expect(sumOf(quote.tax, ({ amount }) => amount)).toBe(quote.taxTotal);
        expect(
          sumOf(
            quote.tax.filter(({ included }) => included),
            ({ amount }) => amount,
          ),
        ).toBe(quote.taxIncluded);
        expect(sumOf(quote.breakdown, ({ included }) => included ?? 0)).toBe(quote.taxIncluded);
        const ofParts = sumOf(quote.lines, ({ tax }) => tax.amount) + (quote.shippingMethod?.tax.amount ?? 0);
        expect(ofParts).toBe(quote.taxTotal);
      }),
      RUNS,
    );
  });

  test('of any size is priced exactly or refused by field, never wrong and never a fault', () => {
    const bound = 1_000_000_000_000;
    const size = fc.oneof(
      fc.integer({ min: 0, max: bound }),
      fc.integer({ min: bound - 1_000, max: bound }),
      fc.integer({ min: bound / 1_000, max: bound / 500 }),
      fc.nat(1_000),
    );
    const hugeLine = fc.record({
      unitPrice: size,
      quantity: fc.constantFrom(1, 1, 2, 999),
      taxClass: fc.constantFrom(...CLASSES),
      weightGrams: fc.oneof({ weight: 20, arbitrary: fc.nat(2_000) }, { weight: 1, arbitrary: fc.maxSafeNat() }),
    });
    const huge = fc.tuple(cart, fc.array(hugeLine, { minLength: 1, maxLength: 6 })).map(([asked, lines]) => ({
      ...asked,
      lines: lines.map((given, index) => line({ lineId: `line_${index}`, ...given })),
    }));
    const seen = { priced: 0, refused: 0 };
    fc.assert(
      fc.property(huge, rules, (cart, rules) => {
        const result = priceCart(cart, compileRules(rules), NOW);
        const opinion = secondOpinion(cart, rules);
        if (result.ok) {
          seen.priced++;
          const quote = result.value;
          expect(Quote.parse(quote)).toEqual(quote);
          expect([quote.total, quote.subtotal, quote.taxTotal].map(BigInt)).toEqual([
            opinion.total,
            opinion.subtotal,
            opinion.taxTotal,
          ]);
        } else {
          seen.refused++;
          expect(result.error).toMatchObject({
            code: 'invalid_input',
            details: { errors: expect.arrayContaining([expect.objectContaining({ code: 'too_big' })]) },
          });
          const weights = cart.lines.map(({ weightGrams, quantity }) => BigInt(weightGrams) * BigInt(quantity));
          const largest = [opinion.total, opinion.taxTotal, ...weights].reduce((one, other) =>
            one > other ? one : other,
          );
          expect(largest > BigInt(bound)).toBe(true);
        }
      }),
      RUNS,
    );
    expect(Math.min(seen.priced, seen.refused)).toBeGreaterThan(0);
  });

  test('costs the same whatever the order of its lines, and twice the same', () => {
    fc.assert(
      fc.property(cart, rules, fc.infiniteStream(fc.nat()), (cart, rules, order) => {
        const keys = new Map(cart.lines.map((one) => [one, order.next().value]));
        const shuffled = cart.lines.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
        const one = price(cart, rules);
        const other = price({ ...cart, lines: shuffled }, rules);
        const byId = (a: { lineId: string }, b: { lineId: string }) => (a.lineId < b.lineId ? -1 : 1);
        expect({ ...other, lines: other.lines.toSorted(byId) }).toEqual({ ...one, lines: one.lines.toSorted(byId) });
        expect(price(cart, rules)).toEqual(one);
      }),
      RUNS,
    );
  });

  test('split lines move tax by rounding only: half a unit a line and rate', () => {
    fc.assert(
      fc.property(cart, rules, (cart, rules) => {
        const split = cart.lines.flatMap((one) =>
          one.quantity < 2
            ? [one]
            : [
                { ...one, quantity: 1 },
                { ...one, lineId: `${one.lineId}b`, quantity: one.quantity - 1 },
              ],
        );
        const whole = price(cart, rules);
        const parts = price({ ...cart, lines: split }, rules);
        expect(parts.subtotal).toBe(whole.subtotal);
        expect(parts.shipping).toBe(whole.shipping);
        const rounded = (whole.lines.length + parts.lines.length) * Math.max(1, rules.taxRates.length);
        expect(Math.abs(parts.taxTotal - whole.taxTotal)).toBeLessThanOrEqual(rounded / 2 + 1);
      }),
      RUNS,
    );
  });

  test('says of every tax rate in reach and of the method asked for whether it applied', () => {
    fc.assert(
      fc.property(cart, rules, (cart, rules) => {
        const quote = price(cart, rules);
        for (const row of quote.considered) expect(row.applied).toBe(row.reason === undefined);
        const applied = quote.considered.filter(({ kind, applied }) => kind === 'tax' && applied);
        const rows = quote.breakdown.filter(({ kind }) => kind === 'tax');
        expect(applied.map(({ rule }) => rule)).toEqual(rows.map(({ rule }) => rule));
        if (cart.shippingMethod === null) return;
        const own = quote.considered.filter(({ rule }) => rule === cart.shippingMethod);
        expect(own).toHaveLength(1);
        expect(own[0]?.applied).toBe(quote.shippingMethod !== null);
      }),
      RUNS,
    );
  });
});
