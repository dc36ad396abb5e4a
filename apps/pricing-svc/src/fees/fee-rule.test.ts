import { describe, expect, test } from '@jest/globals';
import { FeeRule, FeeRuleInput, FeeRulePatch } from '@kervan/contracts';
import type { z } from 'zod';
import { feeRule, geozone, shippingMethod } from '../../test/builders.ts';
import { refusalOf, ruleOf } from '../../test/changes.ts';
import { NO_RULES, type RuleSet } from '../rules/rule-set.ts';
import { addFeeRule, changeFeeRule, removeFeeRule } from './fee-rule.changes.ts';

const wrap = feeRule({ code: 'wrap', amount: 1_000 });
const rated = feeRule({
  code: 'rated',
  rate: 200,
  min: 500,
  max: 5_000,
  when: { minSubtotal: 100, geozoneId: 'turkey' },
});
const rules: RuleSet = {
  ...NO_RULES,
  geozones: [geozone({ id: 'turkey' })],
  shippingMethods: [shippingMethod({ code: 'express' })],
  feeRules: [wrap, rated],
};
const add = (input: z.input<typeof FeeRuleInput>) =>
  addFeeRule(rules, 'fee_new', { rule: FeeRuleInput.parse(input), defaultCurrency: 'TRY' });
const change = (id: string, patch: z.input<typeof FeeRulePatch>) =>
  changeFeeRule(rules, { id, patch: FeeRulePatch.parse(patch) });

describe('a fee rule that is made', () => {
  test('says what was left out: null, the shop’s currency, refundable, not optional', () => {
    const rule = ruleOf(add({ code: 'cod', name: 'Cash', amount: 100 }));
    expect(rule).toEqual({
      id: 'fee_new',
      code: 'cod',
      name: 'Cash',
      when: { paymentMethod: null, geozoneId: null, minSubtotal: null, maxSubtotal: null, shippingMethod: null },
      amount: 100,
      rate: null,
      min: null,
      max: null,
      currency: 'TRY',
      taxClass: null,
      optional: false,
      refundable: true,
      enabled: true,
      version: 1,
    });
    expect(FeeRule.parse(rule)).toEqual(rule);
  });

  const fee = { code: 'new', name: 'New' };
  test.each([
    ['neither amount nor rate', { ...fee }, ['amount amount_or_rate_required']],
    ['both', { ...fee, amount: 1, rate: 1 }, ['amount amount_and_rate', 'rate amount_and_rate']],
    ['limits of an amount', { ...fee, amount: 1, min: 1, max: 2 }, ['min rate_required', 'max rate_required']],
    ['limits in the wrong order', { ...fee, rate: 1, min: 2, max: 1 }, ['max limits_reversed']],
    [
      'subtotals in the wrong order',
      { ...fee, amount: 1, when: { minSubtotal: 2, maxSubtotal: 1 } },
      ['when.maxSubtotal limits_reversed'],
    ],
    ['an unknown geozone', { ...fee, amount: 1, when: { geozoneId: 'mars' } }, ['when.geozoneId unknown_geozone']],
    [
      'an unknown shipping method',
      { ...fee, amount: 1, when: { shippingMethod: 'rocket' } },
      ['when.shippingMethod unknown_shipping_method'],
    ],
    ['the code of the installment fee', { ...fee, code: 'installments', amount: 1 }, ['code code_reserved']],
    ['a taken code', { ...fee, code: 'wrap', amount: 1 }, 'code_taken'],
  ])('is refused with %s', (_, input, expected) => expect(refusalOf(add(input))).toEqual(expected));

  test('may have equal limits, and all conditions', () => {
    const when = {
      paymentMethod: 'cash_on_delivery',
      geozoneId: 'turkey',
      minSubtotal: 5,
      maxSubtotal: 5,
      shippingMethod: 'express',
    };
    expect(ruleOf(add({ ...fee, rate: 0, min: 5, max: 5, when })).when).toEqual(when);
  });

  test('under an id that is there stays as it is', () => {
    const again = addFeeRule(rules, wrap.id, {
      rule: FeeRuleInput.parse({ ...fee, amount: 7 }),
      defaultCurrency: 'EUR',
    });
    expect(again).toEqual({ ok: true, value: { rules, rule: wrap } });
  });
});

describe('a fee rule that is changed', () => {
  test('keeps what is not named, loses what is null', () => {
    expect(ruleOf(change(rated.id, { name: 'Other' }))).toEqual({ ...rated, name: 'Other', version: 2 });
    expect(ruleOf(change(rated.id, { min: null, max: null, taxClass: 'reduced' }))).toEqual({
      ...rated,
      min: null,
      max: null,
      taxClass: 'reduced',
      version: 2,
    });
  });

  test('has its conditions replaced as a whole', () => {
    const { when } = ruleOf(change(rated.id, { when: { paymentMethod: 'card' } }));
    expect(when).toEqual({ ...wrap.when, paymentMethod: 'card' });
  });

  test('changes from rate to amount and back only when the other is taken away', () => {
    expect(refusalOf(change(rated.id, { amount: 900 }))).toEqual(['amount amount_and_rate', 'rate amount_and_rate']);
    expect(refusalOf(change(rated.id, { amount: 900, rate: null }))).toEqual([
      'min rate_required',
      'max rate_required',
    ]);
    const fixed = ruleOf(change(rated.id, { amount: 900, rate: null, min: null, max: null }));
    expect(fixed).toMatchObject({ amount: 900, rate: null, min: null, max: null });
    expect(ruleOf(change(wrap.id, { amount: null, rate: 100, min: 5 }))).toMatchObject({
      amount: null,
      rate: 100,
      min: 5,
    });
    expect(refusalOf(change(wrap.id, { amount: null }))).toEqual(['amount amount_or_rate_required']);
  });

  test('is refused what it could not be made with, and in another version', () => {
    expect(refusalOf(change(wrap.id, { code: 'rated' }))).toBe('code_taken');
    expect(refusalOf(change(wrap.id, { when: { geozoneId: 'mars' } }))).toEqual(['when.geozoneId unknown_geozone']);
    expect(refusalOf(change('fee_none', { name: 'x' }))).toBe('not_found');
    expect(refusalOf(changeFeeRule(rules, { id: wrap.id, patch: {}, expectedVersion: 2 }))).toBe('precondition_failed');
    expect(refusalOf(removeFeeRule(rules, { id: wrap.id, expectedVersion: 2 }))).toBe('precondition_failed');
    expect(refusalOf(removeFeeRule(rules, { id: 'fee_none' }))).toBe('not_found');
  });
});
