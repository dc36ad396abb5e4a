import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { eventually, startMongo, testDatabase } from '@kervan/testing';
import { counter, counters } from '../test/stores.ts';
import { openStore } from './store.ts';
import { isUnavailable } from './unavailable.ts';

const quiet = { warn: () => undefined, error: () => undefined };
const never = () => new Promise<never>(() => undefined);

test('a server that stands still with its sockets open is noticed: all that waits ends, and goes on when it does', async () => {
  const server = await startMongo();
  const store = await openStore({ uri: server.uri, database: testDatabase(), log: quiet });
  const counts = store.collection(counters);
  await counts.insert(counter('a'));
  expect(await store.whileThere(() => counts.get('demo', 'a'))).toMatchObject({ _id: 'a' });
  await expect(store.whileThere(() => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');

  for (let round = 0; round < 3; round += 1) {
    server.process?.signal('SIGSTOP');
    let asking = true;
    const waiting = await Promise.allSettled([
      counts.get('demo', 'a'),
      counts.insert(counter(`b${round}`)),
      counts.list('demo', {}, { sort: { count: 1 }, limit: 1 }),
      // However much a handler asks for one after the other, and if it waits for something else altogether.
      store.whileThere(async () => {
        while (asking) await counts.get('demo', 'a').catch(() => null);
      }),
      store.whileThere(never),
    ]);
    asking = false;
    const others = waiting.filter((each) => each.status === 'fulfilled' || !isUnavailable(each.reason));
    expect(others).toEqual([]);
    // Now nobody begins anything.
    let begun = 0;
    const late = store.whileThere(async () => void (begun += 1));
    const refusal = await late.catch(isUnavailable);
    expect({ refusal, begun, ready: await store.ready() }).toEqual({ refusal: true, begun: 0, ready: false });

    server.process?.signal('SIGCONT');
    await eventually(() => store.whileThere(() => counts.get('demo', 'a')));
    expect(await store.ready()).toBe(true);
  }
  await store.close();
  await server.stop();
}, 60_000);

test('a command that takes long is not taken for a server that stands still', async () => {
  const server = await startMongo();
  const store = await openStore({ uri: server.uri, database: testDatabase(), log: quiet });
  await store.collection(counters).insert(counter('a'));
  const slow = store.whileThere(() =>
    store
      .raw(counters)
      .findOne({ $expr: { $function: { body: 'function () { sleep(4000); return true; }', args: [], lang: 'js' } } }),
  );
  expect(await Promise.race([slow, wait(3_500, 'still at it')])).toBe('still at it');
  expect(await slow).toMatchObject({ _id: 'a' });
  await store.close();
  await server.stop();
}, 60_000);
