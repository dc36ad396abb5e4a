import { setTimeout as pause } from 'node:timers/promises';
import type { Log } from './log.ts';

const PAUSE_MS = 250;
const REMIND_MS = 5_000;

/**
 * Asks again and again for something that others may still be starting. Says so once when the first try fails and
 * then every five seconds, and when it came at last. Throws when `signal` aborts.
 */
export const waitFor = async <T>(
  what: string,
  attempt: () => Promise<T>,
  deps: { log: Log; signal: AbortSignal },
): Promise<T> => {
  const since = Date.now();
  let said = 0;
  for (;;) {
    deps.signal.throwIfAborted();
    try {
      const found = await attempt();
      if (said > 0) deps.log.info({ waitedMs: Date.now() - since }, `${what} is here`);
      return found;
    } catch (error) {
      if (Date.now() - said >= REMIND_MS) {
        said = Date.now();
        // Only the kind of error: the text of a connection error may hold an address with a password.
        deps.log.warn({ reason: error instanceof Error ? error.name : 'unknown' }, `waiting for ${what}`);
      }
    }
    await pause(PAUSE_MS, undefined, { signal: deps.signal });
  }
};
