import { describe, expect, test } from '@jest/globals';
import type { ShippingMethod } from '@kervan/contracts';
import { feeRule, geozone, shippingMethod } from '../../test/builders.ts';
import { NO_RULES, type RuleSet } from '../rules/rule-set.ts';
import { changeShippingMethod, removeShippingMethod } from './shipping-method.changes.ts';
import { checkShippingMethod } from './shipping-method.ts';

type Rate = ShippingMethod['rates'][number];
const check = (given: Partial<ShippingMethod>) =>
  checkShippingMethod(shippingMethod({ code: 'standard', ...given }), new Set(['turkey', 'istanbul'])).map(
    ({ path, code }) => `${path} ${code}`,
  );
const bands = (basis: Rate['basis'], ...list: [from: number, to?: number | null][]) =>
  check({
    rates: [{ geozoneId: 'turkey', basis, bands: list.map(([from, to]) => ({ from, to: to ?? null, amount: 100 })) }],
  });

describe('bands', () => {
  test('stand side by side', () => {
    expect(bands('weight', [0, 1_000], [1_000, 5_000], [5_000])).toEqual([]);
    expect(bands('price', [0, 1_000], [1_000, 5_000])).toEqual([]);
    expect(bands('flat', [0])).toEqual([]);
  });
  test.each([
    ['a gap', bands('weight', [0, 1_000], [1_001]), ['rates.0.bands.1.from band_gap']],
    ['an overlap', bands('weight', [0, 1_000], [999]), ['rates.0.bands.1.from band_overlap']],
    ['a late beginning', bands('weight', [1]), ['rates.0.bands.0.from band_gap']],
    ['an open band before the last', bands('weight', [0], [1_000]), ['rates.0.bands.1 band_after_open']],
    ['an empty band', bands('weight', [0, 0], [0]), ['rates.0.bands.0.to band_empty']],
    ['a flat rate with bands', bands('flat', [0, 10], [10]), ['rates.0.bands flat_has_bands']],
    ['a flat rate with an end', bands('flat', [0, 10]), ['rates.0.bands flat_has_bands']],
  ])('refuse %s', (_, found, expected) => expect(found).toEqual(expected));
});

describe('a method', () => {
  const rate = (geozoneId: string): Rate => ({ geozoneId, basis: 'flat', bands: [{ from: 0, amount: 1 }] });
  test('has days in order', () => {
    expect(check({ minDays: 3, maxDays: 2 })).toEqual(['maxDays days_reversed']);
    expect(check({ minDays: 2, maxDays: 2 })).toEqual([]);
  });
  test('has one rate for each known geozone', () => {
    expect(check({ rates: [rate('turkey'), rate('istanbul')] })).toEqual([]);
    expect(check({ rates: [rate('nowhere')] })).toEqual(['rates.0.geozoneId unknown_geozone']);
    expect(check({ rates: [rate('turkey'), rate('turkey')] })).toEqual(['rates.1.geozoneId duplicate_geozone']);
  });
});

describe('a method that a fee rule names', () => {
  const express = shippingMethod({ code: 'express' });
  const rules: RuleSet = {
    ...NO_RULES,
    geozones: [geozone({ id: 'turkey' })],
    shippingMethods: [express, shippingMethod({ code: 'standard' })],
    feeRules: [feeRule({ code: 'fast', when: { shippingMethod: 'express' } })],
  };
  const { id } = express;
  const inUse = { ok: false, error: { code: 'in_use', details: { feeRules: ['fee_fast'] } } };
  test('keeps its code and stays; others go', () => {
    expect(removeShippingMethod(rules, { id })).toEqual(inUse);
    expect(changeShippingMethod(rules, { id, patch: { code: 'faster' } })).toEqual(inUse);
    expect(changeShippingMethod(rules, { id, patch: { code: 'express', kind: 'express' } })).toMatchObject({
      value: { rule: { ...express, kind: 'express', version: 2 } },
    });
    expect(removeShippingMethod(rules, { id: 'ship_standard' })).toMatchObject({ ok: true });
    expect(removeShippingMethod({ ...rules, feeRules: [] }, { id })).toMatchObject({ ok: true });
  });
});
