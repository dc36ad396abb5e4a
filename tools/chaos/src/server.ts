import { type ServerProcess } from '@kervan/testing/servers';

/** A process of the system that can be ended, frozen and started again. */
export type Server = {
  /** Unique: a second copy of a service has a number at its end. */
  readonly name: string;
  /** Process id of the living process; null while it is down. */
  readonly pid: () => number | null;
  /** Sends a signal; nothing when it is down. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Ends it with SIGKILL (SIGTERM when told) and keeps it down until `up`. Settles when the process is gone. */
  readonly down: (signal?: 'SIGKILL' | 'SIGTERM') => Promise<void>;
  /** Starts it again, if it is down, and waits until it is ready. */
  readonly up: () => Promise<void>;
  /** Waits until a process of it is there and ready. */
  readonly ready: () => Promise<void>;
  /** How often it was started. */
  readonly starts: () => number;
};

/** How soon a process that ended by itself is started again, in milliseconds. */
const RESTART_MS = 100;

/**
 * Runs a process and starts it again whenever it ends without being kept down. `start` starts it, `ready` waits until
 * it works; a start that fails is tried again.
 */
export const runServer = async (
  name: string,
  { start, ready }: { start: () => Promise<ServerProcess>; ready: (process: ServerProcess) => Promise<void> },
): Promise<Server> => {
  let current: ServerProcess | null = null;
  let keptDown = false;
  let starts = 0;

  let launching: Promise<void> | null = null;

  const launch = (): Promise<void> => (launching ??= launchOne().finally(() => (launching = null)));
  const launchOne = async (): Promise<void> => {
    const started = await start();
    starts += 1;
    current = started;
    void started.exited.then(() => {
      if (current === started) current = null;
      if (!keptDown) setTimeout(() => void relaunch(), RESTART_MS);
    });
  };
  const relaunch = (): Promise<void> =>
    keptDown || current !== null
      ? Promise.resolve()
      : launch().catch((error: unknown) => {
          console.error(`${name} could not be started: ${String(error)}`);
          setTimeout(() => void relaunch(), RESTART_MS * 10);
        });
  const untilReady = async (): Promise<void> => {
    for (;;) {
      const waited = current;
      if (waited === null) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        continue;
      }
      try {
        return await ready(waited);
      } catch (error) {
        // It was ended while it started: the next one counts.
        if (waited.alive() || keptDown) throw error;
      }
    }
  };

  await launch();
  return {
    name,
    pid: () => (current?.alive() === true ? current.pid : null),
    signal: (signal) => current?.signal(signal),
    down: async (signal = 'SIGKILL') => {
      keptDown = true;
      const process = current;
      if (process === null) return;
      process.signal(signal);
      // A frozen process hears nothing else.
      process.signal('SIGCONT');
      await process.exited;
    },
    up: async () => {
      keptDown = false;
      if (current === null) await launch();
      await untilReady();
    },
    ready: untilReady,
    starts: () => starts,
  };
};
