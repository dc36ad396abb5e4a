import {
  fail,
  invalid,
  ok,
  type ShippingMethod,
  type ShippingMethodInput,
  type ShippingMethodPatch,
} from '@kervan/contracts';
import type { z } from 'zod';
import { type Change, findRule, type Named, removeRule, replaceRule, type RuleSet } from '../rules/rule-set.ts';
import { checkShippingMethod } from './shipping-method.ts';

const save = (
  rules: RuleSet,
  method: ShippingMethod,
  shippingMethods: readonly ShippingMethod[],
): Change<ShippingMethod> => {
  const problems = checkShippingMethod(method, new Set(rules.geozones.map(({ id }) => id)));
  if (problems.length > 0) return invalid(problems);
  if (rules.shippingMethods.some(({ id, code }) => id !== method.id && code === method.code)) {
    return fail('code_taken', { code: method.code });
  }
  return ok({ rules: { ...rules, shippingMethods }, rule: method });
};

/**
 * Adds a shipping method; without a currency it is priced in `defaultCurrency`. One that is there already stays as it
 * is. code_taken, invalid_input
 */
export const addShippingMethod = (
  rules: RuleSet,
  id: string,
  { method: input, defaultCurrency }: { method: z.output<typeof ShippingMethodInput>; defaultCurrency: string },
): Change<ShippingMethod> => {
  const made = findRule(rules.shippingMethods, id);
  if (made.ok) return ok({ rules, rule: made.value });
  const method: ShippingMethod = {
    id,
    ...input,
    description: input.description ?? null,
    carrier: input.carrier ?? null,
    currency: input.currency ?? defaultCurrency,
    taxClass: input.taxClass ?? null,
    version: 1,
  };
  return save(rules, method, [...rules.shippingMethods, method]);
};

/** The fee rules that name the code of a shipping method. */
const feeRulesOf = (rules: RuleSet, method: ShippingMethod): string[] =>
  rules.feeRules.filter(({ when }) => when.shippingMethod === method.code).map(({ id }) => id);

/**
 * Changes the fields given. not_found, precondition_failed, code_taken, invalid_input; in_use when a fee rule names the code
 * that another takes the place of.
 */
export const changeShippingMethod = (
  rules: RuleSet,
  { id, patch, expectedVersion }: Named & { patch: z.output<typeof ShippingMethodPatch> },
): Change<ShippingMethod> => {
  const found = findRule(rules.shippingMethods, id, expectedVersion);
  if (!found.ok) return found;
  const before = found.value;
  const method: ShippingMethod = {
    id,
    code: patch.code ?? before.code,
    kind: patch.kind ?? before.kind,
    name: patch.name ?? before.name,
    description: patch.description === undefined ? before.description : patch.description,
    carrier: patch.carrier === undefined ? before.carrier : patch.carrier,
    currency: patch.currency ?? before.currency,
    rates: patch.rates ?? before.rates,
    taxClass: patch.taxClass === undefined ? before.taxClass : patch.taxClass,
    minDays: patch.minDays ?? before.minDays,
    maxDays: patch.maxDays ?? before.maxDays,
    enabled: patch.enabled ?? before.enabled,
    version: before.version + 1,
  };
  const feeRules = method.code === before.code ? [] : feeRulesOf(rules, before);
  if (feeRules.length > 0) return fail('in_use', { feeRules });
  return save(rules, method, replaceRule(rules.shippingMethods, method));
};

/** Takes a shipping method away. not_found, precondition_failed; in_use while a fee rule names it. */
export const removeShippingMethod = (rules: RuleSet, named: Named): Change<ShippingMethod> =>
  removeRule(rules, 'shippingMethods', named, (method) => {
    const feeRules = feeRulesOf(rules, method);
    return feeRules.length > 0 ? { code: 'in_use', details: { feeRules } } : null;
  });
