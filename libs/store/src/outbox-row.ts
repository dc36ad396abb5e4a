import { newId } from '@kervan/contracts';
import type { NewEvent, Owner } from '@kervan/contracts';
import type { OutboxRow } from './spec.ts';

/** Where an event comes from: one aggregate, and how many events it has emitted before. */
export type EventSource = {
  readonly tenant: string;
  readonly aggregateId: string;
  readonly afterSequence: number;
  readonly traceId: string;
  readonly at: Date;
};

/** The rows of new events: each gets an id, the next number of its aggregate, time, tenant and trace. */
export const outboxRows = (events: readonly NewEvent[], source: EventSource): OutboxRow[] => {
  if (events.length === 0) return [];
  const occurredAt = source.at.toISOString();
  return events.map(({ type, version, data }, index) => ({
    id: newId('event', source.at.getTime()),
    type,
    version,
    tenant: source.tenant,
    aggregateId: source.aggregateId,
    sequence: source.afterSequence + index + 1,
    occurredAt,
    traceId: source.traceId,
    data,
    sent: false,
  }));
};

/** An event that lies in a document: what the relay publishes, and what it gives back when the bus has it. */
export type WrittenEvent = {
  readonly collection: string;
  readonly owner: Owner;
  /** The document it lies in. */
  readonly id: string;
  readonly event: OutboxRow;
};
