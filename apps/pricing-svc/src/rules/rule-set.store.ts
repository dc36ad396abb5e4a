import { type Context, emit, invalid, type NewEvent, ok, pricingEvents, type Result } from '@kervan/contracts';
import { type Collection, defineCollection, keep, write } from '@kervan/store';
import { type Change, checkSize, NO_RULES, type RuleSet, RuleSetDocument } from './rule-set.ts';

/** One document per shop; `_id` is `rules_<tenant>`. */
export const ruleSetCollection = defineCollection<RuleSetDocument>({
  name: 'ruleSets',
  schema: RuleSetDocument,
  // 2: fee rules, promotions, installment tables; kinds of shipping, taxes that companies do not pay
  schemaVersion: 2,
  outbox: 'pricing',
  indexes: [],
});

/** The id of a shop's rules. */
export const ruleSetId = (tenant: string): string => `rules_${tenant}`;
/** What a rule is; its id begins so, and its events say so. */
export type RuleKind = 'geozone' | 'taxRate' | 'shippingMethod' | 'feeRule' | 'promotion' | 'installmentTable';

/** The rules of a shop and their version; a shop that never had any is at version 0. */
export type ReadRules = (tenant: string) => Promise<{ readonly version: number; readonly rules: RuleSet }>;

/**
 * Writes what a pure decision made of the rules of the caller's shop, together with the event that tells every copy,
 * if nobody changed them meanwhile; else decides again. What the decision refuses comes back as it is.
 */
export type ChangeRules = <Rule extends { readonly id: string }>(
  context: Context,
  kind: RuleKind,
  decide: (rules: RuleSet) => Change<Rule>,
) => Promise<Result<Rule>>;

/** Reads rules from the database. */
export const readRulesOf =
  (collection: Collection<RuleSetDocument>): ReadRules =>
  async (tenant) => {
    const document = await collection.get(tenant, ruleSetId(tenant));
    return document === null ? { version: 0, rules: NO_RULES } : { version: document.version, rules: document };
  };

/** A decision that also keeps the rules small enough for one document. */
const checked = <Rule>(change: Change<Rule>): Change<Rule> => {
  if (!change.ok) return change;
  const problems = checkSize(change.value.rules);
  return problems.length > 0 ? invalid(problems) : change;
};

const changed = (kind: RuleKind, id: string): NewEvent[] => [emit(pricingEvents.rulesChanged, { kind, id })];

/** Changes rules in the database; `onChange` is called after each change, before its caller is answered. */
export const changeRulesOf =
  (collection: Collection<RuleSetDocument>, onChange: (tenant: string) => void): ChangeRules =>
  async ({ tenant, traceId }, kind, decide) => {
    const _id = ruleSetId(tenant);
    if ((await collection.get(tenant, _id)) === null) {
      // The first rule makes the document; whoever is second finds it and goes on below.
      const first = checked(decide(NO_RULES));
      if (!first.ok) return first;
      const { rules, rule } = first.value;
      const made = await collection.insert({ _id, tenant, ...rules }, changed(kind, rule.id), traceId);
      if (made !== null) {
        onChange(tenant);
        return ok(rule);
      }
    }
    const updated = await collection.update(
      tenant,
      _id,
      (document) => {
        const change = checked(decide(document));
        if (!change.ok) return { refuse: change.error };
        const { rules, rule } = change.value;
        if (rules === document) return keep(rule);
        return write({ ...document, ...rules }, rule, changed(kind, rule.id));
      },
      traceId,
    );
    if (!updated.ok) return updated;
    onChange(tenant);
    return ok(updated.value);
  };
