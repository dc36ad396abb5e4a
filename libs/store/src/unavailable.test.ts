import { expect, test } from '@jest/globals';
import { startMongo, testDatabase } from '@kervan/testing';
import { counter, counters } from '../test/stores.ts';
import { write } from './decision.ts';
import { openStore } from './store.ts';
import { isUnavailable } from './unavailable.ts';

const quiet = { warn: () => undefined, error: () => undefined };

test('calls to a database that is gone reject within seconds, and it can be told from a bug', async () => {
  const server = await startMongo();
  const store = await openStore({ uri: server.uri, database: testDatabase(), log: quiet });
  const counts = store.collection(counters);
  await store.createIndexes();
  await counts.insert(counter('a'));
  expect(await store.ready()).toBe(true);
  await server.stop();

  const since = performance.now();
  const outcomes = await Promise.allSettled([
    counts.get('demo', 'a'),
    counts.findBy('demo', 'label', 'a'),
    counts.insert(counter('b')),
    counts.update('demo', 'a', (document) => write({ ...document, count: 1 }, null)),
    counts.mark('demo', 'a', { filter: {}, update: { $set: { owner: 'x' } } }),
    counts.list('demo', {}, { sort: { count: 1 }, limit: 1 }),
    counts.remove('demo', 'a'),
    store.lease('job', 1_000),
    store.transaction(async (session) => store.raw(counters).findOne({}, { session })),
    store.inbox.once('demo', 'test', 'evt', () => Promise.resolve()),
  ]);
  expect(performance.now() - since).toBeLessThan(15_000);
  const others = outcomes.filter((outcome) => outcome.status === 'fulfilled' || !isUnavailable(outcome.reason));
  expect(others).toEqual([]);
  expect(await store.ready()).toBe(false);
  await store.close();
});

test('a store cannot be opened where no database is', async () => {
  const opening = openStore({ uri: 'mongodb://127.0.0.1:9/?replicaSet=none', database: 'none', log: quiet });
  await expect(opening).rejects.toThrow('connect');
});

test('a bug is not an outage', () => {
  expect([new Error('x'), new TypeError('y'), null, 'MongoNetworkError'].map(isUnavailable)).toEqual([
    false,
    false,
    false,
    false,
  ]);
});
