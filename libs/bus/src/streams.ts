import {
  deadLetterStream,
  deadLetterSubject,
  eventToken,
  heardOwners,
  HEARING_SERVICES,
  SERVICE_NAMES,
  streamName,
  TOPOLOGY,
} from '@kervan/contracts';
import type { Owner, ServiceName, ServiceTopology } from '@kervan/contracts';
import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';
import type { ConsumerConfig, JetStreamManager, StreamConfig } from '@nats-io/jetstream';
import { JetStreamApiError } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { ConnectionSettings } from './connection.ts';
import { dial } from './connection.ts';

/** How long the server waits for a consumer's word before it delivers again, in milliseconds. */
export const ACK_WAIT_MS = 10_000;
/** How often an event is delivered to a handler that throws or dies; then it is a dead letter. */
export const ATTEMPTS = 10;
/** Deliveries on top of that, so that a crash while burying a dead letter does not lose it. */
const SPARE_DELIVERIES = 10;
/** Room for those that wait for another try, in several copies, beside those in hand. */
const MOST_UNACKNOWLEDGED = 8_192;

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MEBIBYTE = 2 ** 20;

/** The server's codes for "not there" (https://docs.nats.io/reference/reference-protocols/nats_api_errors). */
const STREAM_NOT_FOUND = 10_059;
const CONSUMER_NOT_FOUND = 10_014;

const topologyOf = (service: ServiceName): ServiceTopology => TOPOLOGY[service];

/** How big and how safe the streams are. */
export type StreamSettings = ConnectionSettings & {
  /** Copies of each stream in a cluster: 1, 3 or 5. */
  readonly replicas?: number;
  /** Most bytes of one owner's events; the oldest go first. */
  readonly maxBytes?: number;
};

type Stream = Pick<StreamConfig, 'name' | 'subjects'> & { readonly days: number };

const eventStream = (owner: Owner): Stream => ({ name: streamName(owner), subjects: [`evt.${owner}.>`], days: 7 });

const lettersStream = (service: ServiceName): Stream => ({
  name: deadLetterStream(service),
  subjects: [deadLetterSubject(service, '*')],
  days: 30,
});

/** The stream of every owner that emits, and that of the dead letters of every service that hears. */
const streams = ({ replicas = 1, maxBytes = 512 * MEBIBYTE }: StreamSettings) => {
  const owners = SERVICE_NAMES.map(topologyOf).filter(({ emits }) => emits);
  const all = [...owners.map(({ owner }) => eventStream(owner)), ...HEARING_SERVICES.map(lettersStream)];
  return all.map(({ days, ...stream }) => ({
    ...stream,
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    num_replicas: replicas,
    max_age: nanos(days * DAY_MS),
    max_bytes: maxBytes,
    duplicate_window: nanos(2 * MINUTE_MS),
  }));
};

/** One durable consumer per service and stream it hears; the server delivers only the events it hears there. */
const consumers = (): { stream: string; config: Partial<ConsumerConfig> & { durable_name: string } }[] =>
  SERVICE_NAMES.flatMap((service) =>
    heardOwners(service).map((owner) => ({
      stream: streamName(owner),
      config: {
        durable_name: service,
        filter_subjects: (topologyOf(service).hears[owner] ?? []).map((type) => `evt.${owner}.${eventToken(type)}.>`),
        deliver_policy: DeliverPolicy.All,
        ack_policy: AckPolicy.Explicit,
        ack_wait: nanos(ACK_WAIT_MS),
        max_deliver: ATTEMPTS + SPARE_DELIVERIES,
        max_ack_pending: MOST_UNACKNOWLEDGED,
      },
    })),
  );

/**
 * Makes all streams and consumers, or brings those that are there to the current settings; nothing that lies in them is
 * lost. May run at any time and as often as one likes. Throws when the server cannot be reached or refuses.
 */
export const setupStreams = async (settings: StreamSettings): Promise<void> => {
  const nats = await dial('setup', settings, { inbox: '_INBOX.setup' });
  try {
    const manager = await jetstreamManager(nats, { checkAPI: false });
    for (const stream of streams(settings)) await ensureStream(manager, stream);
    for (const consumer of consumers()) await ensureConsumer(manager, consumer);
  } finally {
    await nats.close();
  }
};

const ensureStream = async (manager: JetStreamManager, config: ReturnType<typeof streams>[number]): Promise<void> => {
  const found = await orNull(manager.streams.info(config.name), STREAM_NOT_FOUND);
  if (found === null) await manager.streams.add(config);
  else if (differs(found.config, config)) await manager.streams.update(config.name, config);
};

const ensureConsumer = async (
  manager: JetStreamManager,
  { stream, config }: ReturnType<typeof consumers>[number],
): Promise<void> => {
  const found = await orNull(manager.consumers.info(stream, config.durable_name), CONSUMER_NOT_FOUND);
  if (found === null) await manager.consumers.add(stream, config);
  else if (differs(found.config, config)) await manager.consumers.update(stream, config.durable_name, config);
};

const orNull = async <T>(asked: Promise<T>, absent: number): Promise<T | null> => {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === absent) return null;
    throw error;
  }
};

const differs = (found: object, wanted: object): boolean => {
  const there = new Map(Object.entries(found));
  return Object.entries(wanted).some(([key, value]) => JSON.stringify(there.get(key)) !== JSON.stringify(value));
};
