import { TUNING } from './tuning.ts';

/** How a group works. `run` gets what was asked for and gives the answers in the same order; if it throws, all fail. */
export type GroupCommitOptions<Item, Answer> = {
  readonly run: (items: Item[]) => Promise<readonly Answer[]>;
  /** The most items a run gets. */
  readonly maxSize?: number;
  /** Runs under way at once; 1 means that runs never overlap. */
  readonly inFlight?: number;
  /** For what nobody is in a hurry for: runs begin at least so many milliseconds apart; 0 unless said. */
  readonly apartMs?: number;
};

type Waiting<Item, Answer> = {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * Makes one call of many: what is asked for in the same turn of the event loop, and while earlier runs are under way,
 * goes into one run; every caller gets its own answer. The batch adapts by itself: a lone caller is served at the end
 * of its turn, and the more callers there are, the more of them share a run.
 */
export const groupCommit = <Item, Answer>({
  run,
  maxSize = TUNING.batchSize,
  inFlight = TUNING.batchesInFlight,
  apartMs = 0,
}: GroupCommitOptions<Item, Answer>): ((item: Item) => Promise<Answer>) => {
  const waiting: Waiting<Item, Answer>[] = [];
  let running = 0;
  let scheduled = false;
  let lastRun = -Infinity;

  const schedule = (): void => {
    if (scheduled || running >= inFlight || waiting.length === 0) return;
    scheduled = true;
    const early = lastRun + apartMs - performance.now();
    if (early > 0) setTimeout(flush, early);
    else setImmediate(flush);
  };
  const flush = (): void => {
    scheduled = false;
    lastRun = performance.now();
    while (waiting.length > 0 && running < inFlight) {
      const batch = waiting.splice(0, maxSize);
      running++;
      void runBatch(batch);
    }
  };
  const runBatch = async (batch: Waiting<Item, Answer>[]): Promise<void> => {
    try {
      const answers = await run(batch.map(({ item }) => item));
      if (answers.length !== batch.length) throw new Error('a group run must answer every item');
      answers.forEach((answer, index) => batch[index]?.resolve(answer));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    running--;
    // Not at once: whoever goes on with an answer may ask for the next thing in this very turn.
    schedule();
  };

  return (item) =>
    new Promise<Answer>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      schedule();
    });
};
