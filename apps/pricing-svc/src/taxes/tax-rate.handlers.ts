import { type Context, newId, ok, type pricingRpc } from '@kervan/contracts';
import type { z } from 'zod';
import { findRule, pageOfRules } from '../rules/rule-set.ts';
import type { ChangeRules, ReadRules } from '../rules/rule-set.store.ts';
import { addTaxRate, changeTaxRate, removeTaxRate } from './tax-rate.changes.ts';

type Deps = { readonly readRules: ReadRules; readonly changeRules: ChangeRules; readonly clock: () => Date };
type Request<Call extends keyof typeof pricingRpc> = z.output<(typeof pricingRpc)[Call]['request']>;

/** Makes one; errors as of addTaxRate. */
export const createTaxRate =
  ({ changeRules, clock }: Deps) =>
  (request: Request<'createTaxRate'>, context: Context) => {
    const id = newId('taxRate', clock().getTime());
    return changeRules(context, 'taxRate', (rules) => addTaxRate(rules, id, request));
  };

/** A page of all, in the order they were made. invalid_cursor */
export const listTaxRates =
  ({ readRules }: Deps) =>
  async (request: Request<'listTaxRates'>, { tenant }: Context) =>
    pageOfRules((await readRules(tenant)).rules.taxRates, request);

/** One by its id. not_found */
export const getTaxRate =
  ({ readRules }: Deps) =>
  async ({ id }: Request<'getTaxRate'>, { tenant }: Context) =>
    findRule((await readRules(tenant)).rules.taxRates, id);

/** Changes the fields given; errors as of changeTaxRate. */
export const updateTaxRate =
  ({ changeRules }: Deps) =>
  (request: Request<'updateTaxRate'>, context: Context) =>
    changeRules(context, 'taxRate', (rules) => changeTaxRate(rules, request));

/** Takes one away; errors as of removeTaxRate. */
export const deleteTaxRate =
  ({ changeRules }: Deps) =>
  async ({ id }: Request<'deleteTaxRate'>, context: Context) => {
    const removed = await changeRules(context, 'taxRate', (rules) => removeTaxRate(rules, id));
    return removed.ok ? ok({ id }) : removed;
  };
