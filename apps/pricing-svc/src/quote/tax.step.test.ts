import { describe, expect, test } from '@jest/globals';
import type { QuoteRequest } from '@kervan/contracts';
import { feeRule, line, promotion, taxRate } from '../../test/builders.ts';
import { berlin, kdv10, kdv20, mwst, quote, shop, whyNot } from '../../test/shop.ts';

const lines = [line({ unitPrice: 120_000 })];

describe('a company that is exempt', () => {
  const exempt = { ...kdv20, companiesExempt: true };
  const rules = shop({
    taxRates: [exempt, kdv10, { ...mwst, companiesExempt: true }],
    feeRules: [feeRule({ code: 'fee', amount: 1_200 })],
  });
  const company: Partial<QuoteRequest> = { lines, company: true, shippingMethod: 'standard' };

  test('gets an included tax out of goods, shipping and fees', () => {
    const answer = quote(company, rules);
    expect(answer).toMatchObject({
      subtotal: 120_000,
      discount: 20_000,
      shipping: 4_990 - 832,
      feesTotal: 1_000,
      taxTotal: 0,
      tax: [],
      total: 100_000 + 4_158 + 1_000,
    });
    expect(answer.lines[0]).toMatchObject({
      discount: 20_000,
      discounts: [{ rule: 'kdv20', amount: 20_000 }],
      tax: { rate: 0, amount: 0, included: false },
      total: 100_000,
    });
    expect(answer.shippingMethod).toMatchObject({ amount: 4_158, discount: 0 });
    expect(answer.breakdown.filter(({ kind }) => kind === 'discount' || kind === 'tax')).toEqual([
      {
        rule: 'kdv20',
        kind: 'discount',
        target: 'order',
        amount: -21_032,
        note: { tr: 'KDV %20 muafiyeti', en: 'VAT 20 % exemption' },
      },
    ]);
    expect([whyNot(answer, 'kdv20'), whyNot(answer, 'kdv10')]).toEqual(['company_exempt', 'class_not_used']);
  });

  test('does not get an added tax on top', () => {
    const answer = quote({ lines, company: true, destination: berlin }, rules);
    expect(answer).toMatchObject({ total: 121_200, taxTotal: 0, discount: 0 });
    expect(whyNot(answer, 'mwst')).toBe('company_exempt');
    expect(answer.breakdown.map(({ kind }) => kind)).toEqual(['items', 'fee']);
  });

  test('pays the other taxes of a class as they are reckoned with all', () => {
    const luxury = taxRate({ id: 'luxury', rate: 5_000, name: 'ÖTV' });
    const compound = { ...exempt, compound: true, priority: 1 };
    const both = shop({ taxRates: [luxury, compound] });
    const person = quote({ lines: [line({ unitPrice: 180_000 })] }, both);
    const answer = quote({ lines: [line({ unitPrice: 180_000 })], company: true }, both);
    expect(person.taxIncluded).toBe(80_000);
    expect(answer).toMatchObject({
      discount: 30_000,
      total: 150_000,
      tax: [{ name: 'ÖTV', rate: 5_000, base: 100_000, amount: 50_000 }],
    });
    expect(answer.lines[0]?.tax).toEqual({ rate: 5_000, amount: 50_000, included: true });
  });

  test('pays as a person where its shop exempts nobody', () => {
    const plain = shop();
    expect(quote(company, plain)).toEqual(quote({ ...company, company: false }, plain));
    expect(quote({ ...company, company: false }, rules).taxTotal).toBe(21_032);
  });

  test('is exempt of what promotions left', () => {
    const answer = quote({ lines, company: true }, { ...rules, feeRules: [], promotions: [promotion({ id: 'sale' })] });
    expect(answer.lines[0]?.discounts).toEqual([
      { rule: 'sale', amount: 12_000 },
      { rule: 'kdv20', amount: 18_000 },
    ]);
    expect(answer).toMatchObject({ discount: 30_000, total: 90_000 });
  });
});
