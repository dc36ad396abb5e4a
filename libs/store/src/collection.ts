import { fail, ok } from '@kervan/contracts';
import type { NewEvent, Page, Result } from '@kervan/contracts';
import { requireTenant } from '@kervan/tenant';
import type { Model, mongo } from 'mongoose';
import { checkFieldName } from './changes.ts';
import { createMemory } from './memory.ts';
import { cursorAfter, filterAfter, readCursor, totalOrder } from './cursor.ts';
import type { Sort } from './cursor.ts';
import type { Updated } from './decide.ts';
import type { Decision } from './decision.ts';
import { eventRows } from './event-rows.ts';
import { inserts } from './insert.ts';
import { marks } from './mark.ts';
import type { MarkStatement } from './mark.ts';
import type { WrittenEvent } from './outbox.ts';
import { lookups, lookupsBy, WITHOUT_OUTBOX } from './read.ts';
import type { CollectionSpec, Kept, New, OutboxRow, Stored } from './spec.ts';
import { updates } from './update.ts';
import { versionedWrites } from './versioned-write.ts';

type Filter = Readonly<Record<string, unknown>>;

/**
 * A collection of one shop after the other: every call names its tenant and sees that tenant's documents only. What
 * is read is shared between all who ask in the same turn, so nobody changes it.
 */
export type Collection<T extends Stored> = {
  /** The document, or null. All gets of a turn are one find. */
  get(tenant: string, id: string): Promise<T | null>;
  /** Those that exist, in the order asked. In the same find as the gets. */
  getMany(tenant: string, ids: readonly string[]): Promise<T[]>;
  /** The document whose indexed field holds this value (or has it as a member), or null. Grouped like `get`. */
  findBy(tenant: string, field: string, value: string | number): Promise<T | null>;
  /** Makes a document, with its events, and answers it; null when its id or a unique value of it is taken. */
  insert(document: New<T>, events?: readonly NewEvent[], traceId?: string): Promise<T | null>;
  /**
   * Reads, decides, and writes document and events at once if nobody changed the document meanwhile, else again. Fails
   * with `not_found`; with `conflict` when a unique index refuses the change; with `service_unavailable` when others
   * kept changing it. A decision is pure: it may be made several times.
   */
  update<R>(
    tenant: string,
    id: string,
    decide: (document: T) => Decision<T, R>,
    traceId?: string,
  ): Promise<Updated<T, R>>;
  /**
   * An update that begins with a document this collection has just answered, and reads it only when somebody has changed
   * it since. What the decision keeps or refuses rests on a document as old as that answer.
   */
  change<R>(document: T, decide: (document: T) => Decision<T, R>, traceId?: string): Promise<Updated<T, R>>;
  /** Does the statement to the document if its filter matches. Does not count as a version. Grouped by statement. */
  mark(tenant: string, id: string, statement: MarkStatement): Promise<void>;
  /** A page in this order, from the start or after a cursor; fails with `invalid_cursor`. */
  list(
    tenant: string,
    filter: Filter,
    options: { sort: Sort; limit: number; cursor?: string | undefined },
  ): Promise<Result<Page<T>>>;
  /** Deletes the document; false when there is none (or none in this version, where one is named). */
  remove(tenant: string, id: string, version?: number): Promise<boolean>;
  /** For jobs only: every tenant's documents. */
  readonly acrossTenants: {
    find(filter: Filter, options: { sort?: Sort; limit: number }): Promise<T[]>;
  };
};

type Deps<T extends Stored> = {
  readonly spec: CollectionSpec<T>;
  readonly model: Model<T>;
  readonly native: mongo.Collection<Kept<Stored>>;
  readonly clock: () => Date;
  readonly announce: (written: readonly WrittenEvent[]) => void;
};

/** Opens a collection. The grouped calls go to the driver itself, all others through the guarded model. */
export const openCollection = <T extends Stored>({ spec, model, native, clock, announce }: Deps<T>): Collection<T> => {
  const lookup = lookups<T>(native);
  const lookupBy = new Map<string, ReturnType<typeof lookupsBy<T>>>();
  const markBy = new WeakMap<MarkStatement, ReturnType<typeof marks>>();
  const tell = (written: readonly { readonly id: string; readonly rows: readonly OutboxRow[] }[]): void => {
    const { name, outbox } = spec;
    if (outbox === undefined || written.length === 0) return;
    announce(written.flatMap(({ id, rows }) => rows.map((event) => ({ collection: name, owner: outbox, id, event }))));
  };
  const insert = inserts(native, (documents) => {
    tell(documents.flatMap(({ _id: id, outbox }) => (outbox === undefined ? [] : [{ id, rows: outbox }])));
  });
  const write = versionedWrites(native, (writes) => tell(writes));
  const memory = createMemory(spec);
  const update = updates<T>({ spec, clock, memory, read: lookup, write });

  return {
    get: async (tenant, id) => {
      const [kept] = await lookup({ tenant: requireTenant(tenant), ids: [id] });
      return kept === undefined || kept === null ? null : memory.hand(kept);
    },
    getMany: async (tenant, ids) => {
      requireTenant(tenant);
      if (ids.length === 0) return [];
      const found = await lookup({ tenant, ids });
      return found.flatMap((kept) => (kept === null ? [] : [memory.hand(kept)]));
    },
    findBy: async (tenant, field, value) => {
      let ask = lookupBy.get(field);
      if (ask === undefined) lookupBy.set(field, (ask = lookupsBy<T>(native, field)));
      const kept = await ask({ tenant: requireTenant(tenant), value });
      return kept === null ? null : memory.hand(kept);
    },
    insert: async (document, events = [], traceId = '') => {
      const made = newDocument(spec, document, events, { traceId, now: clock() });
      const outcome = await insert(made);
      if (typeof outcome === 'object') throw outcome.error;
      return outcome === 'inserted' ? memory.hand(made) : null;
    },
    update: async (tenant, id, decide, traceId = '') => update({ tenant: requireTenant(tenant), id }, decide, traceId),
    change: async (document, decide, traceId = '') => {
      const known = memory.keptOf(document);
      return update({ tenant: known.tenant, id: known._id, known }, decide, traceId);
    },
    mark: async (tenant, id, statement) => {
      let ask = markBy.get(statement);
      if (ask === undefined) markBy.set(statement, (ask = marks(native, statement)));
      await ask({ tenant: requireTenant(tenant), id });
    },
    list: async (tenant, filter, { sort, limit, cursor }) => {
      const order = totalOrder(sort);
      const after = cursor === undefined ? [] : readCursor(cursor, order);
      if (after === null) return fail('invalid_cursor');
      const conditions = cursor === undefined ? [filter] : [filter, filterAfter(order, after)];
      const found = await model
        .find({ $and: conditions }, WITHOUT_OUTBOX, { tenant: requireTenant(tenant) })
        .sort(order)
        .limit(limit + 1)
        .lean<Kept<T>[]>();
      const data = found.slice(0, limit);
      const last = data.at(-1);
      const nextCursor = found.length > limit && last !== undefined ? cursorAfter(last, order) : null;
      return ok({ data: data.map((kept) => memory.hand(kept)), nextCursor });
    },
    remove: async (tenant, id, version) => {
      const filter = version === undefined ? { _id: id } : { _id: id, version };
      const { deletedCount } = await model.deleteOne(filter, { tenant: requireTenant(tenant) });
      return deletedCount === 1;
    },
    acrossTenants: {
      find: async (filter, { sort, limit }) => {
        const found = await model
          .find(filter, WITHOUT_OUTBOX, { acrossTenants: true })
          .sort({ ...sort })
          .limit(limit)
          .lean<Kept<T>[]>();
        return found.map((kept) => memory.hand(kept));
      },
    },
  };
};

type Making = { readonly traceId: string; readonly now: Date };

function newDocument<T extends Stored>(
  spec: CollectionSpec<T>,
  document: New<T>,
  events: readonly NewEvent[],
  making: Making,
): Kept<T>;
function newDocument(
  spec: CollectionSpec<Stored>,
  document: New<Stored>,
  events: readonly NewEvent[],
  { traceId, now }: Making,
): Kept<Stored> {
  if (events.length > 0 && spec.outbox === undefined) throw new TypeError(`${spec.name} emits no events`);
  const { _id: aggregateId } = document;
  const tenant = requireTenant(document.tenant);
  for (const name of Object.keys(document)) checkFieldName(name);
  const outbox = eventRows(events, { tenant, aggregateId, afterSequence: 0, traceId, at: now });
  return {
    ...document,
    tenant,
    _id: aggregateId,
    version: 1,
    createdAt: now,
    updatedAt: now,
    ...(spec.schemaVersion === undefined ? {} : { schemaVersion: spec.schemaVersion }),
    ...(outbox.length === 0 ? {} : { outbox, eventSequence: outbox.length }),
  };
}
