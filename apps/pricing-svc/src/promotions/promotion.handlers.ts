import {
  type Context,
  fail,
  ok,
  type Page,
  pricingRpc,
  type Promotion,
  type PromotionRule,
  type Result,
} from '@kervan/contracts';
import type { Deps, RequestOf } from '../deps.ts';
import { promotionTally } from '../redemptions/tally.ts';
import { getRule, listRules, makeRule, updateRule } from '../rules/rule.handlers.ts';
import { findRule } from '../rules/rule-set.ts';
import { addPromotion, changePromotion, removePromotion, restorePromotion } from './promotion.changes.ts';

/** Promotions with how often they were used, all looked up at once. */
const shown = async (
  { uses }: Pick<Deps, 'uses'>,
  tenant: string,
  rules: readonly PromotionRule[],
): Promise<Promotion[]> => {
  const counts = await uses.countsOf(
    tenant,
    rules.map(({ id }) => promotionTally(id)),
  );
  return rules.map((rule) => {
    const { used, held } = counts.get(promotionTally(rule.id)) ?? { used: 0, held: 0 };
    return { ...rule, usedCount: used, heldCount: held };
  });
};
const shownOne = async (
  deps: Pick<Deps, 'uses'>,
  tenant: string,
  rule: Result<PromotionRule>,
): Promise<Result<Promotion>> => {
  if (!rule.ok) return rule;
  const [promotion] = await shown(deps, tenant, [rule.value]);
  return promotion === undefined ? fail('not_found') : ok(promotion);
};

const make = makeRule('promotion', pricingRpc.createPromotion, addPromotion);
const list = listRules(({ promotions }) => promotions);
const get = getRule(({ promotions }) => promotions);
const update = updateRule('promotion', changePromotion);

/** Makes one; errors as of addPromotion. */
export const createPromotion =
  (deps: Pick<Deps, 'changeRules' | 'keyedId' | 'uses'>) =>
  async (request: RequestOf<'createPromotion'>, context: Context): Promise<Result<Promotion>> =>
    shownOne(deps, context.tenant, await make(deps)(request, context));

/** A page of all, in the order they were made. invalid_cursor */
export const listPromotions =
  (deps: Pick<Deps, 'readRules' | 'uses'>) =>
  async (request: RequestOf<'listPromotions'>, context: Context): Promise<Result<Page<Promotion>>> => {
    const page = await list(deps)(request, context);
    if (!page.ok) return page;
    return ok({ data: await shown(deps, context.tenant, page.value.data), nextCursor: page.value.nextCursor });
  };

/** One by its id. not_found */
export const getPromotion =
  (deps: Pick<Deps, 'readRules' | 'uses'>) =>
  async (request: RequestOf<'getPromotion'>, context: Context): Promise<Result<Promotion>> =>
    shownOne(deps, context.tenant, await get(deps)(request, context));

/** Changes the fields given; errors as of changePromotion. */
export const updatePromotion =
  (deps: Pick<Deps, 'changeRules' | 'uses'>) =>
  async (request: RequestOf<'updatePromotion'>, context: Context): Promise<Result<Promotion>> =>
    shownOne(deps, context.tenant, await update(deps)(request, context));

/** Takes one away; errors as of removePromotion, and in_use while coupons bring it. */
export const deletePromotion =
  ({ readRules, changeRules, coupons }: Pick<Deps, 'readRules' | 'changeRules' | 'coupons'>) =>
  async (request: RequestOf<'deletePromotion'>, context: Context): Promise<Result<{ id: string }>> => {
    const { tenant } = context;
    const { id, expectedVersion } = request;
    const hasCoupons = async (): Promise<boolean> => {
      const page = await coupons.list(tenant, { promotionId: id }, { sort: { createdAt: 1 }, limit: 1 });
      return page.ok && page.value.data.length > 0;
    };
    const found = findRule((await readRules(tenant)).rules.promotions, id, expectedVersion);
    if (!found.ok) return found;
    if (await hasCoupons()) return fail('in_use');
    const removed = await changeRules(context, 'promotion', (rules) => removePromotion(rules, request));
    if (!removed.ok) return removed;
    // A coupon that was made between the two steps has its promotion back; one that is made now finds it gone.
    if (!(await hasCoupons())) return ok({ id });
    const restored = await changeRules(context, 'promotion', (rules) => restorePromotion(rules, removed.value));
    return restored.ok ? fail('in_use') : restored;
  };
