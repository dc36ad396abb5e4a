import {
  fail,
  type Failure,
  FeeRule,
  type FieldProblem,
  Geozone,
  InstallmentTable,
  ok,
  type Page,
  PromotionRule,
  type Result,
  ShippingMethod,
  TaxRate,
} from '@kervan/contracts';
import { z } from 'zod';

/**
 * The rules of one shop, all in one document: what they say about each other (a geozone in use, a code taken) is then
 * decided and written in one step, and a quote needs one read.
 */
export const RuleSetDocument = z.object({
  _id: z.string(),
  tenant: z.string(),
  version: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
  geozones: z.array(Geozone).readonly(),
  taxRates: z.array(TaxRate).readonly(),
  shippingMethods: z.array(ShippingMethod).readonly(),
  feeRules: z.array(FeeRule).readonly().default([]),
  promotions: z.array(PromotionRule).readonly().default([]),
  installmentTables: z.array(InstallmentTable).readonly().default([]),
});
export type RuleSetDocument = z.infer<typeof RuleSetDocument>;

/** The rules of one shop, without the document around them. */
export type RuleSet = {
  readonly geozones: readonly Geozone[];
  readonly taxRates: readonly TaxRate[];
  readonly shippingMethods: readonly ShippingMethod[];
  readonly feeRules: readonly FeeRule[];
  readonly promotions: readonly PromotionRule[];
  readonly installmentTables: readonly InstallmentTable[];
};
/** A shop without rules. */
export const NO_RULES: RuleSet = {
  geozones: [],
  taxRates: [],
  shippingMethods: [],
  feeRules: [],
  promotions: [],
  installmentTables: [],
};

/** What a decision on the rules comes to: the rules after it and the rule it is about, or a refusal. */
export type Change<Rule> = Result<{ readonly rules: RuleSet; readonly rule: Rule }>;

const MOST = {
  geozones: 1_000,
  taxRates: 5_000,
  shippingMethods: 500,
  feeRules: 200,
  promotions: 2_000,
  installmentTables: 50,
} as const;
const KINDS = ['geozones', 'taxRates', 'shippingMethods', 'feeRules', 'promotions', 'installmentTables'] as const;
/** Characters of JSON; the database keeps 16 MB, with the events of a week beside the rules. */
const MOST_TEXT = 6_000_000;

/** Why rules are more than one document holds; empty when they are not. */
export const checkSize = (rules: RuleSet): FieldProblem[] => {
  const problems: FieldProblem[] = [];
  for (const kind of KINDS) {
    if (rules[kind].length > MOST[kind]) {
      problems.push({
        path: '',
        code: 'too_many',
        message: {
          tr: `Bir mağazada en çok ${MOST[kind]} ${kind} olabilir`,
          en: `A shop has at most ${MOST[kind]} ${kind}`,
        },
      });
    }
  }
  if (JSON.stringify(rules).length > MOST_TEXT) {
    problems.push({
      path: '',
      code: 'too_large',
      message: { tr: 'Mağazanın kuralları toplamda çok büyük', en: 'All rules of a shop together are too large' },
    });
  }
  return problems;
};

/** What every rule has. */
export type Rule = { readonly id: string; readonly version: number };

/** Which rule, and of which version if its caller has seen one. */
export type Named = { readonly id: string; readonly expectedVersion?: number | undefined };

/** Which page of a list. */
export type Paging = { readonly limit: number; readonly cursor?: string | undefined };

/** The rule with this id; not_found, or precondition_failed when someone changed it since `expectedVersion`. */
export const findRule = <One extends Rule>(
  rules: readonly One[],
  id: string,
  expectedVersion?: number | undefined,
): Result<One> => {
  const rule = rules.find((one) => one.id === id);
  if (rule === undefined) return fail('not_found');
  if (expectedVersion !== undefined && expectedVersion !== rule.version) {
    return fail('precondition_failed', { version: rule.version });
  }
  return ok(rule);
};

/** The rules with one of them in its new form. */
export const replaceRule = <One extends Rule>(rules: readonly One[], rule: One): readonly One[] =>
  rules.map((one) => (one.id === rule.id ? rule : one));

/**
 * Takes a rule out of its list, unless `refusal` has something against it. not_found, precondition_failed, and what is
 * refused
 */
export const removeRule = <List extends keyof RuleSet>(
  rules: RuleSet,
  list: List,
  { id, expectedVersion }: Named,
  refusal: (rule: RuleSet[List][number]) => Failure | null = () => null,
): Change<RuleSet[List][number]> => {
  const all: readonly RuleSet[List][number][] = rules[list];
  const found = findRule(all, id, expectedVersion);
  if (!found.ok) return found;
  const refused = refusal(found.value);
  if (refused !== null) return { ok: false, error: refused };
  return ok({ rules: { ...rules, [list]: all.filter((one) => one.id !== id) }, rule: found.value });
};

const CURSOR = /^[A-Za-z0-9_:.-]{1,80}$/;

/** A page in the order of ids, which is that of making; the cursor is the last id. invalid_cursor */
export const pageOfRules = <One extends Rule>(rules: readonly One[], { limit, cursor }: Paging): Result<Page<One>> => {
  const after = cursor === undefined ? '' : Buffer.from(cursor, 'base64url').toString();
  if (cursor !== undefined && !CURSOR.test(after)) return fail('invalid_cursor');
  const rest = rules.filter(({ id }) => id > after).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const data = rest.slice(0, limit);
  const last = data.at(-1);
  const nextCursor = rest.length > limit && last ? Buffer.from(last.id).toString('base64url') : null;
  return ok({ data, nextCursor });
};
