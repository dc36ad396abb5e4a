import { mongo } from 'mongoose';

/** Codes a single statement of a bulk can end with. */
export const DUPLICATE_KEY = 11_000;
export const PATH_NOT_VIABLE = 28;

/** What is said about one statement of a bulk that was refused. */
export type WriteError = { readonly code: number; readonly message: string };

/**
 * The refusals of an unordered bulk by the index of their statement; all other statements were written. Throws the
 * error again when it is about the whole bulk: then nothing is known about any statement. The driver wraps even a lost
 * connection into a MongoBulkWriteError, with no write errors in it.
 */
export const writeErrorsByIndex = (error: unknown): Map<number, WriteError> => {
  if (!(error instanceof mongo.MongoBulkWriteError)) throw error;
  if (error.errorResponse instanceof Error) throw error.errorResponse;
  if (error.result.getWriteConcernError() !== undefined) throw error;
  const refused = error.result.getWriteErrors();
  if (refused.length === 0) throw error;
  return new Map(refused.map(({ index, code, errmsg }) => [index, { code, message: errmsg ?? 'refused' }]));
};
