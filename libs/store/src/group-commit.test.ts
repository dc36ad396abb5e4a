import { describe, expect, test } from '@jest/globals';
import { groupCommit } from './group-commit.ts';

/** A group whose runs end when the test says so. */
const heldGroup = (options: { maxSize?: number; inFlight?: number; apartMs?: number } = {}) => {
  const runs: { items: number[]; end: (error?: Error) => void }[] = [];
  const ask = groupCommit<number, string>({
    ...options,
    run: (items) =>
      new Promise((resolve, reject) => {
        runs.push({ items, end: (error) => (error === undefined ? resolve(items.map(String)) : reject(error)) });
      }),
  });
  return { runs, ask };
};
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('group commit', () => {
  test('what is asked in one turn is one run, and each gets its own answer', async () => {
    const { runs, ask } = heldGroup();
    const answers = Promise.all([ask(1), ask(2), Promise.resolve().then(() => ask(3))]);
    await turn();
    expect(runs.map(({ items }) => items)).toEqual([[1, 2, 3]]);
    runs[0]?.end();
    expect(await answers).toEqual(['1', '2', '3']);
  });

  test('a patient group is served at once when it was quiet, and gathers what comes soon after', async () => {
    const { runs, ask } = heldGroup({ apartMs: 30 });
    const first = ask(1);
    await turn();
    expect(runs.map(({ items }) => items)).toEqual([[1]]);
    runs[0]?.end();
    await first;
    const others = [ask(2)];
    await turn();
    others.push(ask(3));
    while (runs.length < 2) await turn();
    expect(runs[1]?.items).toEqual([2, 3]);
    runs[1]?.end();
    expect(await Promise.all(others)).toEqual(['2', '3']);
  });

  test('while runs are under way the rest gathers for the next one', async () => {
    const { runs, ask } = heldGroup({ inFlight: 1 });
    const first = ask(1);
    await turn();
    const others = [ask(2)];
    await turn();
    others.push(ask(3));
    await turn();
    expect(runs).toHaveLength(1);
    runs[0]?.end();
    await first;
    await turn();
    await turn();
    expect(runs.map(({ items }) => items)).toEqual([[1], [2, 3]]);
    runs[1]?.end();
    expect(await Promise.all(others)).toEqual(['2', '3']);
  });

  test('a run gets no more than its size', async () => {
    const { runs, ask } = heldGroup({ maxSize: 2, inFlight: 2 });
    const answers = Promise.all([1, 2, 3, 4, 5].map(ask));
    await turn();
    expect(runs.map(({ items }) => items)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    for (const { end } of runs) end();
    await turn();
    await turn();
    runs[2]?.end();
    expect(await answers).toEqual(['1', '2', '3', '4', '5']);
  });

  test('a run that fails fails for its own items only', async () => {
    const { runs, ask } = heldGroup({ maxSize: 1, inFlight: 2 });
    const answers = Promise.allSettled([ask(1), ask(2)]);
    await turn();
    runs[0]?.end(new Error('lost'));
    runs[1]?.end();
    expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  test('a run that leaves items without an answer is a bug', async () => {
    const ask = groupCommit<number, number>({ run: () => Promise.resolve([]) });
    await expect(ask(1)).rejects.toThrow('must answer every item');
  });
});
