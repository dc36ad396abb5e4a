import { reach } from '@kervan/test-points';
import { mongo } from 'mongoose';
import { pauseBefore } from './pause.ts';
import { TUNING } from './tuning.ts';
import { isUncertain } from './verdict.ts';

// A lost connection has the label too, but there everybody waits for the next primary: that is the caller's affair.
const isTransient = (error: unknown): boolean =>
  error instanceof mongo.MongoServerError && error.hasErrorLabel('TransientTransactionError');

/** Reads of one moment, and a commit that outlasts its server. */
export const DURABLE = { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority', j: true } } as const;

/**
 * Runs `work` in a transaction (snapshot reads, majority and journaled) and again from the start when another one got
 * in its way, so `work` does nothing outside the session that may not happen twice. Gives up after
 * `TUNING.transactionMs`: the driver's own helper would go on for two minutes. Throws what `work` throws, after
 * undoing everything.
 */
export const runTransaction = async <R>(
  client: mongo.MongoClient,
  work: (session: mongo.ClientSession) => Promise<R>,
): Promise<R> => {
  const session = client.startSession();
  const deadline = Date.now() + TUNING.transactionMs;
  try {
    for (let attempt = 1; ; attempt++) {
      try {
        session.startTransaction(DURABLE);
        const result = await work(session);
        reach('commit.before');
        await commit(session, deadline);
        reach('commit.after');
        return result;
      } catch (error) {
        if (session.inTransaction()) await session.abortTransaction();
        if (!isTransient(error) || Date.now() > deadline) throw error;
        await pauseBefore(attempt);
      }
    }
  } finally {
    await session.endSession();
  }
};

/** Commits. A commit whose outcome is not known is asked for again until `deadline` (epoch milliseconds): twice is the same as once. */
export const commit = async (session: mongo.ClientSession, deadline: number): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      await session.commitTransaction();
      return;
    } catch (error) {
      if (!isUncertain(error) || isTransient(error) || Date.now() > deadline) throw error;
      await pauseBefore(attempt);
    }
  }
};
