import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decimalText, exponentOf, formatMoney, money } from './index.ts';

const intl = (amount: number, currency: string, language: string): string => {
  const digits = exponentOf(currency);
  const options = {
    style: 'currency',
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  } as const;
  return new Intl.NumberFormat(language, options).format(decimalText(amount, currency));
};

describe('money as text', () => {
  test.each([
    [129_990, 'TRY', 'tr', '₺1.299,90'],
    [-5, 'TRY', 'tr', '-₺0,05'],
    [-0, 'TRY', 'tr', '₺0,00'],
    [1_299, 'JPY', 'en', '¥1,299'],
    [129_990, 'USD', 'en', '$1,299.90'],
    [1_299_900, 'KWD', 'en', 'KWD\u00a01,299.900'],
    [129_990, 'EUR', 'de', '1.299,90\u00a0€'],
    [129_990, 'EUR', 'es', '1299,90\u00a0€'],
    [12_345_678_900, 'INR', 'en-IN', '₹12,34,56,789.00'],
    [129_990, 'HUF', 'tr', 'HUF\u00a01.299,90'],
  ])('%i %s in %s is %s', (amount, currency, language, text) => {
    expect(formatMoney(amount, currency, language)).toBe(text);
  });

  test('an unknown language reads English', () => {
    expect(formatMoney(129_990, 'USD', 'xx')).toBe('$1,299.90');
    expect(formatMoney(129_990, 'USD', '*;q=')).toBe('$1,299.90');
    expect(formatMoney(129_990, 'USD', '')).toBe('$1,299.90');
  });

  test('what is no amount or no currency is a bug', () => {
    expect(() => formatMoney(1.5, 'TRY', 'tr')).toThrow(RangeError);
    expect(() => formatMoney(Number.NaN, 'TRY', 'tr')).toThrow(RangeError);
    expect(() => formatMoney(1, 'ABC', 'tr')).toThrow(RangeError);
  });

  test('is what Intl writes, in every language and currency', () => {
    const languages = [
      'tr',
      'en',
      'de',
      'de-CH',
      'fr',
      'es',
      'pl',
      'pt',
      'ar',
      'ar-EG',
      'fa',
      'hi',
      'bn',
      'en-IN',
      'ja',
    ];
    fc.assert(
      fc.property(
        fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -10_000_000, max: 10_000_000 })),
        fc.constantFrom('TRY', 'USD', 'EUR', 'JPY', 'KWD', 'HUF', 'CLF', 'INR'),
        fc.constantFrom(...languages),
        (amount, currency, language) => {
          expect(formatMoney(amount, currency, language)).toBe(intl(amount, currency, language));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  test('comes with its amount and currency', () => {
    expect(money(129_990, 'TRY', 'tr')).toEqual({ amount: 129_990, currency: 'TRY', formatted: '₺1.299,90' });
  });

  test('stays right when more languages are asked for than are kept', () => {
    const regions = Array.from({ length: 26 * 26 }, (_, index) =>
      String.fromCharCode(65 + Math.floor(index / 26), 65 + (index % 26)),
    );
    for (const region of regions) {
      expect(formatMoney(100, 'JPY', `ja-${region}`)).toBe('￥100');
      expect(formatMoney(100, 'USD', `ja-${region}`)).toBe('$1.00');
    }
  });
});
