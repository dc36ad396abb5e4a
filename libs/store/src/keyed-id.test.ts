import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startStores } from '../test/stores.ts';
import { keyedIdCollection, openKeyedIds, requestHash } from './keyed-id.ts';

let stores: Awaited<ReturnType<typeof startStores>>;
const copies: ReturnType<typeof openKeyedIds>[] = [];
beforeAll(async () => {
  stores = await startStores();
  for (const store of [stores.first, await stores.open()]) {
    copies.push(openKeyedIds(store.collection(keyedIdCollection), { clock: () => new Date(), ttlMs: 86_400_000 }));
  }
});
afterAll(() => stores.stop());

const make = { subject: 'rpc.catalog.brands.create' };
const ask = async (
  copy: number,
  request: { idempotencyKey?: string; name: string },
  { tenant = 'demo', call = make } = {},
) => {
  const keyed = await copies[copy % 2]?.('brand', call, request, { tenant });
  return keyed?.ok === true ? keyed.value : { id: keyed?.error.code, seed: '', input: null };
};

describe('the id of what a call makes', () => {
  test('is a new one without a key', async () => {
    const [one, other] = [await ask(0, { name: 'a' }), await ask(0, { name: 'a' })];
    expect(one.id).toMatch(/^brand_[0-9a-z]{26}$/);
    expect(one.id).not.toBe(other.id);
    expect(one.input).toEqual({ name: 'a' });
  });

  test('is one under one key, however many ask at once and in however many processes', async () => {
    const asked = Array.from({ length: 200 }, (_, index) => ask(index, { idempotencyKey: 'one', name: 'a' }));
    const given = await Promise.all(asked);
    expect(new Set(given.map(({ id, seed }) => `${id} ${seed}`)).size).toBe(1);
    expect(given[0]).toMatchObject({ id: expect.stringMatching(/^brand_/), input: { name: 'a' } });
  });

  test('is another under another key, for another call and in another shop', async () => {
    const request = { idempotencyKey: 'mine', name: 'a' };
    const given = await Promise.all([
      ask(0, request),
      ask(0, { ...request, idempotencyKey: 'yours' }),
      ask(0, request, { call: { subject: 'rpc.catalog.products.create' } }),
      ask(0, request, { tenant: 'other' }),
    ]);
    expect(new Set(given.map(({ id }) => id)).size).toBe(4);
  });

  test('is refused for another input, in whatever order its fields come', async () => {
    await ask(0, { idempotencyKey: 'used', name: 'a' });
    expect((await ask(1, { idempotencyKey: 'used', name: 'b' })).id).toBe('idempotency_key_reused');
    expect(requestHash({ a: 1, b: { c: [1, 2], d: undefined } })).toBe(requestHash({ b: { c: [1, 2] }, a: 1 }));
    expect(requestHash({ a: [1, 2] })).not.toBe(requestHash({ a: [2, 1] }));
  });

  test('is kept without the key itself or anything of the input', async () => {
    await ask(0, { idempotencyKey: 'a-key-to-look-for', name: 'a-name-to-look-for' });
    const rows = await stores.first.raw(keyedIdCollection).find({}).toArray();
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain('to-look-for');
  });
});
