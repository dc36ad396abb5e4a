import { describe, expect, it } from '@jest/globals';
import { fail, ok, type Result } from '@kervan/contracts';
import { openGenerations, openMemory } from './memory.ts';

type Answer = { readonly price: number };

/** A memory whose loads end when the test says so. */
const setUp = (most = 10) => {
  const generations = openGenerations();
  const memory = openMemory<Answer>({ generations, most, freshMs: 60_000, sizeOf: () => 1 });
  const loads: ((result: Result<Answer>) => void)[] = [];
  const ask = (tenant = 'shop', key = 'a') =>
    memory.getOrLoad(tenant, key, () => new Promise((resolve) => loads.push(resolve)));
  return { generations, memory, loads, ask };
};

describe('a memory', () => {
  it('loads once for all who ask at the same time', async () => {
    const { loads, ask } = setUp();
    const asked = [ask(), ask(), ask()];
    loads[0]?.(ok({ price: 1 }));
    expect(await Promise.all(asked)).toEqual(Array(3).fill(ok({ price: 1 })));
    expect(await ask()).toEqual(ok({ price: 1 }));
    expect(loads).toHaveLength(1);
  });

  it('does not keep what was being read while the shop changed', async () => {
    const { generations, loads, ask } = setUp();
    const early = ask();
    generations.drop('shop');
    const late = ask();
    loads[1]?.(ok({ price: 2 }));
    expect(await late).toEqual(ok({ price: 2 }));
    loads[0]?.(ok({ price: 1 }));
    expect(await early).toEqual(ok({ price: 1 }));
    expect(await ask()).toEqual(ok({ price: 2 }));
    expect(loads).toHaveLength(2);
  });

  it('of one shop is dropped alone; of all when changes may have gone unheard', async () => {
    const { generations, memory } = setUp();
    const keep = (tenant: string) => memory.keep(tenant, generations.of(tenant), 'a', { price: 1 });
    keep('shop');
    keep('other');
    generations.drop('other');
    expect([memory.get('shop', 'a'), memory.get('other', 'a')]).toEqual([{ price: 1 }, undefined]);
    const before = generations.of('shop');
    generations.dropAll();
    expect(memory.get('shop', 'a')).toBeUndefined();
    memory.keep('shop', before, 'a', { price: 1 });
    expect(memory.get('shop', 'a')).toBeUndefined();
  });

  it('keeps no refusal and no failure', async () => {
    const { loads, memory, ask } = setUp();
    const refused = ask();
    loads[0]?.(fail('not_found'));
    expect(await refused).toMatchObject({ ok: false });
    await expect(memory.getOrLoad('shop', 'a', () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    const again = ask();
    loads[1]?.(ok({ price: 3 }));
    expect(await again).toEqual(ok({ price: 3 }));
  });

  it('has room for so much and no more', () => {
    const { generations, memory } = setUp(3);
    for (const key of ['a', 'b', 'c', 'd']) memory.keep('shop', generations.of('shop'), key, { price: 1 });
    expect(['a', 'b', 'c', 'd'].map((key) => memory.get('shop', key) !== undefined)).toEqual([false, true, true, true]);
  });
});
