import { pricingRpc } from '@kervan/contracts';
import { deleteRule, getRule, listRules, makeRule, updateRule } from '../rules/rule.handlers.ts';
import { addFeeRule, changeFeeRule, removeFeeRule } from './fee-rule.changes.ts';

/** Makes one; errors as of addFeeRule. */
export const createFeeRule = makeRule('feeRule', pricingRpc.createFeeRule, addFeeRule);

/** A page of all, in the order they were made. invalid_cursor */
export const listFeeRules = listRules(({ feeRules }) => feeRules);

/** One by its id. not_found */
export const getFeeRule = getRule(({ feeRules }) => feeRules);

/** Changes the fields given; errors as of changeFeeRule. */
export const updateFeeRule = updateRule('feeRule', changeFeeRule);

/** Takes one away; errors as of removeFeeRule. */
export const deleteFeeRule = deleteRule('feeRule', removeFeeRule);
