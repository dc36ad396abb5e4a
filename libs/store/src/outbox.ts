import type { EventEnvelope, Owner } from '@kervan/contracts';
import type { mongo } from 'mongoose';
import type { Kept, OutboxRow, Stored } from './spec.ts';
import { TUNING } from './tuning.ts';

/** An event and the document it lies in: what a relay publishes, and gives back when the bus has it. */
export type WrittenEvent = {
  readonly collection: string;
  /** The document. */
  readonly id: string;
  readonly owner: Owner;
  readonly event: EventEnvelope;
};

export type Outbox = {
  /** Hears of events as soon as they are written, in the turn in which their writer is answered. */
  onWritten(listener: (written: readonly WrittenEvent[]) => void): void;
  /** Tells the listeners of events that a feature wrote with commands of its own. */
  announce(written: readonly Omit<WrittenEvent, 'owner'>[]): void;
  /** Events that lie in their documents for longer than `olderThanMs` and are not marked; at most `limit` documents. */
  unsent(options: { olderThanMs: number; limit: number }): Promise<WrittenEvent[]>;
  /** Marks events as sent, about a second later and together with others. Until then a crash makes them go out again. */
  markSent(written: readonly WrittenEvent[]): void;
  /** Marks now what waits to be marked. */
  flush(): Promise<void>;
  /** Marks the sent events since then as unsent, whoever sent them; answers in how many documents there were some. */
  sendAgain(since: Date): Promise<number>;
};

/** The name of the index on documents with events that are not sent. */
export const UNSENT_INDEX = 'unsent_events';

type Log = { warn(fields: object, message: string): void; error(fields: object, message: string): void };
type Emitter = { readonly owner: Owner; readonly collection: mongo.Collection<Kept<Stored>> };

/** The outboxes of a store's collections. `emitters` are the collections that emit events, by name. */
export const openOutbox = (deps: {
  readonly emitters: ReadonlyMap<string, Emitter>;
  readonly clock: () => Date;
  readonly log: Log;
}): Outbox => {
  const { emitters, clock, log } = deps;
  const listeners: ((written: readonly WrittenEvent[]) => void)[] = [];
  let sent: WrittenEvent[] = [];
  let timer: NodeJS.Timeout | undefined;
  let marking: Promise<void> = Promise.resolve();

  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const batch = sent;
    sent = [];
    // What could not be marked goes out once more: consumers are ready for that.
    marking = marking
      .then(() => markAll(emitters, batch))
      .catch((error: unknown) => log.warn({ err: error, events: batch.length }, 'events were not marked as sent'));
    return marking;
  };

  return {
    onWritten: (listener) => {
      listeners.push(listener);
    },
    announce: (written) => {
      const known = written.flatMap((each) => {
        const emitter = emitters.get(each.collection);
        return emitter === undefined ? [] : [{ ...each, owner: emitter.owner }];
      });
      if (known.length === 0) return;
      for (const listener of listeners) {
        try {
          listener(known);
        } catch (error) {
          log.error({ err: error }, 'a listener of written events failed');
        }
      }
    },
    unsent: async ({ olderThanMs, limit }) => {
      // What only waits to be marked is not to be sent again.
      await flush();
      const before = new Date(clock().getTime() - olderThanMs).toISOString();
      const found = await Promise.all(
        [...emitters].map(([name, emitter]) => unsentOf(name, emitter, { before, limit })),
      );
      return found.flat();
    },
    markSent: (written) => {
      sent.push(...written);
      timer ??= setTimeout(() => void flush(), TUNING.markAfterMs).unref();
    },
    flush,
    sendAgain: async (since) => {
      // A mark of what went to the lost stream, coming after this, would take the event for sent for good.
      await flush();
      let documents = 0;
      for (const { collection } of emitters.values()) documents += await unmarkAll(collection, since.toISOString());
      return documents;
    },
  };
};

/**
 * Along the ids, so many documents a command: there is no index on the time of events, and one command for all would
 * hold up everybody else's and run into the socket's timeout.
 */
const unmarkAll = async (collection: Emitter['collection'], since: string): Promise<number> => {
  let changed = 0;
  for (let after: string | null = ''; after !== null;) {
    const ids: { _id: string }[] = await collection
      .find<{ _id: string }>({ _id: { $gt: after } }, { projection: { _id: 1 }, hint: '_id_' })
      .sort({ _id: 1 })
      .limit(TUNING.resendBatch)
      .toArray();
    const last = ids.at(-1)?._id ?? null;
    if (last !== null) {
      const { modifiedCount } = await collection.updateMany(
        { _id: { $gt: after, $lte: last }, outbox: { $elemMatch: { sent: true, occurredAt: { $gte: since } } } },
        { $set: { 'outbox.$[row].sent': false } },
        { hint: '_id_', arrayFilters: [{ 'row.occurredAt': { $gte: since } }] },
      );
      changed += modifiedCount;
    }
    after = last;
  }
  return changed;
};

const unsentOf = async (
  name: string,
  { owner, collection }: Emitter,
  { before, limit }: { before: string; limit: number },
): Promise<WrittenEvent[]> => {
  const documents = await collection
    .find<{ _id: string; outbox: OutboxRow[] }>(
      { 'outbox.sent': false, outbox: { $elemMatch: { sent: false, occurredAt: { $lt: before } } } },
      { projection: { outbox: 1 }, hint: UNSENT_INDEX },
    )
    .limit(limit)
    .toArray();
  return documents.flatMap(({ _id, outbox }) =>
    outbox
      .filter((row) => !row.sent && row.occurredAt < before)
      .map((event) => ({ collection: name, owner, id: _id, event })),
  );
};

/** One statement for every chunk of documents. Not journaled: what a crash forgets is marked again later. */
const markAll = async (emitters: ReadonlyMap<string, Emitter>, sent: readonly WrittenEvent[]): Promise<void> => {
  for (const [name, { collection }] of emitters) {
    const own = sent.filter((each) => each.collection === name);
    for (let from = 0; from < own.length; from += TUNING.batchSize) {
      const chunk = own.slice(from, from + TUNING.batchSize);
      await collection.updateMany(
        {
          _id: { $in: chunk.map(({ id }) => id) },
          tenant: { $in: [...new Set(chunk.map(({ event }) => event.tenant))] },
        },
        { $set: { 'outbox.$[row].sent': true } },
        {
          hint: '_id_',
          arrayFilters: [{ 'row.id': { $in: chunk.map(({ event }) => event.id) } }],
          writeConcern: { w: 1, j: false },
        },
      );
    }
  }
};
