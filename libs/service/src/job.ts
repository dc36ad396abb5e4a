import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Work that is done again and again beside the answering of calls. */
export type Job = {
  readonly name: string;
  /** The pause between the end of one run and the start of the next, in seconds; a tenth of it is random. */
  readonly everySeconds: number;
  /** Whether only one copy of the service may do it at a time. */
  readonly lease: boolean;
  /** `signal` aborts when the service stops: then the run ends at the next good place. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

/** Declares a job. */
export const job = (definition: Omit<Job, 'lease'> & { lease?: boolean }): Job => ({ lease: false, ...definition });

/**
 * How long a lease lasts, in milliseconds: the next run of the same copy renews it in good time, and another copy
 * takes over soon after the holder died.
 */
const leaseMs = (everySeconds: number): number => everySeconds * 2_500 + 5_000;

/** Runs the jobs until stopped. A run that throws is logged and counted; the next one comes at its time. */
export const startJobs = (
  jobs: readonly Job[],
  deps: { lease: (name: string, ttlMs: number) => Promise<boolean>; log: Log; metrics: Metrics },
): { stop: () => Promise<void> } => {
  const stopping = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  const running = new Set<Promise<void>>();

  const runOnce = async (each: Job): Promise<void> => {
    try {
      if (each.lease && !(await deps.lease(each.name, leaseMs(each.everySeconds)))) return;
      await each.run(stopping.signal);
      deps.metrics.jobRan(each.name, 'ok');
    } catch (error) {
      deps.metrics.jobRan(each.name, 'failed');
      deps.log.error({ err: error, job: each.name }, 'job failed');
    }
  };
  const schedule = (each: Job): void => {
    if (stopping.signal.aborted) return;
    const timer = setTimeout(
      () => {
        timers.delete(timer);
        const run = runOnce(each).finally(() => {
          running.delete(run);
          schedule(each);
        });
        running.add(run);
      },
      each.everySeconds * 1_000 * (0.95 + Math.random() * 0.1),
    );
    timers.add(timer);
  };
  for (const each of jobs) schedule(each);

  return {
    stop: async () => {
      stopping.abort();
      for (const timer of timers) clearTimeout(timer);
      await Promise.allSettled(running);
    },
  };
};
