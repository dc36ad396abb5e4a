import { describe, expect, test } from '@jest/globals';
import type { QuoteRequest, ShippingMethod } from '@kervan/contracts';
import { line, NOW, promotion, request, shippingMethod, taxRate } from '../../test/builders.ts';
import { berlin, kdv10, kdv20, mwst, quote, shop, turkey, whyNot } from '../../test/shop.ts';
import { compileRules } from '../rules/compiled-rules.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { priceCart } from './price.ts';
import { shippingOptionsOf } from './shipping-options.ts';
import { NOTHING_USED } from './standing.ts';

const one = [line({ unitPrice: 129_990 })];
type Rate = ShippingMethod['rates'][number];
const priced = (rate: Partial<Rate>): RuleSet =>
  shop({
    shippingMethods: [
      shippingMethod({
        code: 'standard',
        rates: [{ geozoneId: 'turkey', basis: 'flat', bands: [{ from: 0, amount: 4_990 }], ...rate }],
      }),
    ],
  });

describe('a cart', () => {
  test('with KDV inside the price', () => {
    expect(quote({ lines: one, shippingMethod: 'standard' })).toEqual({
      currency: 'TRY',
      lines: [
        {
          lineId: 'line_1',
          sku: 'SKU-1',
          quantity: 1,
          unitPrice: 129_990,
          subtotal: 129_990,
          discount: 0,
          discounts: [],
          tax: { rate: 2_000, amount: 21_665, included: true },
          total: 129_990,
        },
      ],
      subtotal: 129_990,
      discount: 0,
      shipping: 4_990,
      shippingMethod: {
        id: 'ship_standard',
        code: 'standard',
        name: { tr: 'standard kargo', en: 'standard shipping' },
        carrier: null,
        kind: 'standard',
        minDays: 1,
        maxDays: 3,
        deliveryWindow: { tr: '1-3 iş günü içinde teslim', en: 'Delivered in 1-3 business days' },
        amount: 4_990,
        discount: 0,
        tax: { rate: 2_000, amount: 832, included: true },
      },
      fees: [],
      feesTotal: 0,
      extras: [],
      tax: [{ name: { tr: 'KDV', en: 'VAT' }, rate: 2_000, included: true, base: 112_483, amount: 22_497 }],
      taxTotal: 22_497,
      taxIncluded: 22_497,
      total: 134_980,
      breakdown: [
        { rule: 'items', kind: 'items', target: 'order', amount: 129_990, note: { tr: 'Ürünler', en: 'Items' } },
        {
          rule: 'standard',
          kind: 'shipping',
          target: 'shipping',
          amount: 4_990,
          note: { tr: 'standard kargo', en: 'standard shipping' },
        },
        {
          rule: 'kdv20',
          kind: 'tax',
          target: 'order',
          amount: 0,
          included: 22_497,
          note: { tr: 'KDV %20 (fiyata dahil)', en: 'VAT 20 % (included)' },
        },
      ],
      considered: [
        { rule: 'standard/turkey/0-', kind: 'shipping', applied: true, amount: 4_990 },
        { rule: 'standard', kind: 'shipping', applied: true, amount: 4_990 },
        {
          rule: 'kdv10',
          kind: 'tax',
          applied: false,
          reason: { code: 'class_not_used' },
        },
        { rule: 'kdv20', kind: 'tax', applied: true, amount: 22_497 },
      ],
      coupons: [],
      uses: [],
      unknown: [],
      problems: [],
      expiresAt: '2026-11-22T10:15:00.000Z',
    });
  });

  test('with tax on top', () => {
    const answer = quote({ lines: [line({ unitPrice: 10_000, quantity: 3 })], destination: berlin });
    expect(answer).toMatchObject({ subtotal: 30_000, taxTotal: 5_700, taxIncluded: 0, total: 35_700 });
    expect(answer.lines[0]).toMatchObject({ subtotal: 30_000, tax: { rate: 1_900, included: false }, total: 35_700 });
  });

  test('that is empty costs nothing', () => {
    expect(quote({ shippingMethod: 'standard' })).toMatchObject({ total: 0, shippingMethod: null, problems: [] });
  });

  test('shows rates of one name and percentage as one, others apart', () => {
    const rules = shop({
      taxRates: [kdv20, { ...kdv20, id: 'books', taxClass: 'books' }, kdv10],
    });
    const lines = ['standard', 'books', 'reduced'].map((taxClass) => line({ unitPrice: 12_000, taxClass }));
    expect(quote({ lines }, rules).tax).toMatchObject([
      { rate: 2_000, base: 20_000, amount: 4_000 },
      { rate: 1_000, base: 10_909, amount: 1_091 },
    ]);
  });

  test('worth more than can be reckoned is refused, by field', () => {
    const rules = compileRules(shop());
    const refused = (given: Partial<QuoteRequest>) => priceCart(request(given), rules, NOTHING_USED, NOW);
    const dear = line({ unitPrice: 999_000_000_000 });
    const tooBig = (path: string) => ({
      ok: false,
      error: { code: 'invalid_input', details: { errors: [{ path, code: 'too_big' }] } },
    });
    expect(refused({ lines: [line({ unitPrice: 1 }), { ...dear, quantity: 2 }] })).toMatchObject(
      tooBig('lines.1.unitPrice'),
    );
    expect(refused({ lines: [line({ unitPrice: 1, weightGrams: Number.MAX_SAFE_INTEGER })] })).toMatchObject(
      tooBig('lines.0.weightGrams'),
    );
    expect(refused({ lines: [dear, dear] })).toMatchObject(tooBig('lines'));
    expect(refused({ lines: [dear], destination: berlin })).toMatchObject(tooBig('lines'));
  });
});

describe('without an address', () => {
  test('there is no tax and no price of shipping, and that is said', () => {
    const answer = quote({ lines: one, destination: null });
    expect(answer).toMatchObject({ total: 129_990, taxTotal: 0, tax: [], problems: [] });
    for (const rule of ['kdv20', 'kdv10', 'mwst']) expect(whyNot(answer, rule)).toBe('no_address');
  });
  test('a method that is asked for needs one', () => {
    const answer = quote({ lines: one, destination: null, shippingMethod: 'standard' });
    expect(answer).toMatchObject({
      shipping: 0,
      shippingMethod: null,
      problems: [{ code: 'shipping_address_required' }],
    });
    expect(whyNot(answer, 'standard')).toBe('no_address');
  });
});

describe('the geozone of a tax', () => {
  test('is the closest one that has a rate of the class', () => {
    const local = taxRate({ id: 'local', geozoneId: 'istanbul', rate: 100 });
    const answer = quote(
      { lines: [...one, line({ lineId: 'line_2', unitPrice: 11_000, taxClass: 'reduced' })] },
      shop({ taxRates: [kdv20, kdv10, mwst, local] }),
    );
    expect(answer.lines.map(({ tax }) => tax.rate)).toEqual([100, 1_000]);
    expect(whyNot(answer, 'kdv20')).toBe('closer_zone');
    expect(answer.considered.some(({ rule }) => rule === 'mwst')).toBe(false);
  });
  test('nowhere: no tax', () => {
    const answer = quote({ lines: one, destination: { country: 'US' } });
    expect(answer).toMatchObject({ total: 129_990, tax: [], considered: [] });
    expect(answer.lines[0]?.tax).toEqual({ rate: 0, amount: 0, included: false });
  });
});

describe('shipping', () => {
  const weighed = priced({
    basis: 'weight',
    bands: [
      { from: 0, to: 1_000, amount: 3_000 },
      { from: 1_000, to: 5_000, amount: 6_000 },
    ],
  });
  test.each([
    [0, 3_000],
    [999, 3_000],
    [1_000, 6_000],
    [4_999, 6_000],
  ])('of %i grams costs %i: a band holds its beginning, not its end', (weightGrams, amount) => {
    expect(
      quote({ lines: [line({ unitPrice: 100, weightGrams })], shippingMethod: 'standard' }, weighed),
    ).toMatchObject({
      shipping: amount,
      problems: [],
    });
  });
  test('beyond the last band is not offered', () => {
    const answer = quote(
      { lines: [line({ unitPrice: 100, weightGrams: 5_000 })], shippingMethod: 'standard' },
      weighed,
    );
    expect(answer).toMatchObject({
      shipping: 0,
      shippingMethod: null,
      problems: [{ code: 'shipping_method_unavailable' }],
    });
    expect(whyNot(answer, 'standard')).toBe('outside_bands');
  });
  test('weighs only what is shipped', () => {
    const lines = [
      line({ unitPrice: 100, weightGrams: 999 }),
      line({ lineId: 'line_2', unitPrice: 100, weightGrams: 9_000, requiresShipping: false }),
    ];
    expect(quote({ lines, shippingMethod: 'standard' }, weighed).shipping).toBe(3_000);
  });
  test('of nothing needs no method', () => {
    const lines = [line({ unitPrice: 100, requiresShipping: false })];
    const answer = quote({ lines, shippingMethod: 'standard' });
    expect(answer).toMatchObject({ shipping: 0, shippingMethod: null, total: 100, problems: [] });
    expect(whyNot(answer, 'standard')).toBe('nothing_to_ship');
  });
  test.each([
    [74_999, 4_990, undefined],
    [75_000, 0, 'free_from_reached'],
  ])('with goods of %i costs %i where it is free from 750,00', (unitPrice, amount, reason) => {
    const answer = quote({ lines: [line({ unitPrice })], shippingMethod: 'standard' }, priced({ freeFrom: 75_000 }));
    expect(answer).toMatchObject({ shipping: amount, shippingMethod: { amount }, total: unitPrice + amount });
    expect(whyNot(answer, 'standard/turkey/0-')).toBe(reason);
  });
  test('by price goes by the goods', () => {
    const rules = priced({
      basis: 'price',
      bands: [
        { from: 0, to: 50_000, amount: 4_000 },
        { from: 50_000, amount: 2_000 },
      ],
    });
    const cost = (unitPrice: number) =>
      quote({ lines: [line({ unitPrice })], shippingMethod: 'standard' }, rules).shipping;
    expect([49_999, 50_000].map(cost)).toEqual([4_000, 2_000]);
  });
  test('is taxed by its own class, standard when it has none', () => {
    const tax = (taxClass: string | null) =>
      quote(
        { lines: [line({ unitPrice: 0 })], shippingMethod: 'standard' },
        shop({ shippingMethods: [shippingMethod({ code: 'standard', taxClass })] }),
      ).shippingMethod?.tax;
    expect(tax('reduced')).toEqual({ rate: 1_000, amount: 454, included: true });
    expect(tax(null)).toEqual({ rate: 2_000, amount: 832, included: true });
    expect(tax('exempt')).toEqual({ rate: 0, amount: 0, included: false });
  });
  test('takes the rate of the closest geozone and tells of the others', () => {
    const flat = (geozoneId: string, amount: number): Rate => ({
      geozoneId,
      basis: 'flat',
      bands: [{ from: 0, amount }],
    });
    const rates = [flat('turkey', 5_000), flat('istanbul', 2_500), flat('germany', 9_000)];
    const rules = shop({ shippingMethods: [shippingMethod({ code: 'standard', rates })] });
    const answer = quote({ lines: one, shippingMethod: 'standard' }, rules);
    expect(answer.shipping).toBe(2_500);
    expect(whyNot(answer, 'standard/turkey')).toBe('closer_zone');
    expect(whyNot(answer, 'standard/germany')).toBe('outside_zone');
  });
  test('takes of two geozones that are as close the one made first', () => {
    const all = ['turkey', 'all_turkey'].map((geozoneId, index) => ({
      geozoneId,
      basis: 'flat' as const,
      bands: [{ from: 0, amount: index }],
    }));
    const rules = shop({
      geozones: [turkey, { ...turkey, id: 'all_turkey' }],
      shippingMethods: [shippingMethod({ code: 'standard', rates: all.toReversed() })],
    });
    const answer = quote({ lines: one, shippingMethod: 'standard' }, rules);
    expect(answer.shipping).toBe(0);
    expect(whyNot(answer, 'standard/all_turkey')).toBe('closer_zone');
  });
  test.each<[string, Partial<QuoteRequest>, Partial<ShippingMethod>]>([
    ['method_unknown', { shippingMethod: 'gone' }, {}],
    ['method_disabled', {}, { enabled: false }],
    ['other_currency', {}, { currency: 'EUR' }],
    ['outside_zone', { destination: { country: 'US' } }, {}],
  ])('that is not offered says %s, costs nothing and is a problem', (reason, asked, given) => {
    const rules = shop({ shippingMethods: [shippingMethod({ code: 'standard', ...given })] });
    const answer = quote({ lines: one, shippingMethod: 'standard', ...asked }, rules);
    expect(answer).toMatchObject({
      shipping: 0,
      shippingMethod: null,
      problems: [{ code: 'shipping_method_unavailable' }],
    });
    expect(answer.problems[0]?.tr).toMatch(/^Bu kargo yöntemi kullanılamaz: ./);
    expect(whyNot(answer, asked.shippingMethod ?? 'standard')).toBe(reason);
  });
});

describe('shipping options', () => {
  const methods = [
    shippingMethod({ code: 'standard' }),
    shippingMethod({ code: 'euro', currency: 'EUR' }),
    shippingMethod({ code: 'off', enabled: false }),
    shippingMethod({
      code: 'abroad',
      rates: [{ geozoneId: 'germany', basis: 'flat', bands: [{ from: 0, amount: 9_000 }] }],
    }),
  ];
  const options = (given: Partial<QuoteRequest>) =>
    shippingOptionsOf(request(given), compileRules(shop({ shippingMethods: methods })), NOTHING_USED, NOW);

  test('are all methods that are switched on, with a price or a reason', () => {
    expect(options({ lines: one })).toMatchObject({
      ok: true,
      value: {
        options: [
          { code: 'standard', available: true, amount: 4_990 },
          { code: 'euro', available: false, amount: null, reason: { code: 'other_currency' } },
          { code: 'abroad', available: false, amount: null, reason: { code: 'outside_zone' } },
        ],
        unknown: [],
      },
    });
  });
  test('say what has to be known of the buyer to price them', () => {
    const first = promotion({ id: 'first', conditions: { firstOrder: true } });
    const rules = compileRules(shop({ shippingMethods: methods, promotions: [first] }));
    const unknown = (firstOrder: boolean | null) => {
      const answer = shippingOptionsOf(request({ lines: one, firstOrder }), rules, NOTHING_USED, NOW);
      return answer.ok ? answer.value.unknown : null;
    };
    expect(unknown(null)).toEqual(['firstOrder']);
    expect(unknown(true)).toEqual([]);
  });
  test('have no price without an address or without anything to ship', () => {
    const reasons = (given: Partial<QuoteRequest>) => {
      const answer = options(given);
      return answer.ok ? answer.value.options.map(({ reason }) => reason?.code) : [];
    };
    expect(reasons({ lines: one, destination: null })).toEqual(['no_address', 'other_currency', 'no_address']);
    expect(reasons({ lines: [] })).toEqual(['nothing_to_ship', 'nothing_to_ship', 'nothing_to_ship']);
  });
  test('refuse what a quote refuses', () => {
    expect(options({ lines: [line({ unitPrice: 1_000_000_000_000, quantity: 2 })] })).toMatchObject({
      error: { code: 'invalid_input' },
    });
  });
});
