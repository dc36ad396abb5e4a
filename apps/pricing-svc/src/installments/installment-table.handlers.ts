import { type Context, ok, pricingRpc } from '@kervan/contracts';
import type { Deps, RequestOf } from '../deps.ts';
import { findRule, pageOfRules } from '../rules/rule-set.ts';
import { addInstallmentTable, changeInstallmentTable, removeInstallmentTable } from './installment-table.changes.ts';

/** Makes one; errors as of addInstallmentTable. */
export const createInstallmentTable =
  ({ changeRules, keyedId }: Pick<Deps, 'changeRules' | 'keyedId'>) =>
  async (request: RequestOf<'createInstallmentTable'>, context: Context) => {
    const keyed = await keyedId('installmentTable', pricingRpc.createInstallmentTable, request, context);
    if (!keyed.ok) return keyed;
    const { id, input } = keyed.value;
    return changeRules(context, 'installmentTable', (rules) => addInstallmentTable(rules, id, input));
  };

/** A page of all, in the order they were made. invalid_cursor */
export const listInstallmentTables =
  ({ readRules }: Pick<Deps, 'readRules'>) =>
  async (request: RequestOf<'listInstallmentTables'>, { tenant }: Context) =>
    pageOfRules((await readRules(tenant)).rules.installmentTables, request);

/** One by its id. not_found */
export const getInstallmentTable =
  ({ readRules }: Pick<Deps, 'readRules'>) =>
  async ({ id }: RequestOf<'getInstallmentTable'>, { tenant }: Context) =>
    findRule((await readRules(tenant)).rules.installmentTables, id);

/** Changes the fields given; errors as of changeInstallmentTable. */
export const updateInstallmentTable =
  ({ changeRules }: Pick<Deps, 'changeRules'>) =>
  (request: RequestOf<'updateInstallmentTable'>, context: Context) =>
    changeRules(context, 'installmentTable', (rules) => changeInstallmentTable(rules, request));

/** Takes one away; errors as of removeInstallmentTable. */
export const deleteInstallmentTable =
  ({ changeRules }: Pick<Deps, 'changeRules'>) =>
  async (request: RequestOf<'deleteInstallmentTable'>, context: Context) => {
    const removed = await changeRules(context, 'installmentTable', (rules) => removeInstallmentTable(rules, request));
    return removed.ok ? ok({ id: request.id }) : removed;
  };
