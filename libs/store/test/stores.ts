import { startMongo, testDatabase } from '@kervan/testing';
import mongoose from 'mongoose';
import { z } from 'zod';
import { defineCollection, openStore } from '../src/index.ts';
import type { CollectionSpec, Store, Stored } from '../src/index.ts';

/** A document with a counter that many contend for. */
export type Counter = Stored & {
  count: number;
  label: string;
  owner: string | null;
  tags: string[];
  note?: string | undefined;
};

export const Stamps = {
  _id: z.string(),
  tenant: z.string(),
  version: z.number(),
  createdAt: z.date(),
  updatedAt: z.date(),
};

export const counters: CollectionSpec<Counter> = defineCollection({
  name: 'counters',
  schema: z.object({
    ...Stamps,
    count: z.number(),
    label: z.string(),
    owner: z.string().nullable(),
    tags: z.array(z.string()),
    note: z.string().optional(),
  }),
  outbox: 'order',
  indexes: [{ key: { label: 1 }, unique: true }, { key: { count: 1 } }, { key: { tags: 1 } }],
});

/** A new counter of shop `demo`. */
export const counter = (_id: string, change: Partial<Counter> = {}) => ({
  _id,
  tenant: 'demo',
  count: 0,
  label: _id,
  owner: null,
  tags: [],
  ...change,
});

export const event = (data: unknown = {}) => ({ type: 'counter.changed', version: 1, data });

/** Nothing is expected to be logged. */
export const log = {
  warn: (fields: object, message: string) => {
    throw new Error(message, { cause: fields });
  },
  error: (fields: object, message: string) => {
    throw new Error(message, { cause: fields });
  },
};

/** A server of its own and stores on one database of it, each with connections of its own, as processes have them. */
export const startStores = async () => {
  const server = await startMongo();
  const database = testDatabase('store');
  const stores: Store[] = [];
  const watcher = await mongoose.createConnection(server.uri).asPromise();
  const open = async (clock?: () => Date): Promise<Store> => {
    const store = await openStore({ uri: server.uri, database, log, ...(clock === undefined ? {} : { clock }) });
    store.collection(counters);
    stores.push(store);
    return store;
  };
  const first = await open();
  await first.createIndexes();
  return {
    first,
    open,
    server,
    /** How many queries the server has answered so far. */
    queries: async (): Promise<number> => {
      const status = await watcher.getClient().db('admin').command({ serverStatus: 1 });
      return Number(status['opcounters']?.['query']);
    },
    /** What the server took down of the last change of a document: nothing but what that change wrote. */
    lastChange: async (collection: string, id: string): Promise<Record<string, unknown>> => {
      const oplog = watcher.getClient().db('local').collection('oplog.rs');
      const filter = { op: 'u', ns: `${database}.${collection}`, 'o2._id': id };
      const [entry] = await oplog.find(filter).sort({ $natural: -1 }).limit(1).toArray();
      return z.object({ o: z.record(z.string(), z.unknown()) }).parse(entry).o;
    },
    stop: async () => {
      await watcher.close();
      for (const store of stores) if (await store.ready()) await store.close();
      await server.stop();
    },
  };
};
