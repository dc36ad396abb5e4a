/** How exact deadlines and pauses are, in milliseconds. */
export const SWEEP_MS = 50;

/** Looks after deadlines; answers whether there is anything left to look after. `now` in epoch milliseconds. */
export type Sweeper = (now: number) => boolean;

export type Sweep = {
  readonly add: (sweeper: Sweeper) => void;
  /** Something is waiting again. */
  readonly wake: () => void;
  readonly stop: () => void;
};

/** One timer for everything that waits on a connection, instead of one per call; it rests while nothing waits. */
export const createSweep = (): Sweep => {
  const sweepers: Sweeper[] = [];
  let timer: NodeJS.Timeout | null = null;
  const rest = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
  };
  const run = (): void => {
    const now = Date.now();
    let busy = false;
    for (const sweeper of sweepers) busy = sweeper(now) || busy;
    if (!busy) rest();
  };
  return {
    add: (sweeper) => {
      sweepers.push(sweeper);
    },
    wake: () => {
      timer ??= setInterval(run, SWEEP_MS);
    },
    stop: rest,
  };
};
