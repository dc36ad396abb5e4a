/** Things that may be done a little later, and together. */
export type Deferred<Item> = {
  readonly add: (item: Item) => void;
  /** Does now what waits, and settles when all is done. */
  readonly flush: () => Promise<void>;
};

/**
 * Gathers items and runs them together `afterMs` milliseconds after the first one. For work that a crash may forget,
 * because it is found and done again. `failed` hears of a run that threw.
 */
export const deferred = <Item>(options: {
  readonly afterMs: number;
  readonly run: (items: readonly Item[]) => Promise<void>;
  readonly failed: (error: unknown, items: readonly Item[]) => void;
}): Deferred<Item> => {
  let waiting: Item[] = [];
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const items = waiting;
    waiting = [];
    if (items.length > 0) {
      running = running.then(() => options.run(items)).catch((error: unknown) => options.failed(error, items));
    }
    return running;
  };
  return {
    add: (item) => {
      waiting.push(item);
      timer ??= setTimeout(() => void flush(), options.afterMs).unref();
    },
    flush,
  };
};
