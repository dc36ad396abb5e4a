import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How often one looks whether the service is idle, in milliseconds. */
const LOOK_MS = 5_000;
/** Up to this share of its time at work a service is idle. */
const IDLE = 0.02;

/** Says, look by look, when memory is to be given back: once when a service that has worked is idle. */
export const idleAfterWork = (): ((utilization: number) => boolean) => {
  let worked = false;
  return (utilization) => {
    const isIdle = utilization <= IDLE;
    const isDue = isIdle && worked;
    worked = !isIdle;
    return isDue;
  };
};

/**
 * Gives back what the start took, and from then on what each rush took, as soon as the service comes to rest. V8
 * collects when allocation makes it worth while: an idle process would keep its garbage, and the room it grew for it,
 * until the next rush. One full collection (some 30 ms, while nobody waits) lets it go.
 */
export const startRelief = (): void => {
  // This flag has no part in how code is compiled, so cached code stays valid.
  setFlagsFromString('--expose-gc');
  const gc: unknown = runInNewContext('gc');
  // A last resort hands free pages to the system at once instead of keeping them at hand.
  const giveBack = (): void => {
    if (typeof gc === 'function') gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  };
  giveBack();
  const isDue = idleAfterWork();
  let before = performance.eventLoopUtilization();
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    if (isDue(utilization)) giveBack();
  }, LOOK_MS).unref();
};
