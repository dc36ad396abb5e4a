import { describe, expect, test } from '@jest/globals';
import { InstallmentTableInput, InstallmentTablePatch } from '@kervan/contracts';
import type { z } from 'zod';
import { installmentTable } from '../../test/builders.ts';
import { NO_RULES, type RuleSet } from '../rules/rule-set.ts';
import { addInstallmentTable, changeInstallmentTable, removeInstallmentTable } from './installment-table.changes.ts';

const sandbox = installmentTable({ provider: 'sandbox', minTotal: 10_000, taxClass: 'reduced' });
const stripe = installmentTable({ provider: 'stripe' });
const rules: RuleSet = { ...NO_RULES, installmentTables: [sandbox, stripe] };
const add = (input: z.input<typeof InstallmentTableInput>) =>
  addInstallmentTable(rules, 'inst_new', { table: InstallmentTableInput.parse(input), defaultCurrency: 'TRY' });
const change = (patch: z.input<typeof InstallmentTablePatch>) =>
  changeInstallmentTable(rules, { id: sandbox.id, patch: InstallmentTablePatch.parse(patch) });
const rows = (...numbers: number[]) => numbers.map((installments) => ({ installments, rate: installments * 100 }));
const twice = { errors: [{ path: 'rows.2.installments', code: 'duplicate_installments' }] };

describe('an installment table', () => {
  test('is kept with its rows in order, and says what was left out', () => {
    const table = {
      id: 'inst_new',
      provider: 'iyzico',
      rows: rows(2, 6, 12),
      minTotal: null,
      currency: 'TRY',
      taxClass: null,
      enabled: true,
      version: 1,
    };
    const made = add({ provider: 'iyzico', rows: rows(12, 2, 6) });
    expect(made).toMatchObject({ value: { rule: table, rules: { installmentTables: [sandbox, stripe, table] } } });
  });

  test('is the only one of its provider', () => {
    expect(add({ provider: 'stripe', rows: rows(2) })).toMatchObject({
      error: { code: 'conflict', details: { provider: 'stripe' } },
    });
    expect(change({ provider: 'stripe' })).toMatchObject({ error: { code: 'conflict' } });
    expect(change({ provider: 'sandbox' })).toMatchObject({ ok: true });
  });

  test('names the row that says a number of installments twice', () => {
    expect(add({ provider: 'iyzico', rows: rows(6, 3, 6) })).toMatchObject({ error: { details: twice } });
    expect(change({ rows: rows(6, 3, 6) })).toMatchObject({ error: { details: twice } });
  });

  test('keeps what is not named, loses what is null', () => {
    expect(change({ enabled: false })).toMatchObject({ value: { rule: { ...sandbox, enabled: false, version: 2 } } });
    expect(change({ minTotal: null, taxClass: null, rows: rows(9, 3) })).toMatchObject({
      value: { rule: { ...sandbox, minTotal: null, taxClass: null, rows: rows(3, 9), version: 2 } },
    });
  });

  test('is changed and deleted in the version that was seen', () => {
    const { id } = sandbox;
    const stale = { error: { code: 'precondition_failed', details: { version: 1 } } };
    expect(changeInstallmentTable(rules, { id, patch: {}, expectedVersion: 2 })).toMatchObject(stale);
    expect(removeInstallmentTable(rules, { id, expectedVersion: 2 })).toMatchObject(stale);
    expect(removeInstallmentTable(rules, { id: 'inst_none' })).toMatchObject({ error: { code: 'not_found' } });
    expect(removeInstallmentTable(rules, { id, expectedVersion: 1 })).toMatchObject({
      value: { rule: sandbox, rules: { installmentTables: [stripe] } },
    });
  });
});
