import { fail, ok } from '@kervan/contracts';
import type { NewEvent, Result } from '@kervan/contracts';
import { changesBetween } from './changes.ts';
import { current } from './current.ts';
import type { Decision } from './decision.ts';
import { outboxRows } from './outbox-row.ts';
import { pauseBefore } from './pause.ts';
import type { Lookup } from './read.ts';
import type { CollectionSpec, Kept, Stored } from './spec.ts';
import { TUNING } from './tuning.ts';
import type { VersionedWrite, WriteOutcome } from './versioned-write.ts';

/** What an update comes to: the decision's result and the document as it is now, or a refusal. */
export type Updated<T, R> =
  | { readonly ok: true; readonly value: R; readonly document: T }
  | Extract<Result<never>, { ok: false }>;

/** A caller that waits for its decision on a document. */
type Ask<T> = {
  readonly traceId: string;
  /** Decides, and gives back the next document and its events, or `null` when nothing is to be written. */
  readonly decide: (document: T) => { readonly next: T; readonly events: readonly NewEvent[] } | null;
  /** Answers the caller with what was decided last. */
  readonly settle: () => void;
  readonly answer: (failure: Extract<Result<never>, { ok: false }>) => void;
  readonly reject: (error: unknown) => void;
};

type Deps<T extends Stored> = {
  readonly spec: CollectionSpec<T>;
  readonly clock: () => Date;
  readonly read: (lookup: Lookup) => Promise<(Kept<T> | null)[]>;
  readonly write: (write: VersionedWrite) => Promise<WriteOutcome>;
};

/**
 * Optimistic updates: read, decide, write on the condition that the version is still the one read, and once more when
 * it is not. All callers of one process that want the same document share its turn: their decisions are made one after
 * the other on the document in memory and written once, so they never conflict with each other, only with other
 * processes. Every decision is made on a document that was read after its caller asked.
 */
export const updates = <T extends Stored>(deps: Deps<T>) => {
  const lanes = new Map<string, Ask<T>[]>();

  const serve = async (key: string, waiting: Ask<T>[], tenant: string, id: string): Promise<void> => {
    let attempt = 0;
    while (waiting.length > 0) {
      let asks: Ask<T>[] = [];
      // Taken when the read goes out: whoever comes later gets a later read.
      const take = (): void => {
        asks = waiting.splice(0);
      };
      try {
        const [kept] = await deps.read({ tenant, ids: [id], sent: take });
        const again = kept == null ? notFound(asks) : await decideAndWrite(deps, kept, asks);
        if (again.length === 0) attempt = 0;
        else if (++attempt < TUNING.updateAttempts) {
          waiting.unshift(...again);
          await pauseBefore(attempt);
        } else for (const { answer } of again) answer(fail('service_unavailable', { reason: 'contention' }));
      } catch (error) {
        if (asks.length === 0) take();
        for (const { reject } of asks) reject(error);
      }
    }
    lanes.delete(key);
  };

  return <R>(tenant: string, id: string, decide: (document: T) => Decision<T, R>, traceId: string) =>
    new Promise<Updated<T, R>>((resolve, reject) => {
      let answer: Updated<T, R> | undefined;
      const ask: Ask<T> = {
        traceId,
        decide: (document) => {
          const decision = decide(document);
          if ('refuse' in decision) answer = { ok: false, error: decision.refuse };
          else if ('keep' in decision) answer = { ...ok(decision.keep), document };
          else {
            answer = { ...ok(decision.result), document: decision.write };
            return { next: decision.write, events: decision.events ?? [] };
          }
          return null;
        },
        settle: () => (answer === undefined ? reject(new Error('nothing was decided')) : resolve(answer)),
        answer: resolve,
        reject,
      };
      const key = `${tenant} ${id}`;
      const lane = lanes.get(key);
      if (lane !== undefined) lane.push(ask);
      else {
        const waiting = [ask];
        lanes.set(key, waiting);
        void serve(key, waiting, tenant, id);
      }
    });
};
