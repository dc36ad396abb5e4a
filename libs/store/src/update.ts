import { fail } from '@kervan/contracts';
import { askFor, decideAll } from './decide.ts';
import type { Ask, Updated } from './decide.ts';
import type { Decision } from './decision.ts';
import { pauseBefore } from './pause.ts';
import type { Memory } from './memory.ts';
import type { Lookup } from './read.ts';
import type { CollectionSpec, Kept, Stored } from './spec.ts';
import { TUNING } from './tuning.ts';
import type { VersionedWrite, WriteOutcome } from './versioned-write.ts';

type Deps<T extends Stored> = {
  readonly spec: CollectionSpec<T>;
  readonly clock: () => Date;
  readonly memory: Memory<T>;
  readonly read: (lookup: Lookup) => Promise<(Kept<T> | null)[]>;
  readonly write: (write: VersionedWrite) => Promise<WriteOutcome>;
};

/** The document an update is about; `known` when its caller has just read it. */
type Target<T extends Stored> = { readonly tenant: string; readonly id: string; readonly known?: Kept<T> };

/** All who wait for the same document. */
type Lane<T extends Stored> = {
  readonly tenant: string;
  readonly id: string;
  /** What the one who opened the lane has read; for its own first try. */
  known: Kept<T> | null;
  waiting: Ask<T>[];
  /** Tries in a row that others have overtaken. */
  overtaken: number;
  /** How many are served one by one, because the write of their common decisions was refused. */
  alone: number;
};

/**
 * Optimistic updates: read, decide, write on the condition that the version is still the one read, and again when it
 * is not. All callers of one process who want the same document share a lane: their decisions are made one after the
 * other in memory and written once, so they never conflict with each other, only with other processes. Every decision
 * is made on a document that was read after its caller asked, or by the caller itself.
 */
export const updates = <T extends Stored>(deps: Deps<T>) => {
  const lanes = new Map<string, Lane<T>>();

  const serve = async (key: string, lane: Lane<T>): Promise<void> => {
    while (lane.waiting.length > 0) {
      await serveOnce(deps, lane);
      if (lane.overtaken > 0) await pauseBefore(lane.overtaken);
    }
    lanes.delete(key);
  };

  return <R>({ tenant, id, known }: Target<T>, decide: (document: T) => Decision<T, R>, traceId: string) =>
    new Promise<Updated<T, R>>((resolve, reject) => {
      const ask = askFor(decide, traceId, resolve, reject);
      const key = `${tenant} ${id}`;
      const lane = lanes.get(key);
      if (lane !== undefined) lane.waiting.push(ask);
      else {
        const opened: Lane<T> = { tenant, id, known: known ?? null, waiting: [ask], overtaken: 0, alone: 0 };
        lanes.set(key, opened);
        void serve(key, opened);
      }
    });
};

const serveOnce = async <T extends Stored>(deps: Deps<T>, lane: Lane<T>): Promise<void> => {
  let asks: readonly Ask<T>[] = [];
  // Taken only when the read goes out: whoever asks after that gets a later read.
  const take = (): void => {
    asks = lane.alone > 0 ? lane.waiting.splice(0, 1) : lane.waiting.splice(0);
    if (lane.alone > 0) lane.alone--;
  };
  try {
    const kept = await find(deps, lane, take);
    if (kept === null) {
      for (const { refuse } of asks) refuse(fail('not_found'));
      return;
    }
    const { write, pending } = decideAll(deps, kept, asks);
    asks = pending;
    if (write !== null) finish(lane, await deps.write(write), pending);
  } catch (error) {
    if (asks.length === 0) take();
    for (const { reject } of asks) reject(error);
  }
};

/** The document as its opener knows it or as it is now; `sent` is called when no answer to it is there yet. */
const find = async <T extends Stored>(deps: Deps<T>, lane: Lane<T>, sent: () => void): Promise<Kept<T> | null> => {
  const { known } = lane;
  lane.known = null;
  if (known !== null) {
    sent();
    return known;
  }
  const [kept] = await deps.read({ tenant: lane.tenant, ids: [lane.id], sent });
  return kept ?? null;
};

/** Tells the callers what became of the write, or lines them up for another try. */
const finish = <T extends Stored>(lane: Lane<T>, outcome: WriteOutcome, pending: readonly Ask<T>[]): void => {
  const overtaken = outcome === 'missed' ? lane.overtaken + 1 : 0;
  lane.overtaken = overtaken < TUNING.updateAttempts ? overtaken : 0;
  if (outcome === 'written') for (const { settle } of pending) settle();
  else if (outcome === 'missed') {
    if (lane.overtaken > 0) lane.waiting.unshift(...pending);
    else for (const { refuse } of pending) refuse(fail('service_unavailable', { reason: 'contention' }));
  } else if (pending.length > 1) {
    // Only one of them may be to blame: each gets a write of its own.
    lane.waiting.unshift(...pending);
    lane.alone = pending.length;
  } else {
    for (const { refuse, reject } of pending) {
      if (outcome === 'duplicate') refuse(fail('conflict', { reason: 'duplicate' }));
      else reject(outcome.error);
    }
  }
};
