import type { Log } from '@kervan/service';
import { defineCollection } from '@kervan/store';
import type { Collection, Store } from '@kervan/store';
import { deferred } from '../deferred.ts';
import type { Deferred } from '../deferred.ts';
import { WebhookDocument } from './webhook.ts';

/** Events by age and state for staff, by due time for the sweep. Unique by their ids, see `webhookIdOf`. */
export const webhookCollection = defineCollection<WebhookDocument>({
  name: 'webhook_events',
  schema: WebhookDocument,
  indexes: [
    { key: { createdAt: -1 } },
    { key: { status: 1, createdAt: -1 } },
    { key: { dueAt: 1 }, partial: { dueAt: { $type: 'date' } }, acrossTenants: true, name: 'due' },
  ],
});
export type WebhookStore = Collection<WebhookDocument>;

export type HandledMark = { readonly tenant: string; readonly id: string };

/** How long handled events wait to be marked together, in milliseconds. */
const MARK_AFTER_MS = 250;

/**
 * Marks events as handled, a moment later and together: until then a crash makes the sweep handle them again, which
 * changes nothing. Only for events whose order and payment were known when they came in.
 */
export const handledMarks = (store: Store, clock: () => Date, log: Log): Deferred<HandledMark> =>
  deferred({
    afterMs: MARK_AFTER_MS,
    run: async (marks) => {
      await store.raw(webhookCollection).updateMany(
        {
          tenant: { $in: [...new Set(marks.map(({ tenant }) => tenant))] },
          _id: { $in: marks.map(({ id }) => id) },
          status: 'received',
        },
        { $set: { status: 'handled', tries: 1, handledAt: clock(), dueAt: null } },
        { writeConcern: { w: 1, j: false } },
      );
    },
    failed: (error, { length }) => log.warn({ err: error, events: length }, 'events were not marked as handled'),
  });
