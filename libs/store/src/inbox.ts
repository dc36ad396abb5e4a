import { mongo } from 'mongoose';
import { tenantFilter } from '@kervan/tenant';
import { DUPLICATE_KEY } from './write-errors.ts';

/** That a consumer has seen an event. */
export type InboxRow = { _id: string; tenant: string; seenAt: Date };

export type Inbox = {
  /**
   * Does the work of an event once for each consumer: the work and the memory of it are one transaction. What the work
   * writes with its session happens exactly once; anything else it does may happen again when the transaction has to
   * start over or fails. `duplicate` when it has been done before.
   */
  once(
    tenant: string,
    consumer: string,
    eventId: string,
    work: (session: mongo.ClientSession) => Promise<void>,
  ): Promise<'done' | 'duplicate'>;
};

/** The memory of which consumer has seen which event. */
export const openInbox = (deps: {
  readonly collection: mongo.Collection<InboxRow>;
  readonly clock: () => Date;
  readonly transaction: (work: (session: mongo.ClientSession) => Promise<void>) => Promise<void>;
}): Inbox => ({
  once: async (tenant, consumer, eventId, work) => {
    const _id = `${tenant} ${consumer} ${eventId}`;
    if ((await deps.collection.findOne(tenantFilter(tenant, { _id }))) !== null) return 'duplicate';
    let isSeen = false;
    try {
      await deps.transaction(async (session) => {
        try {
          await deps.collection.insertOne({ _id, tenant, seenAt: deps.clock() }, { session });
        } catch (error) {
          isSeen = error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY;
          throw error;
        }
        await work(session);
      });
      return 'done';
    } catch (error) {
      if (isSeen) return 'duplicate';
      throw error;
    }
  },
});
