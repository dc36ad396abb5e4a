import { mongo } from 'mongoose';

const NAMES = new Set([
  'MongoServerSelectionError',
  'MongoPoolClosedError',
  'MongoWaitQueueTimeoutError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoClientClosedError',
  'MongoExpiredSessionError',
]);

// Server codes of a primary that is going, gone or not there: HostUnreachable, HostNotFound, ShutdownInProgress,
// NetworkTimeout, PrimarySteppedDown, SocketException, NotWritablePrimary, Interrupted..., NotPrimaryNoSecondaryOk,
// NotPrimaryOrSecondary, ExceededTimeLimit, MaxTimeMSExpired, WriteConcernFailed.
const CODES = new Set<unknown>([6, 7, 91, 89, 189, 9001, 10107, 11600, 11602, 13435, 13436, 262, 50, 64]);

// The driver lets through what the system says of a socket that has just broken.
const SOCKET_CODES = new Set<unknown>([
  'EPIPE',
  'ECONNRESET',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

const LABELS = ['RetryableWriteError', 'TransientTransactionError', 'UnknownTransactionCommitResult'];

/**
 * Whether a rejection means that the database is not there right now, as opposed to a bug:
 * a caller answers `service_unavailable`. A write that failed so may
 * have happened all the same; it is safe to ask again because ids and conditions make a second time harmless.
 */
export const isUnavailable = (error: unknown): boolean => {
  if (!(error instanceof mongo.MongoError)) return SOCKET_CODES.has(Object(error).code);
  if (error instanceof mongo.MongoBulkWriteError) {
    // The driver wraps whatever happened to a bulk as a whole.
    return error.result.getWriteConcernError() !== undefined || isUnavailable(error.errorResponse);
  }
  // Of all kinds: a connection that broke, ran into its timeout, or was broken off because its server is silent.
  if (error instanceof mongo.MongoNetworkError) return true;
  return NAMES.has(error.name) || CODES.has(error.code) || LABELS.some((label) => error.hasErrorLabel(label));
};
