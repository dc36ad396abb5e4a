import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { plainDecimal, withoutZeros } from './decimal.ts';

describe('a number of a file', () => {
  it.each([
    ['1299', '1299'],
    ['1299.9', '1299.9'],
    ['1.290', '1.290'],
    ['1299,90', '1299.90'],
    ['0,5', '0.5'],
    ['-3,10', '-3.10'],
    ['1.299,90', '1299.90'],
    ['1.299.900,5', '1299900.5'],
    ['1,299.90', '1299.90'],
    ['1.299.900', '1299900'],
    ['1,299,900', '1299900'],
    ['1.299,900', '1299.900'],
  ])('%s is %s', (text, plain) => expect(plainDecimal(text)).toBe(plain));

  it.each(['', '1,299', ',5', '5,', '1.29,90', '1,29.90', '1.2.3', '1 299', '12.34.567', '₺5', '1e3', '--1', '٣'])(
    '%j is none that can be read in one way only',
    (text) => expect(plainDecimal(text)).toBeNull(),
  );

  it('is the same however a language writes it', () => {
    const amount = fc.integer({ min: 0, max: 99_999_999_999 });
    fc.assert(
      fc.property(amount, fc.constantFrom('tr', 'en', 'de', 'en-US'), fc.boolean(), (minor, language, useGrouping) => {
        const text = new Intl.NumberFormat(language, { minimumFractionDigits: 2, useGrouping }).format(minor / 100);
        expect(plainDecimal(text)).toBe((minor / 100).toFixed(2));
      }),
    );
  });

  it('has no zeros that say nothing', () => {
    expect(['1299.00', '9.90', '9.9900', '1299', '100', '1.290', '0.0'].map(withoutZeros)).toEqual([
      '1299',
      '9.9',
      '9.99',
      '1299',
      '100',
      '1.290',
      '0',
    ]);
  });
});
