import { invalid, ok, type TaxRate, type TaxRateInput, type TaxRatePatch } from '@kervan/contracts';
import type { z } from 'zod';
import { type Change, findRule, type Named, removeRule, replaceRule, type RuleSet } from '../rules/rule-set.ts';
import { checkTaxRate } from './tax-rate.ts';

const save = (rules: RuleSet, rate: TaxRate, taxRates: readonly TaxRate[]): Change<TaxRate> => {
  const problems = checkTaxRate(rate, rules);
  return problems.length > 0 ? invalid(problems) : ok({ rules: { ...rules, taxRates }, rule: rate });
};

/** Adds a tax rate; one that is there already stays as it is. invalid_input */
export const addTaxRate = (rules: RuleSet, id: string, input: z.output<typeof TaxRateInput>): Change<TaxRate> => {
  const made = findRule(rules.taxRates, id);
  if (made.ok) return ok({ rules, rule: made.value });
  const rate = { id, ...input, version: 1 };
  return save(rules, rate, [...rules.taxRates, rate]);
};

/** Changes the fields given. not_found, precondition_failed, invalid_input */
export const changeTaxRate = (
  rules: RuleSet,
  { id, patch, expectedVersion }: Named & { patch: z.output<typeof TaxRatePatch> },
): Change<TaxRate> => {
  const found = findRule(rules.taxRates, id, expectedVersion);
  if (!found.ok) return found;
  const before = found.value;
  const rate: TaxRate = {
    id,
    geozoneId: patch.geozoneId ?? before.geozoneId,
    taxClass: patch.taxClass ?? before.taxClass,
    rate: patch.rate ?? before.rate,
    included: patch.included ?? before.included,
    compound: patch.compound ?? before.compound,
    priority: patch.priority ?? before.priority,
    companiesExempt: patch.companiesExempt ?? before.companiesExempt,
    name: patch.name ?? before.name,
    version: before.version + 1,
  };
  return save(rules, rate, replaceRule(rules.taxRates, rate));
};

/** Takes a tax rate away. not_found, precondition_failed */
export const removeTaxRate = (rules: RuleSet, named: Named): Change<TaxRate> => removeRule(rules, 'taxRates', named);
