import { fail, ok, type Result, type StockAdjustment } from '@kervan/contracts';
import type { z } from 'zod';
import { change, move, rowOf, type Books } from '../books/books.ts';
import { makeRoom } from '../books/room.ts';
import { onceMovementId, type MovementType } from '../ledger/ledger.ts';
import { levelOf, stockKey, type StockRow } from './stock.ts';

export type Adjust = {
  readonly tenant: string;
  readonly sku: string;
  readonly adjustment: z.infer<typeof StockAdjustment>;
  /** The id of its ledger row: the same under the same key of the caller, so that a repeat is seen. */
  readonly movementId: string;
  readonly actor: string;
};

const typeOf = ({ count, delta, reason }: Adjust['adjustment']): MovementType => {
  if (count !== undefined) return 'count';
  return (delta ?? 0) > 0 && /^receive/i.test(reason) ? 'receive' : 'adjust';
};

/** Changes what is on the shelf, by a difference or to a count, and how it is sold. sku_not_found, stock_below_zero */
export const adjust = (books: Books, command: Adjust): Result<StockRow> => {
  const { tenant, sku, adjustment } = command;
  const entry = books.stock.get(stockKey(tenant, sku));
  if (entry === undefined) return fail('sku_not_found', { sku });
  if (books.knownMovements.has(command.movementId)) return ok(entry.current);
  const before = entry.current;
  const delta = adjustment.count === undefined ? (adjustment.delta ?? 0) : adjustment.count - before.onHand;
  const backorder = adjustment.backorder ?? before.backorder;
  const onHand = before.onHand + delta;
  const refused = fail('stock_below_zero', {
    sku,
    onHand: before.onHand,
    reserved: before.reserved,
    requested: onHand,
  });
  const takesAway = delta < 0 || (before.backorder && !backorder);
  if (takesAway && onHand < 0) return refused;
  if (takesAway && !backorder && onHand < before.reserved) {
    // What lapsed reservations hold may go: as if someone bought the pieces that leave.
    if (before.backorder || makeRoom(books, tenant, [{ sku, quantity: -delta }]).length > 0) return refused;
  }
  const lowStockAt = adjustment.lowStockAt === undefined ? before.lowStockAt : adjustment.lowStockAt;
  const settings = { ...entry.current, backorder, lowStockAt };
  change(books, entry, { ...settings, level: levelOf(settings) });
  books.knownMovements.add(command.movementId);
  move(books, entry, delta, 0, {
    id: command.movementId,
    type: typeOf(adjustment),
    orderId: null,
    actor: command.actor,
    reason: (adjustment.note ?? null) === null ? adjustment.reason : `${adjustment.reason}: ${adjustment.note ?? ''}`,
  });
  return ok(entry.current);
};

export type Ensure = {
  readonly tenant: string;
  readonly items: readonly { readonly sku: string; readonly onHand: number; readonly backorder: boolean }[];
  readonly actor: string;
};

/** Makes rows for SKUs that have none; answers how many it made. Rows that are there stay as they are. */
export const ensure = (books: Books, { tenant, items, actor }: Ensure): Result<number> => {
  let created = 0;
  for (const { sku, onHand, backorder } of items) {
    if (books.stock.has(stockKey(tenant, sku))) continue;
    const entry = rowOf(books, tenant, sku);
    change(books, entry, { ...entry.current, backorder });
    if (onHand > 0) {
      const id = onceMovementId(tenant, sku, 'first receive');
      move(books, entry, onHand, 0, { id, type: 'receive', orderId: null, actor, reason: null });
    }
    created += 1;
  }
  return ok(created);
};

/** Puts a row right from its ledger; false when they agree (someone else was faster, or the reader saw too little). */
export const repair = (
  books: Books,
  { tenant, sku }: { readonly tenant: string; readonly sku: string },
): Result<boolean> => {
  const key = stockKey(tenant, sku);
  if (!books.stock.has(key) && !books.sums.has(key)) return ok(false);
  const sums = books.sums.get(key) ?? { onHand: 0, reserved: 0, movements: 0 };
  const entry = rowOf(books, tenant, sku);
  const { current } = entry;
  if (current.onHand === sums.onHand && current.reserved === sums.reserved) return ok(false);
  const movements = Math.max(current.movements, sums.movements);
  const after = { ...current, onHand: sums.onHand, reserved: sums.reserved, movements };
  change(books, entry, { ...after, level: levelOf(after) });
  return ok(true);
};
