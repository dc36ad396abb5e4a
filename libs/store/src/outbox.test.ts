import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@kervan/testing';
import { counter, counters, event, startStores } from '../test/stores.ts';
import type { Counter } from '../test/stores.ts';
import type { Collection } from './collection.ts';
import { write } from './decision.ts';
import type { WrittenEvent } from './outbox.ts';
import type { Store } from './store.ts';

let stores: Awaited<ReturnType<typeof startStores>>;
let store: Store;
let counts: Collection<Counter>;
let heard: WrittenEvent[];
/** The time of the store under test, in days from now. */
let days = 0;

beforeAll(async () => {
  stores = await startStores();
  store = await stores.open(() => new Date(Date.now() + days * 86_400_000));
  counts = store.collection(counters);
  store.outbox.onWritten((written) => heard.push(...written));
});
beforeEach(async () => {
  heard = [];
  days = 0;
  await store.raw(counters).deleteMany({});
});
afterAll(() => stores.stop());

const change = (document: Counter) =>
  write({ ...document, count: document.count + 1 }, null, [event({ count: document.count + 1 })]);
const rowsOf = async (id: string): Promise<{ sequence: number; sent: boolean; data: unknown }[]> => {
  const rows: unknown = (await store.raw(counters).findOne({ _id: id }))?.['outbox'];
  return Array.isArray(rows) ? rows : [];
};
const unsent = () => store.outbox.unsent({ olderThanMs: -1_000, limit: 100 });

describe('events', () => {
  test('lie in the document they belong to and are told when it is written', async () => {
    await counts.insert(counter('a'), [event({ count: 0 })], 'trace');
    const toldBefore = counts.update('demo', 'a', change, 'trace').then(() => heard.length);
    expect(await toldBefore).toBe(2);
    expect(
      heard.map(({ collection, id, owner, event: { sequence, data } }) => [collection, id, owner, sequence, data]),
    ).toEqual([
      ['counters', 'a', 'order', 1, { count: 0 }],
      ['counters', 'a', 'order', 2, { count: 1 }],
    ]);
    expect(heard[1]?.event).toMatchObject({
      type: 'counter.changed',
      tenant: 'demo',
      aggregateId: 'a',
      traceId: 'trace',
    });
    expect(await rowsOf('a')).toEqual(heard.map(({ event: envelope }) => ({ ...envelope, sent: false })));
    expect(await counts.get('demo', 'a')).not.toHaveProperty('outbox');
    expect(await counts.get('demo', 'a')).not.toHaveProperty('eventSequence');
  });

  test('of a write that was refused are told to nobody', async () => {
    await Promise.all([counts.insert(counter('b'), [event()]), counts.insert(counter('b'), [event()])]);
    await counts.update('demo', 'b', (document) => write({ ...document, label: 'b' }, null));
    expect(heard).toHaveLength(1);
  });

  test('are a bug in a collection that declares none', async () => {
    const silent = store.collection<Counter>({ name: 'silent', schema: counters.schema, indexes: [] });
    await expect(silent.insert(counter('c'), [event()])).rejects.toThrow('emits no events');
  });

  test('that a crash left are found by whoever comes next, and are not found again once marked', async () => {
    const crashed = (await stores.open()).collection(counters);
    await crashed.insert(counter('left'), [event(), event()]);
    await counts.insert(counter('own'), [event()]);
    store.outbox.markSent(heard);
    await store.outbox.flush();
    const found = await unsent();
    expect(found.map(({ id, event: { sequence } }) => [id, sequence])).toEqual([
      ['left', 1],
      ['left', 2],
    ]);
    expect(await store.outbox.unsent({ olderThanMs: 60_000, limit: 100 })).toEqual([]);
    store.outbox.markSent(found);
    expect(await unsent()).toEqual([]);
    await eventually(async () => expect((await rowsOf('left')).map(({ sent }) => sent)).toEqual([true, true]));
  });

  test('are marked while others write the same document: neither loses anything', async () => {
    await counts.insert(counter('busy'));
    const other = (await stores.open()).collection(counters);
    for (let round = 0; round < 15; round++) {
      await Promise.all([
        counts.update('demo', 'busy', change),
        other.update('demo', 'busy', change),
        store.outbox.flush(),
        other.update('demo', 'busy', change),
      ]);
      store.outbox.markSent(heard.slice(-1));
    }
    await store.outbox.flush();
    const rows = await rowsOf('busy');
    expect(rows.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 45 }, (_, index) => index + 1));
    const own = new Set(heard.map(({ event: { sequence } }) => sequence));
    expect(rows.filter(({ sent }) => sent).map(({ sequence }) => sequence)).toEqual([...own].toSorted((a, b) => a - b));
    expect(await counts.get('demo', 'busy')).toMatchObject({ count: 45, version: 46 });
  });

  test('that are sent leave the document after a week, with its next change; those not sent stay', async () => {
    await counts.insert(counter('old'), [event('sent')]);
    store.outbox.markSent(heard);
    await store.outbox.flush();
    await counts.update('demo', 'old', (document) => write({ ...document, count: 1 }, null, [event('forgotten')]));
    days = 6;
    await counts.update('demo', 'old', (document) => write({ ...document, count: 2 }, null));
    expect(await rowsOf('old')).toHaveLength(2);
    days = 8;
    await counts.update('demo', 'old', (document) => write({ ...document, count: 3 }, null, [event('new')]));
    expect((await rowsOf('old')).map(({ data, sequence }) => [data, sequence])).toEqual([
      ['forgotten', 2],
      ['new', 3],
    ]);
    expect(await counts.get('demo', 'old')).toMatchObject({ count: 3 });
  });

  test('of the last days are sent again, all of them and no older ones, also those whose mark was still to come', async () => {
    await counts.insert(counter('old'), [event('old')]);
    store.outbox.markSent(heard);
    days = 8;
    const many = Array.from({ length: 4_500 }, (_, index) => `n${index}`);
    await Promise.all(many.map((id) => counts.insert(counter(id), [event(), event()])));
    await counts.update('demo', 'old', (document) => write({ ...document, note: 'x' }, null, [event('new')]));
    expect(await counts.insert(counter('mute'))).not.toBeNull();
    // Marked a second later, or with the next look for what is not sent.
    store.outbox.markSent(heard.slice(1));
    const since = new Date(Date.now() + 7 * 86_400_000);
    expect(await store.outbox.sendAgain(since)).toBe(4_501);

    const found: WrittenEvent[] = [];
    for (;;) {
      const some = await store.outbox.unsent({ olderThanMs: -1_000, limit: 1_000 });
      if (some.length === 0) break;
      found.push(...some);
      store.outbox.markSent(some);
    }
    expect(new Set(found.map(({ event: { id } }) => id)).size).toBe(found.length);
    expect(found).toHaveLength(9_001);
    expect(found.filter(({ id }) => id === 'old').map(({ event: { data } }) => data)).toEqual(['new']);
    // Twice is no harm, and what is not sent is left alone.
    await store.outbox.flush();
    await Promise.all([store.outbox.sendAgain(since), store.outbox.sendAgain(since)]);
    expect(await store.outbox.sendAgain(since)).toBe(0);
    expect(await rowsOf('mute')).toEqual([]);
  }, 60_000);

  test('the search for what is not sent reads only documents that have such events', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, index) => counts.insert(counter(`n${index}`), [event()])));
    store.outbox.markSent(heard.slice(0, 48));
    await store.outbox.flush();
    const plan = await store
      .raw(counters)
      .find({ 'outbox.sent': false }, { hint: 'unsent_events' })
      .explain('executionStats');
    expect(plan['executionStats']).toMatchObject({ nReturned: 2, totalDocsExamined: 2 });
  });
});

test('a note is what was written last, and nothing where nothing was', async () => {
  const other = await stores.open();
  expect(await store.notes.read('a stream')).toBeNull();
  await store.notes.write('a stream', 'first');
  await other.notes.write('a stream', 'second');
  await other.notes.write('another', 'x');
  expect(await store.notes.read('a stream')).toBe('second');
});

test('what was sent is marked before the store closes', async () => {
  const closing = await stores.open();
  let written: readonly WrittenEvent[] = [];
  closing.outbox.onWritten((events) => (written = events));
  await closing.collection(counters).insert(counter('last'), [event()]);
  closing.outbox.markSent(written);
  await closing.close();
  expect((await rowsOf('last')).map(({ sent }) => sent)).toEqual([true]);
});
