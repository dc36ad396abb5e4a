import type { Coupon, PromotionRule, QuoteRequest, TaxRate } from '@kervan/contracts';
import fc from 'fast-check';
import type { Standing } from '../src/quote/standing.ts';
import { checkGeozone } from '../src/geozones/geozone.ts';
import { customerKey } from '../src/redemptions/tally.ts';
import type { RuleSet } from '../src/rules/rule-set.ts';
import { checkTaxRate } from '../src/taxes/tax-rate.ts';
import {
  coupon,
  feeRule,
  geozone,
  installmentTable,
  line,
  NOW,
  promotion,
  request,
  shippingMethod,
  standing,
  taxRate,
} from './builders.ts';

/**
 * Any carts, rules that may be saved, coupons and uses, drawn so that they meet: few products, prices, limits and codes, and
 * amounts around them. Postal codes have three digits, as in the oracle.
 */
const CURRENCIES = ['TRY', 'JPY', 'KWD'];
/** Of a rule; `cases` makes the first that of the cart. */
const ruleCurrency = fc.oneof(
  { weight: 9, arbitrary: fc.constant('TRY') },
  { weight: 1, arbitrary: fc.constantFrom(...CURRENCIES) },
);
export const CLASSES = ['standard', 'reduced', 'luxury'];
export const ZONES = ['z1', 'z2', 'z3', 'z4'];
const PRODUCTS = ['prod_1', 'prod_2', 'prod_3'];
const CATEGORIES = ['cat_1', 'cat_2'];
const BRANDS = ['brand_1', 'brand_2'];
/** As the shop wrote them. */
const CODES = ['YAZ', 'kış', 'İNDİRİM', 'ILIK-2', 'şok'];
const SHIPPING = ['m0', 'm1', 'm2'];
const EXTRAS = ['f0', 'f1', 'f2', 'f3'];
const DAY_MS = 86_400_000;

/** Mostly nothing. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>, weight = 1): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight, arbitrary });
const often = fc.constantFrom(true, true, true, true, false);

const code = fc.integer({ min: 0, max: 999 }).map((number) => String(number).padStart(3, '0'));
const pattern = fc.oneof(
  code,
  fc.tuple(code, fc.integer({ min: 1, max: 3 })).map(([text, length]) => `${text.slice(0, length)}*`),
  fc.tuple(code, code).map(([a, b]) => (a < b ? `${a}-${b}` : `${b}-${a}`)),
);
const area = fc.oneof(
  { weight: 3, arbitrary: fc.record({ country: fc.constant('TR'), region: fc.constantFrom(null, '34', '35') }) },
  { weight: 1, arbitrary: fc.record({ country: fc.constant('DE'), region: fc.constantFrom(null, 'BE') }) },
);
const postalCodes = fc.oneof(
  { weight: 2, arbitrary: fc.constant<string[]>([]) },
  { weight: 1, arbitrary: fc.array(pattern, { maxLength: 3 }) },
);
/** Patterns and ranges that do not overlap. */
const place = fc.tuple(area, postalCodes).map(([area, all]) => {
  const isSaved = (postalCodes: string[]) =>
    checkGeozone({ includes: [{ ...area, postalCodes }], excludes: [] }).length === 0;
  const postalCodes = all.reduce<string[]>((kept, one) => (isSaved([...kept, one]) ? [...kept, one] : kept), []);
  return { ...area, postalCodes };
});
const address = fc.tuple(area, fc.option(code)).map(([area, postalCode]) => ({ ...area, postalCode }));
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
  companiesExempt: fc.boolean(),
});
/** Those that may be saved one after another. */
const rates = fc.array(rate, { maxLength: 14 }).map((all) =>
  all
    .map((given, index) => taxRate({ id: `t${index}`, ...given }))
    .reduce<TaxRate[]>((kept, one) => {
      const known = { geozones: ZONES.map((id) => geozone({ id })), taxRates: kept };
      return checkTaxRate(one, known).length === 0 ? [...kept, one] : kept;
    }, []),
);

const bands = fc.record({
  steps: fc.array(fc.oneof(fc.constantFrom(500, 1_000), fc.integer({ min: 1, max: 3_000 })), { maxLength: 3 }),
  amounts: fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 4, maxLength: 4 }),
  open: often,
});
const method = fc.record({
  kind: fc.constantFrom('standard' as const, 'express' as const, 'pickup' as const),
  currency: ruleCurrency,
  zones: fc.uniqueArray(fc.constantFrom(...ZONES), { minLength: 1, maxLength: 3 }),
  basis: fc.constantFrom('weight', 'price', 'flat'),
  bands,
  freeFrom: seldom(fc.oneof(fc.constantFrom(500, 1_000), fc.integer({ min: 0, max: 100_000 }))),
  taxClass: fc.constantFrom(null, ...CLASSES),
  enabled: often,
});
const methods = fc.array(method, { minLength: 1, maxLength: 3 }).map((all) =>
  all.map(({ zones, basis, bands: { steps, amounts, open }, freeFrom, ...given }, index) => {
    const edges = [0];
    for (const step of basis === 'flat' ? [] : steps) edges.push((edges.at(-1) ?? 0) + step);
    const all = edges.map((from, at) => ({ from, to: edges[at + 1] ?? null, amount: amounts[at] ?? 0 }));
    const closed = basis !== 'flat' && !open && all.length > 1 ? all.slice(0, -1) : all;
    const rates = zones.map((geozoneId) => ({ geozoneId, basis, bands: closed, freeFrom }));
    return shippingMethod({ code: `m${index}`, ...given, rates });
  }),
);

const goodsAmount = fc.oneof(fc.constantFrom(250, 500, 1_000, 5_000), fc.integer({ min: 0, max: 100_000 }));
const fees = fc
  .array(
    fc.record({
      worth: fc.oneof(
        fc.record({ amount: fc.integer({ min: 0, max: 5_000 }) }),
        fc.record({
          rate: fc.oneof(fc.constantFrom(0, 100, 250), fc.integer({ min: 0, max: 10_000 })),
          min: fc.option(fc.integer({ min: 0, max: 500 })),
          max: fc.option(fc.integer({ min: 500, max: 2_000 })),
        }),
      ),
      paymentMethod: seldom(fc.constantFrom('cash_on_delivery', 'card', 'iyzico')),
      geozoneId: seldom(fc.constantFrom(...ZONES)),
      minSubtotal: seldom(goodsAmount),
      above: seldom(goodsAmount),
      shippingMethod: seldom(fc.constantFrom('m0')),
      currency: ruleCurrency,
      taxClass: fc.constantFrom(null, ...CLASSES),
      optional: fc.boolean(),
      refundable: fc.boolean(),
      enabled: often,
    }),
    { maxLength: EXTRAS.length },
  )
  .map((all) =>
    all.map(({ worth, paymentMethod, geozoneId, minSubtotal, above, shippingMethod, ...given }, index) => {
      const maxSubtotal = above === null ? null : (minSubtotal ?? 0) + above;
      const when = { paymentMethod, geozoneId, minSubtotal, maxSubtotal, shippingMethod };
      return feeRule({ code: EXTRAS[index] ?? '', amount: null, ...worth, ...given, when });
    }),
  );

const percentageOff = fc.oneof(fc.constantFrom(1_000, 5_000, 10_000), fc.integer({ min: 1, max: 10_000 }));
const kind = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('percentage' as const),
      value: percentageOff,
      scope: fc.constantFrom('order' as const, 'items' as const),
      maxDiscount: seldom(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5_000 }))),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('fixed' as const),
      value: fc.oneof(fc.constantFrom(500, 1_000), fc.integer({ min: 1, max: 50_000 })),
      scope: fc.constantFrom('order' as const, 'items' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('buyXGetY' as const),
      value: percentageOff,
      buyQuantity: fc.integer({ min: 1, max: 4 }),
      getQuantity: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('freeShipping' as const), value: fc.constant(0) }) },
);
const instant = fc.constantFrom(-30, -1, 0, 1, 30).map((days) => new Date(NOW.getTime() + days * DAY_MS).toISOString());
const anyOf = (ids: readonly string[]): fc.Arbitrary<string[]> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<string[]>([]) },
    { weight: 1, arbitrary: fc.subarray([...ids], { minLength: 1 }) },
  );
const limit = seldom(fc.integer({ min: 1, max: 3 }), 2);
const onePromotion = fc.record({
  kind,
  conditions: fc.record({
    minSubtotal: seldom(goodsAmount),
    productIds: anyOf(PRODUCTS),
    categoryIds: anyOf(CATEGORIES),
    brandIds: anyOf(BRANDS),
    customerGroup: seldom(fc.constantFrom('vip', 'trade')),
    firstOrder: fc.constantFrom(false, false, false, false, true),
  }),
  currency: ruleCurrency,
  startsAt: seldom(instant),
  endsAt: seldom(instant),
  maxUses: limit,
  maxUsesPerCustomer: limit,
  stackable: fc.boolean(),
  priority: fc.integer({ min: 0, max: 2 }),
  automatic: fc.constantFrom(true, true, false),
  enabled: often,
});
/** Promotions `p0`, `p1`, …; a period that ends before it starts has no start. */
export const promotions: fc.Arbitrary<PromotionRule[]> = fc.array(onePromotion, { maxLength: 8 }).map((all) =>
  all.map(({ kind, startsAt, endsAt, ...given }, index) => {
    const isBackwards = startsAt !== null && endsAt !== null && endsAt <= startsAt;
    return promotion({ id: `p${index}`, ...given, ...kind, startsAt: isBackwards ? null : startsAt, endsAt });
  }),
);

const tables = fc
  .option(
    fc.record({
      rows: fc
        .uniqueArray(fc.integer({ min: 2, max: 4 }), { minLength: 1, maxLength: 3 })
        .chain((counts) =>
          fc.tuple(
            ...counts.map((installments) =>
              fc.record({ installments: fc.constant(installments), rate: fc.constantFrom(0, 250, 999, 10_000) }),
            ),
          ),
        ),
      minTotal: seldom(goodsAmount, 3),
      currency: ruleCurrency,
      taxClass: fc.constantFrom(null, ...CLASSES),
      enabled: often,
    }),
  )
  .map((given) => (given === null ? [] : [installmentTable({ provider: 'iyzico', ...given })]));

/** Rules that may be saved. */
export const rules: fc.Arbitrary<RuleSet> = fc.record({
  geozones: zones,
  taxRates: rates,
  shippingMethods: methods,
  feeRules: fees,
  promotions,
  installmentTables: tables,
});

const cartLine = fc.record({
  sku: fc.constantFrom('A-1', 'A-10', 'A-2', 'b'),
  productId: fc.constantFrom(...PRODUCTS),
  brandId: fc.constantFrom(null, ...BRANDS),
  categoryIds: fc.subarray(CATEGORIES),
  unitPrice: fc.oneof(
    fc.constantFrom(250, 500, 1_000),
    fc.integer({ min: 0, max: 30 }),
    fc.integer({ min: 0, max: 5_000 }),
    fc.integer({ min: 0, max: 5_000_000 }),
  ),
  quantity: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 6 }) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 999 }) },
  ),
  taxClass: fc.constantFrom(...CLASSES),
  weightGrams: fc.oneof(fc.constantFrom(250, 500), fc.integer({ min: 0, max: 2_000 })),
  requiresShipping: fc.constantFrom(true, true, false),
});
export const lines = fc
  .array(cartLine, { maxLength: 8 })
  .map((all) => all.map((given, index) => line({ lineId: `line_${index}`, ...given })));

/** The same code in another case, or with another i. */
export const retyped = (code: string): fc.Arbitrary<string> =>
  fc.constantFrom(
    code,
    code.toUpperCase(),
    code.toLocaleUpperCase('tr'),
    code.toLocaleLowerCase('tr'),
    code.replaceAll(/[iıİI]/g, 'i').toLowerCase(),
  );
const payment = fc.oneof(
  fc.constant(null),
  fc.constantFrom(
    { provider: 'cash_on_delivery', method: 'cash_on_delivery', installments: 1 },
    { provider: 'bank_transfer', method: 'bank_transfer', installments: 3 },
    { provider: 'iyzico', method: 'card', installments: 1 },
  ),
  fc.integer({ min: 2, max: 5 }).map((installments) => ({ provider: 'iyzico', method: 'card', installments })),
);
export const carts: fc.Arbitrary<QuoteRequest> = fc
  .record({
    currency: fc.constantFrom(...CURRENCIES),
    lines,
    destination: fc.oneof({ weight: 8, arbitrary: address }, { weight: 1, arbitrary: fc.constant(null) }),
    shippingMethod: fc.constantFrom(null, 'm0', 'm0', 'm0', ...SHIPPING, 'gone'),
    payment,
    coupons: fc.subarray([...CODES, 'nobody-knows']).chain((codes) => fc.tuple(...codes.map(retyped))),
    extras: fc.subarray([...EXTRAS, 'gone']),
    customerId: fc.constantFrom(null, 'cust_1'),
    email: fc.constantFrom(null, 'ayse@example.com'),
    customerGroups: fc.subarray(['vip', 'news']),
    firstOrder: fc.constantFrom(null, true, false),
    company: fc.boolean(),
  })
  .map(request);

const couponOf = fc.record({
  promotionId: fc.constantFrom('p0', 'p0', 'p0', 'p1', 'p1', 'p2', 'p3', 'gone'),
  maxUses: limit,
  maxUsesPerCustomer: limit,
  enabled: often,
});
const coupons: fc.Arbitrary<Coupon[]> = fc
  .tuple(
    ...CODES.map((code, index) =>
      fc.option(
        couponOf.map((given) => coupon({ id: `coup_${index}`, code, ...given })),
        { freq: 4 },
      ),
    ),
  )
  .map((all) => all.filter((one) => one !== null));

/** The rules of a shop that sells in this currency: lira and it change places. */
const inCurrency = (rules: RuleSet, currency: string): RuleSet => {
  const moved = <T extends { readonly currency: string }>(rule: T): T => {
    const own = rule.currency === 'TRY' ? currency : rule.currency === currency ? 'TRY' : rule.currency;
    return { ...rule, currency: own };
  };
  return {
    ...rules,
    shippingMethods: rules.shippingMethods.map(moved),
    feeRules: rules.feeRules.map(moved),
    promotions: rules.promotions.map(moved),
    installmentTables: rules.installmentTables.map(moved),
  };
};

/** The rules with some of their limits right where the cart is (or a unit above it), so that ends are met. */
const meeting = (rules: RuleSet, subtotal: number, offsets: Iterator<number | null>): RuleSet => {
  const near = (limit: number | null): number | null => {
    const offset: number | null = limit === null ? null : offsets.next().value;
    return offset === null ? limit : subtotal + offset;
  };
  return {
    ...rules,
    promotions: rules.promotions.map((one) => {
      const { conditions } = one;
      return { ...one, conditions: { ...conditions, minSubtotal: near(conditions.minSubtotal) } };
    }),
    feeRules: rules.feeRules.map((one) => {
      const { minSubtotal, maxSubtotal } = one.when;
      if (minSubtotal !== null && maxSubtotal !== null) return one;
      return { ...one, when: { ...one.when, minSubtotal: near(minSubtotal), maxSubtotal: near(maxSubtotal) } };
    }),
    installmentTables: rules.installmentTables.map((one) => ({ ...one, minTotal: near(one.minTotal) })),
  };
};

/** A cart, rules, and what is known of its coupons and of uses that are taken: by anybody and by its buyer. */
export type Case = { readonly cart: QuoteRequest; readonly rules: RuleSet; readonly standing: Standing };
export const cases: fc.Arbitrary<Case> = fc
  .record({
    cart: carts,
    rules,
    coupons,
    uses: fc.infiniteStream(fc.constantFrom(0, 0, 0, 0, 1, 2, 3)),
    offsets: fc.infiniteStream(fc.constantFrom(null, null, 0, 1)),
  })
  .map(({ cart, rules: inLira, coupons, uses, offsets }) => {
    const subtotal = cart.lines.reduce((sum, { unitPrice, quantity }) => sum + unitPrice * quantity, 0);
    const rules = meeting(inCurrency(inLira, cart.currency), subtotal, offsets);
    const customer = customerKey(cart) ?? '';
    const things = [...rules.promotions.map(({ id }) => `promotion:${id}`), ...coupons.map(({ id }) => `coupon:${id}`)];
    const keys = [...things, ...things.map((thing) => `${thing}:${customer}`), `first:${customer}`];
    return { cart, rules, standing: standing(coupons, new Map(keys.map((key) => [key, uses.next().value]))) };
  });
