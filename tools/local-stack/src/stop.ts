import type { Say } from './progress.ts';

const PARENT_CHECK_MS = 1_000;
/** A Ctrl-C reaches us twice, from the terminal and from npm: only a signal after this is a second wish. */
const SAME_WISH_MS = 1_500;

/**
 * Stops on SIGINT and SIGTERM, once; another signal later kills. Started by npm it also stops when npm is gone: killed from
 * outside, npm does not tell us.
 */
export const onStop = ({ say, stop, kill }: { say: Say; stop: () => Promise<void>; kill: () => void }) => {
  let stopping: Promise<void> | undefined;
  let askedAt = 0;
  const parent = process.ppid;
  const underNpm = process.env['npm_lifecycle_event'] !== undefined;
  // Also what keeps this process alive: its children alone would not.
  const pulse = setInterval(() => {
    if (underNpm && process.ppid !== parent) finish('npm is gone');
  }, PARENT_CHECK_MS);

  const now = (): Promise<void> =>
    (stopping ??= stop().finally(() => {
      clearInterval(pulse);
    }));
  const finish = (why: string) => {
    if (stopping !== undefined) return;
    askedAt = Date.now();
    say(`${why}: stopping`);
    void now().then(() => {
      say('stopped');
      process.exit();
    });
  };
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping !== undefined && Date.now() - askedAt > SAME_WISH_MS) kill();
    finish(signal);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onSignal);
  return { now, asked: () => stopping !== undefined };
};
