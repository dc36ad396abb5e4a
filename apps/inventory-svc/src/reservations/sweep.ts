import { job, type Job, type Log } from '@kervan/service';
import type { Submit } from '../books/group.ts';
import type { Collections } from '../collections.ts';
import { expire } from './decide.ts';

type Deps = Pick<Collections, 'reservations'> & {
  readonly submit: Submit;
  readonly clock: () => Date;
  readonly log: Log;
};

/** Reservations of one round trip; they end in one transaction. */
const AT_ONCE = 200;
/** How long one of them may take, in milliseconds. */
const PATIENCE_MS = 10_000;

/**
 * Ends reservations whose time is over, of all shops, and answers how many. Nothing waits for it: a write that needs
 * their goods ends them itself.
 */
export const sweep = async ({ reservations, submit, clock, log }: Deps, signal: AbortSignal): Promise<number> => {
  let ended = 0;
  while (!signal.aborted) {
    const now = clock();
    const lapsed = await reservations.acrossTenants.find(
      { status: 'held', expiresAt: { $lt: now } },
      { sort: { expiresAt: 1 }, limit: AT_ONCE },
    );
    const deadline = now.getTime() + PATIENCE_MS;
    const results = await Promise.all(
      lapsed.map(({ tenant, _id: orderId }) =>
        submit({ tenant, traceId: '', deadline, orderId, patient: true, apply: (books) => expire(books, { orderId }) }),
      ),
    );
    ended += results.filter((result) => result.ok && result.value).length;
    const failed = results.find((result) => !result.ok);
    if (failed !== undefined)
      log.warn({ failure: failed }, 'not every lapsed reservation could be ended; the next round tries again');
    if (failed !== undefined || lapsed.length < AT_ONCE) break;
  }
  if (ended > 0) log.debug({ ended }, 'lapsed reservations ended');
  return ended;
};

/** The job that does it, in one copy of the service at a time. */
export const sweepJob = ({ everySeconds, ...deps }: Deps & { everySeconds: number }): Job =>
  job({
    name: 'reservation-sweep',
    everySeconds,
    lease: true,
    run: async (signal) => {
      await sweep(deps, signal);
    },
  });
