import { describe, expect, test } from '@jest/globals';
import { taxRate } from '../../test/builders.ts';
import { NO_RULES, type RuleSet } from './rule-set.ts';
import { openRulesCache } from './rules-cache.ts';

type Answer = { version: number; rules: RuleSet };
const rulesOfVersion = (version: number): Answer => ({
  version,
  rules: { ...NO_RULES, taxRates: [taxRate({ id: `v${version}` })] },
});

/** A database whose answers come when the test says so, and a clock that it sets. */
const setUp = (options: { most?: number } = {}) => {
  const reads: { tenant: string; answer: (answer: Answer) => void; fail: (error: Error) => void }[] = [];
  let now = 0;
  const cache = openRulesCache({
    read: (tenant) => new Promise((answer, fail) => reads.push({ tenant, answer, fail })),
    clock: () => new Date(now),
    ttlMs: 1_000,
    ...options,
  });
  const versionOf = async (tenant: string) => (await cache.rulesOf(tenant)).taxRates[0]?.id;
  return { reads, cache, versionOf, wait: (ms: number) => (now += ms) };
};

describe('rules in memory', () => {
  test('are read once for all who ask at the same time', async () => {
    const { reads, versionOf } = setUp();
    const asked = [versionOf('shop'), versionOf('shop')];
    reads[0]?.answer(rulesOfVersion(1));
    expect(await Promise.all(asked)).toEqual(['v1', 'v1']);
    expect(await versionOf('shop')).toBe('v1');
    expect(reads).toHaveLength(1);
  });

  test('a load that races a change is not kept', async () => {
    const { reads, cache, versionOf } = setUp();
    const early = versionOf('shop');
    cache.drop('shop');
    const late = versionOf('shop');
    reads[1]?.answer(rulesOfVersion(2));
    expect(await late).toBe('v2');
    reads[0]?.answer(rulesOfVersion(1));
    expect(await early).toBe('v1');
    expect(await versionOf('shop')).toBe('v2');
    expect(reads).toHaveLength(2);
  });

  test('are read again when they are old, and kept with their matches when nothing changed', async () => {
    const { reads, cache, wait } = setUp();
    const first = cache.rulesOf('shop');
    reads[0]?.answer(rulesOfVersion(1));
    wait(999);
    expect(await cache.rulesOf('shop')).toBe(await first);
    wait(1);
    const second = cache.rulesOf('shop');
    reads[1]?.answer(rulesOfVersion(1));
    expect(await second).toBe(await first);
    wait(1_000);
    const third = cache.rulesOf('shop');
    reads[2]?.answer(rulesOfVersion(2));
    expect(await third).not.toBe(await first);
  });

  test('a failed read is not kept', async () => {
    const { reads, versionOf } = setUp();
    const failing = versionOf('shop');
    reads[0]?.fail(new Error('gone'));
    await expect(failing).rejects.toThrow('gone');
    const again = versionOf('shop');
    reads[1]?.answer(rulesOfVersion(1));
    expect(await again).toBe('v1');
  });

  test('of one shop are dropped alone; of all when changes may have gone unheard', async () => {
    const { reads, cache, versionOf } = setUp();
    const load = async (tenant: string, version: number) => {
      const asked = versionOf(tenant);
      reads.at(-1)?.answer(rulesOfVersion(version));
      await asked;
    };
    await load('shop', 1);
    await load('other', 1);
    cache.drop('other');
    expect(await versionOf('shop')).toBe('v1');
    cache.dropAll();
    await load('shop', 2);
    expect(await versionOf('shop')).toBe('v2');
    expect(reads.map(({ tenant }) => tenant)).toEqual(['shop', 'other', 'shop']);
  });

  test('of too many shops make room for the next', async () => {
    const { reads, versionOf } = setUp({ most: 2 });
    for (const tenant of ['a', 'b', 'c']) {
      const asked = versionOf(tenant);
      reads.at(-1)?.answer(rulesOfVersion(1));
      await asked;
    }
    await versionOf('b');
    expect(reads).toHaveLength(3);
    const again = versionOf('a');
    reads.at(-1)?.answer(rulesOfVersion(1));
    await again;
    expect(reads).toHaveLength(4);
  });
});
