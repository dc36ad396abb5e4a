import { fail, type Geozone, type GeozoneInput, type GeozonePatch, ok } from '@kervan/contracts';
import type { z } from 'zod';
import { invalid } from '../rules/problem.ts';
import { type Change, findRule, replaceRule, type RuleSet, withoutRule } from '../rules/rule-set.ts';
import { checkGeozone } from './geozone.ts';

const save = (rules: RuleSet, geozone: Geozone, geozones: readonly Geozone[]): Change<Geozone> => {
  const problems = checkGeozone(geozone);
  return problems.length > 0 ? invalid(problems) : ok({ rules: { ...rules, geozones }, rule: geozone });
};

/** Adds a geozone; one that is there already stays as it is. invalid_input */
export const addGeozone = (rules: RuleSet, id: string, input: z.output<typeof GeozoneInput>): Change<Geozone> => {
  const made = findRule(rules.geozones, id);
  if (made.ok) return ok({ rules, rule: made.value });
  const geozone = { id, ...input, version: 1 };
  return save(rules, geozone, [...rules.geozones, geozone]);
};

/** Changes the fields given. not_found, precondition_failed, invalid_input */
export const changeGeozone = (
  rules: RuleSet,
  {
    id,
    patch,
    expectedVersion,
  }: { id: string; patch: z.output<typeof GeozonePatch>; expectedVersion?: number | undefined },
): Change<Geozone> => {
  const found = findRule(rules.geozones, id, expectedVersion);
  if (!found.ok) return found;
  const before = found.value;
  const geozone: Geozone = {
    id,
    name: patch.name ?? before.name,
    includes: patch.includes ?? before.includes,
    excludes: patch.excludes ?? before.excludes,
    version: before.version + 1,
  };
  return save(rules, geozone, replaceRule(rules.geozones, geozone));
};

/** Takes a geozone away. not_found, precondition_failed; in_use while a tax rate, a shipping method or a fee rule names it. */
export const removeGeozone = (
  rules: RuleSet,
  { id, expectedVersion }: { id: string; expectedVersion?: number | undefined },
): Change<Geozone> => {
  const found = findRule(rules.geozones, id, expectedVersion);
  if (!found.ok) return found;
  const taxRates = rules.taxRates.filter(({ geozoneId }) => geozoneId === id).map((rate) => rate.id);
  const shippingMethods = rules.shippingMethods
    .filter(({ rates }) => rates.some(({ geozoneId }) => geozoneId === id))
    .map((method) => method.id);
  const feeRules = rules.feeRules.filter(({ when }) => when.geozoneId === id).map((rule) => rule.id);
  if (taxRates.length + shippingMethods.length + feeRules.length > 0) {
    return fail('in_use', { taxRates, shippingMethods, feeRules });
  }
  return ok({ rules: { ...rules, geozones: withoutRule(rules.geozones, id) }, rule: found.value });
};
