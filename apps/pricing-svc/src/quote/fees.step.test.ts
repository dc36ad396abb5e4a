import { describe, expect, test } from '@jest/globals';
import type { FeeRule, QuoteRequest } from '@kervan/contracts';
import { feeRule, line, promotion } from '../../test/builders.ts';
import { berlin, quote, shop, whyNot } from '../../test/shop.ts';

const one = [line({ unitPrice: 100_000 })];
const onDelivery = { provider: 'cash_on_delivery', method: 'cash_on_delivery', installments: 1 };
const card = { provider: 'stripe', method: 'card', installments: 1 };
const withFees = (...feeRules: FeeRule[]) => shop({ feeRules });

describe('a fee', () => {
  test('is a row of its own, taxed by its class', () => {
    const rule = feeRule({ code: 'cod', amount: 2_400, when: { paymentMethod: 'cash_on_delivery' } });
    const answer = quote({ lines: one, payment: onDelivery }, withFees(rule));
    expect(answer.fees).toEqual([
      {
        code: 'cod',
        name: { tr: 'cod ücreti', en: 'cod fee' },
        amount: 2_400,
        tax: { rate: 2_000, amount: 400, included: true },
        refundable: true,
      },
    ]);
    expect(answer).toMatchObject({ feesTotal: 2_400, total: 102_400, taxTotal: 16_667 + 400, extras: [] });
    expect(answer.breakdown[1]).toEqual({
      rule: 'cod',
      kind: 'fee',
      target: 'fees',
      amount: 2_400,
      note: { tr: 'cod ücreti', en: 'cod fee' },
    });
    expect(answer.considered).toContainEqual({ rule: 'cod', kind: 'fee', applied: true, amount: 2_400 });
    const reduced = quote({ lines: one, payment: onDelivery }, withFees({ ...rule, taxClass: 'reduced' }));
    expect(reduced.fees[0]?.tax).toEqual({ rate: 1_000, amount: 218, included: true });
  });

  test('is taxed on top where tax is', () => {
    const answer = quote({ lines: one, destination: berlin }, withFees(feeRule({ code: 'packaging' })));
    expect(answer).toMatchObject({ feesTotal: 1_000, taxTotal: 19_190, total: 120_190 });
  });

  test.each([
    [{ rate: 250 }, 2_250],
    [{ rate: 250, min: 5_000 }, 5_000],
    [{ rate: 250, max: 1_500 }, 1_500],
    [{ amount: 700 }, 700],
  ])('%j of goods after discount comes to %i', (given, amount) => {
    const rules = shop({ promotions: [promotion({ id: 'sale' })], feeRules: [feeRule({ code: 'fee', ...given })] });
    expect(quote({ lines: one }, rules).feesTotal).toBe(amount);
  });

  test('stands in the order of codes', () => {
    const rules = withFees(feeRule({ code: 'b' }), feeRule({ code: 'a' }), feeRule({ code: 'off', enabled: false }));
    const answer = quote({ lines: one }, rules);
    expect(answer.fees.map(({ code }) => code)).toEqual(['a', 'b']);
    expect(answer.considered.some(({ rule }) => rule === 'off')).toBe(false);
  });

  test.each<[string, Omit<Parameters<typeof feeRule>[0], 'code'>, Partial<QuoteRequest>]>([
    ['no_payment', { when: { paymentMethod: 'card' } }, {}],
    ['other_payment', { when: { paymentMethod: 'card' } }, { payment: onDelivery }],
    ['no_address', { when: { geozoneId: 'turkey' } }, { destination: null }],
    ['outside_zone', { when: { geozoneId: 'germany' } }, {}],
    ['below_minimum', { when: { minSubtotal: 100_001 } }, {}],
    ['above_maximum', { when: { maxSubtotal: 99_999 } }, {}],
    ['other_shipping', { when: { shippingMethod: 'standard' } }, {}],
    ['other_currency', { currency: 'EUR' }, {}],
    ['other_currency', { currency: 'EUR', rate: 100, when: { minSubtotal: 500_000 } }, {}],
    ['not_chosen', { optional: true }, {}],
    ['zero', { amount: 0 }, {}],
    ['zero', { rate: 100 }, { lines: [line({ unitPrice: 0 })] }],
  ])('does not apply: %s', (reason, given, asked) => {
    const answer = quote({ lines: one, ...asked }, withFees(feeRule({ code: 'fee', ...given })));
    expect(whyNot(answer, 'fee')).toBe(reason);
    expect(answer).toMatchObject({ fees: [], feesTotal: 0, problems: [] });
  });

  test.each<[string, Omit<Parameters<typeof feeRule>[0], 'code'>, Partial<QuoteRequest>]>([
    ['the method', { when: { paymentMethod: 'card' } }, { payment: card }],
    ['the provider', { when: { paymentMethod: 'stripe' } }, { payment: card }],
    ['a geozone that is not the closest', { when: { geozoneId: 'turkey' } }, {}],
    ['both ends of the goods', { when: { minSubtotal: 100_000, maxSubtotal: 100_000 } }, {}],
    ['the shipping that is priced', { when: { shippingMethod: 'standard' } }, { shippingMethod: 'standard' }],
    ['a rate in any currency', { currency: 'EUR', rate: 100 }, {}],
  ])('applies by %s', (_, given, asked) => {
    const answer = quote({ lines: one, ...asked }, withFees(feeRule({ code: 'fee', ...given })));
    expect(answer.feesTotal).toBeGreaterThan(0);
  });
});

describe('an optional fee', () => {
  const wrap = feeRule({ code: 'wrap', optional: true, when: { maxSubtotal: 100_000 } });
  test('is offered with its price, and there for who asks', () => {
    const offered = { code: 'wrap', name: wrap.name, amount: 1_000 };
    const without = quote({ lines: one, extras: ['nonsense'] }, withFees(wrap));
    expect(without).toMatchObject({ feesTotal: 0, extras: [{ ...offered, chosen: false }], problems: [] });
    const chosen = quote({ lines: one, extras: ['wrap', 'wrap'] }, withFees(wrap));
    expect(chosen).toMatchObject({ feesTotal: 1_000, extras: [{ ...offered, chosen: true }] });
  });
  test('is not offered where it does not fit, not even to who asks', () => {
    const answer = quote({ lines: [line({ unitPrice: 100_001 })], extras: ['wrap'] }, withFees(wrap));
    expect(answer).toMatchObject({ fees: [], extras: [], problems: [] });
    expect(whyNot(answer, 'wrap')).toBe('above_maximum');
  });
});
