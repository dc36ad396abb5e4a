import { describe, expect, test } from '@jest/globals';
import { CouponCode, couponKey, Id } from '@kervan/contracts';
import fc from 'fast-check';
import { drawCode } from './coupon.ts';
import { couponId } from './coupon.store.ts';

const plain = { prefix: '', length: 8 };

describe('the id of a coupon', () => {
  test('is the same for a code in any case, with any i of Turkish', () => {
    const ids = ['İndirim-ŞIK', 'indirim-şik', 'INDIRIM-ŞIK', 'ındırım-şık'].map((code) => couponId('shop', code));
    expect(new Set(ids).size).toBe(1);
  });

  test('is another for another code or another shop, and looks like an id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), fc.string(), (code, other) => {
        const id = couponId('shop', code);
        expect(Id.safeParse(id).success).toBe(true);
        expect(id === couponId('shop', other)).toBe(couponKey(code) === couponKey(other));
        expect(couponId('other-shop', code)).not.toBe(id);
      }),
    );
  });
});

describe('codes at random', () => {
  test('are those of their seed', () => {
    const drawn = (seed: string) => Array.from({ length: 100 }, (_, number) => drawCode(seed, number, plain));
    expect(drawn('one')).toEqual(drawn('one'));
    expect(new Set([...drawn('one'), ...drawn('other')]).size).toBe(200);
  });

  test('are of the length asked for after their prefix, and codes a coupon may have', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 24 }), fc.stringMatching(/^[A-Z0-9-]{0,20}$/), (length, prefix) => {
        const code = drawCode('seed', length, { prefix, length });
        expect(code).toMatch(new RegExp(`^${prefix}[BCDFGHJKMPQRTVWXY2346789]{${length}}$`));
        expect(CouponCode.parse(code)).toBe(code);
      }),
    );
  });

  test('have every letter at every place, none much more often than the others', () => {
    const codes = Array.from({ length: 24_000 }, (_, number) => drawCode('seed', number, plain));
    for (let place = 0; place < 8; place++) {
      const counts = Map.groupBy(codes, (code) => code[place]);
      expect(counts.size).toBe(24);
      // 1000 each; nine standard deviations to either side, and the seed is always the same.
      for (const { length } of counts.values()) expect(Math.abs(length - 1_000)).toBeLessThan(280);
    }
  });
});
