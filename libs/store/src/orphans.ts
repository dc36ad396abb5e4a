import type { mongo } from 'mongoose';
import { z } from 'zod';

/**
 * A transaction of ours is never this long without a command, in microseconds. One that is has lost its process; one
 * that merely stood still is told when it goes on, and is made again.
 */
const ORPHANED_MICROS = 1_000_000;

const Orphan = z.object({ lsid: z.object({ id: z.unknown() }) });

/**
 * Ends open transactions that nobody goes on with, and answers how many. A process that was killed between its first
 * write and its commit leaves one behind: until the server ends it by itself (after a minute), everyone who wants the
 * same documents conflicts with it. A database user sees and ends its own sessions only.
 */
export const endOrphans = async (client: mongo.MongoClient): Promise<number> => {
  const admin = client.db('admin');
  const idle = { type: 'idleSession', 'transaction.timeInactiveMicros': { $gt: ORPHANED_MICROS } };
  const found = await admin.aggregate([{ $currentOp: { idleSessions: true } }, { $match: idle }]).toArray();
  const sessions = found.map((document) => ({ id: Orphan.parse(document).lsid.id }));
  if (sessions.length > 0) await admin.command({ killSessions: sessions });
  return sessions.length;
};
