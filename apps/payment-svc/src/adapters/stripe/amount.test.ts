import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fromStripeAmount, toStripeAmount } from './amount.ts';

describe('amounts as Stripe counts them', () => {
  test.each([
    ['TRY', 129_990, 129_990],
    ['EUR', 1, 1],
    ['JPY', 1_300, 1_300],
    ['KWD', 12_340, 12_340],
    // Whole units by ISO 4217, written with two decimals by Stripe.
    ['ISK', 500, 50_000],
    ['UGX', 500, 50_000],
    // Hundredths by ISO 4217, whole units at Stripe.
    ['MGA', 500, 5],
  ])('%s: %d is %d', (currency, ours, theirs) => {
    expect(toStripeAmount(ours, currency)).toBe(theirs);
    expect(fromStripeAmount(theirs, currency)).toBe(ours);
  });

  test.each([
    ['KWD', 1_234],
    ['MGA', 501],
    ['TRY', 0.5],
    ['ISK', Number.MAX_SAFE_INTEGER],
  ])('%s: %d cannot be said there', (currency, amount) => {
    expect(() => toStripeAmount(amount, currency)).toThrow();
  });

  test('there and back is the same, and what is not the same never looks like it', () => {
    const currency = fc.constantFrom('TRY', 'EUR', 'USD', 'JPY', 'KWD', 'BHD', 'ISK', 'UGX', 'MGA', 'HUF', 'CLP');
    fc.assert(
      fc.property(
        currency,
        fc.integer({ min: 1, max: 99_999_999 }),
        fc.integer({ min: 1, max: 9 }),
        (code, units, off) => {
          const amount = units * 100;
          const theirs = toStripeAmount(amount, code);
          expect(fromStripeAmount(theirs, code)).toBe(amount);
          expect(fromStripeAmount(theirs + off, code)).not.toBe(amount);
        },
      ),
    );
  });
});
