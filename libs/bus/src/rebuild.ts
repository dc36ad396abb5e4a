import type { Bus } from './bus.ts';
import type { Log } from './log.ts';

/** What a service remembers for itself; the store's notes fit. */
export type Notes = {
  read(name: string): Promise<string | null>;
  write(name: string, value: string): Promise<void>;
};

export type Rebuild = { readonly stop: () => Promise<void> };

/** How long events are sent again, in milliseconds: as long as they stay in their documents and a stream keeps them. */
const KEPT_MS = 7 * 86_400_000;
/** How often the stream is looked at while the connection stands, in milliseconds: within its window for duplicates. */
const LOOK_MS = 15_000;
/** The pause before another look when nobody could say, and when the database could not be asked, in milliseconds. */
const AGAIN_MS = 1_000;
const FAILED_MS = 5_000;

/**
 * Fills the service's own stream again after it was lost. Of the stream the moment is remembered at which it was made;
 * when that is another one (after every reconnect, at start, and now and then), the events of the last seven days are
 * marked as unsent, for the relay to send, and only then is the new moment written down. Every copy of the service goes by
 * what it has seen itself as well: one that took note of an acknowledgement of the old stream after another copy had
 * marked everything would hide that event. Twice is harmless: the stream drops what it has, consumers are ready for it.
 */
export const startRebuild = (deps: {
  bus: Pick<Bus, 'ownStream' | 'onBack'>;
  outbox: { sendAgain(since: Date): Promise<number> };
  notes: Notes;
  log: Log;
  lookMs?: number;
}): Rebuild => {
  const { bus, outbox, notes, log, lookMs = LOOK_MS } = deps;
  let seen: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | null = null;
  let isDue = false;
  let stopped = false;

  /** The pause until the next look. */
  const look = async (): Promise<number> => {
    const stream = await bus.ownStream();
    if (stream === null) return AGAIN_MS;
    const { name, madeAt } = stream;
    const known = await notes.read(name);
    if (known !== madeAt || (seen !== null && seen !== madeAt)) {
      const documents = await outbox.sendAgain(new Date(Date.now() - KEPT_MS));
      await notes.write(name, madeAt);
      const facts = { stream: name, known: known ?? seen, madeAt, documents };
      if (documents > 0) log.warn(facts, 'the stream is not the one that was known: its events are sent again');
      else log.debug(facts, 'the stream is a new one');
    }
    seen = madeAt;
    return lookMs;
  };
  const schedule = (pauseMs: number): void => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(() => void run(), pauseMs);
  };
  const run = async (): Promise<void> => {
    isDue = false;
    looking = look()
      .catch((error: unknown) => {
        log.warn({ err: error }, 'it is not known whether the stream is the one that was known');
        return FAILED_MS;
      })
      .then((pauseMs) => {
        looking = null;
        schedule(isDue ? 0 : pauseMs);
      });
    return looking;
  };
  bus.onBack(() => {
    isDue = true;
    if (looking === null) schedule(0);
  });
  schedule(0);

  return {
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
};
