import type { NewEvent } from '@kervan/contracts';
import { changeEntry, type Entry as Kept } from '@kervan/store';
import type { Movement, MovementType } from '../ledger/ledger.ts';
import { hasLapsed, type Reservation } from '../reservations/reservation.ts';
import { levelOf, stockKey, type StockRow } from '../stock/stock.ts';

/** A document in hand, and what its change tells the world. */
export type Entry<Document> = Kept<Document> & {
  readonly events: NewEvent[];
  /** The trace of the call that changed it last. */
  traceId: string;
};

/** What the ledger says of a SKU: the sums of its movements and the sequence of its last one. */
export type LedgerSums = { readonly onHand: number; readonly reserved: number; readonly movements: number };

/**
 * The documents a batch of commands is decided over, in memory. Commands change it one after another; whoever refuses
 * leaves it as it was. Written as one transaction, or thrown away and read again.
 */
export type Books = {
  readonly now: Date;
  /** By stock key. */
  readonly stock: Map<string, Entry<StockRow>>;
  /** By order id. */
  readonly reservations: Map<string, Entry<Reservation>>;
  /** New movements, in order. */
  readonly movements: Movement[];
  /** Ids of movements that were asked for and have been made, before this batch or in it. */
  readonly knownMovements: Set<string>;
  /** Sums of the ledger by stock key, for those that were asked for. */
  readonly sums: ReadonlyMap<string, LedgerSums>;
  /** Order ids of reservations that were held and past their time when read, oldest first, by stock key. */
  readonly lapsed: ReadonlyMap<string, readonly string[]>;
  /** Stock keys that were short, for whom lapsed reservations not yet read could make room. */
  readonly short: Set<string>;
  /** The trace of the command being decided. */
  traceId: string;
};

/** What was read for a batch. */
export type Stored = {
  readonly stock: readonly StockRow[];
  readonly reservations: readonly Reservation[];
  readonly knownMovements: ReadonlySet<string>;
  readonly sums: ReadonlyMap<string, LedgerSums>;
};

const entry = <Document>(stored: Document): Entry<Document> => ({ stored, current: stored, events: [], traceId: '' });

const byExpiry = (one: Reservation, other: Reservation): number => one.expiresAt.getTime() - other.expiresAt.getTime();

/** Books over what was read, nothing changed yet. */
export const openBooks = (stored: Stored, now: Date): Books => {
  const lapsed = new Map<string, string[]>();
  for (const reservation of stored.reservations.filter((one) => hasLapsed(one, now)).toSorted(byExpiry)) {
    for (const { sku } of reservation.lines) {
      const key = stockKey(reservation.tenant, sku);
      const there = lapsed.get(key);
      if (there === undefined) lapsed.set(key, [reservation._id]);
      else there.push(reservation._id);
    }
  }
  return {
    now,
    stock: new Map(stored.stock.map((row) => [row._id, entry(row)])),
    reservations: new Map(stored.reservations.map((reservation) => [reservation._id, entry(reservation)])),
    movements: [],
    knownMovements: new Set(stored.knownMovements),
    sums: stored.sums,
    lapsed,
    short: new Set(),
    traceId: '',
  };
};

/** Puts a changed document in the place of the current one, caused by the command being decided. */
export const change = <Document extends { version: number; updatedAt: Date }>(
  books: Books,
  of: Entry<Document>,
  current: Document,
): Document => {
  of.traceId = books.traceId;
  return changeEntry(of, current, books.now);
};

/** The row of a SKU; a new one with nothing on it when there is none. */
export const rowOf = (books: Books, tenant: string, sku: string): Entry<StockRow> => {
  const key = stockKey(tenant, sku);
  const there = books.stock.get(key);
  if (there !== undefined) return there;
  const current: StockRow = {
    _id: key,
    tenant,
    sku,
    onHand: 0,
    reserved: 0,
    backorder: false,
    lowStockAt: null,
    level: 'out',
    movements: 0,
    version: 1,
    createdAt: books.now,
    updatedAt: books.now,
  };
  const made: Entry<StockRow> = { stored: null, current, events: [], traceId: books.traceId };
  books.stock.set(key, made);
  return made;
};

/** Why and by whom pieces move. */
export type Cause = {
  readonly id: string;
  readonly type: MovementType;
  readonly orderId: string | null;
  readonly actor: string;
  readonly reason: string | null;
};

/** The only way numbers of a row change: with a movement in the ledger that says the same. */
export const move = (books: Books, of: Entry<StockRow>, onHandDelta: number, reservedDelta: number, cause: Cause) => {
  const before = of.current;
  const onHand = before.onHand + onHandDelta;
  const reserved = before.reserved + reservedDelta;
  const after = { ...before, onHand, reserved, movements: before.movements + 1 };
  change(books, of, { ...after, level: levelOf(after) });
  books.movements.push({
    _id: cause.id,
    tenant: before.tenant,
    sku: before.sku,
    sequence: after.movements,
    type: cause.type,
    onHandDelta,
    reservedDelta,
    orderId: cause.orderId,
    actor: cause.actor,
    reason: cause.reason,
    balance: { onHand, reserved },
    version: 1,
    createdAt: books.now,
    updatedAt: books.now,
  });
};
