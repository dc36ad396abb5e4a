import { type Context, ok, pricingRpc } from '@kervan/contracts';
import type { Deps, RequestOf } from '../deps.ts';
import { findRule, pageOfRules } from '../rules/rule-set.ts';
import { addTaxRate, changeTaxRate, removeTaxRate } from './tax-rate.changes.ts';

/** Makes one; errors as of addTaxRate. */
export const createTaxRate =
  ({ changeRules, keyedId }: Pick<Deps, 'changeRules' | 'keyedId'>) =>
  async (request: RequestOf<'createTaxRate'>, context: Context) => {
    const keyed = await keyedId('taxRate', pricingRpc.createTaxRate, request, context);
    if (!keyed.ok) return keyed;
    const { id, input } = keyed.value;
    return changeRules(context, 'taxRate', (rules) => addTaxRate(rules, id, input));
  };

/** A page of all, in the order they were made. invalid_cursor */
export const listTaxRates =
  ({ readRules }: Pick<Deps, 'readRules'>) =>
  async (request: RequestOf<'listTaxRates'>, { tenant }: Context) =>
    pageOfRules((await readRules(tenant)).rules.taxRates, request);

/** One by its id. not_found */
export const getTaxRate =
  ({ readRules }: Pick<Deps, 'readRules'>) =>
  async ({ id }: RequestOf<'getTaxRate'>, { tenant }: Context) =>
    findRule((await readRules(tenant)).rules.taxRates, id);

/** Changes the fields given; errors as of changeTaxRate. */
export const updateTaxRate =
  ({ changeRules }: Pick<Deps, 'changeRules'>) =>
  (request: RequestOf<'updateTaxRate'>, context: Context) =>
    changeRules(context, 'taxRate', (rules) => changeTaxRate(rules, request));

/** Takes one away; errors as of removeTaxRate. */
export const deleteTaxRate =
  ({ changeRules }: Pick<Deps, 'changeRules'>) =>
  async (request: RequestOf<'deleteTaxRate'>, context: Context) => {
    const removed = await changeRules(context, 'taxRate', (rules) => removeTaxRate(rules, request));
    return removed.ok ? ok({ id: request.id }) : removed;
  };
