import type { EventEnvelope, NewEvent } from '@kervan/contracts';
import type { Store } from '@kervan/store';
import { z } from 'zod';
import { ledger, reservations, stock } from '../collections.ts';
import { Reservation } from '../reservations/reservation.ts';
import { crossings, stockAggregateId, stockKey, StockRow } from '../stock/stock.ts';
import type { Books, Entry, LedgerSums, Stored } from './books.ts';
import { appendEvents, Outbox } from './outbox.ts';

type Native = ReturnType<Store['raw']>;
/** A database session with a transaction under way. */
export type Session = ReturnType<Native['db']['client']['startSession']>;

/** SKUs by tenant. */
export type SkusByTenant = ReadonlyMap<string, ReadonlySet<string>>;

/** What a batch wants to look at. */
export type Needs = {
  readonly orderIds: ReadonlySet<string>;
  readonly skus: SkusByTenant;
  readonly movementIds: ReadonlySet<string>;
  /** SKUs whose ledger is to be summed. */
  readonly sums: SkusByTenant;
};

/** An event that was written into the outbox of a document. */
export type WrittenEvent = { readonly collection: string; readonly id: string; readonly event: EventEnvelope };

/** How many lapsed reservations one look brings. */
const LAPSED_AT_ONCE = 200;

const WITHOUT_OUTBOX = { outbox: 0, eventSequence: 0 };
const Known = z.object({ _id: z.string() });
const Sums = z.object({ _id: z.string(), onHand: z.number(), reserved: z.number(), movements: z.number() });

/** The sums of a SKU's movements, and its last place in the ledger. */
export const SUM_BY_SKU = {
  $group: {
    _id: '$sku',
    onHand: { $sum: '$onHandDelta' },
    reserved: { $sum: '$reservedDelta' },
    movements: { $max: '$sequence' },
  },
};

const keysOf = (held: readonly Reservation[]): string[] =>
  held.flatMap(({ tenant, lines }) => lines.map(({ sku }) => stockKey(tenant, sku)));

type Kept = { _id: string; tenant: string; version: number };

const isChanged = <Document>({ stored, current }: Entry<Document>): boolean => stored !== current;

const changedFields = <Document extends Kept>(stored: Document, current: Document): Record<string, unknown> =>
  Object.fromEntries(Object.entries(current).filter(([field, value]) => Reflect.get(stored, field) !== value));

/** The reading and writing of books, each in a session whose transaction the caller begins and ends. */
export const booksStore = (store: Store) => {
  const native = { stock: store.raw(stock), reservations: store.raw(reservations), ledger: store.raw(ledger) };

  const readStock = async (session: Session, keys: readonly string[]): Promise<StockRow[]> => {
    if (keys.length === 0) return [];
    const found = native.stock.find({ _id: { $in: keys } }, { session, projection: WITHOUT_OUTBOX });
    return (await found.toArray()).map((document) => StockRow.parse(document));
  };

  const readReservations = async (session: Session, orderIds: readonly string[]): Promise<Reservation[]> => {
    if (orderIds.length === 0) return [];
    // By order id alone: an id that another shop uses is taken, and whoever decides has to know.
    const found = native.reservations.find({ _id: { $in: orderIds } }, { session, projection: WITHOUT_OUTBOX });
    return (await found.toArray()).map((document) => Reservation.parse(document));
  };

  const readMovements = async (session: Session, ids: readonly string[]): Promise<Set<string>> => {
    if (ids.length === 0) return new Set();
    const found = native.ledger.find({ _id: { $in: ids } }, { session, projection: { _id: 1 } });
    return new Set((await found.toArray()).map((document) => Known.parse(document)._id));
  };

  const readSums = async (session: Session, wanted: SkusByTenant): Promise<Map<string, LedgerSums>> => {
    const sums = new Map<string, LedgerSums>();
    for (const [tenant, skus] of wanted) {
      const summed = native.ledger.aggregate([{ $match: { tenant, sku: { $in: [...skus] } } }, SUM_BY_SKU], {
        session,
      });
      for (const row of (await summed.toArray()).map((document) => Sums.parse(document))) {
        sums.set(stockKey(tenant, row._id), row);
      }
    }
    return sums;
  };

  /** The outboxes of documents with something to tell, after they told it. */
  const fillOutboxes = async (
    session: Session,
    collection: Native,
    telling: readonly { readonly of: Kept & { aggregateId: string; traceId: string }; readonly events: NewEvent[] }[],
    now: Date,
  ): Promise<Map<string, Outbox>> => {
    if (telling.length === 0) return new Map();
    const found = collection.find(
      { _id: { $in: telling.map(({ of }) => of._id) } },
      { session, projection: { outbox: 1, eventSequence: 1 } },
    );
    const before = new Map((await found.toArray()).map((document) => [String(document._id), Outbox.parse(document)]));
    return new Map(
      telling.map(({ of: { _id, tenant, aggregateId, traceId }, events }) => {
        const empty = { _id, outbox: [], eventSequence: 0 };
        return [_id, appendEvents(before.get(_id) ?? empty, { tenant, aggregateId, traceId }, events, now)];
      }),
    );
  };

  /** Writes changed documents, each on the condition that it is still what was read; null when one is not. */
  const writeEntries = async <Document extends Kept>(
    session: Session,
    collection: Native,
    entries: readonly Entry<Document>[],
    kind: { aggregateId: (document: Document) => string; events: (entry: Entry<Document>) => NewEvent[]; now: Date },
  ): Promise<WrittenEvent[] | null> => {
    if (entries.length === 0) return [];
    const telling = entries
      .map((entry) => {
        const { _id, tenant, version } = entry.current;
        const of = { _id, tenant, version, aggregateId: kind.aggregateId(entry.current), traceId: entry.traceId };
        return { of, events: kind.events(entry) };
      })
      .filter(({ events }) => events.length > 0);
    const outboxes = await fillOutboxes(session, collection, telling, kind.now);
    const updates = entries.flatMap(({ stored, current }) => {
      if (stored === null) return [];
      const $set = { ...changedFields(stored, current), ...outboxes.get(current._id) };
      const { _id, tenant, version } = stored;
      return [{ updateOne: { filter: { _id, tenant, version }, update: { $set } } }];
    });
    const inserts = entries.flatMap(({ stored, current }) =>
      stored === null ? [{ insertOne: { document: { ...current, ...outboxes.get(current._id) } } }] : [],
    );
    const { matchedCount } = await collection.bulkWrite([...updates, ...inserts], { session });
    if (matchedCount !== updates.length) return null;
    return telling.flatMap(({ of, events }) =>
      (outboxes.get(of._id)?.outbox ?? [])
        .slice(-events.length)
        .map(({ sent: _sent, ...event }) => ({ collection: collection.collectionName, id: of._id, event })),
    );
  };

  return {
    client: native.stock.db.client,

    /** Everything a batch needs, in one find of each kind. */
    read: async (session: Session, needs: Needs): Promise<Stored> => {
      const held = await readReservations(session, [...needs.orderIds]);
      const keys = new Set(keysOf(held));
      for (const [tenant, skus] of needs.skus) for (const sku of skus) keys.add(stockKey(tenant, sku));
      return {
        reservations: held,
        stock: await readStock(session, [...keys]),
        knownMovements: await readMovements(session, [...needs.movementIds]),
        sums: await readSums(session, needs.sums),
      };
    },

    /** What was read, and the oldest lapsed reservations of these SKUs with all their rows; null when there are no more. */
    readLapsed: async (session: Session, stored: Stored, wanted: SkusByTenant, now: Date): Promise<Stored | null> => {
      const known = stored.reservations.map(({ _id }) => _id);
      const found: Reservation[] = [];
      for (const [tenant, skus] of wanted) {
        const lapsed = { tenant, status: 'held', 'lines.sku': { $in: [...skus] }, expiresAt: { $lt: now } };
        const cursor = native.reservations
          .find({ ...lapsed, _id: { $nin: known } }, { session, projection: WITHOUT_OUTBOX })
          .sort({ expiresAt: 1 })
          .limit(LAPSED_AT_ONCE);
        found.push(...(await cursor.toArray()).map((document) => Reservation.parse(document)));
      }
      if (found.length === 0) return null;
      const there = new Set(stored.stock.map(({ _id }) => _id));
      const rows = await readStock(
        session,
        [...new Set(keysOf(found))].filter((key) => !there.has(key)),
      );
      return { ...stored, reservations: [...stored.reservations, ...found], stock: [...stored.stock, ...rows] };
    },

    /** Writes what changed; answers the events that go with it, or null when someone else was faster: then nothing may stay. */
    write: async (session: Session, { now, ...books }: Books): Promise<WrittenEvent[] | null> => {
      const rows = [...books.stock.values()].filter(isChanged);
      const held = [...books.reservations.values()].filter(isChanged);
      // Stock first: where others contend, a conflict shows before the rest is written.
      const fromStock = await writeEntries(session, native.stock, rows, {
        aggregateId: ({ sku }) => stockAggregateId(sku),
        events: ({ stored, current }) => (stored === null ? [] : crossings(stored, current)),
        now,
      });
      if (fromStock === null) return null;
      const fromHeld = await writeEntries(session, native.reservations, held, {
        aggregateId: ({ _id }) => _id,
        events: ({ events }) => events,
        now,
      });
      if (fromHeld === null) return null;
      if (books.movements.length > 0) await native.ledger.insertMany(books.movements, { session });
      return [...fromStock, ...fromHeld];
    },
  };
};
