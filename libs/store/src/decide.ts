import { ok } from '@kervan/contracts';
import type { NewEvent, Result } from '@kervan/contracts';
import { changesAnything, changesBetween } from './changes.ts';
import type { Decision } from './decision.ts';
import { eventRows } from './event-rows.ts';
import type { Memory } from './memory.ts';
import type { Bookkeeping, CollectionSpec, Kept, OutboxRow, Stored } from './spec.ts';
import { TUNING } from './tuning.ts';
import type { VersionedWrite } from './versioned-write.ts';

/** A refusal as a result. */
export type Refused = Extract<Result<never>, { ok: false }>;

/** What an update comes to: the decision's result and the document as it is then, or a refusal. */
export type Updated<T, R> = { readonly ok: true; readonly value: R; readonly document: T } | Refused;

/** The document as an update left or found it, as a result. */
export const documentOf = <T>(updated: Updated<T, unknown>): Result<T> => (updated.ok ? ok(updated.document) : updated);

/** A caller that waits for its decision on a document. */
export type Ask<T> = {
  readonly traceId: string;
  /** Decides on this document; `null` when nothing is to be written. What the caller is told waits for `settle`. */
  readonly decide: (document: T, now: Date) => { readonly next: T; readonly events: readonly NewEvent[] } | null;
  /** Tells the caller what was decided last. */
  readonly settle: () => void;
  readonly refuse: (refused: Refused) => void;
  readonly reject: (error: unknown) => void;
};

/** The decisions of all who asked about one document, and the one write they come to. */
export type Decided<T> = {
  /** `null` when nobody changes anything. */
  readonly write: VersionedWrite | null;
  /** Those whose answer rests on the write: from the first that changes something on. */
  readonly pending: readonly Ask<T>[];
};

/** Makes an ask of a caller's decision; `answer` gets the result, at `settle` or with a refusal of the store's own. */
export const askFor = <T extends Stored, R>(
  decide: (document: T) => Decision<T, R>,
  traceId: string,
  answer: (updated: Updated<T, R>) => void,
  reject: (error: unknown) => void,
): Ask<T> => {
  let updated: Updated<T, R> | undefined;
  return {
    traceId,
    decide: (document, now) => {
      const decision = decide(document);
      if ('refuse' in decision) updated = { ok: false, error: decision.refuse };
      else if ('keep' in decision) updated = { ok: true, value: decision.keep, document };
      else {
        const { write, result, events = [] } = decision;
        const changesNothing = !changesAnything(document, write) && events.length === 0;
        const next = changesNothing ? document : { ...write, version: document.version + 1, updatedAt: now };
        updated = { ok: true, value: result, document: next };
        if (!changesNothing) return { next, events };
      }
      return null;
    },
    settle: () => (updated === undefined ? reject(new Error('nothing was decided')) : answer(updated)),
    refuse: answer,
    reject,
  };
};

/**
 * Makes the decisions of all who asked, one after the other on the document in memory: each sees what the one before
 * it wrote. Whoever's answer rests on no write is told at once; a decision that throws is its own caller's affair. The
 * write is what the last document differs in from what is kept: decisions may take each other back, and are a version
 * each all the same; a document of an older shape is written in its new one.
 */
export const decideAll = <T extends Stored>(
  { spec, memory, clock }: { spec: CollectionSpec<T>; memory: Memory<T>; clock: () => Date },
  kept: Kept<T>,
  asks: readonly Ask<T>[],
): Decided<T> => {
  const now = clock();
  let document = Object.freeze(memory.hand(kept));
  let decisions = 0;
  let sequence = kept.eventSequence ?? 0;
  const rows: OutboxRow[] = [];
  const pending: Ask<T>[] = [];
  for (const ask of asks) {
    try {
      const step = ask.decide(document, now);
      if (step !== null) {
        rows.push(...rowsOf(spec, kept, step.events, { sequence, traceId: ask.traceId, now }));
        sequence += step.events.length;
        document = Object.freeze(step.next);
        memory.wrote(document, { ...document, ...bookkeepingOf(spec, kept, sequence) });
        decisions++;
      }
      if (decisions === 0) ask.settle();
      else pending.push(ask);
    } catch (error) {
      ask.reject(error);
    }
  }
  if (decisions === 0) return { write: null, pending };
  const changes = changesBetween(kept, document);
  const pruneBefore = pruneTime(kept, now);
  const set = {
    ...changes.set,
    updatedAt: now,
    ...(rows.length === 0 ? {} : { eventSequence: sequence }),
    ...(spec.schemaVersion === undefined ? {} : { schemaVersion: spec.schemaVersion }),
    ...(pruneBefore === null ? {} : { prunedAt: now }),
  };
  const { _id: id, tenant, version } = kept;
  const write = { tenant, id, version, decisions, changes: { set, unset: changes.unset }, rows };
  return { write: pruneBefore === null ? write : { ...write, pruneBefore }, pending };
};

/** What the store keeps beside a document once its decisions are written. */
const bookkeepingOf = <T extends Stored>(
  { schemaVersion }: CollectionSpec<T>,
  { prunedAt }: Kept<T>,
  sequence: number,
): Bookkeeping => ({
  ...(sequence === 0 ? {} : { eventSequence: sequence }),
  ...(prunedAt === undefined ? {} : { prunedAt }),
  ...(schemaVersion === undefined ? {} : { schemaVersion }),
});

const rowsOf = <T extends Stored>(
  spec: CollectionSpec<T>,
  { tenant, _id: aggregateId }: Kept<T>,
  events: readonly NewEvent[],
  { sequence, traceId, now }: { sequence: number; traceId: string; now: Date },
): OutboxRow[] => {
  if (events.length > 0 && spec.outbox === undefined) throw new TypeError(`${spec.name} emits no events`);
  return eventRows(events, { tenant, aggregateId, afterSequence: sequence, traceId, at: now });
};

/** From when on events are too old to stay (ISO 8601), or `null` when it is not time to look. */
const pruneTime = ({ createdAt, eventSequence, prunedAt }: Kept<Stored>, now: Date): string | null => {
  const before = now.getTime() - TUNING.keepEventsMs;
  if (eventSequence === undefined || createdAt.getTime() > before) return null;
  if (prunedAt !== undefined && prunedAt.getTime() > now.getTime() - TUNING.pruneEveryMs) return null;
  return new Date(before).toISOString();
};
