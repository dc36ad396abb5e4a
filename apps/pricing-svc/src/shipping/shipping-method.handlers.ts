import { type Context, newId, ok, type pricingRpc } from '@kervan/contracts';
import type { z } from 'zod';
import { findRule, pageOfRules } from '../rules/rule-set.ts';
import type { ChangeRules, ReadRules } from '../rules/rule-set.store.ts';
import { addShippingMethod, changeShippingMethod, removeShippingMethod } from './shipping-method.changes.ts';

type Deps = { readonly readRules: ReadRules; readonly changeRules: ChangeRules; readonly clock: () => Date };
type Request<Call extends keyof typeof pricingRpc> = z.output<(typeof pricingRpc)[Call]['request']>;

/** Makes one; errors as of addShippingMethod. */
export const createShippingMethod =
  ({ changeRules, clock }: Deps) =>
  (request: Request<'createShippingMethod'>, context: Context) => {
    const id = newId('shippingMethod', clock().getTime());
    return changeRules(context, 'shippingMethod', (rules) => addShippingMethod(rules, id, request));
  };

/** A page of all, in the order they were made. invalid_cursor */
export const listShippingMethods =
  ({ readRules }: Deps) =>
  async (request: Request<'listShippingMethods'>, { tenant }: Context) =>
    pageOfRules((await readRules(tenant)).rules.shippingMethods, request);

/** One by its id. not_found */
export const getShippingMethod =
  ({ readRules }: Deps) =>
  async ({ id }: Request<'getShippingMethod'>, { tenant }: Context) =>
    findRule((await readRules(tenant)).rules.shippingMethods, id);

/** Changes the fields given; errors as of changeShippingMethod. */
export const updateShippingMethod =
  ({ changeRules }: Deps) =>
  (request: Request<'updateShippingMethod'>, context: Context) =>
    changeRules(context, 'shippingMethod', (rules) => changeShippingMethod(rules, request));

/** Takes one away; errors as of removeShippingMethod. */
export const deleteShippingMethod =
  ({ changeRules }: Deps) =>
  async ({ id }: Request<'deleteShippingMethod'>, context: Context) => {
    const removed = await changeRules(context, 'shippingMethod', (rules) => removeShippingMethod(rules, id));
    return removed.ok ? ok({ id }) : removed;
  };
