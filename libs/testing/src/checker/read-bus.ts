import { heardOwners, OWNERS, SERVICE_NAMES, streamName } from '@kervan/contracts';
import { type JetStreamManager, type JsMsg, jetstream, jetstreamManager, type StreamInfo } from '@nats-io/jetstream';
import { connect, millis, type NatsConnection, nkeyAuthenticator } from '@nats-io/transport-node';
import { z } from 'zod';
import type { BusFacts, ConsumerFacts, Letter, StreamEvent, StreamFacts } from './facts.ts';

/** The bus and the seed of its user `setup`, the only one who may look into streams. */
export type BusAccess = { readonly url: string; readonly seed: string };

/** How many bytes of a stream are on their way at once: the server gives up a connection with 64 MiB before it. */
const AHEAD_BYTES = 4 * 1024 * 1024;
/** What is left of a stream's time or room when its oldest events may be on their way out. */
const MARGIN_MS = 3_600_000;
const NEARLY_FULL = 0.9;

const Event = z.object({
  id: z.string(),
  type: z.string(),
  tenant: z.string(),
  aggregateId: z.string(),
  sequence: z.number(),
});
const LetterBody = z.object({
  service: z.string(),
  stream: z.string(),
  sequence: z.number(),
  subject: z.string(),
  reason: z.string(),
});
/** Garbage among the dead letters stands for itself. */
const asLetter = (stream: string, { subject, message }: Message): z.output<typeof LetterBody> => ({
  service: subject.split('.')[1] ?? '',
  stream,
  sequence: message,
  subject,
  reason: 'unreadable',
});

const open = ({ url, seed }: BusAccess): Promise<NatsConnection> =>
  connect({
    servers: url.split(','),
    name: 'checker',
    inboxPrefix: '_INBOX.setup',
    authenticator: nkeyAuthenticator(new TextEncoder().encode(seed)),
    timeout: 5_000,
    maxReconnectAttempts: 2,
  });

type Message = { message: number; subject: string; messageId: string; text: string };

/** Calls `take` with every message that lies in a stream now, oldest first. */
const eachMessage = async (
  nats: NatsConnection,
  { config, state }: StreamInfo,
  take: (message: Message) => void,
): Promise<void> => {
  if (state.messages === 0) return;
  const consumer = await jetstream(nats, { checkAPI: false }).consumers.get(config.name);
  const messages = await consumer.consume({ max_bytes: AHEAD_BYTES });
  for await (const message of messages) {
    take({ message: message.seq, subject: message.subject, messageId: idOf(message), text: message.string() });
    if (message.info.pending === 0) break;
  }
};

/** Headers are read when they are asked for, and may be none. */
const idOf = (message: JsMsg): string => {
  try {
    return message.headers?.get('Nats-Msg-Id') ?? '';
  } catch {
    return '';
  }
};

const parsed = <Shape extends z.ZodType>(shape: Shape, text: string): z.output<Shape> | null => {
  try {
    return shape.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
};

const readStream = async (nats: NatsConnection, owner: string, stream: StreamInfo): Promise<StreamFacts> => {
  const { config, state } = stream;
  const events: StreamEvent[] = [];
  const unreadable: StreamFacts['unreadable'] = [];
  await eachMessage(nats, stream, ({ message, subject, messageId, text }) => {
    const event = parsed(Event, text);
    if (event === null) unreadable.push({ message, subject });
    else events.push({ message, subject, messageId, ...event });
  });
  const oldest = config.max_age === 0 ? 0 : Date.now() - millis(config.max_age) + MARGIN_MS;
  const isFull = config.max_bytes > 0 && state.bytes > config.max_bytes * NEARLY_FULL;
  const first = isFull ? Date.parse(state.first_ts) + MARGIN_MS : 0;
  return { owner, name: config.name, keepsSince: new Date(Math.max(oldest, first, 0)), events, unreadable };
};

const readConsumers = async (manager: JetStreamManager, streams: readonly string[]): Promise<ConsumerFacts[]> => {
  const found: ConsumerFacts[] = [];
  for (const stream of streams) {
    for await (const { config, name, num_pending: pending, num_ack_pending: unacknowledged } of manager.consumers.list(
      stream,
    ))
      if (config.durable_name !== undefined) found.push({ stream, name, pending, unacknowledged });
  }
  return found;
};

/** A consumer or a stream that is not there keeps no count of what it misses. */
const assertComplete = (consumers: readonly ConsumerFacts[]): void => {
  const missing = SERVICE_NAMES.flatMap((service) =>
    heardOwners(service)
      .map(streamName)
      .filter((stream) => !consumers.some((each) => each.stream === stream && each.name === service))
      .map((stream) => `${stream}:${service}`),
  );
  if (missing.length > 0) throw new Error(`the bus has no consumers ${missing.join(', ')}`);
};

/** Reads what lies on the bus; the events themselves only when asked for. */
export const readBus = async (access: BusAccess, { events }: { events: boolean }): Promise<BusFacts> => {
  const nats = await open(access);
  try {
    const manager = await jetstreamManager(nats, { checkAPI: false });
    const streams: StreamInfo[] = [];
    for await (const stream of manager.streams.list()) streams.push(stream);
    const ofEvents = OWNERS.flatMap((owner) => {
      const stream = streams.find(({ config }) => config.name === streamName(owner));
      return stream === undefined ? [] : [{ owner, stream }];
    });
    const consumers = await readConsumers(
      manager,
      ofEvents.map(({ stream }) => stream.config.name),
    );
    assertComplete(consumers);
    const letters: Letter[] = [];
    for (const stream of streams.filter(({ config }) => config.name.startsWith('DLQ'))) {
      const { name } = stream.config;
      await eachMessage(nats, stream, (stored) => {
        const { stream: of, sequence, ...letter } = parsed(LetterBody, stored.text) ?? asLetter(name, stored);
        const tenant = stored.subject.split('.').at(-1) ?? '';
        letters.push({ ...letter, stream: name, message: stored.message, tenant, place: `${of}:${sequence}` });
      });
    }
    if (!events) return { streams: null, consumers, letters };
    const read = await Promise.all(ofEvents.map(({ owner, stream }) => readStream(nats, owner, stream)));
    return { streams: read, consumers, letters };
  } finally {
    await nats.close();
  }
};
