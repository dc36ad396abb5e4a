/** Every number that decides how the store batches, waits and gives up; how they were found: docs/decisions/0002. */
export const TUNING = {
  /** The most that goes into one command. */
  batchSize: 256,
  /** Batches of one group under way at once. While they are, whatever is asked for gathers for the next one. */
  batchesInFlight: 1,
  /** Tries of an update that others keep overtaking; each waits up to twice as long as the one before. */
  updateAttempts: 24,
  /** The longest pause between two tries of an update or a transaction, in milliseconds. */
  retryPauseMs: 32,
  /** How long a transaction is tried again after others got in its way, in milliseconds. */
  transactionMs: 5_000,
  /**
   * While others are waiting, batches of grouped changes begin this far apart, in milliseconds: a transaction costs the
   * same for one change as for twenty, and a busy service would spend its time on many small ones. Who finds nobody
   * waiting is served at once.
   */
  changesApartMs: 30,
  /** How long grouped changes for whose answer nobody waits, wait for others to go with, in milliseconds. */
  patienceMs: 50,
  /** Tries of a grouped change against a database that does not answer. */
  unreachableTries: 2,
  /** A conflict that lasts this long, in milliseconds, may be with a transaction nobody goes on with. */
  orphansAfterMs: 200,
  /** Marks by one statement go out this far apart, in milliseconds: what they say is known from elsewhere. */
  marksApartMs: 50,
  /** How long sent events wait to be marked together, in milliseconds. */
  markAfterMs: 1_000,
  /** Sent events stay in their document this long, so that a lost stream can be sent again. In milliseconds. */
  keepEventsMs: 7 * 86_400_000,
  /** Documents whose events are marked as unsent by one command, so that none takes long. */
  resendBatch: 2_000,
  /** A document's old events are looked for at most this often, in milliseconds. */
  pruneEveryMs: 86_400_000,
  /** How long it is remembered that a consumer has seen an event: longer than any stream keeps it. In seconds. */
  inboxSeconds: 30 * 86_400,
  /** A database without a primary for this long is away: whoever waits is told. In milliseconds. */
  awayMs: 1_000,
} as const;

/**
 * How long the driver waits, in milliseconds. All are set together: without `connectTimeoutMS` a dead network held a
 * call for a minute, whatever the others said. A server that stands still with its sockets open is found out by its
 * heartbeats: when none comes for `heartbeatFrequencyMS` and `connectTimeoutMS` together, the driver breaks off all that
 * is under way there. A command that merely takes long is not touched by it.
 */
export const TIMEOUTS = {
  heartbeatFrequencyMS: 500,
  serverSelectionTimeoutMS: 2_000,
  connectTimeoutMS: 2_000,
  socketTimeoutMS: 10_000,
  waitQueueTimeoutMS: 3_000,
} as const;
