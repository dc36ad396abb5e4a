import { fail } from '@kervan/contracts';
import type { ErrorCode, Failure, NewEvent } from '@kervan/contracts';

/** What a pure decision on a document comes to. The document it got is never changed: `write` holds a new one. */
export type Decision<T, R> =
  | { readonly write: T; readonly events?: readonly NewEvent[]; readonly result: R }
  | { readonly keep: R }
  | { readonly refuse: Failure };

/** Write the new document and emit these events with it, in one step. */
export const write = <T, R>(document: T, result: R, events: readonly NewEvent[] = []): Decision<T, R> => ({
  write: document,
  events,
  result,
});

/** Change nothing: it already is as asked. */
export const keep = <R>(result: R): { readonly keep: R } => ({ keep: result });

/** Change nothing and tell the caller why. `details` goes to the caller as it is. */
export const refuse = (code: ErrorCode, details?: Readonly<Record<string, unknown>>): { readonly refuse: Failure } => ({
  refuse: fail(code, details).error,
});
