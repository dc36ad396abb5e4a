import { pricingRpc } from '@kervan/contracts';
import { deleteRule, getRule, listRules, makeRule, updateRule } from '../rules/rule.handlers.ts';
import { addTaxRate, changeTaxRate, removeTaxRate } from './tax-rate.changes.ts';

/** Makes one; errors as of addTaxRate. */
export const createTaxRate = makeRule('taxRate', pricingRpc.createTaxRate, addTaxRate);

/** A page of all, in the order they were made. invalid_cursor */
export const listTaxRates = listRules(({ taxRates }) => taxRates);

/** One by its id. not_found */
export const getTaxRate = getRule(({ taxRates }) => taxRates);

/** Changes the fields given; errors as of changeTaxRate. */
export const updateTaxRate = updateRule('taxRate', changeTaxRate);

/** Takes one away; errors as of removeTaxRate. */
export const deleteTaxRate = deleteRule('taxRate', removeTaxRate);
