import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  allocate,
  decimalText,
  divideHalfAwayFromZero,
  exponentOf,
  includedTax,
  parseDecimal,
  portion,
  proportion,
  sum,
} from './index.ts';

const amount = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 }),
  fc.integer({ min: -100_000, max: 100_000 }),
);
const rate = fc.integer({ min: 0, max: 10_000 });
const currency = fc.constantFrom('TRY', 'JPY', 'KWD', 'HUF', 'CLF');

describe('exponents', () => {
  test.each([
    ['TRY', 2],
    ['JPY', 0],
    ['KWD', 3],
    ['HUF', 2],
    ['IQD', 3],
  ])('%s has %i decimals, as ISO 4217 says', (code, digits) => expect(exponentOf(code)).toBe(digits));

  test('every currency that the contracts accept has one', () => {
    for (const code of Intl.supportedValuesOf('currency')) expect(exponentOf(code)).toBeGreaterThanOrEqual(0);
  });

  test('what is no currency is a bug', () => expect(() => exponentOf('ABC')).toThrow(RangeError));
});

describe('decimal texts', () => {
  test.each([
    ['1299.90', 'TRY', 129_990],
    ['1299.9', 'TRY', 129_990],
    [' 0.05 ', 'TRY', 5],
    ['-3.10', 'TRY', -310],
    ['1299', 'JPY', 1_299],
    ['5', 'KWD', 5_000],
    ['-0', 'TRY', 0],
    ['90071992547409.91', 'TRY', 9_007_199_254_740_991],
  ])('%s %s is %i', (text, code, expected) => expect(parseDecimal(text, code)).toBe(expected));

  test.each([
    '',
    '.5',
    '5.',
    '1,50',
    '1.299,90',
    '1e3',
    '0x10',
    '1 000',
    '+1',
    '--1',
    'NaN',
    '١',
    '1.290',
    '90071992547409.92',
  ])('%j is not an amount in TRY', (text) => expect(parseDecimal(text, 'TRY')).toBeNull());

  test('what is written reads back the same', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), currency, (value, code) => {
        expect(parseDecimal(decimalText(value, code), code)).toBe(value);
      }),
    );
  });
});

describe('rounding', () => {
  test.each([
    [5n, 2n, 3n],
    [-5n, 2n, -3n],
    [5n, -2n, -3n],
    [7n, 3n, 2n],
    [-7n, 3n, -2n],
    [1n, 3n, 0n],
  ])('%i / %i is %i', (top, bottom, expected) => expect(divideHalfAwayFromZero(top, bottom)).toBe(expected));

  test('is never further than half from the exact quotient, and a half goes away from zero', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt({ min: 1n }), (top, bottom) => {
        const twiceOff = 2n * (divideHalfAwayFromZero(top, bottom) * bottom - top);
        expect(twiceOff >= -bottom && twiceOff <= bottom).toBe(true);
        if (twiceOff === bottom) expect(top > 0n).toBe(true);
        if (twiceOff === -bottom) expect(top < 0n).toBe(true);
      }),
    );
  });

  test('a division by zero throws', () => expect(() => divideHalfAwayFromZero(1n, 0n)).toThrow(RangeError));

  test('a portion is the same as with BigInt, over all safe integers', () => {
    fc.assert(
      fc.property(amount, rate, (value, basisPoints) => {
        const exact = divideHalfAwayFromZero(BigInt(value) * BigInt(basisPoints), 10_000n);
        expect(BigInt(portion(value, basisPoints))).toBe(exact);
      }),
      { numRuns: 2_000 },
    );
  });

  test('an included tax is the same as with BigInt, over all safe integers', () => {
    fc.assert(
      fc.property(amount, rate, (gross, basisPoints) => {
        const exact = divideHalfAwayFromZero(BigInt(gross) * BigInt(basisPoints), 10_000n + BigInt(basisPoints));
        expect(BigInt(includedTax(gross, basisPoints))).toBe(exact);
      }),
      { numRuns: 2_000 },
    );
  });

  test('20 % inside 1.299,90 is 216,65', () => expect(includedTax(129_990, 2_000)).toBe(21_665));

  test('a proportion is the same as with BigInt, for small and for huge ratios', () => {
    const part = fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }));
    const share = fc.tuple(part, part).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      fc.property(amount, share, (value, [numerator, denominator]) => {
        const exact = divideHalfAwayFromZero(BigInt(value) * BigInt(numerator), BigInt(denominator));
        expect(BigInt(proportion(value, numerator, denominator))).toBe(exact);
      }),
      { numRuns: 2_000 },
    );
  });

  test('a result beyond the safe integers throws', () => {
    expect(() => portion(Number.MAX_SAFE_INTEGER, 20_000)).toThrow(RangeError);
  });
});

describe('sum', () => {
  test('adds up', () => expect(sum([1, 2, -4])).toBe(-1));
  test('throws where it would no longer be exact, even when it comes back', () => {
    expect(() => sum([Number.MAX_SAFE_INTEGER, 1, -5])).toThrow(RangeError);
    expect(() => sum([0.5])).toThrow(RangeError);
  });
});

describe('allocation', () => {
  test.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [-100, [1, 1, 1], [-34, -33, -33]],
    [10, [0, 3, 0, 7], [0, 3, 0, 7]],
    [5, [0, 0], [3, 2]],
    [0, [1, 2], [0, 0]],
    [0, [], []],
    [7, [-1, -1], [4, 3]],
    [1, [1, 2, 2], [0, 1, 0]],
  ])('%i over %j is %j', (total, weights, expected) => expect(allocate(total, weights)).toEqual(expected));

  test('with nobody to give it to it throws', () => expect(() => allocate(1, [])).toThrow(RangeError));

  const weights = fc.array(fc.integer({ min: 0, max: 1_000_000_000_000 }), { minLength: 1, maxLength: 40 });

  test('adds up exactly and is never a unit off the exact share', () => {
    fc.assert(
      fc.property(amount, weights, (total, shares) => {
        const parts = allocate(total, shares);
        const whole = BigInt(sum(shares));
        expect(sum(parts)).toBe(total);
        if (whole === 0n) return;
        parts.forEach((part, index) => {
          const off = BigInt(part) * whole - BigInt(total) * BigInt(shares[index] ?? 0);
          expect(off > -whole && off < whole).toBe(true);
          if (shares[index] === 0) expect(part).toBe(0);
        });
      }),
    );
  });

  test('small numbers are split as huge ones are', () => {
    // The same split twice: a common factor of the weights moves no unit, but makes the products unsafe.
    const small = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 }), small, (total, shares) => {
        const huge = shares.map((share) => share * 10_000_000_000_000);
        expect(allocate(total, huge)).toEqual(allocate(total, shares));
      }),
      { numRuns: 2_000 },
    );
  });

  test('mixed signs still add up', () => {
    const signed = fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), signed, (total, shares) => {
        expect(sum(allocate(total, shares))).toBe(total);
      }),
    );
  });
});
