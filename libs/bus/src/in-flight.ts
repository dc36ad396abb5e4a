/** Counts work in hand, so that a stop can wait for it. */
export type InFlight = {
  /** The promise must not reject. */
  readonly run: (work: Promise<void>) => void;
  readonly settled: () => Promise<void>;
};

/** A count costs less than a set of promises at thousands a second. */
export const createInFlight = (): InFlight => {
  let count = 0;
  let waiting: (() => void)[] = [];
  const done = (): void => {
    count -= 1;
    if (count > 0) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  return {
    run: (work) => {
      count += 1;
      work.then(done, done);
    },
    settled: () =>
      new Promise((resolve) => {
        if (count === 0) resolve();
        else waiting.push(resolve);
      }),
  };
};
