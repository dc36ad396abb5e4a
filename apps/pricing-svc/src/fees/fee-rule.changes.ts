import { fail, type FeeRule, type FeeRuleInput, type FeeRulePatch, invalid, ok } from '@kervan/contracts';
import type { z } from 'zod';
import { given } from '../rules/patch.ts';
import { type Change, findRule, type Named, removeRule, replaceRule, type RuleSet } from '../rules/rule-set.ts';
import { checkFeeRule } from './fee-rule.ts';

type Patch = z.output<typeof FeeRulePatch>;

const save = (rules: RuleSet, rule: FeeRule, feeRules: readonly FeeRule[]): Change<FeeRule> => {
  const problems = checkFeeRule(rule, rules);
  if (problems.length > 0) return invalid(problems);
  if (rules.feeRules.some(({ id, code }) => id !== rule.id && code === rule.code)) {
    return fail('code_taken', { code: rule.code });
  }
  return ok({ rules: { ...rules, feeRules }, rule });
};

const conditionsOf = (when: NonNullable<Patch['when']>): FeeRule['when'] => ({
  paymentMethod: when.paymentMethod ?? null,
  geozoneId: when.geozoneId ?? null,
  minSubtotal: when.minSubtotal ?? null,
  maxSubtotal: when.maxSubtotal ?? null,
  shippingMethod: when.shippingMethod ?? null,
});

const patched = (before: FeeRule, patch: Patch): FeeRule => ({
  id: before.id,
  code: patch.code ?? before.code,
  name: patch.name ?? before.name,
  when: patch.when === undefined ? before.when : conditionsOf(patch.when),
  amount: given(patch.amount, before.amount),
  rate: given(patch.rate, before.rate),
  min: given(patch.min, before.min),
  max: given(patch.max, before.max),
  currency: patch.currency ?? before.currency,
  taxClass: given(patch.taxClass, before.taxClass),
  optional: patch.optional ?? before.optional,
  refundable: patch.refundable ?? before.refundable,
  enabled: patch.enabled ?? before.enabled,
  version: before.version + 1,
});

/**
 * Adds a fee rule; without a currency its amounts are in `defaultCurrency`. One that is there already stays as it is.
 * code_taken, invalid_input
 */
export const addFeeRule = (
  rules: RuleSet,
  id: string,
  { rule: input, defaultCurrency }: { rule: z.output<typeof FeeRuleInput>; defaultCurrency: string },
): Change<FeeRule> => {
  const made = findRule(rules.feeRules, id);
  if (made.ok) return ok({ rules, rule: made.value });
  const rule: FeeRule = {
    id,
    ...input,
    when: conditionsOf(input.when),
    amount: input.amount ?? null,
    rate: input.rate ?? null,
    min: input.min ?? null,
    max: input.max ?? null,
    currency: input.currency ?? defaultCurrency,
    taxClass: input.taxClass ?? null,
    version: 1,
  };
  return save(rules, rule, [...rules.feeRules, rule]);
};

/**
 * Changes the fields given, `when` as a whole. Who gives a rated fee an amount takes the rate away with null, and the
 * other way round. not_found, precondition_failed, code_taken, invalid_input
 */
export const changeFeeRule = (
  rules: RuleSet,
  { id, patch, expectedVersion }: Named & { patch: Patch },
): Change<FeeRule> => {
  const found = findRule(rules.feeRules, id, expectedVersion);
  if (!found.ok) return found;
  const rule = patched(found.value, patch);
  return save(rules, rule, replaceRule(rules.feeRules, rule));
};

/** Takes a fee rule away. not_found, precondition_failed */
export const removeFeeRule = (rules: RuleSet, named: Named): Change<FeeRule> => removeRule(rules, 'feeRules', named);
