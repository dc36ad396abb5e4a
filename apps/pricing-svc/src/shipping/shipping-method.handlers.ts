import { type Context, newId, ok } from '@kervan/contracts';
import type { Deps, RequestOf } from '../deps.ts';
import { findRule, pageOfRules } from '../rules/rule-set.ts';
import { addShippingMethod, changeShippingMethod, removeShippingMethod } from './shipping-method.changes.ts';

/** Makes one; errors as of addShippingMethod. */
export const createShippingMethod =
  ({ changeRules, clock }: Pick<Deps, 'changeRules' | 'clock'>) =>
  (request: RequestOf<'createShippingMethod'>, context: Context) => {
    const id = newId('shippingMethod', clock().getTime());
    return changeRules(context, 'shippingMethod', (rules) => addShippingMethod(rules, id, request));
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
  async ({ id }: RequestOf<'deleteShippingMethod'>, context: Context) => {
    const removed = await changeRules(context, 'shippingMethod', (rules) => removeShippingMethod(rules, id));
    return removed.ok ? ok({ id }) : removed;
  };
