import { setTimeout as wait } from 'node:timers/promises';
import { newKey } from '@kervan/testing/shop';
import { enter } from './buyer.ts';
import type { History } from './history.ts';
import { KINDS, type KindName } from './kinds.ts';
import type { Random } from './random.ts';
import type { Shops } from './shops.ts';

export type LoadOptions = {
  readonly shops: Shops;
  /** Decides who comes in which order and what each of them does. */
  readonly random: Random;
  readonly history: History;
  /** How many are in the shops at once; when one goes, the next comes. */
  readonly buyers: number;
  /** Nobody comes any more once this is aborted. */
  readonly until?: AbortSignal;
  /** Between one who goes and the next who comes, in milliseconds, on average. */
  readonly pauseMs?: number;
  /** How long everybody waits for an answer, in milliseconds. */
  readonly patienceMs?: number;
};

/** How many have come and gone, and how many of each kind have gone. */
export type Counts = { begun: number; ended: number; kinds: Record<string, number> };

export type Load = {
  /**
   * Lets nobody come any more, and waits until those who are there have gone: whoever waits for something does what he
   * came for now, and asks for lost answers for three quarters of a minute at most. Rejects when one of them threw: that
   * is a mistake of the load's own.
   */
  readonly stop: () => Promise<void>;
  readonly counts: () => Counts;
};

/** Lets buyers and staff into the shops, in turn, until it is stopped: whatever the system does meanwhile. */
export const startLoad = ({ shops: { shops }, random, history, buyers, until, ...options }: LoadOptions): Load => {
  const { pauseMs = 50, patienceMs = 6_000 } = options;
  // Names and keys of one load are nobody else's, also where two have the same seed and the same shops.
  const tag = newKey().slice(0, 6);
  const counts: Counts = { begun: 0, ended: 0, kinds: Object.fromEntries(KIND_NAMES.map((name) => [name, 0])) };
  const deal = dealer(random.fork('kinds'));
  const stopped = new AbortController();
  const closing = AbortSignal.any([stopped.signal, ...(until === undefined ? [] : [until])]);

  const work = async (worker: number): Promise<void> => {
    const pace = random.fork(`pace ${worker}`);
    while (!closing.aborted) {
      const number = counts.begun++;
      const shop = shops[number % shops.length];
      if (shop === undefined) throw new Error('there is no shop to go to');
      const kind = deal();
      const name = `${kind}-${number}-${tag}`;
      await KINDS[kind].act(
        enter({ name, shop, random: random.fork(`buyer ${number}`), history, patienceMs, closing }),
      );
      counts.ended++;
      counts.kinds[kind] = (counts.kinds[kind] ?? 0) + 1;
      await wait(pace.between(0, 2 * pauseMs));
    }
  };
  const working = Promise.allSettled(Array.from({ length: buyers }, (_, worker) => work(worker)));

  return {
    stop: async () => {
      stopped.abort();
      const failed = (await working).find((each) => each.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
    counts: () => structuredClone(counts),
  };
};

const isKind = (name: string): name is KindName => Object.hasOwn(KINDS, name);
/** The names of all kinds. */
export const KIND_NAMES = Object.keys(KINDS).filter(isKind);

/** Says who comes next: round after round, in each of them all kinds by their weights, in an order of its own. */
export const dealer = (random: Random): (() => KindName) => {
  const round = KIND_NAMES.flatMap((name) => Array.from({ length: KINDS[name].weight }, () => name));
  let left: KindName[] = [];
  return () => {
    if (left.length === 0) left = random.shuffle(round);
    const next = left.pop();
    if (next === undefined) throw new Error('nobody ever comes');
    return next;
  };
};
