import { type Geozone, type GeozoneInput, type GeozonePatch, invalid, ok } from '@kervan/contracts';
import type { z } from 'zod';
import { type Change, findRule, type Named, removeRule, replaceRule, type RuleSet } from '../rules/rule-set.ts';
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
  { id, patch, expectedVersion }: Named & { patch: z.output<typeof GeozonePatch> },
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
export const removeGeozone = (rules: RuleSet, named: Named): Change<Geozone> =>
  removeRule(rules, 'geozones', named, ({ id }) => {
    const taxRates = rules.taxRates.filter(({ geozoneId }) => geozoneId === id).map((rate) => rate.id);
    const shippingMethods = rules.shippingMethods
      .filter(({ rates }) => rates.some(({ geozoneId }) => geozoneId === id))
      .map((method) => method.id);
    const feeRules = rules.feeRules.filter(({ when }) => when.geozoneId === id).map((rule) => rule.id);
    const users = { taxRates, shippingMethods, feeRules };
    return taxRates.length + shippingMethods.length + feeRules.length > 0 ? { code: 'in_use', details: users } : null;
  });
