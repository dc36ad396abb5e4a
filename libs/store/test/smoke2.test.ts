import { test } from '@jest/globals';
import { startMongo, testDatabase } from '@kervan/testing';
import { counter, counters } from '../test/stores.ts';
import { openStore, isUnavailable } from '../src/index.ts';
test('x', async () => {
  const server = await startMongo();
  const store = await openStore({ uri: server.uri, database: testDatabase(), log: { warn: () => undefined, error: () => undefined } });
  const counts = store.collection(counters);
  await counts.insert(counter('a'));
  await server.stop();
  const calls = { get: () => counts.get('demo', 'a'), mark: () => counts.mark('demo', 'a', { filter: {}, update: { $set: { owner: 'x' } } }), list: () => counts.list('demo', {}, { sort: { count: 1 }, limit: 1 }), lease: () => store.lease('j', 1), tx: () => store.transaction(async (session) => store.raw(counters).findOne({}, { session })), lease2: () => store.lease('j', 1) };
  const outcomes = await Promise.allSettled(Object.values(calls).map((c) => c()));
  outcomes.forEach((o, i) => { if (o.status === 'rejected') console.log('parallel', Object.keys(calls)[i], o.reason.name, o.reason.message, isUnavailable(o.reason), o.reason.stack); });
  await store.close();
}, 120000);
