import { pricingRpc } from '@kervan/contracts';
import { deleteRule, getRule, listRules, makeRule, updateRule } from '../rules/rule.handlers.ts';
import { addShippingMethod, changeShippingMethod, removeShippingMethod } from './shipping-method.changes.ts';

/** Makes one; errors as of addShippingMethod. */
export const createShippingMethod = makeRule('shippingMethod', pricingRpc.createShippingMethod, addShippingMethod);

/** A page of all, in the order they were made. invalid_cursor */
export const listShippingMethods = listRules(({ shippingMethods }) => shippingMethods);

/** One by its id. not_found */
export const getShippingMethod = getRule(({ shippingMethods }) => shippingMethods);

/** Changes the fields given; errors as of changeShippingMethod. */
export const updateShippingMethod = updateRule('shippingMethod', changeShippingMethod);

/** Takes one away; errors as of removeShippingMethod. */
export const deleteShippingMethod = deleteRule('shippingMethod', removeShippingMethod);
