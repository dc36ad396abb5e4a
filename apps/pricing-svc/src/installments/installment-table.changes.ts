import {
  fail,
  type InstallmentTable,
  type InstallmentTableInput,
  type InstallmentTablePatch,
  invalid,
  ok,
} from '@kervan/contracts';
import type { z } from 'zod';
import { given } from '../rules/patch.ts';
import { type Change, findRule, type Named, removeRule, replaceRule, type RuleSet } from '../rules/rule-set.ts';
import { checkInstallmentRows, sortedRows } from './installment-table.ts';

const save = (
  rules: RuleSet,
  unsorted: InstallmentTable,
  withTable: (table: InstallmentTable) => readonly InstallmentTable[],
): Change<InstallmentTable> => {
  const problems = checkInstallmentRows(unsorted.rows);
  if (problems.length > 0) return invalid(problems);
  const { provider } = unsorted;
  if (rules.installmentTables.some((table) => table.id !== unsorted.id && table.provider === provider)) {
    return fail('conflict', { provider });
  }
  const table = { ...unsorted, rows: sortedRows(unsorted.rows) };
  return ok({ rules: { ...rules, installmentTables: withTable(table) }, rule: table });
};

/**
 * Adds the table of a provider; without a currency its amounts are in `defaultCurrency`. One that is there already stays
 * as it is. conflict when the provider has another, invalid_input
 */
export const addInstallmentTable = (
  rules: RuleSet,
  id: string,
  { table: input, defaultCurrency }: { table: z.output<typeof InstallmentTableInput>; defaultCurrency: string },
): Change<InstallmentTable> => {
  const made = findRule(rules.installmentTables, id);
  if (made.ok) return ok({ rules, rule: made.value });
  const table: InstallmentTable = {
    id,
    ...input,
    minTotal: input.minTotal ?? null,
    currency: input.currency ?? defaultCurrency,
    taxClass: input.taxClass ?? null,
    version: 1,
  };
  return save(rules, table, (saved) => [...rules.installmentTables, saved]);
};

/** Changes the fields given, the rows as a whole. not_found, precondition_failed, conflict, invalid_input */
export const changeInstallmentTable = (
  rules: RuleSet,
  { id, patch, expectedVersion }: Named & { patch: z.output<typeof InstallmentTablePatch> },
): Change<InstallmentTable> => {
  const found = findRule(rules.installmentTables, id, expectedVersion);
  if (!found.ok) return found;
  const before = found.value;
  const table: InstallmentTable = {
    id,
    provider: patch.provider ?? before.provider,
    rows: patch.rows ?? before.rows,
    minTotal: given(patch.minTotal, before.minTotal),
    currency: patch.currency ?? before.currency,
    taxClass: given(patch.taxClass, before.taxClass),
    enabled: patch.enabled ?? before.enabled,
    version: before.version + 1,
  };
  return save(rules, table, (saved) => replaceRule(rules.installmentTables, saved));
};

/** Takes a table away. not_found, precondition_failed */
export const removeInstallmentTable = (rules: RuleSet, named: Named): Change<InstallmentTable> =>
  removeRule(rules, 'installmentTables', named);
