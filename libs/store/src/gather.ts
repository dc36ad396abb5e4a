import { setTimeout as wait } from 'node:timers/promises';
import { groupCommit } from './group-commit.ts';
import { TUNING } from './tuning.ts';

/**
 * Gathers items into batches, one batch under way at a time, and hands them to `work` in the order in which they came.
 * Whoever puts an item hears of it from `work`, not from here.
 */
export const gather = <Item extends { readonly patient: boolean }>(
  work: (items: readonly Item[]) => Promise<void>,
): ((item: Item) => void) => {
  let waiting = 0;
  let patient: Item[] = [];
  let timer: NodeJS.Timeout | undefined;

  const enqueue = groupCommit<Item, null>({
    run: async (items) => {
      waiting -= items.length;
      const gap = wait(TUNING.changesApartMs);
      await work(items);
      // The place stays taken so that the next batch gathers.
      if (waiting > 0) await gap;
      return items.map(() => null);
    },
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
    if (item.patient) {
      patient.push(item);
      timer ??= setTimeout(sendPatient, TUNING.patienceMs);
    } else {
      sendPatient();
      send(item);
    }
  };
};
