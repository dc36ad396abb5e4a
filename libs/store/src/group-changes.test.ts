import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fail, ok, type Result } from '@kervan/contracts';
import { mongo } from 'mongoose';
import { setImmediate } from 'node:timers/promises';
import { counter, type Counter, counters, startStores } from '../test/stores.ts';
import {
  changeEntry,
  type Entry,
  isChanged,
  type Session,
  type Store,
  type Submit,
  write,
  writeEntries,
} from './index.ts';

let stores: Awaited<ReturnType<typeof startStores>>;
beforeAll(async () => {
  stores = await startStores();
});
afterAll(() => stores.stop());

type Sees = { readonly id: string };
type Hand = { readonly now: Date; readonly counters: ReadonlyMap<string, Entry<Counter>> };
/** What happens between the reading and the writing of a batch. */
type Between = (session: Session) => Promise<void>;

/** Counts in documents, and how many batches were written. */
const openCounting = (store: Store, between: Between = async () => {}) => {
  const native = store.raw(counters);
  const written: number[] = [];
  const submit: Submit<Sees, Hand> = store.groupChanges<Sees, Hand>({
    decide: async (session, changes, now) => {
      const ids = changes.map(({ needs }) => needs.id);
      const rows = await native.find({ _id: { $in: ids } }, { session }).toArray();
      const hand: Hand = {
        now,
        counters: new Map(
          rows.map((row) => {
            const stored = counters.schema.parse(row);
            return [stored._id, { stored, current: stored }];
          }),
        ),
      };
      for (const { decide } of changes) decide(hand);
      return hand;
    },
    isUntouched: (hand) => ![...hand.counters.values()].some(isChanged),
    write: async (session, hand) => {
      await between(session);
      const changed = [...hand.counters.values()].filter(isChanged);
      if (!(await writeEntries(native, changed, session))) return null;
      written.push(changed.length);
      return [];
    },
  });
  return { submit, written };
};

/** One more, up to a limit. */
const increment =
  (id: string, most = Infinity) =>
  (hand: Hand): Result<number> => {
    const entry = hand.counters.get(id);
    if (entry === undefined) return fail('not_found');
    if (entry.current.count >= most) return fail('coupon_exhausted');
    const next = changeEntry(entry, { ...entry.current, count: entry.current.count + 1 }, hand.now);
    return ok(next.count);
  };
/** So many more, by somebody who asks alone. */
const countMore = (more: number) => (document: Counter) => write({ ...document, count: document.count + more }, null);
const soon = () => Date.now() + 20_000;
const outcomes = (results: readonly Result<unknown>[]): Record<string, number> =>
  Object.fromEntries(
    Object.entries(Object.groupBy(results, (result) => (result.ok ? 'ok' : result.error.code))).map(([code, some]) => [
      code,
      some?.length ?? 0,
    ]),
  );

describe('changes that wait at the same time', () => {
  test('are one write, decided one after the other', async () => {
    await stores.first.collection(counters).insert(counter('group'));
    const { submit, written } = openCounting(stores.first);
    const results = await Promise.all(
      Array.from({ length: 200 }, () => submit({ id: 'group', deadline: soon(), apply: increment('group', 5) })),
    );
    expect(outcomes(results)).toEqual({ ok: 5, coupon_exhausted: 195 });
    expect(written).toEqual([1]);
    expect(await stores.first.collection(counters).get('demo', 'group')).toMatchObject({ count: 5, version: 2 });
  });

  test('from several processes: whoever is slower decides again', async () => {
    await stores.first.collection(counters).insert(counter('contended'));
    const other = await stores.open();
    const submits = [openCounting(stores.first).submit, openCounting(other).submit];
    const asked: Promise<Result<number>>[] = [];
    for (let index = 0; index < 200; index++) {
      const submit = submits[index % 2];
      const change = { id: 'contended', deadline: soon(), apply: increment('contended', 100) };
      if (submit !== undefined) asked.push(submit(change));
      await setImmediate();
    }
    const results = await Promise.all(asked);
    expect(outcomes(results)).toEqual({ ok: 100, coupon_exhausted: 100 });
    expect(new Set(results.map((result) => (result.ok ? result.value : 0))).size).toBe(101);
    expect(await stores.first.collection(counters).get('demo', 'contended')).toMatchObject({ count: 100 });
  });

  test('a document that somebody else has changed meanwhile is read again', async () => {
    const collection = stores.first.collection(counters);
    await collection.insert(counter('overtaken'));
    let overtakes = 3;
    const { submit } = openCounting(stores.first, async () => {
      if (overtakes-- > 0) await collection.update('demo', 'overtaken', countMore(10));
    });
    const result = await submit({ id: 'overtaken', deadline: soon(), apply: increment('overtaken') });
    expect(result).toEqual(ok(31));
    expect(await collection.get('demo', 'overtaken')).toMatchObject({ count: 31 });
  });

  test('one with a bug does not hold up the others', async () => {
    await stores.first.collection(counters).insert(counter('shared'));
    const { submit } = openCounting(stores.first);
    const broken = () => {
      throw new Error('a bug');
    };
    const settled = await Promise.allSettled([
      submit({ id: 'shared', deadline: soon(), apply: increment('shared') }),
      submit({ id: 'shared', deadline: soon(), apply: broken }),
      submit({ id: 'shared', deadline: soon(), patient: true, apply: increment('shared') }),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await stores.first.collection(counters).get('demo', 'shared')).toMatchObject({ count: 2 });
  });

  test('whose time is over are not made', async () => {
    const collection = stores.first.collection(counters);
    await collection.insert(counter('late'));
    const { submit } = openCounting(stores.first);
    const late = await submit({ id: 'late', deadline: Date.now() - 1, apply: increment('late') });
    expect(outcomes([late])).toEqual({ deadline_exceeded: 1 });
    const forever = openCounting(stores.first, async () => {
      await collection.update('demo', 'late', countMore(0.5));
    });
    const result = await forever.submit({ id: 'late', deadline: Date.now() + 150, apply: increment('late') });
    expect(outcomes([result])).toEqual({ deadline_exceeded: 1 });
    const { count = 0, version = 0 } = (await collection.get('demo', 'late')) ?? {};
    expect([version > 1, count]).toEqual([true, (version - 1) / 2]);
  });

  test('are refused when the database does not answer', async () => {
    await stores.first.collection(counters).insert(counter('away'));
    const { submit } = openCounting(stores.first, () => Promise.reject(new mongo.MongoNetworkError('gone')));
    const results = await Promise.all(
      Array.from({ length: 3 }, () => submit({ id: 'away', deadline: soon(), apply: increment('away') })),
    );
    expect(outcomes(results)).toEqual({ service_unavailable: 3 });
  });

  test('leave nothing to write when all are refused', async () => {
    const { submit, written } = openCounting(stores.first);
    const results = await Promise.all(
      Array.from({ length: 3 }, () => submit({ id: 'nobody', deadline: soon(), apply: increment('nobody') })),
    );
    expect(outcomes(results)).toEqual({ not_found: 3 });
    expect(written).toEqual([]);
  });
});
