import { randomUUID } from 'node:crypto';
import { mongo } from 'mongoose';
import { DUPLICATE_KEY } from './write-errors.ts';

type LeaseRow = { _id: string; holder: string; until: Date };

/** Leases of one copy of a service: of all copies only one holds a lease of a name at a time. */
export const openLeases = (collection: mongo.Collection<LeaseRow>) => {
  const holder = randomUUID();
  return {
    /**
     * Takes a lease or renews one's own, for `ttlMs` milliseconds; false while another copy holds it. The time is the
     * database's, so clocks of machines need not agree.
     */
    take: async (name: string, ttlMs: number): Promise<boolean> => {
      const isFree = { $or: [{ $eq: ['$holder', holder] }, { $lte: ['$until', '$$NOW'] }] };
      const until = { $add: ['$$NOW', ttlMs] };
      try {
        const row = await collection.findOneAndUpdate(
          { _id: name },
          [{ $set: { holder: { $cond: [isFree, holder, '$holder'] }, until: { $cond: [isFree, until, '$until'] } } }],
          { upsert: true, returnDocument: 'after' },
        );
        return row?.holder === holder;
      } catch (error) {
        // Two copies made it at once; the other was first.
        if (error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY) return false;
        throw error;
      }
    },
    /** Gives back what this copy holds, so that another need not wait for the end of a lease. */
    release: async (): Promise<void> => {
      await collection.deleteMany({ holder });
    },
  };
};
