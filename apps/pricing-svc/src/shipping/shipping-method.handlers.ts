import { type Context, ok, pricingRpc } from '@kervan/contracts';
import type { Deps, RequestOf } from '../deps.ts';
import { findRule, pageOfRules } from '../rules/rule-set.ts';
import { addShippingMethod, changeShippingMethod, removeShippingMethod } from './shipping-method.changes.ts';

/** Makes one; errors as of addShippingMethod. */
export const createShippingMethod =
  ({ changeRules, keyedId }: Pick<Deps, 'changeRules' | 'keyedId'>) =>
  async (request: RequestOf<'createShippingMethod'>, context: Context) => {
    const keyed = await keyedId('shippingMethod', pricingRpc.createShippingMethod, request, context);
    if (!keyed.ok) return keyed;
    const { id, input } = keyed.value;
    return changeRules(context, 'shippingMethod', (rules) => addShippingMethod(rules, id, input));
  };

/** A page of all, in the order they were made. invalid_cursor */
export const listShippingMethods =
  ({ readRules }: Pick<Deps, 'readRules'>) =>
  async (request: RequestOf<'listShippingMethods'>, { tenant }: Context) =>
    pageOfRules((await readRules(tenant)).rules.shippingMethods, request);

/** One by its id. not_found */
export const getShippingMethod =
  ({ readRules }: Pick<Deps, 'readRules'>) =>
  async ({ id }: RequestOf<'getShippingMethod'>, { tenant }: Context) =>
    findRule((await readRules(tenant)).rules.shippingMethods, id);

/** Changes the fields given; errors as of changeShippingMethod. */
export const updateShippingMethod =
  ({ changeRules }: Pick<Deps, 'changeRules'>) =>
  (request: RequestOf<'updateShippingMethod'>, context: Context) =>
    changeRules(context, 'shippingMethod', (rules) => changeShippingMethod(rules, request));

/** Takes one away; errors as of removeShippingMethod. */
export const deleteShippingMethod =
  ({ changeRules }: Pick<Deps, 'changeRules'>) =>
  async (request: RequestOf<'deleteShippingMethod'>, context: Context) => {
    const removed = await changeRules(context, 'shippingMethod', (rules) => removeShippingMethod(rules, request));
    return removed.ok ? ok({ id: request.id }) : removed;
  };
