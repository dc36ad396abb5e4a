import { describeExit, type ServerProcess } from '@kervan/testing/servers';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;
/** After living this long a process starts with the shortest pause again. */
const HEALTHY_MS = 30_000;

export type Watched = {
  readonly name: string;
  /** Starts the process; it may not be ready yet. */
  readonly start: () => Promise<ServerProcess>;
  /** What has to be done anew whenever the process was started again. */
  readonly afterRestart?: ((process: ServerProcess) => Promise<void>) | undefined;
  /** Told of every new process id, and of undefined when there is none. */
  readonly onPid: (pid: number | undefined) => void;
  readonly say: (line: string) => void;
};
export type Supervised = {
  readonly name: string;
  current(): ServerProcess;
  /** Ends the process for good: SIGTERM, after `graceMs` SIGKILL. */
  stop(graceMs: number): Promise<void>;
};

/** The pause before start number `failures` in a row, in milliseconds: doubling, bounded. */
export const pauseBefore = (failures: number): number =>
  Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);

/** Starts a process and starts it again, with back-off, whenever it ends without being asked to. */
export const supervise = async ({ name, start, afterRestart, onPid, say }: Watched): Promise<Supervised> => {
  const stopping = new AbortController();
  let current = await start();
  let startedAt = Date.now();
  onPid(current.pid);

  /** Does it until it is done; with a process that has ended, the next one's start is the next chance. */
  const prepare = async (process: ServerProcess): Promise<void> => {
    for (let tries = 1; process.alive() && !stopping.signal.aborted; tries++) {
      try {
        return await afterRestart?.(process);
      } catch (error) {
        say(`${name} could not be prepared: ${error instanceof Error ? error.message : String(error)}`);
        await pauseUnless(stopping.signal, pauseBefore(tries));
      }
    }
  };
  const startAgain = async (): Promise<boolean> => {
    try {
      current = await start();
      startedAt = Date.now();
      onPid(current.pid);
      void prepare(current);
      return true;
    } catch (error) {
      say(`${name} cannot be started: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  };

  let starting = Promise.resolve(true);
  const watch = async () => {
    let failures = 0;
    for (;;) {
      const exit = await current.exited;
      onPid(undefined);
      if (stopping.signal.aborted) return;
      failures = Date.now() - startedAt > HEALTHY_MS ? 1 : failures + 1;
      say(`${name} ended (${describeExit(exit)}), starting it again. Its log: ${current.logFile}`);
      do {
        await pauseUnless(stopping.signal, pauseBefore(failures++));
        if (stopping.signal.aborted) return;
        starting = startAgain();
      } while (!(await starting));
    }
  };
  const watching = watch();

  return {
    name,
    current: () => current,
    stop: async (graceMs) => {
      stopping.abort();
      // A start that is under way is not interrupted: its process is the one to stop.
      await starting;
      await current.stop(graceMs);
      await watching;
    },
  };
};

const pauseUnless = (signal: AbortSignal, ms: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
