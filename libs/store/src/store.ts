import type { Owner } from '@kervan/contracts';
import mongoose from 'mongoose';
import type { Model, mongo } from 'mongoose';
import { wakeWritersOfClosedSockets } from './closed-sockets.ts';
import { openCollection } from './collection.ts';
import type { Collection } from './collection.ts';
import { groupChanges } from './group-changes.ts';
import type { GroupedWork, Submit } from './group-changes.ts';
import { openInbox } from './inbox.ts';
import type { Inbox, InboxRow } from './inbox.ts';
import { openLeases } from './lease.ts';
import { createIndexesOf, modelOf, untilBuilt } from './model.ts';
import { openNotes } from './note.ts';
import type { Notes } from './note.ts';
import { openOutbox } from './outbox.ts';
import type { Outbox } from './outbox.ts';
import { watchPresence } from './presence.ts';
import type { Presence } from './presence.ts';
import type { CollectionSpec, Kept, Stored } from './spec.ts';
import { runTransaction } from './transaction.ts';
import { TIMEOUTS, TUNING } from './tuning.ts';

/** A session of the database, inside a transaction. */
export type Session = mongo.ClientSession;

/** A document of the driver's own collection: bookkeeping and all. */
export type RawDocument = { _id: string; tenant: string; [field: string]: unknown };

/** What the store needs of a logger; pino's is one. */
export type StoreLog = {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

export type Store = {
  /** Opens a declared collection. Called once where a service is wired: only one opening shares its groups. */
  collection<T extends Stored>(spec: CollectionSpec<T>): Collection<T>;
  /** Whether a primary answers. */
  ready(): Promise<boolean>;
  /** Makes the indexes of all collections opened so far. Done at start by every copy; what is there stays as it is. */
  createIndexes(): Promise<void>;
  /** Runs commands of `raw` collections as one; see `runTransaction`. */
  transaction<R>(work: (session: Session) => Promise<R>): Promise<R>;
  /** Changes over several documents that many contend for, all that wait at the same time as one. Called once where a service is wired. */
  groupChanges<Needs, State>(work: GroupedWork<Needs, State>): Submit<Needs, State>;
  /** The driver's own collection, for commands of a feature's own. Nothing guards the tenant there. */
  raw<T extends Stored>(spec: CollectionSpec<T>): mongo.Collection<RawDocument>;
  /** Takes or renews a lease for `ttlMs` milliseconds; false while another copy of the service holds it. */
  lease(name: string, ttlMs: number): Promise<boolean>;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  readonly notes: Notes;
  /** For whatever somebody waits for: ends the waiting when the database is away. */
  readonly whileThere: Presence['whileThere'];
  /** Marks what was sent, gives back leases, disconnects. */
  close(): Promise<void>;
};

/**
 * Connects to the database. Rejects within seconds when it is not there; once open, the driver reconnects by itself,
 * and calls made meanwhile reject with an error for which `isUnavailable` is true.
 */
export const openStore = async (options: {
  readonly uri: string;
  readonly database: string;
  readonly log: StoreLog;
  readonly clock?: () => Date;
}): Promise<Store> => {
  const clock = options.clock ?? (() => new Date());
  const stopWaking = wakeWritersOfClosedSockets();
  const connection = mongoose.createConnection(options.uri, {
    ...TIMEOUTS,
    dbName: options.database,
    maxPoolSize: 20,
    // The server would write a row of its own for every statement, a quarter of an update's cost. Every write here has an
    // id or a condition that makes it safe to ask for again, so whoever began the work does.
    retryWrites: false,
    writeConcern: { w: 'majority', journal: true },
    readPreference: 'primary',
    ignoreUndefined: true,
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
  });
  try {
    await connection.asPromise();
  } catch (error) {
    await connection.destroy();
    stopWaking();
    throw error;
  }
  const client = connection.getClient();
  const presence = watchPresence(client);
  const database = client.db(options.database);
  const emitters = new Map<string, { owner: Owner; collection: mongo.Collection<Kept<Stored>> }>();
  const models = new Map<string, Model<Stored>>();
  const outbox = openOutbox({ emitters, clock, log: options.log });
  const leases = openLeases(database.collection('leases'));
  const inboxRows = database.collection<InboxRow>('inbox');
  const transaction = <R>(work: (session: Session) => Promise<R>): Promise<R> => runTransaction(client, work);

  return {
    collection: <T extends Stored>(spec: CollectionSpec<T>) => {
      const model = modelOf(connection, spec);
      const native = database.collection<Kept<Stored>>(spec.name);
      models.set(spec.name, connection.model<Stored>(spec.name));
      if (spec.outbox !== undefined) emitters.set(spec.name, { owner: spec.outbox, collection: native });
      return openCollection({ spec, model, native, clock, announce: outbox.announce });
    },
    ready: async () => {
      try {
        const hello = await presence.whileThere(() => client.db('admin').command({ hello: 1 }));
        return hello['isWritablePrimary'] === true;
      } catch {
        return false;
      }
    },
    createIndexes: async () => {
      await Promise.all([
        untilBuilt(() => inboxRows.createIndex({ seenAt: 1 }, { expireAfterSeconds: TUNING.inboxSeconds })),
        ...[...models.values()].map((model) => createIndexesOf(model)),
      ]);
    },
    transaction,
    groupChanges: (work) => groupChanges(work, { client, clock, log: options.log, announce: outbox.announce }),
    raw: ({ name }) => database.collection(name),
    lease: leases.take,
    inbox: openInbox({ collection: inboxRows, clock, transaction }),
    outbox,
    notes: openNotes(database.collection('notes')),
    whileThere: presence.whileThere,
    close: async () => {
      await outbox.flush();
      // A database that is gone needs no farewell: the leases end by themselves.
      await leases.release().catch((error: unknown) => options.log.warn({ err: error }, 'leases were not given back'));
      presence.stop();
      await connection.close();
      stopWaking();
    },
  };
};
