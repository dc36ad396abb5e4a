import { eventSubject, TOPOLOGY } from '@kervan/contracts';
import type { EventEnvelope, ServiceName, ServiceTopology } from '@kervan/contracts';
import type { Put } from './put.ts';

/** What would split a subject's token or end the command it stands in. */
const NOT_IN_A_TOKEN = /[\s.*>]/g;

/** Puts events into the service's own stream and answers the ids of those that are stored. Never rejects. */
export type Publish = (events: readonly EventEnvelope[]) => Promise<ReadonlySet<string>>;

export const createPublish = (service: ServiceName, put: Put): Publish => {
  const { owner, emits }: ServiceTopology = TOPOLOGY[service];
  return async (events) => {
    if (!emits) throw new Error(`${service} emits no events: see the topology`);
    const stored = await Promise.all(
      events.map((event) =>
        put({
          subject: eventSubject(owner, event.type, event.tenant, event.aggregateId.replaceAll(NOT_IN_A_TOKEN, '_')),
          id: event.id,
          text: encodeEvent(event),
        }),
      ),
    );
    return new Set(events.filter((_, index) => stored[index]).map(({ id }) => id));
  };
};

/** Only the envelope travels: an outbox row carries marks of its own. */
const encodeEvent = (event: EventEnvelope): string => {
  const { id, type, version, tenant, aggregateId, sequence, occurredAt, traceId, data } = event;
  return JSON.stringify({ id, type, version, tenant, aggregateId, sequence, occurredAt, traceId, data });
};
