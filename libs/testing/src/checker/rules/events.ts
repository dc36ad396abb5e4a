import { POISON } from '../../poison-mark.ts';
import type { Facts, OutboxRow, StreamEvent } from '../facts.ts';
import { grouped, key, violation, type Rule, type Violation } from '../rule.ts';

/** How long a document keeps its events at least, in milliseconds: a little less than the seven days of the design. */
const KEPT_MS = 6.5 * 86_400_000;

/** Everything that was to be told has been told. */
export const outboxesAreEmpty: Rule = ({ outboxes }) =>
  outboxes.flatMap(({ _id: id, tenant, collection, outbox }) =>
    outbox
      .filter(({ sent }) => !sent)
      .map(({ type }) => violation('every event has been sent', { id, tenant }, `${type} in ${collection}`)),
  );

/** The events of a document are numbered from 1 without gaps up to its last one; only old ones may be gone. */
export const sequencesAreWhole: Rule = ({ outboxes, now }) =>
  outboxes.flatMap(({ _id: id, tenant, createdAt, eventSequence, outbox }) => {
    const isYoung = createdAt.getTime() > now.getTime() - KEPT_MS;
    const numbers = outbox.map(({ sequence }) => sequence);
    const first = isYoung ? 1 : (numbers[0] ?? eventSequence + 1);
    const whole = Array.from({ length: Math.max(0, eventSequence - first + 1) }, (_, index) => first + index);
    if (whole.length === numbers.length && whole.every((number, index) => number === numbers[index])) return [];
    const said = `${numbers.join(',') || 'none'} of ${first}..${eventSequence}`;
    return [violation('events are numbered without gaps', { id, tenant }, said)];
  });

/** Which event tells of a status. */
const TOLD_BY: Readonly<Record<string, string>> = {
  draft: 'order.created',
  confirmed: 'order.confirmed',
  expired: 'order.expired',
  cancelled: 'order.cancelled',
};

/** Every status an order went to was told by an event, and no other. */
export const changesAreTold: Rule = ({ orders, outboxes, now }) => {
  const told = new Map(outboxes.filter(({ owner }) => owner === 'order').map((row) => [row._id, row]));
  return orders.flatMap(({ _id: id, tenant, orderNo: order, timeline }) => {
    const row = told.get(id);
    if (row !== undefined && row.createdAt.getTime() < now.getTime() - KEPT_MS) return [];
    const went = timeline.flatMap(({ to }) => TOLD_BY[to ?? ''] ?? []);
    const types = new Set(Object.values(TOLD_BY));
    const events = (row?.outbox ?? []).map(({ type }) => type).filter((type) => types.has(type));
    if (went.join() === events.join()) return [];
    const said = `went ${went.join(', ')}; told ${events.join(', ') || 'nothing'}`;
    return [violation('a change of status is told by its event', { id, tenant, order }, said)];
  });
};

type Told = Pick<StreamEvent, 'id' | 'type' | 'tenant' | 'aggregateId' | 'sequence'>;
const aggregateKey = (owner: string, { tenant, aggregateId }: Told): string => key(owner, tenant, aggregateId);
const place = (owner: string, event: Told): string => `${aggregateKey(owner, event)} ${event.sequence} ${event.type}`;

/** Messages that were put into a stream on purpose are none of the system's. */
const ownEvents = ({ bus, provoked }: Facts) => {
  const provokedSubjects = new Set(provoked.map(({ subject }) => subject));
  const made = (subject: string): boolean => provokedSubjects.has(subject) || subject.includes(`.${POISON}`);
  return (bus?.streams ?? []).map((stream) => ({
    ...stream,
    events: stream.events.filter(({ subject }) => !made(subject)),
    unreadable: stream.unreadable.filter(({ subject }) => !made(subject)),
  }));
};

/** An event that has a place among those of its aggregate has one id, wherever it is found, and an id has one place. */
export const idsAreUnique: Rule = (facts) => {
  const placeOf = new Map<string, string>();
  const idOf = new Map<string, string>();
  const found: Violation[] = [];
  const look = (owner: string, event: Told): void => {
    const { id, tenant, sequence } = event;
    const here = place(owner, event);
    const number = `${aggregateKey(owner, event)} ${sequence}`;
    const known = placeOf.get(id) ?? here;
    if (known !== here) found.push(violation('an event id stands for one event', { id, tenant }, `${known}; ${here}`));
    const other = idOf.get(number) ?? id;
    if (other !== id) found.push(violation('an event has one id', { id, tenant }, `${number} is also ${other}`));
    placeOf.set(id, known);
    idOf.set(number, other);
  };
  for (const { owner, outbox } of facts.outboxes) for (const event of outbox) look(owner, event);
  for (const { owner, events } of ownEvents(facts)) for (const event of events) look(owner, event);
  return found;
};

/** Every event that was sent lies in its owner's stream, as long as the stream keeps it. */
export const sentEventsArrived: Rule = ({ outboxes, bus }) => {
  if (bus === null || bus.streams === null) return [];
  const streams = new Map(
    bus.streams.map(({ owner, keepsSince, events }) => [
      owner,
      {
        since: keepsSince.toISOString(),
        places: new Set(events.map((event) => `${event.messageId} ${place(owner, event)}`)),
      },
    ]),
  );
  return outboxes.flatMap(({ owner, outbox }) => {
    const stream = streams.get(owner);
    return outbox
      .filter((event) => event.sent && !(stream !== undefined && event.occurredAt < stream.since))
      .filter((event) => stream?.places.has(`${event.id} ${place(owner, event)}`) !== true)
      .map((event) =>
        violation(
          'a sent event lies in its stream',
          { id: event.id, tenant: event.tenant },
          `${place(owner, event)}${stream === undefined ? ', no stream' : ''}`,
        ),
      );
  });
};

/** Documents that are never deleted: who emits of them can be asked for every event. */
const KEPT_FOR_EVER: ReadonlySet<string> = new Set(['orders', 'payments', 'reservations', 'stock']);
const OF_KEPT = /^(?:order|payment|reservation|stock)\./;

/** Nothing is told that was not written: an event of a stream stands in the outbox of its document. */
export const toldEventsWereWritten: Rule = (facts) => {
  const { outboxes, now } = facts;
  const written = new Map<string, OutboxRow>();
  const ids = new Set<string>();
  for (const row of outboxes) {
    for (const event of row.outbox) {
      written.set(aggregateKey(row.owner, event), row);
      ids.add(event.id);
    }
  }
  const young = (row: OutboxRow): boolean => row.createdAt.getTime() > now.getTime() - KEPT_MS;
  const old = new Set(
    outboxes
      .filter((row) => KEPT_FOR_EVER.has(row.collection) && !young(row))
      .map(({ owner, tenant }) => key(owner, tenant)),
  );
  return ownEvents(facts).flatMap(({ owner, name, events }) =>
    events.flatMap((event) => {
      if (ids.has(event.id)) return [];
      const row = written.get(aggregateKey(owner, event));
      // Without any event left the document is old, or deleted.
      const known = row === undefined ? OF_KEPT.test(event.type) && !old.has(key(owner, event.tenant)) : young(row);
      if (!known) return [];
      return [
        violation(
          'what is told was written',
          { id: event.id, tenant: event.tenant },
          `${place(owner, event)}, message ${event.message} of ${name}`,
        ),
      ];
    }),
  );
};

/** Streams hold events, each where its subject says and under its own id. */
export const streamsHoldEvents: Rule = (facts) =>
  ownEvents(facts).flatMap(({ owner, name, events, unreadable }) => [
    ...unreadable.map(({ message, subject }) =>
      violation('a stream holds events only', { id: `${name}:${message}` }, subject),
    ),
    ...events
      .filter(({ subject, type, tenant, id, messageId }) => {
        const [, of, token, shop] = subject.split('.');
        return of !== owner || token !== type.replaceAll('.', '-') || shop !== tenant || messageId !== id;
      })
      .map(({ message, subject, id, messageId, tenant }) =>
        violation(
          'an event travels under its own name',
          { id, tenant },
          `${subject} as ${messageId || 'no id'}, ${name}:${message}`,
        ),
      ),
  ]);

/** All that was told has been heard. */
export const consumersAreCaughtUp: Rule = ({ bus }) =>
  (bus?.consumers ?? [])
    .filter(({ pending, unacknowledged }) => pending > 0 || unacknowledged > 0)
    .map(({ stream, name, pending, unacknowledged }) =>
      violation(
        'consumers are caught up',
        { id: `${stream}:${name}` },
        `${pending} waiting, ${unacknowledged} in hand`,
      ),
    );

/** Nothing was given up but what was meant to be. */
export const lettersWereProvoked: Rule = ({ bus, provoked }) => {
  const meant = new Set(provoked.map(({ service, subject }) => key(service, subject)));
  return [...grouped(bus?.letters ?? [], ({ service, subject }) => key(service, subject))]
    .filter(([letter]) => !meant.has(letter))
    .flatMap(([, letters]) =>
      letters.map(({ stream, message, service, subject, reason }) =>
        violation(
          'dead letters are those that were provoked',
          { id: `${stream}:${message}` },
          `${service} ${subject}: ${reason}`,
        ),
      ),
    );
};
