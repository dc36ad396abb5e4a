import { randomBytes } from 'node:crypto';
import {
  ALL_CALLS,
  ALL_EVENTS,
  deadLetterSubject,
  eventSubject,
  HEARING_SERVICES,
  inboxPrefix,
  type Owner,
  SERVICE_NAMES,
  type ServiceName,
  type ServiceTopology,
  TOPOLOGY,
} from '@kervan/contracts';
import { connect, headers, type MsgHdrs, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node';
import { pack } from 'msgpackr/pack';
import { eventually } from './eventually.ts';
import { POISON } from './poison-mark.ts';
import type { BusSeeds } from './servers/nats.ts';

/** Where the bus is and with which seeds its users come in. */
export type PoisonedBus = { readonly natsUrl: string; readonly seeds: BusSeeds };

/** A dead letter that must appear: who could not handle what lay under which subject. */
export type Provoked = { readonly service: ServiceName; readonly subject: string };

type Nonsense = { readonly data: string | Uint8Array; readonly headers?: MsgHdrs; readonly reply?: string };
type Place = { readonly tenant: string; readonly owner: Owner; readonly type: string; readonly inbox: string };

const MOST_BYTES = 1_000_000;
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Headers that are none, as only a client of somebody's own would send them. */
const brokenHeaders = (): MsgHdrs =>
  Object.assign(headers(), { encode: () => bytesOf('NATS/1.0 abc\r\nNo Colon\r\n: no name\r\nKey: a\nb\r\n\r\n') });

/** What no program of ours sends anywhere. */
const ANYWHERE: readonly ((place: Place) => Nonsense)[] = [
  () => ({ data: 'not json' }),
  () => ({ data: '' }),
  () => ({ data: Uint8Array.from([0xff, 0xfe, 0x00, 0x80]) }),
  () => ({ data: '{"__proto__":{"id":5},"id":{"$gt":""}}' }),
  () => ({ data: 'null' }),
  () => ({ data: `[${'1,'.repeat(100_000)}1]` }),
  () => ({ data: '['.repeat(100_000) + ']'.repeat(100_000) }),
  () => ({ data: '\u0000'.repeat(MOST_BYTES) }),
  () => ({ data: new Uint8Array(MOST_BYTES).fill(0x91) }),
  () => ({ data: Uint8Array.from([0xdd, 0xff, 0xff, 0xff, 0xff, 0x01]) }),
  () => ({ data: '{"id":5}', headers: brokenHeaders() }),
];

const frames = (count: number, more: object): Uint8Array =>
  Buffer.concat(Array.from({ length: count }, (_, i) => pack({ i, ...more })));
const contextOf = (tenant: string) => ({
  c: { tenant, traceId: 'poison', deadline: Date.now() + 5_000, language: 'tr', actor: { kind: 'guest' } },
});

/** What looks like a call and is none that can be answered. */
const AS_CALLS: readonly ((place: Place) => Nonsense)[] = [
  ({ inbox }) => ({ data: frames(1, { c: { tenant: '*' } }), reply: `${inbox}.poison-1` }),
  ({ inbox, tenant }) => ({ data: frames(1, contextOf(tenant)), reply: `${inbox}.poison-1` }),
  ({ inbox }) => ({ data: frames(20_000, {}), reply: `${inbox}.poison-1` }),
  // Whoever answered would put the answer among its own events.
  ({ owner, type, tenant }) => ({
    data: frames(1, contextOf(tenant)),
    reply: eventSubject(owner, type, tenant, `${POISON}answer`),
  }),
];

const envelope = ({ tenant, type }: Place, more: object): string =>
  JSON.stringify({
    id: `evt_${randomBytes(8).toString('hex')}`,
    type,
    version: 1,
    tenant,
    aggregateId: 'poison',
    sequence: 1,
    occurredAt: new Date().toISOString(),
    traceId: 'poison',
    data: null,
    ...more,
  });

/** What looks like an event: of another shop or kind than its subject says, or with data that nobody declared. */
const AS_EVENTS: readonly ((place: Place) => Nonsense)[] = [
  (place) => ({ data: envelope(place, {}) }),
  (place) => ({ data: envelope(place, { tenant: 'another-shop' }) }),
  (place) => ({ data: envelope(place, { type: 'order.confirmed.not' }) }),
  (place) => ({ data: envelope(place, { data: { orderId: { $gt: '' }, lines: 'x'.repeat(200_000) } }) }),
];

const topologyOf = (service: ServiceName): ServiceTopology => TOPOLOGY[service];
const emittedBy = (owner: Owner): string[] =>
  ALL_EVENTS.filter((event) => event.owner === owner).map(({ type }) => type);

/**
 * Publishes one message that nobody can do anything with on every subject on which services speak to each other, each
 * with the credentials of a service that may: calls, events heard, watched and unheard, answers, dead letters. With
 * another `turn` every subject gets another kind. Answers the dead letters that must come of it in the shop's list.
 */
export const poison = async (bus: PoisonedBus, tenant: string, turn = 0): Promise<Provoked[]> => {
  const provoked: Provoked[] = [];
  const poisonAs = async (service: ServiceName, nats: NatsConnection): Promise<void> => {
    const { owner, calls, emits } = topologyOf(service);
    const inbox = inboxPrefix(service);
    let kind = turn;
    const oneOf = (kinds: readonly ((place: Place) => Nonsense)[], place: Place): Nonsense =>
      kinds[kind++ % kinds.length]?.(place) ?? { data: '' };
    const send = (subject: string, { data, headers: head, reply }: Nonsense): void =>
      nats.publish(subject, data, { ...(head && { headers: head }), ...(reply && { reply }) });

    for (const rpc of ALL_CALLS.filter((call) => calls.includes(call.owner))) {
      const [type = 'none'] = emittedBy(rpc.owner);
      send(rpc.subject, oneOf([...ANYWHERE, ...AS_CALLS], { tenant, owner: rpc.owner, type, inbox }));
    }
    for (const caller of SERVICE_NAMES.filter((each) => topologyOf(each).calls.includes(owner))) {
      const place = { tenant, owner, type: 'none', inbox: inboxPrefix(caller) };
      send(`${place.inbox}.poison.poison-1`, oneOf(ANYWHERE, place));
    }
    // What goes into a stream counts once the stream has it.
    const store = (subject: string, { data, headers: head }: Nonsense) =>
      nats.request(subject, data, { timeout: 5_000, ...(head && { headers: head }) });
    for (const type of emits ? [...emittedBy(owner), 'no.such'] : []) {
      const subject = eventSubject(owner, type, tenant, POISON + randomBytes(6).toString('hex'));
      await store(subject, oneOf([...ANYWHERE, ...AS_EVENTS], { tenant, owner, type, inbox }));
      const hearers = SERVICE_NAMES.filter((each) => topologyOf(each).hears[owner]?.includes(type));
      provoked.push(...hearers.map((hearer) => ({ service: hearer, subject })));
    }
    if (HEARING_SERVICES.includes(service)) {
      const subject = deadLetterSubject(service, tenant);
      await store(subject, oneOf(ANYWHERE, { tenant, owner, type: 'none', inbox }));
      provoked.push({ service, subject });
    }
    await nats.flush();
  };

  for (const service of SERVICE_NAMES) await connectedAs(bus, service, (nats) => poisonAs(service, nats));
  return provoked;
};

/** Publishes one event of a payment that nobody can read; its subject, under which order-svc will have a dead letter. */
export const publishPoison = async (bus: PoisonedBus, tenant: string): Promise<string> => {
  const subject = eventSubject('payment', 'payment.succeeded', tenant, POISON + randomBytes(6).toString('hex'));
  await connectedAs(bus, 'payment-svc', (nats) => nats.request(subject, 'not json', { timeout: 5_000 }));
  return subject;
};

const connectedAs = async (
  { natsUrl, seeds }: PoisonedBus,
  service: ServiceName,
  work: (nats: NatsConnection) => Promise<unknown>,
): Promise<void> => {
  // A server that is under load may find the answer to its challenge too late.
  const nats = await eventually(() =>
    connect({
      servers: natsUrl,
      inboxPrefix: inboxPrefix(service),
      authenticator: nkeyAuthenticator(new TextEncoder().encode(seeds[service])),
      reconnect: false,
    }),
  );
  try {
    await work(nats);
  } finally {
    await nats.close();
  }
};
