import { setTimeout as wait } from 'node:timers/promises';
import { groupCommit } from '@kervan/store';

const LARGEST_BATCH = 256;
/**
 * While others are waiting, batches begin this far apart, in milliseconds: a transaction costs the same for one change
 * as for twenty, and a busy service would spend its time on many small ones. Who finds nobody waiting is served at once.
 */
const BATCH_EVERY_MS = 30;
/** How long patient items wait for others to go with, in milliseconds. */
const PATIENCE_MS = 50;

/**
 * Gathers items into batches, one batch under way at a time, and hands them to `work` in the order in which they came.
 * Whoever puts an item hears of it from `work`, not from here.
 */
export const gather = <Item extends { readonly patient?: boolean }>(
  work: (items: readonly Item[]) => Promise<void>,
): ((item: Item) => void) => {
  let waiting = 0;
  let patient: Item[] = [];
  let timer: NodeJS.Timeout | undefined;

  const enqueue = groupCommit<Item, null>({
    run: async (items) => {
      waiting -= items.length;
      const gap = wait(BATCH_EVERY_MS);
      await work(items);
      // The place stays taken so that the next batch gathers.
      if (waiting > 0) await gap;
      return items.map(() => null);
    },
    maxSize: LARGEST_BATCH,
    inFlight: 1,
  });
  const send = (item: Item): void => {
    waiting++;
    void enqueue(item);
  };
  const sendPatient = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const items = patient;
    patient = [];
    for (const item of items) send(item);
  };

  return (item) => {
    if (item.patient === true) {
      patient.push(item);
      timer ??= setTimeout(sendPatient, PATIENCE_MS);
    } else {
      sendPatient();
      send(item);
    }
  };
};
