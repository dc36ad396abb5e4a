import { newId } from '@kervan/contracts';
import type { NewEvent } from '@kervan/contracts';
import type { OutboxRow } from './spec.ts';

/** Where events come from: one aggregate, the number of its last event so far, the call and the time they belong to. */
export type EventSource = {
  readonly tenant: string;
  readonly aggregateId: string;
  readonly afterSequence: number;
  readonly traceId: string;
  readonly at: Date;
};

/** The outbox rows of new events: each gets an id, the next number of its aggregate, time, tenant and trace. */
export const eventRows = (
  events: readonly NewEvent[],
  { tenant, aggregateId, afterSequence, traceId, at }: EventSource,
): OutboxRow[] => {
  if (events.length === 0) return [];
  const occurredAt = at.toISOString();
  return events.map(({ type, version, data }, index) => ({
    id: newId('event', at.getTime()),
    type,
    version,
    tenant,
    aggregateId,
    sequence: afterSequence + index + 1,
    occurredAt,
    traceId,
    data,
    sent: false,
  }));
};
