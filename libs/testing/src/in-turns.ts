import { setImmediate } from 'node:timers/promises';

/** Calls begun in turns of their own: they travel as messages of their own, to any copy of a service. */
export const inTurns = async <Value>(calls: readonly (() => Promise<Value>)[]): Promise<Value[]> => {
  const running: Promise<Value>[] = [];
  for (const call of calls) {
    running.push(call());
    await setImmediate();
  }
  return Promise.all(running);
};
