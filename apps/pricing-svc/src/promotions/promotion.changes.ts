import { invalid, ok, type PromotionInput, type PromotionPatch, type PromotionRule } from '@kervan/contracts';
import type { z } from 'zod';
import { given } from '../rules/patch.ts';
import { type Change, findRule, type Named, removeRule, replaceRule, type RuleSet } from '../rules/rule-set.ts';
import { checkPromotion, scopeUnsaid, valueKept, valueUnsaid } from './promotion.ts';

type Input = z.output<typeof PromotionInput>;
type Patch = z.output<typeof PromotionPatch>;

const save = (rules: RuleSet, rule: PromotionRule, promotions: readonly PromotionRule[]): Change<PromotionRule> => {
  const problems = checkPromotion(rule);
  return problems.length > 0 ? invalid(problems) : ok({ rules: { ...rules, promotions }, rule });
};

const distinct = (ids: readonly string[] = []): string[] => [...new Set(ids)];
const conditionsOf = (conditions: Input['conditions']): PromotionRule['conditions'] => ({
  minSubtotal: conditions.minSubtotal ?? null,
  productIds: distinct(conditions.productIds),
  categoryIds: distinct(conditions.categoryIds),
  brandIds: distinct(conditions.brandIds),
  customerGroup: conditions.customerGroup ?? null,
  firstOrder: conditions.firstOrder ?? false,
});

/** An instant as it is kept: the same moment is always the same text. */
const instantOf = (instant: string | null | undefined): string | null =>
  instant === undefined || instant === null ? null : new Date(instant).toISOString();

/** What the kind decides starts anew with another kind: a tenth must not become ten kuruş. */
const patched = (before: PromotionRule, patch: Patch): PromotionRule => {
  const kind = patch.kind ?? before.kind;
  const sameKind = kind === before.kind;
  return {
    id: before.id,
    name: patch.name ?? before.name,
    kind,
    value: valueKept(kind, patch.value ?? (sameKind ? before.value : valueUnsaid(kind))),
    currency: patch.currency ?? before.currency,
    scope: patch.scope ?? (sameKind ? before.scope : scopeUnsaid(kind)),
    buyQuantity: given(patch.buyQuantity, sameKind ? before.buyQuantity : null),
    getQuantity: given(patch.getQuantity, sameKind ? before.getQuantity : null),
    maxDiscount: given(patch.maxDiscount, sameKind ? before.maxDiscount : null),
    conditions: patch.conditions === undefined ? before.conditions : conditionsOf(patch.conditions),
    startsAt: patch.startsAt === undefined ? before.startsAt : instantOf(patch.startsAt),
    endsAt: patch.endsAt === undefined ? before.endsAt : instantOf(patch.endsAt),
    maxUses: given(patch.maxUses, before.maxUses),
    maxUsesPerCustomer: given(patch.maxUsesPerCustomer, before.maxUsesPerCustomer),
    stackable: patch.stackable ?? before.stackable,
    priority: patch.priority ?? before.priority,
    automatic: patch.automatic ?? before.automatic,
    enabled: patch.enabled ?? before.enabled,
    version: before.version + 1,
  };
};

/**
 * Adds a promotion; without a currency its amounts are in `defaultCurrency`. One that is there already stays as it is.
 * invalid_input
 */
export const addPromotion = (
  rules: RuleSet,
  id: string,
  { promotion: input, defaultCurrency }: { promotion: Input; defaultCurrency: string },
): Change<PromotionRule> => {
  const made = findRule(rules.promotions, id);
  if (made.ok) return ok({ rules, rule: made.value });
  const promotion: PromotionRule = {
    id,
    ...input,
    value: valueKept(input.kind, input.value ?? valueUnsaid(input.kind)),
    currency: input.currency ?? defaultCurrency,
    scope: input.scope ?? scopeUnsaid(input.kind),
    buyQuantity: input.buyQuantity ?? null,
    getQuantity: input.getQuantity ?? null,
    maxDiscount: input.maxDiscount ?? null,
    conditions: conditionsOf(input.conditions),
    startsAt: instantOf(input.startsAt),
    endsAt: instantOf(input.endsAt),
    maxUses: input.maxUses ?? null,
    maxUsesPerCustomer: input.maxUsesPerCustomer ?? null,
    version: 1,
  };
  return save(rules, promotion, [...rules.promotions, promotion]);
};

/**
 * Changes the fields given, the conditions as a whole; with another kind, what the kind decides is said anew. not_found,
 * precondition_failed, invalid_input
 */
export const changePromotion = (
  rules: RuleSet,
  { id, patch, expectedVersion }: Named & { patch: Patch },
): Change<PromotionRule> => {
  const found = findRule(rules.promotions, id, expectedVersion);
  if (!found.ok) return found;
  const promotion = patched(found.value, patch);
  return save(rules, promotion, replaceRule(rules.promotions, promotion));
};

/** Takes a promotion away. not_found, precondition_failed */
export const removePromotion = (rules: RuleSet, named: Named): Change<PromotionRule> =>
  removeRule(rules, 'promotions', named);

/** Puts back a promotion that should not have been taken away. */
export const restorePromotion = (rules: RuleSet, promotion: PromotionRule): Change<PromotionRule> => {
  const there = findRule(rules.promotions, promotion.id);
  if (there.ok) return ok({ rules, rule: there.value });
  return ok({ rules: { ...rules, promotions: [...rules.promotions, promotion] }, rule: promotion });
};
