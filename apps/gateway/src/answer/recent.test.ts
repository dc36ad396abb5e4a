import { describe, expect, it } from '@jest/globals';
import { fail, ok } from '@kervan/contracts';
import type { Result } from '@kervan/contracts';
import { createRecent } from './recent.ts';
import type { Sendable } from './recent.ts';

const sendable = (text: string): Result<Sendable> => ok({ bytes: Buffer.from(text), headers: {} });
const setup = (bounds: { most?: number; mostBytes?: number } = {}) => {
  const at = { time: 0 };
  let made = 0;
  const make = async (): Promise<Result<Sendable>> => sendable(String(++made));
  const recent = createRecent({ keepMs: 100, most: 2, mostBytes: 1_000, ...bounds, now: () => at.time });
  return { at, make, recent };
};
const textOf = async (answer: Promise<Result<Sendable>>) => {
  const result = await answer;
  return result.ok ? Buffer.from(result.value.bytes).toString() : result.error.code;
};

describe('recent answers', () => {
  it('are given again for a moment, to each shop its own', async () => {
    const { at, make, recent } = setup();
    const asked = [recent.answer('a', 'x', make), recent.answer('a', 'x', make), recent.answer('b', 'x', make)];
    expect(await Promise.all(asked.map(textOf))).toEqual(['1', '1', '2']);
    at.time = 99;
    expect(await textOf(recent.answer('a', 'x', make))).toBe('1');
    at.time = 100;
    expect(await textOf(recent.answer('a', 'x', make))).toBe('3');
  });

  it('are forgotten with a change in their shop, also those on their way', async () => {
    const { make, recent } = setup();
    let deliver = (_: Result<Sendable>): void => undefined;
    const old = recent.answer('a', 'x', () => new Promise((resolve) => (deliver = resolve)));
    recent.forget('b');
    recent.forget('a');
    const fresh = recent.answer('a', 'x', make);
    deliver(sendable('old'));
    expect([await textOf(old), await textOf(fresh), await textOf(recent.answer('a', 'x', make))]).toEqual([
      'old',
      '1',
      '1',
    ]);
  });

  it('are neither refusals nor failures, and not too many', async () => {
    const { make, recent } = setup({ most: 4 });
    expect(await textOf(recent.answer('a', 'x', async () => fail('not_found')))).toBe('not_found');
    await expect(recent.answer('a', 'x', () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
    expect(await textOf(recent.answer('a', 'x', make))).toBe('1');
    await recent.answer('b', 'y', make);
    expect(await textOf(recent.answer('a', 'x', make))).toBe('1');
    await recent.answer('c', 'z', make);
    expect(await textOf(recent.answer('a', 'x', make))).toBe('4');
  });

  it('are not too many bytes together, questions included', async () => {
    const long = async (): Promise<Result<Sendable>> => sendable('x'.repeat(600));
    const { make, recent } = setup({ most: 100 });
    await recent.answer('a', 'x', make);
    await recent.answer('b', 'x', long);
    expect(await textOf(recent.answer('a', 'x', make))).toBe('1');
    await recent.answer('b', 'y', long);
    expect(await textOf(recent.answer('a', 'x', make))).toBe('2');
    await recent.answer('b', 'z'.repeat(990), make);
    await recent.answer('b', 'z'.repeat(991), make);
    expect(await textOf(recent.answer('a', 'x', make))).toBe('5');
  });
});
