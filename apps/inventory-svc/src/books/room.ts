import type { ReservationLine, Shortage } from '@kervan/contracts';
import { orderMovementId, type MovementType } from '../ledger/ledger.ts';
import { hasLapsed, type Reservation } from '../reservations/reservation.ts';
import { availableOf, stockKey } from '../stock/stock.ts';
import { change, move, rowOf, type Books, type Entry } from './books.ts';

/** What one step of a reservation does to each piece of it. */
export const STEPS = {
  reserve: { onHand: 0, reserved: 1 },
  release: { onHand: 0, reserved: -1 },
  commit: { onHand: -1, reserved: -1 },
  return: { onHand: 1, reserved: 0 },
} as const satisfies Partial<Record<MovementType, { onHand: number; reserved: number }>>;

/** Moves all lines of a reservation one step, each with its row in the ledger. */
export const moveLines = (
  books: Books,
  { _id: orderId, tenant, lines, generation }: Reservation,
  step: keyof typeof STEPS,
  cause: { readonly actor: string; readonly reason: string | null },
): void => {
  const sign = STEPS[step];
  lines.forEach(({ sku, quantity }, index) => {
    const id = orderMovementId(orderId, step, generation, index);
    move(books, rowOf(books, tenant, sku), sign.onHand * quantity, sign.reserved * quantity, {
      id,
      type: step,
      orderId,
      ...cause,
    });
  });
};

/** Gives back the goods of a reservation whose time is over. */
export const expireEntry = (books: Books, entry: Entry<Reservation>): void => {
  moveLines(books, entry.current, 'release', { actor: 'system', reason: 'lapsed' });
  change(books, entry, { ...entry.current, status: 'expired' });
};

const lapsedWith = (books: Books, key: string): Entry<Reservation>[] =>
  (books.lapsed.get(key) ?? [])
    .map((orderId) => books.reservations.get(orderId))
    .filter((entry) => entry !== undefined)
    .filter((entry) => hasLapsed(entry.current, books.now));

const piecesOf = (reservation: Reservation, sku: string): number =>
  reservation.lines.find((line) => line.sku === sku)?.quantity ?? 0;

type Need = { readonly key: string; readonly sku: string; readonly pieces: number };

/** The most that could be had of a SKU: what is available and what lapsed reservations still hold. */
const withinReach = (books: Books, { key, sku }: Need): number => {
  const row = books.stock.get(key)?.current;
  if (row === undefined) return 0;
  return lapsedWith(books, key).reduce((sum, entry) => sum + piecesOf(entry.current, sku), availableOf(row));
};

/**
 * Makes sure that each need can be taken from what is available, if need be by ending lapsed reservations, oldest first.
 * Answers what is short; then nothing was changed. A lapsed reservation that nobody needs stays: its buyer may still pay.
 */
export const makeRoom = (books: Books, tenant: string, lines: readonly ReservationLine[]): Shortage[] => {
  const needs = lines
    .map(({ sku, quantity }) => ({ key: stockKey(tenant, sku), sku, pieces: quantity }))
    .filter(({ key, pieces }) => {
      const row = books.stock.get(key)?.current;
      return row === undefined || (!row.backorder && availableOf(row) < pieces);
    });
  const shortages: Shortage[] = [];
  for (const need of needs) {
    const reach = withinReach(books, need);
    if (reach >= need.pieces) continue;
    if (books.stock.has(need.key)) books.short.add(need.key);
    shortages.push({ sku: need.sku, requested: need.pieces, available: Math.max(0, reach) });
  }
  if (shortages.length > 0) return shortages;
  for (const { key, pieces } of needs) {
    for (const entry of lapsedWith(books, key)) {
      const row = books.stock.get(key)?.current;
      if (row === undefined || availableOf(row) >= pieces) break;
      expireEntry(books, entry);
    }
  }
  return [];
};
