import { describe, expect, test } from '@jest/globals';
import type { PromotionRule } from '@kervan/contracts';
import fc from 'fast-check';
import { promotion } from '../../test/builders.ts';
import { freePieces, type Goods, partsOf, worthOf } from './discount.ts';

const rule = (given: Partial<Omit<PromotionRule, 'conditions'>>): PromotionRule =>
  promotion({ id: 'promo_1', ...given });
const subtotals = (goods: readonly Goods[]): number[] => goods.map(({ unitPrice, quantity }) => unitPrice * quantity);
const all = (goods: readonly Goods[]) => ({
  positions: [...goods.keys()],
  base: subtotals(goods).reduce((sum, one) => sum + one, 0),
  pieces: goods.reduce((sum, { quantity }) => sum + quantity, 0),
});
const off = (given: Partial<PromotionRule>, goods: readonly Goods[], left = subtotals(goods)): readonly number[] =>
  partsOf(rule(given), all(goods), goods, left);
const pieces = (...some: [quantity: number, unitPrice: number][]): Goods[] =>
  some.map(([quantity, unitPrice]) => ({ quantity, unitPrice }));

describe('a percentage', () => {
  test('is rounded once, half away from zero, and spread by what is left of each line', () => {
    expect(off({ value: 1_000 }, pieces([1, 5], [1, 5], [1, 5]))).toEqual([1, 1, 0]); // 1.5 is 2
    expect(off({ value: 5_000 }, pieces([1, 100], [1, 300]), [100, 0])).toEqual([50, 0]);
  });
  test('takes off at most its maximum', () => {
    expect(off({ value: 5_000, maxDiscount: 30 }, pieces([1, 100], [1, 200]))).toEqual([10, 20]);
  });
});

describe('a fixed amount', () => {
  test('off the order is never more than the order, and spread like a percentage', () => {
    expect(off({ kind: 'fixed', value: 100 }, pieces([1, 100], [1, 100], [1, 100]))).toEqual([34, 33, 33]);
    expect(off({ kind: 'fixed', value: 1_000 }, pieces([1, 100], [2, 100]))).toEqual([100, 200]);
  });
  test('off items is off each piece, never more than it costs', () => {
    expect(off({ kind: 'fixed', scope: 'items', value: 150 }, pieces([3, 1_000], [2, 100]))).toEqual([450, 200]);
    expect(off({ kind: 'fixed', scope: 'items', value: 150 }, pieces([3, 1_000]), [400])).toEqual([400]);
  });
});

describe('buy 2 get 1', () => {
  const free = { kind: 'buyXGetY', scope: 'items', value: 10_000, buyQuantity: 2, getQuantity: 1 } as const;
  test.each([
    [0, 0],
    [2, 0],
    [3, 1],
    [5, 1],
    [6, 2],
    [999, 333],
  ])('makes of %i pieces %i free', (bought, given) => expect(freePieces(rule(free), bought)).toBe(given));

  test('reduces the cheapest pieces of all lines together', () => {
    expect(off(free, pieces([3, 500], [2, 200], [1, 300]))).toEqual([0, 400, 0]);
    expect(off(free, pieces([1, 500], [1, 200], [4, 300]))).toEqual([0, 200, 300]);
  });
  test('takes the line that comes first among equal prices', () => {
    expect(off(free, pieces([2, 300], [1, 300]))).toEqual([300, 0]);
  });
  test('takes of a line that is reduced already its share of what is left', () => {
    expect(off(free, pieces([3, 100]), [200])).toEqual([67]);
    expect(off({ ...free, value: 5_000 }, pieces([3, 100]))).toEqual([50]);
  });
});

describe('whatever is taken off', () => {
  const amount = fc.oneof(fc.nat(20), fc.nat(1_000_000), fc.nat(1_000_000_000));
  const goods = fc.array(fc.record({ quantity: fc.integer({ min: 1, max: 999 }), unitPrice: amount }), {
    maxLength: 12,
  });
  const kinds: fc.Arbitrary<Partial<PromotionRule>> = fc.oneof(
    fc.record({
      kind: fc.constant('percentage' as const),
      value: fc.integer({ min: 0, max: 10_000 }),
      maxDiscount: fc.option(amount),
    }),
    fc.record({ kind: fc.constant('fixed' as const), scope: fc.constantFrom('order', 'items'), value: amount }),
    fc.record({
      kind: fc.constant('buyXGetY' as const),
      scope: fc.constant('items' as const),
      value: fc.integer({ min: 0, max: 10_000 }),
      buyQuantity: fc.integer({ min: 1, max: 5 }),
      getQuantity: fc.integer({ min: 1, max: 5 }),
    }),
  );
  test('is at least nothing and at most what is left of each line, and by itself what it is worth', () => {
    fc.assert(
      fc.property(
        kinds,
        goods,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12 }),
        (kind, goods, kept) => {
          const whole = subtotals(goods);
          const left = whole.map((one, index) => Math.floor(one * (kept[index] ?? 1)));
          off(kind, goods, left).forEach((part, index) => {
            expect(part).toBeGreaterThanOrEqual(0);
            expect(part).toBeLessThanOrEqual(left[index] ?? 0);
          });
          const alone = off(kind, goods).reduce((sum, part) => sum + part, 0);
          expect(worthOf(rule(kind), all(goods), goods, whole)).toBe(alone);
        },
      ),
      { numRuns: 500 },
    );
  });
});
