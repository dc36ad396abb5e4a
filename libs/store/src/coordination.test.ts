import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@kervan/testing';
import { counter, counters, startStores } from '../test/stores.ts';
import type { Store } from './store.ts';

const INCREMENT = [{ $set: { count: { $add: ['$count', 1] } } }];

let stores: Awaited<ReturnType<typeof startStores>>;
let first: Store;
let second: Store;

beforeAll(async () => {
  stores = await startStores();
  first = stores.first;
  second = await stores.open();
});
afterAll(() => stores.stop());

describe('a lease', () => {
  test('is held by one copy at a time, however many ask at once', async () => {
    const copies = [first, second, await stores.open(), await stores.open()];
    for (let round = 0; round < 20; round++) {
      const taken = await Promise.all(copies.map((copy) => copy.lease(`job${round}`, 60_000)));
      expect(taken.filter(Boolean)).toHaveLength(1);
      const again = await Promise.all(copies.map((copy) => copy.lease(`job${round}`, 60_000)));
      expect(again).toEqual(taken);
    }
  });

  test('passes on when its time is over', async () => {
    expect(await first.lease('short', 50)).toBe(true);
    expect(await second.lease('short', 60_000)).toBe(false);
    await eventually(async () => expect(await second.lease('short', 60_000)).toBe(true));
    expect(await first.lease('short', 50)).toBe(false);
  });

  test('is given back when its holder closes', async () => {
    const closing = await stores.open();
    expect(await closing.lease('given', 60_000)).toBe(true);
    await closing.close();
    expect(await second.lease('given', 60_000)).toBe(true);
  });
});

describe('the inbox', () => {
  const add = (store: Store, eventId: string) =>
    store.inbox.once('demo', 'test', eventId, async (session) => {
      await store.raw(counters).updateOne({ _id: 'sum' }, INCREMENT, { session });
    });

  test('lets an event have its effect once, however often and wherever it arrives', async () => {
    await first.collection(counters).insert(counter('sum'));
    const ids = Array.from({ length: 10 }, (_, index) => `evt_${index}`);
    const outcomes: string[] = [];
    for (const id of ids) outcomes.push(...(await Promise.all([add(first, id), add(second, id), add(first, id)])));
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(10);
    expect(outcomes.filter((outcome) => outcome === 'duplicate')).toHaveLength(20);
    expect((await first.raw(counters).findOne({ _id: 'sum' }))?.['count']).toBe(10);
  });

  test('remembers nothing of work that failed', async () => {
    const failing = first.inbox.once('demo', 'test', 'evt_fails', async (session) => {
      await first.raw(counters).updateOne({ _id: 'sum' }, INCREMENT, { session });
      throw new Error('half done');
    });
    await expect(failing).rejects.toThrow('half done');
    expect((await first.raw(counters).findOne({ _id: 'sum' }))?.['count']).toBe(10);
    expect(await add(second, 'evt_fails')).toBe('done');
  });

  test('keeps consumers and tenants apart', async () => {
    const nothing = () => Promise.resolve();
    expect(await first.inbox.once('demo', 'one', 'evt_same', nothing)).toBe('done');
    expect(await first.inbox.once('demo', 'two', 'evt_same', nothing)).toBe('done');
    expect(await first.inbox.once('other', 'one', 'evt_same', nothing)).toBe('done');
    expect(await second.inbox.once('other', 'one', 'evt_same', nothing)).toBe('duplicate');
  });
});

describe('a transaction', () => {
  test('starts over when another gets in its way, and undoes what it did when it fails', async () => {
    await first.collection(counters).insert(counter('both'));
    const increment = (store: Store) =>
      store.transaction(async (session) => {
        const raw = store.raw(counters);
        const found = await raw.findOne({ _id: 'both' }, { session });
        const count = Number(found?.['count']) + 1;
        await raw.updateOne({ _id: 'both' }, { $set: { count } }, { session });
        return count;
      });
    const told = await Promise.all([first, second, first, second].map(increment));
    expect(told.toSorted()).toEqual([1, 2, 3, 4]);
    const failing = first.transaction(async (session) => {
      await first.raw(counters).updateOne({ _id: 'both' }, { $set: { count: -1 } }, { session });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect((await first.raw(counters).findOne({ _id: 'both' }))?.['count']).toBe(4);
  });
});
