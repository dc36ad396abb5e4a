import { describe, expect, test } from '@jest/globals';
import type { PromotionRule, QuoteRequest, ShippingMethod } from '@kervan/contracts';
import { coupon, line, promotion, shippingMethod } from '../../test/builders.ts';
import { quote, reasonIn, shop, whyNot } from '../../test/shop.ts';

const withPromotions = (...promotions: PromotionRule[]) => shop({ promotions });
const one = [line({ unitPrice: 100_000 })];
const two = [
  line({ lineId: 'line_1', sku: 'A', productId: 'prod_1', unitPrice: 60_000 }),
  line({ lineId: 'line_2', sku: 'B', productId: 'prod_2', unitPrice: 40_000 }),
];

describe('a promotion', () => {
  test('is taken off its lines, and explained', () => {
    const sale = promotion({ id: 'sale', scope: 'items', conditions: { productIds: ['prod_2'] } });
    const answer = quote({ lines: two }, withPromotions(sale));
    expect(answer).toMatchObject({ subtotal: 100_000, discount: 4_000, total: 96_000, uses: [], problems: [] });
    expect(answer.lines).toMatchObject([
      { discount: 0, discounts: [], total: 60_000 },
      { discount: 4_000, discounts: [{ rule: 'sale', amount: 4_000 }], tax: { amount: 6_000 }, total: 36_000 },
    ]);
    expect(answer.breakdown).toContainEqual({
      rule: 'sale',
      kind: 'discount',
      target: 'items',
      amount: -4_000,
      note: { tr: 'sale indirimi', en: 'sale discount' },
    });
    expect(answer.considered).toContainEqual({ rule: 'sale', kind: 'promotion', applied: true, amount: 4_000 });
  });

  test('of the whole order needs one line that matches, and reduces all', () => {
    const sale = promotion({ id: 'sale', conditions: { productIds: ['prod_2'] } });
    expect(quote({ lines: two }, withPromotions(sale)).lines.map(({ discount }) => discount)).toEqual([6_000, 4_000]);
    expect(quote({ lines: one }, withPromotions(sale)).discount).toBe(0);
  });

  test('is looked at only when it is switched on, and automatic or brought by a coupon', () => {
    const rules = withPromotions(
      promotion({ id: 'off', enabled: false }),
      promotion({ id: 'by_code', automatic: false }),
      promotion({ id: 'on' }),
    );
    const looked = quote({ lines: one }, rules).considered.filter(({ kind }) => kind === 'promotion');
    expect(looked).toEqual([{ rule: 'on', kind: 'promotion', applied: true, amount: 10_000 }]);
  });

  const soon = '2026-11-22T10:00:00.001Z';
  const now = '2026-11-22T10:00:00Z';
  test.each<[string, Parameters<typeof promotion>[0], Partial<QuoteRequest>]>([
    ['not_started', { id: 'p', startsAt: soon }, {}],
    ['ended', { id: 'p', endsAt: now }, {}],
    ['other_currency', { id: 'p', kind: 'fixed', currency: 'EUR' }, {}],
    ['other_currency', { id: 'p', maxDiscount: 5, currency: 'EUR' }, {}],
    ['other_currency', { id: 'p', conditions: { minSubtotal: 5 }, currency: 'EUR' }, {}],
    ['customer_group', { id: 'p', conditions: { customerGroup: 'vip' } }, { customerGroups: ['staff'] }],
    ['not_first_order', { id: 'p', conditions: { firstOrder: true } }, { firstOrder: false }],
    ['first_order_unknown', { id: 'p', conditions: { firstOrder: true } }, { firstOrder: null }],
    ['no_match', { id: 'p', conditions: { productIds: ['prod_9'] } }, {}],
    ['below_minimum', { id: 'p', conditions: { minSubtotal: 100_001 } }, {}],
    ['not_enough_pieces', { id: 'p', kind: 'buyXGetY', buyQuantity: 1, getQuantity: 1, value: 10_000 }, {}],
    [
      'nothing_to_ship',
      { id: 'p', kind: 'freeShipping' },
      { lines: [line({ unitPrice: 100_000, requiresShipping: false })] },
    ],
    ['nothing_left', { id: 'p' }, { lines: [line({ unitPrice: 0 })] }],
  ])('does not apply: %s', (reason, given, asked) => {
    const answer = quote({ lines: one, ...asked }, withPromotions(promotion(given)));
    expect(whyNot(answer, 'p')).toBe(reason);
    expect(answer).toMatchObject({ discount: 0, problems: [] });
  });

  test('applies from its start until before its end, in its group, and without amounts in any currency', () => {
    const sale = promotion({ id: 'p', startsAt: now, endsAt: soon, conditions: { customerGroup: 'vip' } });
    const answer = quote(
      { lines: one, currency: 'EUR', customerGroups: ['staff', 'vip'] },
      withPromotions({ ...sale, currency: 'TRY' }),
    );
    expect(answer.discount).toBe(10_000);
  });

  test('says how much is missing, of the goods that count', () => {
    const refusal = (rule: PromotionRule) => reasonIn(quote({ lines: two }, withPromotions(rule)), 'p');
    expect(refusal(promotion({ id: 'p', conditions: { minSubtotal: 130_000 } }))).toEqual({
      code: 'below_minimum',
      tr: '₺300,00 tutarında ürün daha eklenmeli',
      en: expect.stringMatching(/^Goods worth TRY\s300\.00 more are needed$/),
    });
    const conditions = { minSubtotal: 50_000, productIds: ['prod_2'] };
    expect(refusal(promotion({ id: 'p', scope: 'items', conditions }))?.en).toMatch(/^Matching goods worth .*100\.00/);
    expect(refusal(promotion({ id: 'p', conditions }))).toBeUndefined();
  });

  test('asks for what it does not know only when it matters', () => {
    const first = promotion({ id: 'first', conditions: { firstOrder: true } });
    expect(quote({ lines: one }, withPromotions(first, { ...first, id: 'again' })).unknown).toEqual(['firstOrder']);
    expect(quote({ lines: one }, withPromotions({ ...first, startsAt: soon })).unknown).toEqual([]);
    const known = quote({ lines: one, firstOrder: true }, withPromotions(first));
    expect(known).toMatchObject({ unknown: [], discount: 10_000 });
    expect(known.uses).toEqual([{ promotionId: 'first', couponId: null, code: null }]);
  });
});

describe('promotions that do not stack', () => {
  const ten = promotion({ id: 'ten', value: 1_000 });
  const fixed = promotion({ id: 'fixed', kind: 'fixed', value: 10_000 });

  test('are the single best one', () => {
    const answer = quote({ lines: [line({ unitPrice: 99_999 })] }, withPromotions(ten, fixed));
    expect(answer.discount).toBe(10_000);
    expect(whyNot(answer, 'ten')).toBe('better_discount');
    expect(quote({ lines: [line({ unitPrice: 100_010 })] }, withPromotions(ten, fixed)).discount).toBe(10_001);
  });
  test('that are worth the same go by priority, then by id', () => {
    expect(whyNot(quote({ lines: one }, withPromotions(ten, fixed)), 'ten')).toBe('better_discount');
    const first = withPromotions({ ...ten, priority: 1 }, { ...fixed, priority: 2 });
    expect(whyNot(quote({ lines: one }, first), 'fixed')).toBe('better_discount');
  });
  test('come before those that stack, whatever the priorities', () => {
    const stacked = promotion({ id: 'stacked', value: 5_000, stackable: true, priority: 0 });
    const answer = quote({ lines: one }, withPromotions(stacked, { ...fixed, priority: 9 }));
    expect(answer.lines[0]?.discounts).toEqual([
      { rule: 'fixed', amount: 10_000 },
      { rule: 'stacked', amount: 45_000 },
    ]);
  });
});

describe('promotions that stack', () => {
  const percent = promotion({ id: 'percent', value: 2_000, stackable: true, priority: 1 });
  const fixed = promotion({ id: 'fixed', kind: 'fixed', value: 30_000, stackable: true, priority: 2 });
  test('go by priority, each on what the ones before left', () => {
    expect(quote({ lines: one }, withPromotions(fixed, percent)).lines[0]?.discounts).toEqual([
      { rule: 'percent', amount: 20_000 },
      { rule: 'fixed', amount: 30_000 },
    ]);
    const other = quote({ lines: one }, withPromotions({ ...fixed, priority: 0 }, percent));
    expect(other.lines[0]?.discounts).toEqual([
      { rule: 'fixed', amount: 30_000 },
      { rule: 'percent', amount: 14_000 },
    ]);
  });
  test('stop at nothing left', () => {
    const all = { ...fixed, value: 1_000_000, priority: 0 };
    const answer = quote({ lines: one }, withPromotions(all, percent));
    expect(answer).toMatchObject({ discount: 100_000, total: 0 });
    expect(whyNot(answer, 'percent')).toBe('nothing_left');
  });
});

describe('free shipping', () => {
  const free = promotion({ id: 'free', kind: 'freeShipping', value: 0 });
  const shipped = { lines: one, shippingMethod: 'standard' };

  test('takes off what shipping costs, in rows of their own', () => {
    const answer = quote(shipped, withPromotions(free));
    expect(answer).toMatchObject({ discount: 0, shipping: 0, total: 100_000 });
    expect(answer.shippingMethod).toMatchObject({ amount: 0, discount: 4_990, tax: { amount: 0 } });
    expect(answer.breakdown.map(({ kind, target, amount }) => [kind, target, amount])).toEqual([
      ['items', 'order', 100_000],
      ['shipping', 'shipping', 4_990],
      ['discount', 'shipping', -4_990],
      ['tax', 'order', 0],
    ]);
  });
  test.each<[string, Partial<QuoteRequest>]>([
    ['no method is chosen', { lines: one }],
    ['there is no address', { ...shipped, destination: null }],
  ])('counts while %s, and takes off nothing', (_, asked) => {
    const answer = quote(asked, withPromotions(free));
    expect(answer.considered).toContainEqual({ rule: 'free', kind: 'promotion', applied: true, amount: 0 });
    expect(answer.breakdown.some(({ rule }) => rule === 'free')).toBe(false);
  });
  test('of a method that is not offered, or is free already, has nothing left', () => {
    expect(whyNot(quote({ ...shipped, shippingMethod: 'gone' }, withPromotions(free)), 'free')).toBe('nothing_left');
    const rates: ShippingMethod['rates'] = [
      { geozoneId: 'turkey', basis: 'flat', bands: [{ from: 0, amount: 4_990 }], freeFrom: 100_000 },
    ];
    const rules = shop({ promotions: [free], shippingMethods: [shippingMethod({ code: 'standard', rates })] });
    expect(whyNot(quote(shipped, rules), 'free')).toBe('nothing_left');
  });
  test('is priced by goods after discount', () => {
    const rates: ShippingMethod['rates'] = [
      { geozoneId: 'turkey', basis: 'flat', bands: [{ from: 0, amount: 4_990 }], freeFrom: 100_000 },
    ];
    const sale = promotion({ id: 'sale' });
    const rules = shop({
      promotions: [sale, { ...free, stackable: true }],
      shippingMethods: [shippingMethod({ code: 'standard', rates })],
    });
    expect(quote(shipped, rules)).toMatchObject({ discount: 10_000, shipping: 0, shippingMethod: { discount: 4_990 } });
  });
  test('that does not stack competes with what shipping costs', () => {
    const small = promotion({ id: 'small', kind: 'fixed', value: 4_989 });
    const large = promotion({ id: 'large', kind: 'fixed', value: 4_991 });
    expect(whyNot(quote(shipped, withPromotions(free, small)), 'small')).toBe('better_discount');
    expect(whyNot(quote(shipped, withPromotions(free, large)), 'free')).toBe('better_discount');
    expect(whyNot(quote({ lines: one }, withPromotions(free, small)), 'free')).toBe('better_discount');
  });
  test('that waits is chosen while all others are worth nothing', () => {
    const lines = [line({ unitPrice: 0 })];
    const sale = promotion({ id: 'a_sale' });
    const waiting = quote({ lines }, withPromotions(sale, free));
    expect([whyNot(waiting, 'free'), whyNot(waiting, 'a_sale')]).toEqual([undefined, 'better_discount']);
    const none = quote({ lines, shippingMethod: 'gone' }, withPromotions(sale, free));
    expect([whyNot(none, 'free'), whyNot(none, 'a_sale')]).toEqual(['nothing_left', 'nothing_left']);
  });
  test('comes once: of two the one that does not stack first, then by priority', () => {
    const stacked = { ...free, id: 'stacked', stackable: true, priority: 0 };
    const both = quote(shipped, withPromotions(stacked, { ...free, priority: 5 }));
    expect([whyNot(both, 'free'), whyNot(both, 'stacked')]).toEqual([undefined, 'nothing_left']);
    const later = { ...stacked, id: 'later', priority: 1 };
    const stackedOnly = quote(shipped, withPromotions(later, stacked));
    expect([whyNot(stackedOnly, 'stacked'), whyNot(stackedOnly, 'later')]).toEqual([undefined, 'nothing_left']);
  });
});

describe('limits', () => {
  test('of an automatic promotion hold too, in total and per customer', () => {
    const rare = promotion({ id: 'rare', maxUses: 5, maxUsesPerCustomer: 1 });
    const rules = withPromotions(rare);
    const use = { promotionId: 'rare', couponId: null, code: null };
    expect(quote({ lines: one }, rules, { taken: new Map([['promotion:rare', 4]]) }).uses).toEqual([use]);
    const full = quote({ lines: one }, rules, { taken: new Map([['promotion:rare', 5]]) });
    expect(whyNot(full, 'rare')).toBe('used_up');
    expect(full).toMatchObject({ discount: 0, uses: [], problems: [] });
  });
  test('come after what speaks against it anyway', () => {
    const rare = promotion({ id: 'rare', maxUses: 5, conditions: { productIds: ['prod_9'] } });
    const full = quote({ lines: one }, withPromotions(rare), { taken: new Map([['promotion:rare', 5]]) });
    expect(whyNot(full, 'rare')).toBe('no_match');
  });
  test('that are reached leave the place to the next best', () => {
    const rules = withPromotions(promotion({ id: 'rare', value: 5_000, maxUses: 5 }), promotion({ id: 'sale' }));
    expect(quote({ lines: one }, rules, { taken: new Map([['promotion:rare', 5]]) }).discount).toBe(10_000);
  });
});

test('a coupon brings a promotion that is not automatic, with lines of its own', () => {
  const rules = withPromotions(
    promotion({ id: 'by_code', automatic: false, scope: 'items', conditions: { productIds: ['prod_1'] } }),
  );
  const coupons = [coupon({ code: 'YAZ', promotionId: 'by_code' })];
  expect(quote({ lines: two, coupons: ['yaz'] }, rules, { coupons }).discount).toBe(6_000);
});
