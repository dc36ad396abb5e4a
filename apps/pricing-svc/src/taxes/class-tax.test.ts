import { describe, expect, test } from '@jest/globals';
import { geozone, taxRate } from '../../test/builders.ts';
import { compileClassTax } from './class-tax.ts';
import { checkTaxRate } from './tax-rate.ts';

const amounts = (priced: number, ...rates: Parameters<typeof taxRate>[0][]) =>
  compileClassTax(rates.map(taxRate)).sharesOf(priced);

describe('taxes of one class', () => {
  test('inside the price: gross * rate / (1 + rate)', () => {
    expect(amounts(129_990, { id: 'kdv', rate: 2_000 })).toEqual([{ base: 108_325, amount: 21_665 }]);
  });

  test('on top of the price', () => {
    expect(amounts(10_000, { id: 'kdv', rate: 1_000, included: false })).toEqual([{ base: 10_000, amount: 1_000 }]);
  });

  test('two on top, the second on the first as well: Quebec before 2013', () => {
    const gst = { id: 'gst', rate: 500, included: false };
    const qst = { id: 'qst', rate: 950, included: false, compound: true, priority: 1 };
    expect(amounts(10_000, qst, gst)).toEqual([
      { base: 10_000, amount: 500 },
      { base: 10_500, amount: 998 }, // 997.5
    ]);
  });

  test('a compound rate does not build on its equals', () => {
    const plain = { id: 'a', rate: 1_000, included: false, priority: 1 };
    const compound = { id: 'b', rate: 1_000, included: false, compound: true, priority: 1 };
    expect(amounts(10_000, plain, compound)).toEqual([
      { base: 10_000, amount: 1_000 },
      { base: 10_000, amount: 1_000 },
    ]);
  });

  test('two inside: ÖTV, and KDV on the price with ÖTV', () => {
    const otv = { id: 'otv', rate: 5_000, priority: 0 };
    const kdv = { id: 'kdv', rate: 2_000, compound: true, priority: 1 };
    expect(amounts(18_000, kdv, otv)).toEqual([
      { base: 10_000, amount: 5_000 },
      { base: 15_000, amount: 3_000 },
    ]);
  });

  test('many inside a tiny price never take more than there is', () => {
    const rates = [1, 2, 3, 4, 5].map((index) => ({ id: `t${index}`, rate: 10_000 }));
    for (let priced = 0; priced < 50; priced++) {
      const shares = amounts(priced, ...rates);
      const inside = shares.reduce((total, { amount }) => total + amount, 0);
      expect(shares[0]?.base).toBe(priced - inside);
      expect(inside).toBeLessThanOrEqual(priced);
    }
  });

  test('one inside, one on top: both on the net', () => {
    const inside = { id: 'a', rate: 2_000 };
    const onTop = { id: 'b', rate: 1_000, included: false, priority: 1 };
    expect(amounts(12_000, inside, onTop)).toEqual([
      { base: 10_000, amount: 2_000 },
      { base: 10_000, amount: 1_000 },
    ]);
  });
});

describe('rates of one class in one geozone', () => {
  const others = [1, 2, 3, 4].map((index) => taxRate({ id: `t${index}`, compound: index < 3 }));
  const codes = (given: Parameters<typeof taxRate>[0], there = others) =>
    checkTaxRate(taxRate(given), { geozones: [geozone({ id: 'turkey' })], taxRates: there }).map(({ code }) => code);

  test('are at most five, two of them compound', () => {
    expect(codes({ id: 'new' })).toEqual([]);
    expect(codes({ id: 'new', compound: true })).toEqual(['too_many_compound_rates']);
    expect(codes({ id: 'new' }, [...others, taxRate({ id: 't5' })])).toEqual(['too_many_rates']);
    expect(codes({ id: 't1', compound: true })).toEqual([]);
    expect(codes({ id: 'new', compound: true, taxClass: 'reduced' })).toEqual([]);
    expect(codes({ id: 'new', geozoneId: 'nowhere' })).toEqual(['unknown_geozone']);
  });
});
