import { z } from 'zod';
import { TenantSlug } from './context.ts';
import type { Owner } from './topology.ts';

/** What every event carries beside its data. `sequence` counts the events of one aggregate from 1, without gaps. */
export const EventEnvelope = z.object({
  id: z.string().max(64),
  type: z.string().max(64),
  version: z.number().int().positive(),
  tenant: TenantSlug,
  aggregateId: z.string().max(128),
  sequence: z.number().int().positive(),
  occurredAt: z.iso.datetime(),
  traceId: z.string().max(64),
  data: z.unknown(),
});
export type EventEnvelope = z.infer<typeof EventEnvelope>;

/** A declared fact: its type (`order.confirmed`), its owner's stream and the shape of its data. */
export type EventDefinition<Data extends z.ZodType = z.ZodType> = {
  readonly owner: Owner;
  readonly type: string;
  readonly version: number;
  readonly data: Data;
};

/** An event as a handler receives it: the envelope with parsed data. */
export type Received<Data> = Omit<EventEnvelope, 'data'> & { readonly data: Data };

/** An event as a pure decision emits it; the store adds id, sequence, time, tenant and trace. */
export type NewEvent = { readonly type: string; readonly version: number; readonly data: unknown };

/** Declares an event. */
export const defineEvent = <Data extends z.ZodType>(definition: {
  owner: Owner;
  type: string;
  version?: number;
  data: Data;
}): EventDefinition<Data> => ({ version: 1, ...definition });

/** Makes an event of a declared kind: the data's type is checked by the compiler. */
export const emit = <Data extends z.ZodType>(definition: EventDefinition<Data>, data: z.input<Data>): NewEvent => ({
  type: definition.type,
  version: definition.version,
  data,
});

/** `evt.<owner>.<event>.<tenant>.<aggregateId>`; the event's own dots become dashes so that it stays one token. */
export const eventSubject = (owner: Owner, type: string, tenant: string, aggregateId: string): string =>
  `evt.${owner}.${eventToken(type)}.${tenant}.${aggregateId}`;

/** An event's type as the one token of a subject that it is. */
export const eventToken = (type: string): string => type.replaceAll('.', '-');
