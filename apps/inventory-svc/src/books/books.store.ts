import type { EventEnvelope, NewEvent } from '@kervan/contracts';
import { isChanged, type Session, type Store, writeEntries } from '@kervan/store';
import { reach } from '@kervan/test-points';
import { z } from 'zod';
import { ledger, reservations, stock } from '../collections.ts';
import { Movement } from '../ledger/ledger.ts';
import { Reservation } from '../reservations/reservation.ts';
import { crossings, stockAggregateId, stockKey, StockRow } from '../stock/stock.ts';
import type { Books, Entry, Stored } from './books.ts';
import { appendEvents, Outbox } from './outbox.ts';

type Native = ReturnType<Store['raw']>;

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

const WITHOUT_OUTBOX = { $project: { outbox: 0, eventSequence: 0, prunedAt: 0 } };
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

/** One collection's share of what is read together. */
type Part = {
  readonly kind: 'stock' | 'reservation' | 'movement' | 'sums';
  readonly from: Native;
  readonly stages: readonly Record<string, unknown>[];
};

const NOTHING: Stored = { stock: [], reservations: [], knownMovements: new Set(), sums: new Map() };

/** The reading and writing of books, each in a session of the caller. */
export const booksStore = (store: Store) => {
  const native = { stock: store.raw(stock), reservations: store.raw(reservations), ledger: store.raw(ledger) };

  /** Documents of several collections as they stood at one moment, in one command: commands are what a small batch costs. */
  const readTogether = async (session: Session, parts: readonly Part[]): Promise<Stored> => {
    const tag = ({ kind, stages }: Part) => [...stages, { $project: { _id: 0, kind, document: '$$ROOT' } }];
    const [first, ...others] = parts;
    if (first === undefined) return NOTHING;
    const unions = others.map((part) => ({ $unionWith: { coll: part.from.collectionName, pipeline: tag(part) } }));
    const read = await first.from.aggregate([...tag(first), ...unions], { session }).toArray();
    const ofKind = (kind: Part['kind']) => read.filter((row) => row['kind'] === kind).map((row) => row['document']);
    return {
      reservations: ofKind('reservation').map((document) => Reservation.parse(document)),
      stock: ofKind('stock').map((document) => StockRow.parse(document)),
      knownMovements: new Set(ofKind('movement').map((document) => Movement.parse(document)._id)),
      sums: new Map(
        ofKind('sums').map((document) => {
          const sums = Sums.parse(document);
          return [sums._id, sums];
        }),
      ),
    };
  };

  const stockOf = (keys: readonly string[]): Part[] =>
    keys.length === 0
      ? []
      : [{ kind: 'stock', from: native.stock, stages: [{ $match: { _id: { $in: keys } } }, WITHOUT_OUTBOX] }];

  const reservationsOf = (stages: Part['stages']): Part => ({
    kind: 'reservation',
    from: native.reservations,
    stages: [...stages, WITHOUT_OUTBOX],
  });

  const sumsOf = ([tenant, skus]: [string, ReadonlySet<string>]): Part => ({
    kind: 'sums',
    from: native.ledger,
    stages: [
      { $match: { tenant, sku: { $in: [...skus] } } },
      SUM_BY_SKU,
      { $set: { _id: { $concat: [stockKey(tenant, ''), '$_id'] } } },
    ],
  });

  const movementsOf = (ids: readonly string[]): Part => ({
    kind: 'movement',
    from: native.ledger,
    stages: [{ $match: { _id: { $in: ids } } }],
  });

  /** What was read and the stock of the lines of its reservations, as far as it is missing. */
  const withRows = async (session: Session, stored: Stored): Promise<Stored> => {
    const there = new Set(stored.stock.map(({ _id }) => _id));
    const missing = new Set(keysOf(stored.reservations).filter((key) => !there.has(key)));
    const { stock: rows } = await readTogether(session, stockOf([...missing]));
    return { ...stored, stock: [...stored.stock, ...rows] };
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

  /** Writes changed documents and what they tell; null when someone else was faster. */
  const writeTelling = async <Document extends Kept>(
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
    const written = await writeEntries(collection, entries, session, ({ _id }) => ({ ...outboxes.get(_id) }));
    if (!written) return null;
    return telling.flatMap(({ of, events }) =>
      (outboxes.get(of._id)?.outbox ?? [])
        .slice(-events.length)
        .map(({ sent: _sent, ...event }) => ({ collection: collection.collectionName, id: of._id, event })),
    );
  };

  return {
    /** Everything a batch needs. */
    read: async (session: Session, { orderIds, skus, movementIds, sums }: Needs): Promise<Stored> => {
      const keys = [...skus].flatMap(([tenant, ofTenant]) => [...ofTenant].map((sku) => stockKey(tenant, sku)));
      const parts = [
        ...stockOf(keys),
        // By order id alone: an id that another shop uses is taken, and whoever decides has to know.
        ...(orderIds.size === 0 ? [] : [reservationsOf([{ $match: { _id: { $in: [...orderIds] } } }])]),
        ...(movementIds.size === 0 ? [] : [movementsOf([...movementIds])]),
        ...[...sums].map(sumsOf),
      ];
      return withRows(session, await readTogether(session, parts));
    },

    /** What was read, and the oldest lapsed reservations of these SKUs with all their rows; null when there are no more. */
    readLapsed: async (session: Session, stored: Stored, wanted: SkusByTenant, now: Date): Promise<Stored | null> => {
      const known = stored.reservations.map(({ _id }) => _id);
      const parts = [...wanted].map(([tenant, skus]) =>
        reservationsOf([
          {
            $match: {
              tenant,
              status: 'held',
              'lines.sku': { $in: [...skus] },
              expiresAt: { $lt: now },
              _id: { $nin: known },
            },
          },
          { $sort: { expiresAt: 1 } },
          { $limit: LAPSED_AT_ONCE },
        ]),
      );
      const { reservations: found } = await readTogether(session, parts);
      if (found.length === 0) return null;
      return withRows(session, { ...stored, reservations: [...stored.reservations, ...found] });
    },

    /** Whether there is anything to write: refusals and repeats leave nothing. */
    isUntouched: (books: Books): boolean =>
      ![...books.stock.values()].some(isChanged) && ![...books.reservations.values()].some(isChanged),

    /** Writes what changed; answers the events that go with it, or null when someone else was faster: then nothing may stay. */
    write: async (session: Session, { now, ...books }: Books): Promise<WrittenEvent[] | null> => {
      const rows = [...books.stock.values()].filter(isChanged);
      const held = [...books.reservations.values()].filter(isChanged);
      // Stock first: where others contend, a conflict shows before the rest is written.
      const fromStock = await writeTelling(session, native.stock, rows, {
        aggregateId: ({ sku }) => stockAggregateId(sku),
        events: ({ stored, current }) => (stored === null ? [] : crossings(stored, current)),
        now,
      });
      if (fromStock === null) return null;
      reach('stock.inside');
      const fromHeld = await writeTelling(session, native.reservations, held, {
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
