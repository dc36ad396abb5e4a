import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How often one looks whether the service is idle, in milliseconds. */
const LOOK_MS = 5_000;
/** Up to this share of its time at work a service is idle. */
const IDLE = 0.02;

/** Says, look by look, when memory is to be given back: once when a service that has worked is idle. Starting is work. */
export const idleAfterWork = (): ((utilization: number) => boolean) => {
  let worked = true;
  return (utilization) => {
    const isIdle = utilization <= IDLE;
    const isDue = isIdle && worked;
    worked = !isIdle;
    return isDue;
  };
};

/**
 * Gives memory back when the service comes to rest. V8 collects when allocation makes it worth while, so a process
 * that has just started or just lived through a rush would keep its garbage, and the room it grew for it, until the
 * next rush. One full collection (some 50 ms, while nobody waits) lets it go.
 */
export const startRelief = (): void => {
  // Only this flag, and at run time: it has no part in how code is compiled, so cached code stays valid.
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  const isDue = idleAfterWork();
  let before = performance.eventLoopUtilization();
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (isDue(utilization) && typeof collect === 'function') collect();
  }, LOOK_MS).unref();
};
