import { describe, expect, test } from '@jest/globals';
import { PromotionInput, PromotionPatch, PromotionRule } from '@kervan/contracts';
import type { z } from 'zod';
import { promotion } from '../../test/builders.ts';
import { refusalOf, ruleOf } from '../../test/changes.ts';
import { NO_RULES, type RuleSet } from '../rules/rule-set.ts';
import { addPromotion, changePromotion, removePromotion, restorePromotion } from './promotion.changes.ts';

const tenth = promotion({ id: 'promo_tenth', maxDiscount: 5_000, conditions: { minSubtotal: 100, brandIds: ['b1'] } });
const third = promotion({ id: 'promo_third', kind: 'buyXGetY', value: 10_000, buyQuantity: 2, getQuantity: 1 });
const rules: RuleSet = { ...NO_RULES, promotions: [tenth, third] };
const add = (input: Omit<z.input<typeof PromotionInput>, 'name'>) =>
  addPromotion(rules, 'promo_new', {
    promotion: PromotionInput.parse({ name: 'New', ...input }),
    defaultCurrency: 'TRY',
  });
const change = (id: string, patch: z.input<typeof PromotionPatch>) =>
  changePromotion(rules, { id, patch: PromotionPatch.parse(patch) });

describe('a promotion that is made', () => {
  test('says what was left out', () => {
    const rule = ruleOf(add({ kind: 'percentage', value: 1_000 }));
    expect(rule).toEqual({
      ...promotion({ id: 'promo_new', name: 'New', kind: 'percentage', value: 1_000 }),
      automatic: false,
    });
    expect(PromotionRule.parse(rule)).toEqual(rule);
  });

  test.each([
    ['percentage', { kind: 'percentage', value: 1 }, { value: 1, scope: 'order' }],
    ['fixed', { kind: 'fixed', value: 1, scope: 'items' }, { value: 1, scope: 'items' }],
    ['buyXGetY', { kind: 'buyXGetY', buyQuantity: 2, getQuantity: 1 }, { value: 10_000, scope: 'items' }],
    ['buyXGetY at half', { kind: 'buyXGetY', buyQuantity: 2, getQuantity: 1, value: 5_000 }, { value: 5_000 }],
    ['freeShipping', { kind: 'freeShipping' }, { value: 0, scope: 'order' }],
    ['freeShipping of 0', { kind: 'freeShipping', value: 0 }, { value: 0 }],
    ['freeShipping of 100 %', { kind: 'freeShipping', value: 10_000 }, { value: 0 }],
  ] as const)('has what its kind has: %s', (_, input, expected) => expect(ruleOf(add(input))).toMatchObject(expected));

  const pieces = { buyQuantity: 2, getQuantity: 1 };
  const starts = '2026-11-22T10:00:00Z';
  test.each([
    ['a percentage without a value', { kind: 'percentage' }, ['value value_out_of_range']],
    ['a percentage of 0', { kind: 'percentage', value: 0 }, ['value value_out_of_range']],
    ['a percentage over 100 %', { kind: 'percentage', value: 10_001 }, ['value value_out_of_range']],
    ['a fixed discount without a value', { kind: 'fixed' }, ['value value_out_of_range']],
    ['a fixed discount of 0', { kind: 'fixed', value: 0 }, ['value value_out_of_range']],
    ['free pieces of 0', { kind: 'buyXGetY', ...pieces, value: 0 }, ['value value_out_of_range']],
    ['more than free pieces', { kind: 'buyXGetY', ...pieces, value: 10_001 }, ['value value_out_of_range']],
    ['half free shipping', { kind: 'freeShipping', value: 5_000 }, ['value value_out_of_range']],
    ['buyXGetY of the order', { kind: 'buyXGetY', ...pieces, scope: 'order' }, ['scope not_of_this_kind']],
    ['freeShipping of items', { kind: 'freeShipping', scope: 'items' }, ['scope not_of_this_kind']],
    ['buyXGetY without quantities', { kind: 'buyXGetY' }, ['buyQuantity required', 'getQuantity required']],
    [
      'quantities of a percentage',
      { kind: 'percentage', value: 1, ...pieces },
      ['buyQuantity not_of_this_kind', 'getQuantity not_of_this_kind'],
    ],
    ['a most of a fixed discount', { kind: 'fixed', value: 1, maxDiscount: 5 }, ['maxDiscount not_of_this_kind']],
    [
      'an end before the start',
      { kind: 'fixed', value: 1, startsAt: starts, endsAt: '2026-11-22T09:59:59.999Z' },
      ['endsAt ends_before_start'],
    ],
    [
      'an end at the start',
      { kind: 'fixed', value: 1, startsAt: starts, endsAt: starts },
      ['endsAt ends_before_start'],
    ],
  ] as const)('is refused with %s', (_, input, expected) => expect(refusalOf(add(input))).toEqual(expected));

  test('keeps ids once and instants in one form', () => {
    const { conditions, startsAt, endsAt } = ruleOf(
      add({
        kind: 'fixed',
        value: 1,
        conditions: { productIds: ['p1', 'p2', 'p1'], categoryIds: ['c', 'c'], brandIds: [] },
        startsAt: '2026-11-22T10:00:00Z',
        endsAt: '2026-11-22T10:00:00.5Z',
      }),
    );
    expect(conditions).toMatchObject({ productIds: ['p1', 'p2'], categoryIds: ['c'], brandIds: [] });
    expect([startsAt, endsAt]).toEqual(['2026-11-22T10:00:00.000Z', '2026-11-22T10:00:00.500Z']);
  });

  test.each(['2026-02-30T00:00:00Z', '2026-13-01T00:00:00Z', '2026-11-22', 'tomorrow', '2026-11-22T24:00:00Z'])(
    'is refused with a date there is not: %s',
    (startsAt) =>
      expect(PromotionInput.safeParse({ name: 'x', kind: 'fixed', value: 1, startsAt }).success).toBe(false),
  );
});

describe('a promotion that is changed', () => {
  test('keeps what is not named, loses what is null', () => {
    expect(ruleOf(change(tenth.id, { priority: 3 }))).toEqual({ ...tenth, priority: 3, version: 2 });
    expect(ruleOf(change(tenth.id, { maxDiscount: null, maxUses: 5, automatic: false }))).toEqual({
      ...tenth,
      maxDiscount: null,
      maxUses: 5,
      automatic: false,
      version: 2,
    });
  });

  test('has its conditions replaced as a whole', () => {
    expect(ruleOf(change(tenth.id, { conditions: { firstOrder: true } })).conditions).toEqual({
      ...third.conditions,
      firstOrder: true,
    });
  });

  test('says anew with another kind what the kind decides', () => {
    expect(refusalOf(change(tenth.id, { kind: 'fixed' }))).toEqual(['value value_out_of_range']);
    expect(ruleOf(change(tenth.id, { kind: 'freeShipping' }))).toMatchObject({ value: 0, maxDiscount: null });
    expect(refusalOf(change(tenth.id, { kind: 'freeShipping', maxDiscount: 5 }))).toEqual([
      'maxDiscount not_of_this_kind',
    ]);
    expect(ruleOf(change(third.id, { kind: 'percentage', value: 500 }))).toMatchObject({
      kind: 'percentage',
      value: 500,
      scope: 'order',
      buyQuantity: null,
      getQuantity: null,
    });
  });

  test('is checked with what it was', () => {
    const until = { ...tenth, endsAt: '2026-11-22T10:00:00.000Z' };
    const later = changePromotion(
      { ...NO_RULES, promotions: [until] },
      { id: until.id, patch: PromotionPatch.parse({ startsAt: '2026-11-23T10:00:00Z' }) },
    );
    expect(refusalOf(later)).toEqual(['endsAt ends_before_start']);
    expect(refusalOf(change(tenth.id, { value: 10_001 }))).toEqual(['value value_out_of_range']);
    expect(refusalOf(change('promo_none', {}))).toBe('not_found');
    expect(refusalOf(changePromotion(rules, { id: tenth.id, patch: {}, expectedVersion: 9 }))).toBe(
      'precondition_failed',
    );
  });
});

describe('a promotion that is taken away', () => {
  test('is gone, and is as it was when it is put back', () => {
    const gone = removePromotion(rules, { id: tenth.id, expectedVersion: 1 });
    if (!gone.ok) throw new Error(gone.error.code);
    expect(gone.value.rules.promotions).toEqual([third]);
    const back = restorePromotion(gone.value.rules, gone.value.rule);
    expect(back).toMatchObject({ value: { rules: { promotions: [third, tenth] }, rule: tenth } });
    expect(restorePromotion(rules, tenth)).toEqual({ ok: true, value: { rules, rule: tenth } });
  });
});
