import { setTimeout as wait } from 'node:timers/promises';
import { fail, type Failure, type Result } from '@kervan/contracts';
import type { Log } from '@kervan/service';
import type { Store } from '@kervan/store';
import { reach } from '@kervan/test-points';
import { openBooks, type Books, type Stored } from './books.ts';
import { booksStore, type Needs, type Session } from './books.store.ts';
import { gather } from './gather.ts';
import { endOrphans } from './orphans.ts';
import { isUnknownCommit, verdictOf, type Verdict } from './verdict.ts';

/** A decision over the books and what it has to see. It may be made several times; only the last one counts. */
export type Change<Value> = {
  readonly tenant: string;
  readonly traceId: string;
  /** Epoch milliseconds; after it the caller no longer listens. */
  readonly deadline: number;
  readonly orderId?: string;
  readonly skus?: readonly string[];
  readonly movementId?: string;
  /** Whether the ledger of `skus` is to be summed as well. */
  readonly sums?: boolean;
  /** Nobody waits for the answer: it may go with a later batch. */
  readonly patient?: boolean;
  readonly apply: (books: Books) => Result<Value>;
};

/** Makes one change together with all that wait at the same time; never throws for anything but a bug. */
export type Submit = <Value>(change: Change<Value>) => Promise<Result<Value>>;

type Outcome = { readonly decided: true } | { readonly refused: Failure } | { readonly thrown: unknown };
type Item = Omit<Change<unknown>, 'apply'> & {
  readonly decide: (books: Books) => void;
  readonly settle: (outcome: Outcome) => void;
};
/** The longest pause before another try, in milliseconds. */
const LONGEST_PAUSE = 32;
/** Tries against a database that does not answer, and how long they may have taken, in milliseconds, before another. */
const UNREACHABLE_TRIES = 2;
const UNREACHABLE_MS = 1_000;
/** A conflict that lasts this long, in milliseconds, may be with a transaction nobody goes on with. */
const ORPHANS_AFTER_MS = 200;
/** How long a commit without an answer is asked for again, in milliseconds. */
const COMMIT_MS = 5_000;
const TRANSACTION = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority', j: true },
  readPreference: 'primary',
} as const;

const DECIDED: Outcome = { decided: true };
const LATE: Outcome = { refused: { code: 'deadline_exceeded' } };
const UNREACHABLE: Outcome = { refused: { code: 'service_unavailable' } };

const addAll = (to: Map<string, Set<string>>, tenant: string, skus: readonly string[]): void => {
  const there = to.get(tenant) ?? new Set();
  for (const sku of skus) there.add(sku);
  to.set(tenant, there);
};

const needsOf = (items: readonly Item[]): Needs => {
  const needs = {
    orderIds: new Set<string>(),
    skus: new Map<string, Set<string>>(),
    movementIds: new Set<string>(),
    sums: new Map<string, Set<string>>(),
  };
  for (const { tenant, orderId, skus = [], movementId, sums } of items) {
    if (orderId !== undefined) needs.orderIds.add(orderId);
    if (movementId !== undefined) needs.movementIds.add(movementId);
    addAll(needs.skus, tenant, skus);
    if (sums === true) addAll(needs.sums, tenant, skus);
  }
  return needs;
};

const decide = (items: readonly Item[], stored: Stored, now: Date): Books => {
  const books = openBooks(stored, now);
  for (const item of items) {
    books.traceId = item.traceId;
    item.decide(books);
  }
  return books;
};

const shortByTenant = (books: Books): Map<string, Set<string>> => {
  const short = new Map<string, Set<string>>();
  for (const key of books.short) {
    const row = books.stock.get(key)?.current;
    if (row !== undefined) addAll(short, row.tenant, [row.sku]);
  }
  return short;
};

const pause = async (tries: number): Promise<void> => {
  await wait(Math.random() * Math.min(2 ** tries, LONGEST_PAUSE));
};

/** Commits; asks again when the answer got lost. */
const commit = async (session: Session): Promise<void> => {
  const since = performance.now();
  for (let tries = 0; ; tries++) {
    try {
      await session.commitTransaction();
      return;
    } catch (error) {
      if (!isUnknownCommit(error) || performance.now() - since > COMMIT_MS) throw error;
      await pause(tries);
    }
  }
};

/**
 * All changes that wait at the same time in one transaction, one batch at a time: stock is read, decided over in memory
 * and written once, however many want it. Whoever loses against another process reads and decides again.
 */
export const groupChanges = ({ store, clock, log }: { store: Store; clock: () => Date; log: Log }): Submit => {
  const books = booksStore(store);

  const decideAll = async (session: Session, items: readonly Item[], now: Date): Promise<Books> => {
    let stored = await books.read(session, needsOf(items));
    for (;;) {
      const decided = decide(items, stored, now);
      const more =
        decided.short.size === 0 ? null : await books.readLapsed(session, stored, shortByTenant(decided), now);
      if (more === null) return decided;
      stored = more;
    }
  };

  const lookForOrphans = async (): Promise<void> => {
    try {
      const ended = await endOrphans(store);
      if (ended > 0) log.warn({ ended }, 'transactions of a process that is gone were ended');
    } catch (error) {
      log.warn({ err: error }, 'transactions of a process that is gone could not be looked for');
    }
  };

  const attempt = async (items: readonly Item[], now: Date, tries: number): Promise<Verdict> => {
    const reader = books.client.startSession({ snapshot: true });
    const writer = books.client.startSession();
    try {
      const decided = await decideAll(reader, items, now);
      if (books.isUntouched(decided)) return 'written';
      writer.startTransaction(TRANSACTION);
      const events = await books.write(writer, decided);
      if (events === null) return 'conflict';
      reach('commit.before');
      await commit(writer);
      reach('commit.after');
      store.outbox.announce(events);
      return 'written';
    } catch (error) {
      return verdictOf(error, tries);
    } finally {
      // Gives a transaction up that is still open.
      await Promise.all([reader.endSession(), writer.endSession()]);
    }
  };

  const work = async (items: readonly Item[]): Promise<void> => {
    let lookedAt = clock().getTime();
    for (let tries = 0; ; tries++) {
      const now = clock();
      const live: Item[] = [];
      for (const item of items) {
        if (item.deadline > now.getTime()) live.push(item);
        else item.settle(LATE);
      }
      if (live.length === 0) return;
      const verdict = await attempt(live, now, tries);
      if (typeof verdict === 'object') return single(live, verdict.bug);
      const isGivenUp =
        verdict === 'unreachable' &&
        (tries + 1 >= UNREACHABLE_TRIES || clock().getTime() - now.getTime() > UNREACHABLE_MS);
      if (verdict === 'written' || isGivenUp) {
        for (const item of live) item.settle(isGivenUp ? UNREACHABLE : DECIDED);
        return;
      }
      if (verdict === 'conflict' && now.getTime() - lookedAt > ORPHANS_AFTER_MS) {
        lookedAt = now.getTime();
        await lookForOrphans();
      }
      await pause(tries);
    }
  };

  /** Finds out whose bug it is, so that one bad document does not hold up all others. */
  const single = async (items: readonly Item[], bug: unknown): Promise<void> => {
    const [first, ...others] = items;
    if (first !== undefined && others.length === 0) first.settle({ thrown: bug });
    else for (const item of items) await work([item]);
  };

  const put = gather(work);
  return async ({ apply, ...change }) => {
    let result: ReturnType<typeof apply> = fail('deadline_exceeded');
    const decide = (books: Books): void => {
      result = apply(books);
    };
    const outcome = await new Promise<Outcome>((settle) => put({ ...change, decide, settle }));
    if ('thrown' in outcome) throw outcome.thrown;
    return 'refused' in outcome ? { ok: false, error: outcome.refused } : result;
  };
};
