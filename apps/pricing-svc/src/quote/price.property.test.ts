import { describe, expect, test } from '@jest/globals';
import { couponKey, type PromotionRule, Quote, type QuoteRequest, REASON_TEXTS, type Result } from '@kervan/contracts';
import fc from 'fast-check';
import { carts, type Case, cases, CLASSES, lines, promotions, retyped, rules, ZONES } from '../../test/arbitraries.ts';
import { line, NOW, promotion } from '../../test/builders.ts';
import { answerOf, answerOfQuote } from '../../test/answer.ts';
import { secondOpinion } from '../../test/oracle.ts';
import { shippingOf } from '../../test/oracle/shipping.ts';
import { zonesOf } from '../../test/oracle/zones.ts';
import { checkFeeRule } from '../fees/fee-rule.ts';
import { checkGeozone } from '../geozones/geozone.ts';
import { checkInstallmentRows } from '../installments/installment-table.ts';
import { checkPromotion } from '../promotions/promotion.ts';
import { customerKey, talliesOf } from '../redemptions/tally.ts';
import { compileRules } from '../rules/compiled-rules.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { checkShippingMethod } from '../shipping/shipping-method.ts';
import { checkTaxRate } from '../taxes/tax-rate.ts';
import { paymentPricesOf } from './payment-prices.ts';
import { priceCart } from './price.ts';
import { answered, type ExplainedQuote } from './quote-of.ts';
import { shippingOptionsOf } from './shipping-options.ts';
import { NOTHING_USED, talliesWanted } from './standing.ts';

const RUNS = { numRuns: 200 };

const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
};
const price = ({ cart, rules, standing }: Case): ExplainedQuote =>
  valueOf(priceCart(cart, compileRules(rules), standing, NOW));
const sumOf = <T>(all: readonly T[], of: (one: T) => number): number => all.reduce((sum, one) => sum + of(one), 0);
const rowsOf = (quote: ExplainedQuote, kind: string) => quote.considered.filter((row) => row.kind === kind);
const amountsOf = (quote: ExplainedQuote) =>
  new Map(rowsOf(quote, 'promotion').map(({ rule, amount, reason }) => [rule, reason?.code ?? amount]));

const withPromotions = (rules: RuleSet, promotions: readonly PromotionRule[]): RuleSet => ({ ...rules, promotions });
/** The same without a code, a time or a limit. */
const plain = (one: PromotionRule): PromotionRule => ({
  ...one,
  automatic: true,
  enabled: true,
  startsAt: null,
  endsAt: null,
  maxUses: null,
  maxUsesPerCustomer: null,
});
/** About the whole order, and stackable: what the ones before leave is known without rounding. */
const ofOrder = (one: PromotionRule): PromotionRule =>
  one.kind === 'buyXGetY'
    ? promotion({ id: one.id, value: one.value, priority: one.priority, stackable: true })
    : { ...plain(one), scope: 'order', stackable: true };

describe('any cart under any rules', () => {
  test('the generated rules are ones that may be saved', () => {
    fc.assert(
      fc.property(rules, (rules) => {
        expect([
          ...rules.geozones.flatMap(checkGeozone),
          ...rules.shippingMethods.flatMap((one) => checkShippingMethod(one, new Set(ZONES))),
          ...rules.taxRates.flatMap((one) => checkTaxRate(one, rules)),
          ...rules.feeRules.flatMap((one) => checkFeeRule(one, rules)),
          ...rules.promotions.flatMap(checkPromotion),
          ...rules.installmentTables.flatMap((one) => checkInstallmentRows(one.rows)),
        ]).toEqual([]);
      }),
      RUNS,
    );
  });

  test('is priced as by exact fractions', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { cart, rules, standing } = given;
        const opinion = secondOpinion(cart, rules, standing, NOW);
        expect(answerOfQuote(price(given), rules)).toEqual(answerOf(opinion));
      }),
      { numRuns: 1_000 },
    );
  });

  test('meets every reason there is, and every kind of promotion that takes something off', () => {
    const seen = new Map<string, number>();
    const count = (thing: string): void => void seen.set(thing, (seen.get(thing) ?? 0) + 1);
    fc.assert(
      fc.property(cases, (given) => {
        const quote = price(given);
        for (const { kind, rule, reason, amount = 0 } of quote.considered) {
          if (reason !== undefined) count(reason.code);
          if (kind !== 'promotion' || amount === 0) continue;
          const { kind: ofKind, scope, stackable } = given.rules.promotions.find(({ id }) => id === rule) ?? {};
          count(`${ofKind} ${scope} ${stackable}`);
        }
        if (quote.breakdown.some(({ kind, rule }) => kind === 'discount' && rule.startsWith('t'))) count('exemption');
        if (quote.fees.some(({ code }) => code === 'installments')) count('installments');
        if (quote.fees.length > 1) count('several fees');
        if (quote.coupons.some(({ applied }) => applied)) count('coupon');
        if ([...amountsOf(quote).values()].filter(Number).length > 2) count('three promotions');
        for (const { code } of quote.problems) count(code);
      }),
      { numRuns: 1_500, seed: 20_261_122 },
    );
    const kinds = ['percentage order', 'percentage items', 'fixed order', 'fixed items', 'buyXGetY items'];
    const wanted = [
      ...Object.keys(REASON_TEXTS),
      ...[...kinds, 'freeShipping order'].flatMap((kind) => [`${kind} true`, `${kind} false`]),
      'exemption',
      'installments',
      'several fees',
      'coupon',
      'three promotions',
      'coupon_exhausted',
      'coupon_invalid',
      'payment_method_unavailable',
      'shipping_method_unavailable',
      'shipping_address_required',
    ];
    expect(wanted.filter((thing) => (seen.get(thing) ?? 0) < 3)).toEqual([]);
  });

  test('adds up at every level and is never negative', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const quote = price(given);
        const { shippingMethod, breakdown } = quote;
        expect(Quote.parse(answered(quote))).toEqual(answered(quote)); // no amount is negative or broken
        const added = quote.taxTotal - quote.taxIncluded;
        expect(quote.total).toBe(quote.subtotal - quote.discount + quote.shipping + quote.feesTotal + added);
        expect(sumOf(breakdown, ({ amount }) => amount)).toBe(quote.total);
        expect(sumOf(quote.lines, ({ subtotal }) => subtotal)).toBe(quote.subtotal);
        expect(sumOf(quote.lines, ({ discount }) => discount)).toBe(quote.discount);
        for (const { discount, discounts, subtotal, total, tax } of quote.lines) {
          expect(sumOf(discounts, ({ amount }) => amount)).toBe(discount);
          expect(new Set(discounts.map(({ rule }) => rule)).size).toBe(discounts.length);
          expect(discount).toBeLessThanOrEqual(subtotal);
          expect(total - (subtotal - discount)).toBeGreaterThanOrEqual(0);
          expect(total - (subtotal - discount)).toBeLessThanOrEqual(tax.amount);
          if (tax.included) expect(total).toBe(subtotal - discount);
        }
        expect(shippingMethod?.amount ?? 0).toBe(quote.shipping);
        expect(sumOf(quote.fees, ({ amount }) => amount)).toBe(quote.feesTotal);

        expect(sumOf(quote.tax, ({ amount }) => amount)).toBe(quote.taxTotal);
        const includedRows = quote.tax.filter(({ included }) => included);
        expect(sumOf(includedRows, ({ amount }) => amount)).toBe(quote.taxIncluded);
        expect(sumOf(breakdown, ({ included }) => included ?? 0)).toBe(quote.taxIncluded);
        const parts = [...quote.lines, ...quote.fees, ...(shippingMethod === null ? [] : [shippingMethod])];
        expect(sumOf(parts, ({ tax }) => tax.amount)).toBe(quote.taxTotal);

        // Every promotion: what it says, what the breakdown says, what the lines and the shipping say.
        for (const { rule, applied, amount = 0 } of rowsOf(quote, 'promotion')) {
          const onLines = quote.lines.flatMap(({ discounts }) => discounts).filter((one) => one.rule === rule);
          const rows = breakdown.filter((row) => row.kind === 'discount' && row.rule === rule);
          expect(sumOf(rows, (row) => -row.amount)).toBe(amount);
          expect(rows.length).toBe(amount === 0 ? 0 : 1);
          if (rows.some(({ target }) => target === 'shipping')) continue;
          expect(sumOf(onLines, (one) => one.amount)).toBe(amount);
          if (!applied) expect(onLines).toEqual([]);
        }
        const offShipping = breakdown.filter(({ kind, target }) => kind === 'discount' && target === 'shipping');
        expect(sumOf(offShipping, ({ amount }) => -amount)).toBe(shippingMethod?.discount ?? 0);
        for (const { code, applied, amount, promotionId } of quote.coupons) {
          const [row] = rowsOf(quote, 'promotion').filter(({ rule }) => rule === promotionId);
          expect(amount).toBe(applied ? row?.amount : 0);
          const [own] = rowsOf(quote, 'coupon').filter(({ rule }) => rule === code);
          expect(own).toMatchObject({ applied, ...(applied ? { amount } : {}) });
        }
      }),
      { numRuns: 400 },
    );
  });

  test('says of everything it looked at, once, whether it applied', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { considered, breakdown, fees, shippingMethod } = price(given);
        const names = considered.map(({ kind, rule }) => `${kind} ${rule}`);
        expect(new Set(names).size).toBe(names.length);
        for (const { applied, reason, amount } of considered) {
          expect(applied).toBe(reason === undefined);
          expect(applied).toBe(amount !== undefined);
        }
        const applied = (kind: string) => considered.filter((row) => row.kind === kind && row.applied);
        const rulesOf = (kind: string) => breakdown.filter((row) => row.kind === kind).map(({ rule }) => rule);
        expect(applied('tax').map(({ rule }) => rule)).toEqual(rulesOf('tax'));
        expect(applied('fee').map(({ rule }) => rule)).toEqual(rulesOf('fee'));
        expect(rulesOf('fee')).toEqual(fees.map(({ code }) => code));
        const method = applied('shipping').filter(({ rule }) => rule === given.cart.shippingMethod);
        expect(method).toHaveLength(shippingMethod === null ? 0 : 1);
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
    const huge = fc
      .tuple(cases, fc.array(hugeLine, { minLength: 1, maxLength: 6 }), fc.infiniteStream(size))
      .map(([{ cart, rules, standing }, lines, sizes]) => ({
        cart: { ...cart, lines: lines.map((given, index) => line({ lineId: `line_${index}`, ...given })) },
        rules: {
          ...rules,
          promotions: rules.promotions.map((one) =>
            one.kind === 'fixed' ? { ...one, value: Math.max(1, sizes.next().value) } : one,
          ),
          feeRules: rules.feeRules.map((one) => (one.amount === null ? one : { ...one, amount: sizes.next().value })),
        },
        standing,
      }));
    const seen = { priced: 0, refused: 0 };
    fc.assert(
      fc.property(huge, ({ cart, rules, standing }) => {
        const result = priceCart(cart, compileRules(rules), standing, NOW);
        const opinion = secondOpinion(cart, rules, standing, NOW);
        if (result.ok) {
          seen.priced++;
          const quote = result.value;
          expect(Quote.parse(answered(quote))).toEqual(answered(quote));
          expect(answerOfQuote(quote, rules)).toEqual(answerOf(opinion));
        } else {
          seen.refused++;
          expect(result.error).toMatchObject({
            code: 'invalid_input',
            details: { errors: expect.arrayContaining([expect.objectContaining({ code: 'too_big' })]) },
          });
          const weights = cart.lines.map(({ weightGrams, quantity }) => BigInt(weightGrams) * BigInt(quantity));
          // What a company is exempt of is reckoned before it is taken away.
          const asPerson = secondOpinion({ ...cart, company: false }, rules, standing, NOW);
          const totals = [opinion, asPerson].flatMap(({ total, subtotal, taxTotal }) => [total, subtotal, taxTotal]);
          const largest = [...totals, ...weights].reduce((one, other) => (one > other ? one : other));
          expect(largest > BigInt(bound)).toBe(true);
        }
      }),
      RUNS,
    );
    expect(Math.min(seen.priced, seen.refused)).toBeGreaterThan(0);
  });
});

describe('what is asked beside a quote', () => {
  test('shipping options cost what the cart would pay for each method', () => {
    fc.assert(
      fc.property(cases, ({ cart, rules, standing }) => {
        const { options } = valueOf(shippingOptionsOf(cart, compileRules(rules), standing, NOW));
        const zones = zonesOf(rules, cart.destination);
        const opinions = rules.shippingMethods
          .filter(({ enabled }) => enabled)
          .map(({ code }) => {
            const chosen = { ...cart, shippingMethod: code, company: false };
            const { subtotal, discount, shipping } = secondOpinion(chosen, rules, standing, NOW);
            const { price } = shippingOf(chosen, rules, zones, subtotal - discount);
            return price === null || shipping === null
              ? [code, null, null]
              : [code, Number(shipping), Number(price - shipping)];
          });
        expect(options.map(({ code, amount, discount }) => [code, amount, discount])).toEqual(opinions);
        for (const { available, amount, reason } of options) {
          expect([amount !== null, reason === undefined]).toEqual([available, available]);
        }
      }),
      RUNS,
    );
  });

  test('payment prices are those of a quote with each way to pay and each number of installments', () => {
    const choices = [
      { provider: 'iyzico', method: 'card' },
      { provider: 'cash_on_delivery', method: 'cash_on_delivery' },
    ];
    fc.assert(
      fc.property(cases, ({ cart, rules, standing }) => {
        const { prices, unknown } = valueOf(paymentPricesOf(cart, choices, compileRules(rules), standing, NOW));
        const opinionOf = (payment: NonNullable<QuoteRequest['payment']>) =>
          secondOpinion({ ...cart, payment }, rules, standing, NOW);
        const ofPayment = new Set(
          rules.feeRules.filter(({ when }) => when.paymentMethod !== null).map((rule) => rule.code),
        );
        const opinions = choices.map((choice) => {
          const { total, fees } = opinionOf({ ...choice, installments: 1 });
          const table = rules.installmentTables.find((one) => one.provider === choice.provider);
          const installments = (table?.rows ?? []).flatMap(({ installments }) => {
            const inParts = opinionOf({ ...choice, installments });
            if (inParts.problems.includes('payment_method_unavailable')) return [];
            const count = BigInt(installments);
            const first = (inParts.total + count - 1n) / count;
            return [[installments, inParts.total - total, first, inParts.total].map(Number)];
          });
          return {
            ...choice,
            total: Number(total),
            fees: fees.filter(({ code }) => ofPayment.has(code)).map(({ code, amount }) => [code, Number(amount)]),
            installments,
          };
        });
        const found = prices.map(({ fees, installments, ...price }) => ({
          ...price,
          fees: fees.map(({ code, amount }) => [code, amount]),
          installments: installments.map((one) => [one.installments, one.fee, one.first, one.total]),
        }));
        expect(found).toEqual(opinions);
        const wanted = choices.flatMap((choice) => opinionOf({ ...choice, installments: 1 }).unknown);
        expect(unknown).toEqual([...new Set(wanted)]);
      }),
      RUNS,
    );
  });

  test('the tallies that are looked up are all that matter', () => {
    fc.assert(
      fc.property(cases, ({ cart, rules, standing }) => {
        const { coupons, taken } = standing;
        const wanted = talliesWanted(cart, compileRules(rules), coupons, NOW);
        const lookedUp = new Map(wanted.map((key) => [key, taken.get(key) ?? 0]));
        expect(price({ cart, rules, standing: { coupons, taken: lookedUp } })).toEqual(
          price({ cart, rules, standing }),
        );
      }),
      { numRuns: 400 },
    );
  });
});

describe('nothing changes', () => {
  test('with the order of lines, of codes or of rules, nor the second time', () => {
    fc.assert(
      fc.property(cases, fc.infiniteStream(fc.nat()), (given, order) => {
        const { cart, rules, standing } = given;
        const shuffled = <T>(all: readonly T[]): T[] => {
          const keys = new Map(all.map((one) => [one, order.next().value]));
          return all.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
        };
        const once = price(given);
        expect(price(given)).toEqual(once);
        const moved = price({
          cart: {
            ...cart,
            lines: shuffled(cart.lines),
            coupons: shuffled(cart.coupons),
            extras: shuffled(cart.extras),
            customerGroups: shuffled(cart.customerGroups),
          },
          // Geozones keep theirs: of two that are equally close the one made first counts.
          rules: {
            geozones: rules.geozones,
            taxRates: shuffled(rules.taxRates),
            shippingMethods: shuffled(rules.shippingMethods),
            feeRules: shuffled(rules.feeRules),
            promotions: shuffled(rules.promotions),
            installmentTables: shuffled(rules.installmentTables),
          },
          standing,
        });
        const byId = (a: { lineId: string }, b: { lineId: string }) => (a.lineId < b.lineId ? -1 : 1);
        expect({ ...moved, lines: moved.lines.toSorted(byId) }).toEqual({ ...once, lines: once.lines.toSorted(byId) });
      }),
      RUNS,
    );
  });

  test('with the case of a code, or when it is given twice', () => {
    const retypedCases = cases.chain((given) => {
      const known = given.cart.coupons.filter((code) => given.standing.coupons.has(couponKey(code)));
      return fc.tuple(fc.constant({ ...given, known }), fc.tuple(...known.map(retyped)));
    });
    fc.assert(
      fc.property(retypedCases, ([{ known, ...given }, codes]) => {
        const once = price({ ...given, cart: { ...given.cart, coupons: known } });
        expect(price({ ...given, cart: { ...given.cart, coupons: codes } })).toEqual(once);
        expect(price({ ...given, cart: { ...given.cart, coupons: [...codes, ...known] } })).toEqual(once);
      }),
      RUNS,
    );
  });
});

describe('a line that is split in two', () => {
  const split = (cart: QuoteRequest): QuoteRequest => ({
    ...cart,
    lines: cart.lines.flatMap((one) =>
      one.quantity < 2
        ? [one]
        : [
            { ...one, quantity: 1 },
            { ...one, lineId: `${one.lineId}b`, quantity: one.quantity - 1 },
          ],
    ),
  });
  const originalOf = (lineId: string): string => lineId.replace(/b$/, '');

  test('moves nothing of what is about the whole order, however much is stacked', () => {
    fc.assert(
      fc.property(cases, ({ cart, rules }) => {
        const given = {
          cart: { ...cart, company: false },
          rules: withPromotions(rules, rules.promotions.map(ofOrder)),
          standing: NOTHING_USED,
        };
        const whole = price(given);
        const parts = price({ ...given, cart: split(given.cart) });
        const asWhole = (quote: ExplainedQuote) => ({
          subtotal: quote.subtotal,
          discount: quote.discount,
          shipping: quote.shipping,
          fees: quote.fees.filter(({ code }) => code !== 'installments').map(({ code, amount }) => [code, amount]),
          promotions: amountsOf(quote),
        });
        expect(asWhole(parts)).toEqual(asWhole(whole));
      }),
      RUNS,
    );
  });

  test('moves a discount and the taxes by the documented rounding, and no more', () => {
    const promotionOnly = fc.record({
      cart: fc.tuple(carts, lines).map(([cart, lines]) => ({ ...cart, lines, company: false, shippingMethod: null })),
      rules: fc.tuple(rules, promotions).map(([rules, promotions]) => ({
        ...rules,
        feeRules: [],
        installmentTables: [],
        taxRates: rules.taxRates.map((rate) => ({ ...rate, compound: false })),
        promotions: promotions.slice(0, 1).map(plain),
      })),
    });
    const moved = { discount: 0, tax: 0 };
    fc.assert(
      fc.property(promotionOnly, ({ cart, rules }) => {
        const whole = price({ cart, rules, standing: NOTHING_USED });
        const parts = price({ cart: split(cart), rules, standing: NOTHING_USED });
        expect(parts.subtotal).toBe(whole.subtotal);

        const [only] = rules.promotions;
        const off = Math.abs(parts.discount - whole.discount);
        if (only?.kind === 'buyXGetY' && only.value < 10_000) {
          // Whatever has pieces that are reduced, even by less than half a unit: what would be if they were free.
          const free = withPromotions(rules, [{ ...only, value: 10_000 }]);
          const reducedIn = (cart: QuoteRequest): number =>
            price({ cart, rules: free, standing: NOTHING_USED }).lines.filter(({ discount }) => discount > 0).length;
          expect(off).toBeLessThanOrEqual((reducedIn(cart) + reducedIn(split(cart))) / 2);
        } else expect(off).toBe(0);
        if (off > 0) moved.discount++;

        // Every original line by itself: less than a unit for it and for each of its parts.
        const movedOf = (lineId: string): { by: number; parts: number } => {
          const own = parts.lines.filter((one) => originalOf(one.lineId) === lineId);
          const before = whole.lines.find((one) => one.lineId === lineId);
          return { by: sumOf(own, ({ discount }) => discount) - (before?.discount ?? 0), parts: own.length };
        };
        for (const { lineId } of whole.lines) {
          const { by, parts } = movedOf(lineId);
          expect(Math.abs(by)).toBeLessThan(1 + parts);
        }

        // What is taxed on top and what is inside, by class.
        const taxedBy = (quote: ExplainedQuote, taxClass: string, isIncluded: boolean): Map<string, number> => {
          const ids = rules.taxRates.filter((one) => one.taxClass === taxClass && one.included === isIncluded);
          const rows = quote.breakdown.filter(({ rule, kind }) => kind === 'tax' && ids.some(({ id }) => id === rule));
          return new Map(rows.map(({ rule, amount, included }) => [rule, included ?? amount]));
        };
        for (const taxClass of CLASSES) {
          const ids = new Set(cart.lines.filter((one) => one.taxClass === taxClass).map(({ lineId }) => lineId));
          const ofClass = (quote: ExplainedQuote) => quote.lines.filter(({ lineId }) => ids.has(originalOf(lineId)));
          const taxed = ofClass(whole).length + ofClass(parts).length;
          const shifted = Math.abs(sumOf([...ids], (lineId) => movedOf(lineId).by));
          const inside = (quote: ExplainedQuote) =>
            sumOf([...taxedBy(quote, taxClass, true).values()], (amount) => amount);
          expect(Math.abs(inside(parts) - inside(whole))).toBeLessThanOrEqual(taxed / 2 + shifted);
          const onTop = taxedBy(parts, taxClass, false);
          for (const [id, amount] of taxedBy(whole, taxClass, false)) {
            const rate = (rules.taxRates.find((one) => one.id === id)?.rate ?? 0) / 10_000;
            expect(Math.abs((onTop.get(id) ?? 0) - amount)).toBeLessThanOrEqual(taxed / 2 + rate * shifted);
          }
        }
        if (parts.taxTotal !== whole.taxTotal) moved.tax++;
      }),
      { numRuns: 400 },
    );
    expect(Math.min(moved.discount, moved.tax)).toBeGreaterThan(0);
  });
});

describe('stacking', () => {
  test('of those that are not stackable, none alone would have taken off more than the one that is chosen', () => {
    const seen = { compared: 0 };
    fc.assert(
      fc.property(cases, (given) => {
        const rival = given.rules.promotions.filter(({ stackable }) => !stackable);
        const rows = rowsOf(price(given), 'promotion');
        const chosen = rows.filter(({ rule, applied }) => applied && rival.some(({ id }) => id === rule));
        expect(chosen.length).toBeLessThanOrEqual(1);
        const amountAlone = (id: string): number => {
          const alone = withPromotions(
            given.rules,
            rival.filter((one) => one.id === id),
          );
          return rowsOf(price({ ...given, rules: alone }), 'promotion').find(({ rule }) => rule === id)?.amount ?? 0;
        };
        const beaten = rows.filter(({ reason }) => reason?.code === 'better_discount');
        expect(beaten.length === 0 || chosen.length === 1).toBe(true);
        for (const { rule } of beaten) {
          const [best] = chosen;
          seen.compared++;
          expect(amountAlone(rule)).toBeLessThanOrEqual(amountAlone(best?.rule ?? ''));
        }
      }),
      { numRuns: 300 },
    );
    expect(seen.compared).toBeGreaterThan(0);
  });

  test('one more stackable promotion never raises what is paid for the goods', () => {
    fc.assert(
      fc.property(cases, promotions, fc.nat(2), ({ cart, rules }, more, priority) => {
        // Those that follow are about the whole order, so that no rounding of a line can be lost on them.
        const before = rules.promotions.map((one) => (one.stackable ? ofOrder(one) : plain(one)));
        const goods = (promotions: readonly PromotionRule[]): number => {
          const given = { cart: { ...cart, company: false }, rules: withPromotions(rules, promotions) };
          const quote = price({ ...given, standing: NOTHING_USED });
          return quote.subtotal - quote.discount;
        };
        const [first] = more;
        const added = plain({ ...(first ?? promotion({ id: 'more' })), id: 'more', stackable: true, priority });
        expect(goods([...before, added])).toBeLessThanOrEqual(goods(before));
      }),
      RUNS,
    );
  });
});

describe('limits', () => {
  test('are kept: nothing applies of which all uses are taken', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { cart, rules, standing } = given;
        for (const { promotionId, couponId } of price(given).uses) {
          const rule = rules.promotions.find(({ id }) => id === promotionId);
          const coupon = [...standing.coupons.values()].find(({ id }) => id === couponId) ?? null;
          if (rule === undefined) throw new Error('an unknown promotion is used');
          for (const { key, limit } of talliesOf(rule, coupon, customerKey(cart))) {
            if (limit !== null) expect(standing.taken.get(key) ?? 0).toBeLessThan(limit);
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
