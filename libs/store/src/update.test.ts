import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { anyEdit, basket, baskets, edited } from '../test/baskets.ts';
import type { Basket, Line } from '../test/baskets.ts';
import { counter, counters, event, startStores } from '../test/stores.ts';
import { keep, refuse, write } from './decision.ts';
import type { Collection } from './collection.ts';
import type { Counter } from '../test/stores.ts';

let stores: Awaited<ReturnType<typeof startStores>>;
/** Two copies of a service: they know nothing of each other and meet in the database only. */
let copies: Collection<Counter>[];
let basketCopies: Collection<Basket>[];

beforeAll(async () => {
  stores = await startStores();
  const second = await stores.open();
  copies = [stores.first, second].map((store) => store.collection(counters));
  basketCopies = [stores.first, second].map((store) => store.collection(baskets));
});
afterAll(() => stores.stop());

const [times, callers] = [8, 24];
const increment = (document: Counter) =>
  write({ ...document, count: document.count + 1 }, document.count + 1, [event()]);
const one = async (): Promise<Collection<Counter>> => copies[0] ?? Promise.reject(new Error('no copy'));
const oneOfBaskets = async (): Promise<Collection<Basket>> => basketCopies[0] ?? Promise.reject(new Error('no copy'));

describe('updates that conflict', () => {
  test('every acknowledged increment counts once, and nobody is told a value that another got', async () => {
    const ids = Array.from({ length: 5 }, (_, index) => `hot${index}`);
    const counts = await one();
    await Promise.all(ids.map((id) => counts.insert(counter(id))));
    const told = new Map<string, number[]>(ids.map((id) => [id, []]));
    await Promise.all(
      copies.flatMap((copy) =>
        Array.from({ length: callers }, async (_, caller) => {
          for (let time = 0; time < times; time++) {
            const id = `hot${(caller + time) % ids.length}`;
            const result = await copy.update('demo', id, increment);
            if (result.ok) told.get(id)?.push(result.value);
            else expect(result.error.code).toBe('service_unavailable');
          }
        }),
      ),
    );
    for (const document of await counts.getMany('demo', ids)) {
      const values = told.get(document._id) ?? [];
      expect(values.toSorted((a, b) => a - b)).toEqual(Array.from({ length: document.count }, (_, index) => index + 1));
      expect(document.version).toBe(document.count + 1);
    }
    expect([...told.values()].flat()).toHaveLength(copies.length * callers * times);
  });

  test('events of one aggregate are numbered without gaps, in the order of the writes', async () => {
    const raw = stores.first.raw(counters);
    for (const document of await raw.find({ _id: /^hot/ }).toArray()) {
      const rows: unknown = document['outbox'];
      const sequences = Array.isArray(rows) ? rows.map((row: { sequence: number }) => row.sequence) : [];
      expect(sequences).toEqual(Array.from({ length: Number(document['count']) }, (_, index) => index + 1));
      expect(document['eventSequence']).toBe(document['count']);
    }
  });

  test('that begin with what their callers have read count once each, numbers and versions without gaps', async () => {
    const counts = await one();
    const made = await counts.insert(counter('known'), [event()]);
    if (made === null) throw new Error('not made');
    const told: number[] = [];
    await Promise.all(
      copies.flatMap((copy) =>
        Array.from({ length: callers }, async () => {
          for (let time = 0; time < times; time++) {
            const read = await copy.get('demo', 'known');
            if (read === null) throw new Error('it is there');
            const result = await copy.change(read, increment);
            if (result.ok) told.push(result.value);
            else expect(result.error.code).toBe('service_unavailable');
          }
        }),
      ),
    );
    // Whoever made it holds a document that many have changed since.
    const last = await counts.change(made, increment);
    expect(last).toMatchObject({ ok: true, value: told.length + 1 });
    expect(told.toSorted((a, b) => a - b)).toEqual(told.map((_, index) => index + 1));
    const [row] = await stores.first.raw(counters).find({ _id: 'known' }).toArray();
    const events: unknown = row?.['outbox'];
    const sequences = Array.isArray(events) ? events.map(({ sequence }: { sequence: number }) => sequence) : [];
    expect(sequences).toEqual(Array.from({ length: told.length + 2 }, (_, index) => index + 1));
    expect(row).toMatchObject({ version: told.length + 2, eventSequence: told.length + 2 });
  });

  test('that begin with what is known read only when somebody was faster', async () => {
    const counts = await one();
    const made = await counts.insert(counter('chain'));
    if (made === null) throw new Error('not made');
    const before = await stores.queries();
    const first = await counts.change(made, increment);
    if (!first.ok) throw new Error('not changed');
    const second = await counts.change(first.document, increment);
    expect(second).toMatchObject({ ok: true, value: 2, document: { version: 3 } });
    expect(await stores.queries()).toBe(before);
    const late = await counts.change(made, increment);
    expect(late).toMatchObject({ ok: true, value: 3, document: { version: 4 } });
    expect(await stores.queries()).toBe(before + 1);
    await expect(counts.change({ ...made }, increment)).rejects.toThrow('not a document that');
  });

  test('of many who claim the same thing one wins, and all others are told who', async () => {
    const counts = await one();
    const ids = Array.from({ length: 40 }, (_, index) => `claim${index}`);
    await Promise.all(ids.map((id) => counts.insert(counter(id))));
    const claims = await Promise.all(
      ids.flatMap((id) =>
        copies.flatMap((copy, copyNumber) =>
          [1, 2, 3].map(async (caller) => {
            const name = `${copyNumber}/${caller}`;
            const claimed = await copy.update('demo', id, (document) =>
              document.owner === null
                ? write({ ...document, owner: name }, { won: true, owner: name })
                : keep({ won: false, owner: document.owner }),
            );
            return { id, name, ...(claimed.ok ? claimed.value : { won: false, owner: 'refused' }) };
          }),
        ),
      ),
    );
    for (const { _id, owner, version } of await counts.getMany('demo', ids)) {
      const all = claims.filter(({ id }) => id === _id);
      expect(all.filter(({ won }) => won).map(({ name }) => name)).toEqual([owner]);
      expect(new Set(all.map((each) => each.owner))).toEqual(new Set([owner]));
      expect(version).toBe(2);
    }
  });

  test('a plain write beside a lost one is told the truth about itself', async () => {
    const [counts, other] = copies;
    if (counts === undefined || other === undefined) throw new Error('no copies');
    const quiet = Array.from({ length: 60 }, (_, index) => `quiet${index}`);
    await Promise.all([counter('fought'), ...quiet.map((id) => counter(id))].map((each) => counts.insert(each)));
    const results = await Promise.all([
      ...quiet.map((id) => counts.update('demo', id, increment)),
      ...copies.flatMap((copy) => Array.from({ length: 10 }, () => copy.update('demo', 'fought', increment))),
      ...quiet.map((id) => other.update('demo', id, increment)),
    ]);
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect((await counts.getMany('demo', quiet)).map(({ count }) => count)).toEqual(quiet.map(() => 2));
    expect((await counts.get('demo', 'fought'))?.count).toBe(20);
  });

  test('a document deleted meanwhile does not come back', async () => {
    const [counts, other] = copies;
    if (counts === undefined || other === undefined) throw new Error('no copies');
    const ids = Array.from({ length: 100 }, (_, index) => `gone${index}`);
    await Promise.all(ids.map((id) => counts.insert(counter(id))));
    const [updated, removed] = await Promise.all([
      Promise.all(ids.map((id) => counts.update('demo', id, increment))),
      Promise.all(ids.map((id) => other.remove('demo', id))),
    ]);
    expect(removed.every(Boolean)).toBe(true);
    for (const result of updated)
      expect(result.ok ? result.value : result.error.code).toEqual(result.ok ? 1 : 'not_found');
    expect(await stores.first.raw(counters).countDocuments({ _id: { $in: ids } })).toBe(0);
  });

  test('a change that needs no decision survives every decided one', async () => {
    const counts = await one();
    await counts.insert(counter('marked'));
    const statement = { filter: { owner: null }, update: { $set: { owner: 'mark' } } };
    await Promise.all([
      ...copies.flatMap((copy) => Array.from({ length: 20 }, () => copy.update('demo', 'marked', increment))),
      counts.mark('demo', 'marked', statement),
    ]);
    expect(await counts.get('demo', 'marked')).toMatchObject({ count: 40, owner: 'mark', version: 41 });
  });
});

describe('updates asked for in one turn', () => {
  test("are decided one after the other and written once; a refusal is its own caller's", async () => {
    const counts = await one();
    await counts.insert(counter('turn'));
    const results = await Promise.all([
      counts.update('demo', 'turn', increment),
      counts.update('demo', 'turn', ({ count }) => refuse('conflict', { count })),
      counts.update('demo', 'turn', increment),
      counts.update('demo', 'turn', ({ count }) => keep(count)),
    ]);
    expect(results.map((result) => (result.ok ? result.value : result.error))).toEqual([
      1,
      { code: 'conflict', details: { count: 1 } },
      2,
      2,
    ]);
    expect(await counts.get('demo', 'turn')).toMatchObject({ count: 2, version: 3 });
    const raw = await stores.first.raw(counters).findOne({ _id: 'turn' });
    expect(raw?.['outbox']).toHaveLength(2);
  });

  test('each sees the version of the one before it, so only one of two edits of the same version passes', async () => {
    const counts = await one();
    await counts.insert(counter('edited'));
    const edit = (document: Counter) =>
      document.version === 1 ? write({ ...document, note: 'edited' }, true) : refuse('precondition_failed');
    const results = await Promise.all([counts.update('demo', 'edited', edit), counts.update('demo', 'edited', edit)]);
    expect(results.map(({ ok }) => ok)).toEqual([true, false]);
  });

  test("a decision that throws is its own caller's affair", async () => {
    const counts = await one();
    await counts.insert(counter('thrown'));
    const results = await Promise.allSettled([
      counts.update('demo', 'thrown', increment),
      counts.update('demo', 'thrown', () => {
        throw new Error('a bug');
      }),
      counts.update('demo', 'thrown', increment),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((await counts.get('demo', 'thrown'))?.count).toBe(2);
  });

  test('a unique value that is taken refuses only the one who wants it', async () => {
    const counts = await one();
    await Promise.all([counts.insert(counter('taken')), counts.insert(counter('wants'))]);
    const results = await Promise.all([
      counts.update('demo', 'wants', increment),
      counts.update('demo', 'wants', (document) => write({ ...document, label: 'taken' }, 0)),
      counts.update('demo', 'wants', increment),
    ]);
    expect(results.map((result) => (result.ok ? result.value : result.error.code))).toEqual([1, 'conflict', 2]);
    expect(await counts.get('demo', 'wants')).toMatchObject({ count: 2, label: 'wants' });
  });
});

describe('one update', () => {
  test('writes what changed, takes out what is gone, gives back the document as it is now', async () => {
    const counts = await one();
    await counts.insert(counter('plain', { note: 'first' }));
    const changed = await counts.update('demo', 'plain', ({ note: _note, ...document }) =>
      write({ ...document, count: 7 }, 'done'),
    );
    expect(changed).toMatchObject({ ok: true, value: 'done', document: { count: 7, version: 2 } });
    const read = await counts.get('demo', 'plain');
    expect(read).toEqual(changed.ok ? changed.document : null);
    expect(read).not.toHaveProperty('note');
  });

  test('that changes nothing is not a version', async () => {
    const counts = await one();
    await counts.insert(counter('same'));
    const same = await counts.update('demo', 'same', (document) => write({ ...document }, 'same'));
    expect(same).toMatchObject({ ok: true, value: 'same', document: { version: 1 } });
    expect((await counts.get('demo', 'same'))?.version).toBe(1);
  });

  test("of what is not there, or another shop's, is not found", async () => {
    const counts = await one();
    await counts.insert(counter('theirs', { tenant: 'other' }));
    expect(await counts.update('demo', 'nowhere', increment)).toEqual({ ok: false, error: { code: 'not_found' } });
    expect(await counts.update('demo', 'theirs', increment)).toEqual({ ok: false, error: { code: 'not_found' } });
    expect((await counts.get('other', 'theirs'))?.count).toBe(0);
  });

  test('a document is never changed in place', async () => {
    const counts = await one();
    await counts.insert(counter('frozen'));
    const inPlace = counts.update('demo', 'frozen', (document) => {
      document.count++;
      return write(document, null);
    });
    await expect(inPlace).rejects.toThrow(TypeError);
  });
});

describe('updates of arrays', () => {
  /** One more piece of a line. */
  const addPiece = (sku: string) => (document: Basket) => {
    const lines = document.lines.map((each) => (each.sku === sku ? { ...each, pieces: each.pieces + 1 } : each));
    return write({ ...document, lines }, sku);
  };
  const line = (sku: string) => ({ sku, pieces: 1, text: '' });

  test('of one of 200 elements write it alone', async () => {
    const collection = await oneOfBaskets();
    const made = basket('long', 200);
    await collection.insert(made);
    const updated = await collection.update('demo', 'long', addPiece('sku5'));
    expect(await stores.lastChange('baskets', 'long')).toEqual({
      $v: 2,
      diff: {
        u: { updatedAt: expect.any(Date), version: 2 },
        slines: { a: true, u5: { ...made.lines[5], pieces: 2 } },
      },
    });
    const lines = made.lines.map((each, index) => (index === 5 ? { ...each, pieces: 2 } : each));
    expect(updated).toMatchObject({ ok: true, document: { lines } });
    expect(await collection.get('demo', 'long')).toMatchObject({ lines, version: 2 });
  });

  test('of half of the elements write all of them', async () => {
    const collection = await oneOfBaskets();
    const made = basket('half', 200);
    await collection.insert(made);
    const more = (lines: readonly Line[]) =>
      lines.map((each, index) => (index % 2 === 0 ? { ...each, pieces: 2 } : each));
    await collection.update('demo', 'half', (document) => write({ ...document, lines: more(document.lines) }, null));
    expect(await stores.lastChange('baskets', 'half')).toEqual({
      $v: 2,
      diff: { u: { updatedAt: expect.any(Date), version: 2, lines: more(made.lines) } },
    });
  });

  test('in one turn, of which one replaces an element and others add or take some, all count', async () => {
    const collection = await oneOfBaskets();
    const append = (sku: string) => (document: Basket) =>
      write({ ...document, lines: [...document.lines, line(sku)] }, sku);
    const take = (sku: string) => (document: Basket) =>
      write({ ...document, lines: document.lines.filter((each) => each.sku !== sku) }, sku);
    await collection.insert(basket('turn', 10));
    const results = await Promise.all(
      [addPiece('sku5'), append('new'), take('sku0'), addPiece('new'), addPiece('sku5')].map((decide) =>
        collection.update('demo', 'turn', decide),
      ),
    );
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true, true, true]);
    const { lines = [], version } = (await collection.get('demo', 'turn')) ?? {};
    expect(lines.map(({ sku, pieces }) => [sku, pieces])).toEqual([
      ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((index) => [`sku${index}`, index === 5 ? 3 : 1]),
      ['new', 2],
    ]);
    expect(version).toBe(6);
  });

  test('in one turn leave the document as the last of them decided it, whatever they do', async () => {
    const collection = await oneOfBaskets();
    const raw = stores.first.raw(baskets);
    let made = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 9 }),
        fc.array(fc.array(anyEdit, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
        async (count, turns) => {
          const id = `any${made++}`;
          await collection.insert(basket(id, count));
          for (const [turn, edits] of turns.entries()) {
            const results = await Promise.all(
              edits.map((edit, index) =>
                collection.update('demo', id, (document) =>
                  write(edited(document, edit, `new${turn}.${index}`), null, [event()]),
                ),
              ),
            );
            const last = results.at(-1);
            if (last?.ok !== true) throw new Error('not updated');
            const kept = await raw.findOne(
              { _id: id },
              { projection: { outbox: 0, eventSequence: 0, schemaVersion: 0 } },
            );
            expect(kept).toEqual(last.document);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('from two copies, while elements move: every piece that was acknowledged is there once', async () => {
    const collection = await oneOfBaskets();
    await collection.insert(basket('moving', 20));
    const move = (document: Basket) => {
      const [first, ...others] = document.lines;
      return write({ ...document, lines: first === undefined ? others : [...others, first] }, 'moved');
    };
    const told = await Promise.all(
      basketCopies.flatMap((copy) =>
        Array.from({ length: 12 }, async (_, caller) => {
          const acknowledged: string[] = [];
          for (let time = 0; time < times; time++) {
            const decide = caller % 6 === 0 ? move : addPiece(`sku${(caller + time) % 20}`);
            const result = await copy.update('demo', 'moving', decide);
            if (result.ok) acknowledged.push(result.value);
            else expect(result.error.code).toBe('service_unavailable');
          }
          return acknowledged;
        }),
      ),
    );
    const all = told.flat();
    const { lines = [], version } = (await collection.get('demo', 'moving')) ?? {};
    const pieces = (sku: string): number => 1 + all.filter((each) => each === sku).length;
    const skus = Array.from({ length: 20 }, (_, index) => `sku${index}`);
    expect(Object.fromEntries(lines.map((each) => [each.sku, each.pieces]))).toEqual(
      Object.fromEntries(skus.map((sku) => [sku, pieces(sku)])),
    );
    expect(lines).toHaveLength(20);
    expect(version).toBe(1 + all.length);
  });

  test('in an older shape write the array as a whole in the new one, and elements from then on', async () => {
    const collection = await oneOfBaskets();
    const raw = stores.first.raw(baskets);
    const old = basket('old', 10);
    const stamps = { version: 1, createdAt: new Date(), updatedAt: new Date() };
    await raw.insertOne({ ...old, ...stamps, lines: old.lines.map(({ sku, pieces }) => ({ sku, pieces })) });
    const lines = old.lines.map((each, index) => ({ ...each, text: 'none', pieces: index === 5 ? 3 : 1 }));
    await Promise.all([1, 2].map(() => collection.update('demo', 'old', addPiece('sku5'))));
    expect(await raw.findOne({ _id: 'old' })).toEqual({
      ...old,
      ...stamps,
      lines,
      updatedAt: expect.any(Date),
      version: 3,
      schemaVersion: 2,
    });
    await collection.update('demo', 'old', addPiece('sku7'));
    expect(await stores.lastChange('baskets', 'old')).toMatchObject({
      diff: { slines: { a: true, u7: { sku: 'sku7', pieces: 2, text: 'none' } } },
    });
    expect((await raw.findOne({ _id: 'old' }))?.['lines']).toEqual(
      lines.with(7, { ...line('sku7'), pieces: 2, text: 'none' }),
    );
  });
});
