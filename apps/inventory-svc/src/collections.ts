import { defineCollection, type Store } from '@kervan/store';
import { Movement } from './ledger/ledger.ts';
import { Reservation } from './reservations/reservation.ts';
import { StockRow } from './stock/stock.ts';

/** One document per SKU of a shop; `_id` is `<tenant>:<sku>`. */
export const stock = defineCollection<StockRow>({
  name: 'stock',
  schema: StockRow,
  outbox: 'inventory',
  indexes: [{ key: { sku: 1 }, unique: true }, { key: { level: 1, sku: 1 } }],
});

/** One document per order; `_id` is the order's id. */
export const reservations = defineCollection<Reservation>({
  name: 'reservations',
  schema: Reservation,
  outbox: 'inventory',
  indexes: [
    { key: { createdAt: -1, _id: -1 } },
    // Who still holds a SKU past its time: asked by the write that is short of it.
    { key: { 'lines.sku': 1, expiresAt: 1 }, partial: { status: 'held' }, name: 'held_by_sku' },
    // What the sweep tidies, of all shops.
    { key: { expiresAt: 1 }, partial: { status: 'held' }, acrossTenants: true, name: 'held_by_expiry' },
  ],
});

/** Append-only: the unique place in the SKU's order keeps two writers from telling different stories. */
export const ledger = defineCollection<Movement>({
  name: 'ledger',
  schema: Movement,
  indexes: [{ key: { sku: 1, sequence: -1 }, unique: true }],
});

/** The opened collections. Opened once for the whole service: what is asked for in one turn goes together. */
export const openCollections = (store: Store) => ({
  stock: store.collection(stock),
  reservations: store.collection(reservations),
  ledger: store.collection(ledger),
});
export type Collections = ReturnType<typeof openCollections>;
