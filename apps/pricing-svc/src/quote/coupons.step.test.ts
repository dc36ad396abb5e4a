import { describe, expect, test } from '@jest/globals';
import type { QuoteRequest } from '@kervan/contracts';
import { coupon, line, promotion } from '../../test/builders.ts';
import { quote, shop, whyNot } from '../../test/shop.ts';
import { customerKey } from '../redemptions/tally.ts';

const one = [line({ unitPrice: 129_990 })];
const summer = promotion({ id: 'summer', automatic: false });
const winter = promotion({ id: 'winter', automatic: false, value: 500 });
const rules = shop({ promotions: [summer, winter] });
const YAZ = coupon({ code: 'YAZ', promotionId: 'summer' });
const KIS = coupon({ code: 'KIŞ', promotionId: 'winter' });
const asked = (coupons: string[], given: Partial<QuoteRequest> = {}): Partial<QuoteRequest> => ({
  lines: one,
  coupons,
  ...given,
});

describe('a coupon', () => {
  test('brings its promotion, and is held for the order', () => {
    const answer = quote(asked(['YAZ']), rules, { coupons: [YAZ] });
    expect(answer.coupons).toEqual([{ code: 'YAZ', applied: true, promotionId: 'summer', amount: 12_999 }]);
    expect(answer.uses).toEqual([{ promotionId: 'summer', couponId: YAZ.id, code: 'YAZ' }]);
    expect(answer.considered.slice(0, 2)).toEqual([
      { rule: 'summer', kind: 'promotion', applied: true, amount: 12_999 },
      { rule: 'YAZ', kind: 'coupon', applied: true, amount: 12_999 },
    ]);
    expect(answer).toMatchObject({ discount: 12_999, problems: [] });
  });

  test('that nobody knows is answered by itself', () => {
    const answer = quote(asked(['YAZ', 'kis']), rules);
    expect(answer.coupons).toMatchObject([
      { code: 'kis', applied: false, promotionId: null, amount: 0, reason: { code: 'coupon_unknown' } },
      { code: 'YAZ', applied: false },
    ]);
    expect(answer.problems).toMatchObject([
      { code: 'coupon_invalid', tr: 'kis: Böyle bir kupon yok', en: 'kis: There is no such coupon' },
      { code: 'coupon_invalid' },
    ]);
    expect(answer.considered.filter(({ kind }) => kind === 'coupon')).toHaveLength(2);
    expect(answer.total).toBe(129_990);
  });

  test.each([
    ['it is switched off', [{ ...YAZ, enabled: false }], [summer]],
    ['its promotion is switched off', [YAZ], [{ ...summer, enabled: false }]],
    ['its promotion is gone', [YAZ], []],
  ])('is unknown when %s', (_, coupons, promotions) => {
    const answer = quote(asked(['yaz']), shop({ promotions }), { coupons });
    expect(answer.coupons).toMatchObject([{ code: 'YAZ', applied: false, reason: { code: 'coupon_unknown' } }]);
    expect(answer).toMatchObject({ discount: 0, uses: [], problems: [{ code: 'coupon_invalid' }] });
  });

  test('counts once, in any case and with any i', () => {
    const dotted = coupon({ code: 'İndirim', promotionId: 'summer' });
    const answer = quote(asked(['INDIRIM', 'ındırım', 'indirim']), rules, { coupons: [dotted] });
    expect(answer.coupons).toMatchObject([{ code: 'İndirim', applied: true }]);
  });

  test('says why its promotion does not apply', () => {
    const late = shop({ promotions: [{ ...summer, endsAt: '2026-01-01T00:00:00Z' }] });
    const answer = quote(asked(['YAZ']), late, { coupons: [YAZ] });
    expect(answer.coupons).toMatchObject([{ applied: false, promotionId: 'summer', reason: { code: 'ended' } }]);
    expect(answer.problems).toMatchObject([{ code: 'coupon_invalid', en: 'YAZ: It has ended' }]);
  });

  test('that is beaten is no problem', () => {
    const answer = quote(asked(['KIŞ', 'YAZ']), rules, { coupons: [YAZ, KIS] });
    expect(answer.coupons).toMatchObject([
      { code: 'KIŞ', applied: false, amount: 0, reason: { code: 'better_discount' } },
      { code: 'YAZ', applied: true, amount: 12_999 },
    ]);
    expect(answer).toMatchObject({ problems: [], discount: 12_999 });
  });

  test('of an automatic promotion counts with it', () => {
    const automatic = shop({ promotions: [{ ...summer, automatic: true }] });
    const answer = quote(asked(['YAZ']), automatic, { coupons: [YAZ] });
    expect(answer.considered.filter(({ rule }) => rule === 'summer')).toHaveLength(1);
    expect(answer).toMatchObject({ discount: 12_999, coupons: [{ applied: true }], uses: [{ code: 'YAZ' }] });
  });
});

describe('several coupons of one promotion', () => {
  const B = coupon({ code: 'B', promotionId: 'summer', maxUses: 1 });
  const a = coupon({ code: 'a', promotionId: 'summer', maxUses: 1 });
  const c = coupon({ code: 'c', promotionId: 'summer', maxUses: 1 });
  const reasons = (taken: Record<string, number>) => {
    const answer = quote(asked(['c', 'B', 'a']), rules, { coupons: [a, B, c], taken: new Map(Object.entries(taken)) });
    return {
      of: answer.coupons.map(({ applied, reason }) => (applied ? 'applied' : reason?.code)),
      uses: answer.uses.map(({ code }) => code),
      problems: answer.problems.map(({ code }) => code),
    };
  };
  test('count once, by the first key', () => {
    expect(reasons({})).toEqual({ of: ['applied', 'already_applied', 'already_applied'], uses: ['a'], problems: [] });
  });
  test('that is not used up', () => {
    expect(reasons({ [`coupon:${a.id}`]: 1 })).toEqual({
      of: ['used_up', 'applied', 'already_applied'],
      uses: ['B'],
      problems: ['coupon_exhausted'],
    });
  });
  test('and none when all are', () => {
    const all = { [`coupon:${a.id}`]: 1, [`coupon:${B.id}`]: 1, [`coupon:${c.id}`]: 2 };
    expect(reasons(all)).toEqual({
      of: ['used_up', 'used_up', 'used_up'],
      uses: [],
      problems: ['coupon_exhausted', 'coupon_exhausted', 'coupon_exhausted'],
    });
  });
  test('share the reason of their promotion', () => {
    const taken = new Map([[`coupon:${a.id}`, 1]]);
    const beaten = shop({ promotions: [summer, promotion({ id: 'better', value: 9_000 })] });
    const answer = quote(asked(['a', 'B']), beaten, { coupons: [a, B], taken });
    expect(answer.coupons.map(({ reason }) => reason?.code)).toEqual(['used_up', 'better_discount']);
  });
});

describe('limits', () => {
  const email = 'ayse@example.com';
  const who = customerKey({ email, customerId: null }) ?? '';
  const limited = shop({ promotions: [{ ...summer, maxUsesPerCustomer: 2 }] });
  const once = { ...YAZ, maxUsesPerCustomer: 1 };

  test.each([
    ['promotion:summer', 99, undefined],
    [`promotion:summer:${who}`, 1, undefined],
    [`promotion:summer:${who}`, 2, 'customer_used_up'],
    [`coupon:${YAZ.id}:${who}`, 1, 'customer_used_up'],
  ])('per customer: %s taken %i times', (key, times, reason) => {
    const answer = quote(asked(['YAZ'], { email }), limited, { coupons: [once], taken: new Map([[key, times]]) });
    expect(whyNot(answer, 'YAZ')).toBe(reason);
    expect(answer.problems.map(({ code }) => code)).toEqual(reason === undefined ? [] : ['coupon_exhausted']);
  });
  test('per customer hold nobody back who is not known yet', () => {
    const answer = quote(asked(['YAZ']), limited, {
      coupons: [once],
      taken: new Map([[`coupon:${YAZ.id}:${who}`, 1]]),
    });
    expect(answer.coupons).toMatchObject([{ applied: true }]);
  });
  test('in total are told before those per customer', () => {
    const both = shop({ promotions: [{ ...summer, maxUses: 9, maxUsesPerCustomer: 2 }] });
    const taken = new Map([
      ['promotion:summer', 9],
      [`promotion:summer:${who}`, 2],
    ]);
    expect(whyNot(quote(asked(['YAZ'], { email }), both, { coupons: [once], taken }), 'YAZ')).toBe('used_up');
  });
  test('of a coupon leave an automatic promotion as it is', () => {
    const automatic = shop({ promotions: [{ ...summer, automatic: true }] });
    const full = { coupons: [{ ...YAZ, maxUses: 1 }], taken: new Map([[`coupon:${YAZ.id}`, 1]]) };
    expect(quote(asked(['YAZ']), automatic, full)).toMatchObject({
      discount: 12_999,
      uses: [],
      coupons: [{ applied: false, reason: { code: 'used_up' } }],
      problems: [{ code: 'coupon_exhausted' }],
    });
  });
});
