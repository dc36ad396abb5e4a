import { describe, expect, test } from '@jest/globals';
import type { InstallmentTable, PaymentPrice, QuoteRequest } from '@kervan/contracts';
import { feeRule, installmentTable, line, NOW, promotion, request } from '../../test/builders.ts';
import { berlin, quote, shop, valueOf, whyNot } from '../../test/shop.ts';
import { compileRules } from '../rules/compiled-rules.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { paymentPricesOf } from './payment-prices.ts';
import { NOTHING_USED } from './standing.ts';

const lines = [line({ unitPrice: 100_000 })];
const card = { provider: 'stripe', method: 'card' };
const cod = { provider: 'cash_on_delivery', method: 'cash_on_delivery' };
const table = installmentTable({ provider: 'stripe' });
const withTable = (given: Partial<InstallmentTable> = {}): RuleSet =>
  shop({ installmentTables: [{ ...table, ...given }] });
const paying = (installments: number, given: Partial<QuoteRequest> = {}): Partial<QuoteRequest> => ({
  lines,
  payment: { ...card, installments },
  ...given,
});

describe('installments', () => {
  test('add a fee with a tax of its own', () => {
    const answer = quote(paying(3), withTable());
    expect(answer.fees).toEqual([
      {
        code: 'installments',
        name: { tr: 'Taksit farkı', en: 'Installment fee' },
        amount: 3_000,
        tax: { rate: 2_000, amount: 500, included: true },
        refundable: true,
      },
    ]);
    expect(answer).toMatchObject({ total: 103_000, taxTotal: 17_167, problems: [] });
    expect(answer.considered).toContainEqual({ rule: 'installments', kind: 'fee', applied: true, amount: 3_000 });
  });
  test('are reckoned on everything else with its tax, and taxed on top where tax is', () => {
    const answer = quote(paying(3, { destination: berlin }), withTable());
    expect(answer).toMatchObject({ feesTotal: 3_570, taxTotal: 19_000 + 678, total: 119_000 + 3_570 + 678 });
  });
  test('add nothing in one, or where the provider has no table', () => {
    const plain = quote(paying(1), shop());
    expect(quote(paying(1), withTable())).toEqual(plain);
    expect(quote(paying(3), shop())).toEqual(plain);
    expect(quote(paying(3, { payment: { ...cod, installments: 3 } }), withTable())).toEqual(plain);
  });
  test('that cost nothing are no fee', () => {
    const answer = quote(paying(3), withTable({ rows: [{ installments: 3, rate: 0 }] }));
    expect(answer).toMatchObject({ fees: [], problems: [], total: 100_000 });
    expect(whyNot(answer, 'installments')).toBe('zero');
  });
  test.each<[string, number, Partial<InstallmentTable>]>([
    ['a number that is not in the table', 5, {}],
    ['a table that is switched off', 3, { enabled: false }],
    ['too small a total', 3, { minTotal: 100_001 }],
    ['another currency', 3, { minTotal: 1, currency: 'EUR' }],
  ])('are refused for %s', (_, installments, given) => {
    const answer = quote(paying(installments), withTable(given));
    expect(answer).toMatchObject({ fees: [], total: 100_000, problems: [{ code: 'payment_method_unavailable' }] });
    expect(whyNot(answer, 'installments')).toBe('installments_unavailable');
  });
  test('without amounts are for any currency, and from the least total on', () => {
    expect(quote(paying(3, { currency: 'EUR' }), withTable()).feesTotal).toBe(3_000);
    expect(quote(paying(3), withTable({ minTotal: 100_000 })).feesTotal).toBe(3_000);
  });
});

describe('what ways to pay come to', () => {
  const prices = (given: Partial<QuoteRequest>, rules: RuleSet): PaymentPrice[] =>
    valueOf(paymentPricesOf(request(given), [card, cod], compileRules(rules), NOTHING_USED, NOW)).prices;

  test('is a total each, with the fees that only this way has', () => {
    const rules = shop({
      feeRules: [
        feeRule({ code: 'cod', amount: 2_500, when: { paymentMethod: 'cash_on_delivery' } }),
        feeRule({ code: 'packaging', amount: 500 }),
      ],
    });
    expect(prices({ lines }, rules)).toMatchObject([
      { ...card, total: 100_500, fees: [], installments: [] },
      { ...cod, total: 103_000, fees: [{ code: 'cod', amount: 2_500 }], installments: [] },
    ]);
  });
  test('tells each number of installments that is offered', () => {
    const rows = [
      { installments: 3, rate: 300 },
      { installments: 6, rate: 0 },
    ];
    const [first] = prices({ lines, destination: berlin }, withTable({ rows }));
    // 3.570 of 119.000, and 678 of tax on it
    expect(first?.installments).toEqual([
      { installments: 3, fee: 4_248, first: 41_083, total: 123_248 },
      { installments: 6, fee: 0, first: 19_834, total: 119_000 },
    ]);
    expect(prices({ lines }, withTable({ minTotal: 100_001 }))[0]?.installments).toEqual([]);
  });
  test('is what a quote with this way to pay says', () => {
    const rules = withTable();
    for (const price of prices({ lines }, rules)) {
      const { provider, method } = price;
      for (const { installments, total } of [{ installments: 1, total: price.total }, ...price.installments]) {
        expect(quote({ lines, payment: { provider, method, installments } }, rules).total).toBe(total);
      }
    }
  });
  test('says what has to be known of the buyer to price them', () => {
    const first = promotion({ id: 'first', conditions: { firstOrder: true } });
    const asked = (firstOrder: boolean | null, choices: readonly { provider: string; method: string }[]) => {
      const rules = compileRules(shop({ promotions: [first] }));
      const answer = valueOf(paymentPricesOf(request({ lines, firstOrder }), choices, rules, NOTHING_USED, NOW));
      return [answer.prices.map(({ total }) => total), answer.unknown];
    };
    expect(asked(null, [card, cod])).toEqual([[100_000, 100_000], ['firstOrder']]);
    expect(asked(true, [card, cod])).toEqual([[90_000, 90_000], []]);
    expect(asked(false, [card, cod])).toEqual([[100_000, 100_000], []]);
    expect(asked(null, [])).toEqual([[], ['firstOrder']]);
  });
  test('is refused where a quote is', () => {
    const dear = request({ lines: [line({ unitPrice: 1_000_000_000_000, quantity: 2 })] });
    expect(paymentPricesOf(dear, [card], compileRules(shop()), NOTHING_USED, NOW)).toMatchObject({
      error: { code: 'invalid_input' },
    });
  });
});
