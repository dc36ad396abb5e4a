import { describe, expect, it } from '@jest/globals';
import { fail, ok } from '@kervan/contracts';
import type { Result } from '@kervan/contracts';
import { createCache } from './cache.ts';

const setup = (answers: (key: string, question: number) => Promise<Result<string>>) => {
  const at = { time: 0 };
  const asked: string[] = [];
  const cache = createCache({
    load: (key) => answers(key, asked.push(key)),
    freshMs: 100,
    refusedMs: 10,
    most: 3,
    now: () => at.time,
  });
  return { cache, at, asked };
};

describe('the memory of answers', () => {
  it('asks once for what many want, and again when it is no longer fresh', async () => {
    const { cache, at, asked } = setup(async (key, question) => ok(`${key}${question}`));
    expect(await Promise.all([cache.get('a'), cache.get('a'), cache.get('b')])).toEqual([ok('a1'), ok('a1'), ok('b2')]);
    expect(await cache.get('a')).toEqual(ok('a1'));
    at.time = 100;
    expect(await cache.get('a')).toEqual(ok('a3'));
    expect(asked).toEqual(['a', 'b', 'a']);
  });

  it('keeps refusals for a shorter time', async () => {
    const { cache, at, asked } = setup(async () => fail('unauthorized'));
    await cache.get('a');
    await cache.get('a');
    at.time = 10;
    expect(await cache.get('a')).toEqual(fail('unauthorized'));
    expect(asked).toHaveLength(2);
  });

  it('leaves what was known in force while the neighbour cannot be reached', async () => {
    const { cache, at } = setup(async (_key, question) => (question === 1 ? ok('known') : fail('service_unavailable')));
    await cache.get('a');
    at.time = 1_000;
    expect(await cache.get('a')).toEqual(ok('known'));
    expect(await cache.get('b')).toEqual(fail('service_unavailable'));
    cache.clear();
    expect(await cache.get('a')).toEqual(fail('service_unavailable'));
  });

  it('does not keep an answer that was on its way when everything was forgotten', async () => {
    let deliver = (_: Result<string>): void => undefined;
    const { cache, asked } = setup((_key, question) =>
      question === 1 ? new Promise((resolve) => (deliver = resolve)) : Promise.resolve(ok('new')),
    );
    const old = cache.get('a');
    cache.clear();
    deliver(ok('old'));
    expect(await old).toEqual(ok('old'));
    expect(await cache.get('a')).toEqual(ok('new'));
    expect(asked).toHaveLength(2);
  });
});
