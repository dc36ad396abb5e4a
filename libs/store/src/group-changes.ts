import { fail, type Failure, type Result } from '@kervan/contracts';
import { reach } from '@kervan/test-points';
import type { mongo } from 'mongoose';
import { gather } from './gather.ts';
import { endOrphans } from './orphans.ts';
import type { WrittenEvent } from './outbox.ts';
import { pauseBefore } from './pause.ts';
import { commit, DURABLE } from './transaction.ts';
import { TUNING } from './tuning.ts';
import { verdictOf, type Verdict } from './verdict.ts';

type Asked = {
  /** Epoch milliseconds; after it the caller no longer listens. */
  readonly deadline: number;
  /** Nobody waits for the answer: it may go with a later batch. */
  readonly patient?: boolean;
};

/**
 * Makes one change together with all that wait at the same time. `apply` decides over what was read for all of them, and
 * changes it for those who come after; it may be made several times, only the last one counts, and whoever refuses leaves
 * everything as it was. Fails with what `apply` refuses, with `deadline_exceeded`, and with `service_unavailable` while
 * the database is away; throws for nothing but a bug.
 */
export type Submit<Needs, State> = <Value>(
  change: Needs & Asked & { readonly apply: (state: State) => Result<Value> },
) => Promise<Result<Value>>;

/** A change that waits: what it has to see, and its decision. */
export type Deciding<Needs, State> = { readonly needs: Needs; readonly decide: (state: State) => void };

/** What a group reads, decides and writes. */
export type GroupedWork<Needs, State> = {
  /** Reads what all of them need, as it stood at one moment, and lets one after the other decide over it. */
  readonly decide: (
    session: mongo.ClientSession,
    changes: readonly Deciding<Needs, State>[],
    now: Date,
  ) => Promise<State>;
  /** Whether there is anything to write: refusals and repeats leave nothing. */
  readonly isUntouched: (state: State) => boolean;
  /**
   * Writes what changed on the condition that it is still what was read; the events that go with it, or null when someone
   * else was faster: then nothing stays.
   */
  readonly write: (
    session: mongo.ClientSession,
    state: State,
  ) => Promise<readonly Omit<WrittenEvent, 'owner'>[] | null>;
};

type Outcome = 'decided' | { readonly refused: Failure } | { readonly thrown: unknown };
type Item<Needs, State> = Deciding<Needs, State> & {
  readonly deadline: number;
  readonly patient: boolean;
  readonly settle: (outcome: Outcome) => void;
};
const LATE: Outcome = { refused: { code: 'deadline_exceeded' } };
const UNREACHABLE: Outcome = { refused: { code: 'service_unavailable' } };

/**
 * All changes that wait at the same time in one transaction, one batch at a time: what many contend for is read, decided
 * over in memory and written once, however many want it. Whoever loses against another process reads and decides again.
 */
export const groupChanges = <Needs, State>(
  { decide, isUntouched, write }: GroupedWork<Needs, State>,
  {
    client,
    clock,
    log,
    announce,
  }: {
    readonly client: mongo.MongoClient;
    readonly clock: () => Date;
    readonly log: { warn(fields: object, message: string): void };
    readonly announce: (written: readonly Omit<WrittenEvent, 'owner'>[]) => void;
  },
): Submit<Needs, State> => {
  const lookForOrphans = async (): Promise<void> => {
    try {
      const ended = await endOrphans(client);
      if (ended > 0) log.warn({ ended }, 'transactions of a process that is gone were ended');
    } catch (error) {
      log.warn({ err: error }, 'transactions of a process that is gone could not be looked for');
    }
  };

  const attempt = async (items: readonly Item<Needs, State>[], now: Date, tries: number): Promise<Verdict> => {
    const reader = client.startSession({ snapshot: true });
    const writer = client.startSession();
    try {
      const state = await decide(reader, items, now);
      if (isUntouched(state)) return 'written';
      writer.startTransaction({ ...DURABLE, readPreference: 'primary' });
      const events = await write(writer, state);
      if (events === null) return 'conflict';
      reach('commit.before');
      await commit(writer, Date.now() + TUNING.transactionMs);
      reach('commit.after');
      announce(events);
      return 'written';
    } catch (error) {
      return verdictOf(error, tries);
    } finally {
      // Gives a transaction up that is still open.
      await Promise.all([reader.endSession(), writer.endSession()]);
    }
  };

  const work = async (items: readonly Item<Needs, State>[]): Promise<void> => {
    let lookedAt = clock().getTime();
    for (let tries = 0; ; tries++) {
      const now = clock();
      const live: Item<Needs, State>[] = [];
      for (const item of items) {
        if (item.deadline > now.getTime()) live.push(item);
        else item.settle(LATE);
      }
      if (live.length === 0) return;
      const verdict = await attempt(live, now, tries);
      if (typeof verdict === 'object') return single(live, verdict.bug);
      const isGivenUp =
        verdict === 'unreachable' &&
        (tries + 1 >= TUNING.unreachableTries || clock().getTime() - now.getTime() > TUNING.awayMs);
      if (verdict === 'written' || isGivenUp) {
        for (const item of live) item.settle(isGivenUp ? UNREACHABLE : 'decided');
        return;
      }
      if (verdict === 'conflict' && now.getTime() - lookedAt > TUNING.orphansAfterMs) {
        lookedAt = now.getTime();
        await lookForOrphans();
      }
      await pauseBefore(tries + 1);
    }
  };

  /** Finds out whose bug it is, so that one bad document does not hold up all others. */
  const single = async (items: readonly Item<Needs, State>[], bug: unknown): Promise<void> => {
    const [first, ...others] = items;
    if (first !== undefined && others.length === 0) first.settle({ thrown: bug });
    else for (const item of items) await work([item]);
  };

  const put = gather(work);
  return async (change) => {
    const { deadline, patient = false, apply } = change;
    let result: ReturnType<typeof apply> = fail('deadline_exceeded');
    const decide = (state: State): void => {
      result = apply(state);
    };
    const outcome = await new Promise<Outcome>((settle) => put({ needs: change, deadline, patient, decide, settle }));
    if (outcome === 'decided') return result;
    if ('thrown' in outcome) throw outcome.thrown;
    return { ok: false, error: outcome.refused };
  };
};
