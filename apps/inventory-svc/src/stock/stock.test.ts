import { expect, test } from '@jest/globals';
import { crossings, levelOf, stockAggregateId, type StockRow } from './stock.ts';

const row = (onHand: number, reserved: number, lowStockAt: number | null): StockRow => ({
  _id: 'demo:shirt',
  tenant: 'demo',
  sku: 'shirt',
  onHand,
  reserved,
  backorder: false,
  lowStockAt,
  level: 'ok',
  movements: 1,
  version: 1,
  createdAt: new Date(0),
  updatedAt: new Date(0),
});

test.each([
  [row(10, 0, 5), 'ok'],
  [row(10, 5, 5), 'low'],
  [row(10, 10, 5), 'out'],
  [row(10, 9, null), 'ok'],
  [row(0, 3, null), 'out'],
])('the level of %j is %s', (of, level) => {
  expect(levelOf(of)).toBe(level);
});

test.each([
  [row(10, 0, 5), row(10, 4, 5), []],
  [row(10, 4, 5), row(10, 5, 5), ['stock.low']],
  [row(10, 5, 5), row(10, 6, 5), []],
  [row(10, 6, 5), row(10, 10, 5), ['stock.out']],
  [row(10, 0, 5), row(10, 10, 5), ['stock.low', 'stock.out']],
  [row(10, 10, 5), row(10, 12, 5), []],
  [row(10, 10, 5), row(20, 10, 5), []],
  [row(10, 6, null), row(10, 6, 5), ['stock.low']],
])('from %j to %j tells %j', (before, after, types) => {
  expect(crossings(before, after).map(({ type }) => type)).toEqual(types);
});

test('any SKU has a token for subjects', () => {
  expect(stockAggregateId('SHIRT-42_b')).toBe('SHIRT-42_b');
  for (const sku of ['a b', 'a.b', '*', '>', 'gömlek', 'x'.repeat(63) + '.']) {
    expect(stockAggregateId(sku)).toMatch(/^sku_[0-9a-f]{32}$/);
  }
});
