import { pricingRpc } from '@kervan/contracts';
import { deleteRule, getRule, listRules, makeRule, updateRule } from '../rules/rule.handlers.ts';
import { addInstallmentTable, changeInstallmentTable, removeInstallmentTable } from './installment-table.changes.ts';

/** Makes one; errors as of addInstallmentTable. */
export const createInstallmentTable = makeRule(
  'installmentTable',
  pricingRpc.createInstallmentTable,
  addInstallmentTable,
);

/** A page of all, in the order they were made. invalid_cursor */
export const listInstallmentTables = listRules(({ installmentTables }) => installmentTables);

/** One by its id. not_found */
export const getInstallmentTable = getRule(({ installmentTables }) => installmentTables);

/** Changes the fields given; errors as of changeInstallmentTable. */
export const updateInstallmentTable = updateRule('installmentTable', changeInstallmentTable);

/** Takes one away; errors as of removeInstallmentTable. */
export const deleteInstallmentTable = deleteRule('installmentTable', removeInstallmentTable);
