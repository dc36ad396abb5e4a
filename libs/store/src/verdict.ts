import { mongo } from 'mongoose';
import { isUnavailable } from './unavailable.ts';
import { DUPLICATE_KEY } from './write-errors.ts';

/** How a try to write ended: `conflict` asks for another, `unreachable` too but not for long, anything else is a bug. */
export type Verdict = 'written' | 'conflict' | 'unreachable' | { readonly bug: unknown };

/** Tries after a duplicate key: a writer that was faster is seen the next time, anything else is a bug. */
const DUPLICATE_TRIES = 3;
/** Others were faster, or the moment that was read is gone: WriteConflict, SnapshotTooOld, SnapshotUnavailable, NoSuchTransaction. */
const OVERTAKEN = new Set<unknown>([112, 239, 246, 251]);

/** Whether nobody can say yet if a transaction was committed. */
export const isUncertain = (error: unknown): boolean =>
  error instanceof mongo.MongoError && error.hasErrorLabel('UnknownTransactionCommitResult');

/** What an error of the database says about try number `tries` (from 0). */
export const verdictOf = (error: unknown, tries: number): Verdict => {
  if (isUncertain(error)) return 'unreachable';
  const code = error instanceof mongo.MongoError ? error.code : undefined;
  if (OVERTAKEN.has(code)) return 'conflict';
  if (isUnavailable(error)) return 'unreachable';
  return code === DUPLICATE_KEY && tries < DUPLICATE_TRIES ? 'conflict' : { bug: error };
};
