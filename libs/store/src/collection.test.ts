import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { counter, counters, Stamps, startStores } from '../test/stores.ts';
import type { Counter } from '../test/stores.ts';
import type { Collection } from './collection.ts';
import { filterAfter, totalOrder } from './cursor.ts';
import { write } from './decision.ts';
import { defineCollection } from './spec.ts';
import type { Stored } from './spec.ts';

let stores: Awaited<ReturnType<typeof startStores>>;
let counts: Collection<Counter>;

beforeAll(async () => {
  stores = await startStores();
  counts = stores.first.collection(counters);
});
afterAll(() => stores.stop());

describe('inserts', () => {
  test('in one turn each is told whether it was the first', async () => {
    const outcomes = await Promise.all([
      counts.insert(counter('a')),
      counts.insert(counter('b')),
      counts.insert(counter('a')),
      counts.insert(counter('c', { label: 'b' })),
      counts.insert(counter('d')),
    ]);
    expect(outcomes.map((made) => made?._id)).toEqual(['a', 'b', undefined, undefined, 'd']);
    expect((await counts.getMany('demo', ['d', 'c', 'b', 'a'])).map(({ _id }) => _id)).toEqual(['d', 'b', 'a']);
  });

  test('from two copies of a service only one makes the document', async () => {
    const other = (await stores.open()).collection(counters);
    const ids = Array.from({ length: 100 }, (_, index) => `race${index}`);
    const outcomes = await Promise.all(
      ids.map((id) =>
        Promise.all([counts.insert(counter(id, { note: 'one' })), other.insert(counter(id, { note: 'two' }))]),
      ),
    );
    const documents = await counts.getMany('demo', ids);
    outcomes.forEach(([one, two], index) => {
      expect([one, two].filter((made) => made !== null)).toHaveLength(1);
      expect(documents[index]?.note).toBe(one !== null ? 'one' : 'two');
    });
  });

  test('fill in what every document has, and leave out what is undefined', async () => {
    await counts.insert(counter('filled', { note: undefined }));
    const document = await counts.get('demo', 'filled');
    expect(document).toEqual({
      ...counter('filled'),
      version: 1,
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
    });
    expect(document).not.toHaveProperty('note');
  });

  test.each(['$where', 'a.b', 'outbox'])('a field %j is refused', async (name) => {
    await expect(counts.insert({ ...counter('named'), ...{ [name]: 1 } })).rejects.toThrow('cannot have the field');
  });
});

describe('tenants', () => {
  test('see nothing of each other', async () => {
    await counts.insert(counter('mine', { tags: ['shared'] }));
    const statement = { filter: {}, update: { $set: { owner: 'stolen' } } };
    await Promise.all([counts.mark('other', 'mine', statement), counts.mark('demo', 'filled', statement)]);
    expect(await Promise.all([counts.get('demo', 'mine'), counts.get('other', 'mine')])).toEqual([
      expect.objectContaining({ _id: 'mine', owner: null }),
      null,
    ]);
    expect(await counts.getMany('other', ['mine', 'a'])).toEqual([]);
    const found = await Promise.all([
      counts.findBy('other', 'label', 'mine'),
      counts.findBy('demo', 'label', 'mine'),
      counts.findBy('demo', 'tags', 'shared'),
      counts.findBy('other', 'tags', 'shared'),
    ]);
    expect(found.map((document) => document?._id)).toEqual([undefined, 'mine', 'mine', undefined]);
    expect(await counts.list('other', {}, { sort: { count: 1 }, limit: 10 })).toEqual({
      ok: true,
      value: { data: [], nextCursor: null },
    });
    expect(await counts.remove('other', 'mine')).toBe(false);
    expect(await counts.remove('demo', 'mine', 99)).toBe(false);
    expect(await counts.remove('demo', 'mine')).toBe(true);
  });

  test('must be named', async () => {
    const nobody = '';
    await expect(counts.get(nobody, 'a')).rejects.toThrow('needs a tenant');
    await expect(counts.getMany(nobody, ['a'])).rejects.toThrow('needs a tenant');
    await expect(counts.findBy(nobody, 'label', 'a')).rejects.toThrow('needs a tenant');
    await expect(counts.update(nobody, 'a', (document) => write(document, 1))).rejects.toThrow('needs a tenant');
    await expect(counts.list(nobody, {}, { sort: { count: 1 }, limit: 1 })).rejects.toThrow('needs a tenant');
    await expect(counts.remove(nobody, 'a')).rejects.toThrow('needs a tenant');
    await expect(counts.insert(counter('x', { tenant: nobody }))).rejects.toThrow('needs a tenant');
    await expect(counts.list('demo', { tenant: 'other' }, { sort: { count: 1 }, limit: 1 })).resolves.toMatchObject({
      value: { data: [] },
    });
  });

  test('only jobs look across them', async () => {
    await counts.insert(counter('abroad', { tenant: 'other', count: 99 }));
    const found = await counts.acrossTenants.find({ count: { $gte: 99 } }, { sort: { count: 1 }, limit: 5 });
    expect(found.map(({ _id, tenant }) => [tenant, _id])).toEqual([['other', 'abroad']]);
  });
});

describe('lists', () => {
  const shop = 'lists';
  const pages = async (sort: Record<string, 1 | -1>, limit: number): Promise<string[]> => {
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await counts.list(shop, {}, { sort, limit, cursor });
      if (!page.ok) throw new Error(page.error.code);
      ids.push(...page.value.data.map(({ _id }) => _id));
      cursor = page.value.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return ids;
  };

  beforeAll(async () => {
    const numbers = Array.from({ length: 23 }, (_, index) => index);
    await Promise.all(
      numbers.map((index) =>
        counts.insert(
          counter(`l${String(index).padStart(2, '0')}`, {
            tenant: shop,
            count: index % 4,
            owner: index % 3 === 0 ? null : `owner${index % 3}`,
            ...(index % 5 === 0 ? {} : { note: `n${index % 5}` }),
          }),
        ),
      ),
    );
  });

  test.each<Record<string, 1 | -1>>([
    { count: 1 },
    { count: -1 },
    { createdAt: -1 },
    { owner: 1, count: -1 },
    { owner: -1, note: 1 },
    { note: -1, owner: 1 },
    { _id: -1 },
  ])('by %j have every document once, in the order of the whole list, whatever the size of the page', async (sort) => {
    const whole = await pages(sort, 100);
    expect(new Set(whole).size).toBe(23);
    for (const limit of [1, 4, 23]) expect(await pages(sort, limit)).toEqual(whole);
  });

  test('read no more than the page, however far it is from the start', async () => {
    const long = 'long';
    await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        counts.insert(counter(`p${index}`, { tenant: long, count: index % 40 })),
      ),
    );
    const raw = stores.first.raw(counters);
    for (const direction of [1, -1] as const) {
      const order = totalOrder({ count: direction });
      const middle = { count: 20, _id: 'p20' };
      const filter = { tenant: long, $and: [{}, filterAfter(order, [middle.count, middle._id])] };
      const plan = await raw.find(filter).sort(order).limit(11).explain('executionStats');
      expect(plan['executionStats']).toMatchObject({ nReturned: 11 });
      expect(plan['executionStats'].totalKeysExamined).toBeLessThan(30);
      expect(JSON.stringify(plan['queryPlanner'].winningPlan)).not.toContain('"SORT"');
    }
  });

  test('a cursor of another order, or none at all, is refused', async () => {
    const page = await counts.list(shop, {}, { sort: { count: 1 }, limit: 2 });
    const cursor = page.ok ? page.value.nextCursor : null;
    for (const wrong of [
      cursor ?? '',
      'x',
      'e30',
      Buffer.from('{"order":"count,_id","after":[{"$gt":1},1]}').toString('base64url'),
    ]) {
      expect(await counts.list(shop, {}, { sort: { owner: 1 }, limit: 2, cursor: wrong })).toEqual({
        ok: false,
        error: { code: 'invalid_cursor' },
      });
    }
  });
});

describe('documents of an older shape', () => {
  type Tally = Stored & { total: number; unit: string };
  const tallies = (schemaVersion: number) =>
    defineCollection<Tally>({
      name: 'tallies',
      schema: z.object({ ...Stamps, total: z.number(), unit: z.string() }),
      schemaVersion,
      upgrade: (old) => ({ unit: 'piece', ...Object(old), total: Number(Object(old).total) }),
      indexes: [],
    });

  test('are read in the new shape, and written in it with their first change', async () => {
    const raw = stores.first.raw(tallies(2));
    const stamps = { tenant: 'demo', version: 3, createdAt: new Date(), updatedAt: new Date() };
    await raw.insertOne({ _id: 'old', ...stamps, total: '12', obsolete: true });
    const current = stores.first.collection(tallies(2));
    const read = await current.get('demo', 'old');
    expect(read).toEqual({ _id: 'old', ...stamps, total: 12, unit: 'piece' });
    const add = (tally: Tally) => write({ ...tally, total: tally.total + 1 }, tally.total + 1);
    expect(await Promise.all([current.update('demo', 'old', add), current.update('demo', 'old', add)])).toMatchObject([
      { value: 13 },
      { value: 14 },
    ]);
    expect(await raw.findOne({ _id: 'old' })).toMatchObject({ total: 14, unit: 'piece', schemaVersion: 2, version: 5 });
    expect(await raw.findOne({ _id: 'old' })).not.toHaveProperty('obsolete');
    expect(await current.get('demo', 'old')).not.toHaveProperty('schemaVersion');
  });
});
