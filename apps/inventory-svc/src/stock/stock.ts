import { createHash } from 'node:crypto';
import { emit, inventoryEvents, type NewEvent, type StockItem } from '@kervan/contracts';
import { z } from 'zod';

/** Where a SKU stands for whoever orders goods: `low` at or below `lowStockAt`, `out` when nothing can be sold. */
export const StockLevel = z.enum(['ok', 'low', 'out']);
export type StockLevel = z.infer<typeof StockLevel>;

/** One SKU of one shop as it is stored. `movements` counts its ledger rows, so that each row has a place in the order. */
export const StockRow = z.object({
  _id: z.string(),
  tenant: z.string(),
  sku: z.string(),
  onHand: z.number().int(),
  reserved: z.number().int(),
  backorder: z.boolean(),
  lowStockAt: z.number().int().nullable(),
  level: StockLevel,
  movements: z.number().int(),
  version: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
});
export type StockRow = z.infer<typeof StockRow>;

/** The `_id` of a SKU's stock: a tenant's slug has no colon, so that two shops never meet. */
export const stockKey = (tenant: string, sku: string): string => `${tenant}:${sku}`;

/** Pieces that may still be sold; below zero only with `backorder`. */
export const availableOf = (row: Pick<StockRow, 'onHand' | 'reserved'>): number => row.onHand - row.reserved;

const isLow = (row: StockRow): boolean => row.lowStockAt !== null && availableOf(row) <= row.lowStockAt;
const isOut = (row: StockRow): boolean => availableOf(row) <= 0;

/** The level that goes with a row's numbers. */
export const levelOf = (row: StockRow): StockLevel => (isOut(row) ? 'out' : isLow(row) ? 'low' : 'ok');

/** What a row's way from `before` to `after` tells the world: each threshold once, when it is crossed downwards. */
export const crossings = (before: StockRow, after: StockRow): NewEvent[] => [
  ...(after.lowStockAt !== null && isLow(after) && !isLow(before)
    ? [
        emit(inventoryEvents.stockLow, {
          sku: after.sku,
          available: availableOf(after),
          lowStockAt: after.lowStockAt,
        }),
      ]
    : []),
  ...(isOut(after) && !isOut(before) ? [emit(inventoryEvents.stockOut, { sku: after.sku })] : []),
];

/** The id under which a SKU's events travel. It stands in subjects, where most SKUs may stand as they are and the rest as a hash. */
export const stockAggregateId = (sku: string): string =>
  /^[A-Za-z0-9_-]+$/.test(sku) ? sku : `sku_${createHash('sha256').update(sku).digest('hex').slice(0, 32)}`;

/** A row as callers see it. */
export const stockItem = (row: StockRow): StockItem => ({
  sku: row.sku,
  onHand: row.onHand,
  reserved: row.reserved,
  available: availableOf(row),
  backorder: row.backorder,
  lowStockAt: row.lowStockAt,
  updatedAt: row.updatedAt.toISOString(),
});
