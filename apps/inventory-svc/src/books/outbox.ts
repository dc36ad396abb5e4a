import { createHash } from 'node:crypto';
import { EventEnvelope, type NewEvent } from '@kervan/contracts';
import { z } from 'zod';

/** What a document keeps for the relay, as the store keeps it: its events of the last days and how many there ever were. */
export const Outbox = z.object({
  _id: z.string(),
  outbox: z.array(EventEnvelope.extend({ sent: z.boolean() })).default([]),
  eventSequence: z.number().int().default(0),
});
export type Outbox = z.infer<typeof Outbox>;

/** Events stay this long after they were sent, so that a lost stream can be sent again. */
const KEPT_MS = 7 * 24 * 3_600_000;

/** Whose events these are, and who caused them. */
export type Aggregate = { readonly tenant: string; readonly aggregateId: string; readonly traceId: string };

/**
 * The outbox after new events. An event's id follows from its document and its place there: whoever decides the same
 * change again writes the same event.
 */
export const appendEvents = (before: Outbox, aggregate: Aggregate, events: readonly NewEvent[], now: Date): Outbox => {
  const forgotten = new Date(now.getTime() - KEPT_MS).toISOString();
  const added = events.map((event, index) => {
    const sequence = before.eventSequence + index + 1;
    const name = createHash('sha256')
      .update(`${before._id}:${String(sequence)}`)
      .digest('base64url')
      .slice(0, 27);
    return { id: `evt_${name}`, ...event, ...aggregate, sequence, occurredAt: now.toISOString(), sent: false };
  });
  return {
    _id: before._id,
    outbox: [...before.outbox.filter((row) => !row.sent || row.occurredAt > forgotten), ...added],
    eventSequence: before.eventSequence + events.length,
  };
};
