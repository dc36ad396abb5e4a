import { type Context, ok, pricingRpc } from '@kervan/contracts';
import type { Deps, RequestOf } from '../deps.ts';
import { findRule, pageOfRules } from '../rules/rule-set.ts';
import { addFeeRule, changeFeeRule, removeFeeRule } from './fee-rule.changes.ts';

/** Makes one; errors as of addFeeRule. */
export const createFeeRule =
  ({ changeRules, keyedId }: Pick<Deps, 'changeRules' | 'keyedId'>) =>
  async (request: RequestOf<'createFeeRule'>, context: Context) => {
    const keyed = await keyedId('feeRule', pricingRpc.createFeeRule, request, context);
    if (!keyed.ok) return keyed;
    const { id, input } = keyed.value;
    return changeRules(context, 'feeRule', (rules) => addFeeRule(rules, id, input));
  };

/** A page of all, in the order they were made. invalid_cursor */
export const listFeeRules =
  ({ readRules }: Pick<Deps, 'readRules'>) =>
  async (request: RequestOf<'listFeeRules'>, { tenant }: Context) =>
    pageOfRules((await readRules(tenant)).rules.feeRules, request);

/** One by its id. not_found */
export const getFeeRule =
  ({ readRules }: Pick<Deps, 'readRules'>) =>
  async ({ id }: RequestOf<'getFeeRule'>, { tenant }: Context) =>
    findRule((await readRules(tenant)).rules.feeRules, id);

/** Changes the fields given; errors as of changeFeeRule. */
export const updateFeeRule =
  ({ changeRules }: Pick<Deps, 'changeRules'>) =>
  (request: RequestOf<'updateFeeRule'>, context: Context) =>
    changeRules(context, 'feeRule', (rules) => changeFeeRule(rules, request));

/** Takes one away; errors as of removeFeeRule. */
export const deleteFeeRule =
  ({ changeRules }: Pick<Deps, 'changeRules'>) =>
  async (request: RequestOf<'deleteFeeRule'>, context: Context) => {
    const removed = await changeRules(context, 'feeRule', (rules) => removeFeeRule(rules, request));
    return removed.ok ? ok({ id: request.id }) : removed;
  };
