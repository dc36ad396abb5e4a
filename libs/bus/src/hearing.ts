import { randomUUID } from 'node:crypto';
import { deadLetterSubject, EventEnvelope, eventToken, inboxPrefix, streamName } from '@kervan/contracts';
import type { Context, Owner, ServiceName } from '@kervan/contracts';
import type { Connection } from './connection.ts';
import { ACK, nak, term } from './delivery.ts';
import type { Delivery } from './delivery.ts';
import type { HearEntry } from './entry.ts';
import type { InFlight } from './in-flight.ts';
import type { Log } from './log.ts';
import type { BusObserver } from './observer.ts';
import { startPull } from './pull.ts';
import type { Pull } from './pull.ts';
import type { Put } from './put.ts';
import { ACK_WAIT_MS, ATTEMPTS } from './streams.ts';
import type { EndOfTurn } from './turn.ts';

/** What a handler may take, in milliseconds: a little less than the server waits for its word. */
const HANDLER_MS = ACK_WAIT_MS - 5_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 60_000;

/** How an event was dealt with: done, again after a pause, or never. */
type Verdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly afterMs: number | undefined; readonly reason: string }
  | { readonly kind: 'never'; readonly reason: string };

export type Hearing = {
  readonly add: (entries: readonly HearEntry[]) => void;
  /** Pulls no more and gives back what comes nevertheless; resolves when nothing comes any more. */
  readonly stop: () => Promise<void>;
};

/**
 * Hears the streams of other owners through the service's durable consumers. What a handler returns decides: done is
 * acknowledged, a throw or `retry` comes again after a pause, what cannot be handled goes to the dead letters.
 */
export const createHearing = (deps: {
  service: ServiceName;
  /** Most events of one owner in hand. */
  concurrency: number;
  connection: Connection;
  endOfTurn: EndOfTurn;
  inFlight: InFlight;
  put: Put;
  observer: BusObserver;
  log: Log;
}): Hearing => {
  const { service, concurrency, connection, endOfTurn, inFlight, put, observer, log } = deps;
  const handlers = new Map<Owner, Map<string, HearEntry>>();
  const pulls: Pull[] = [];
  let stopped = false;

  const answer = (delivery: Delivery, word: string): void =>
    endOfTurn(() => {
      // What is delivered while the connection closes is delivered again to another.
      if (connection.open()) connection.nats.publish(delivery.ackSubject, word);
    });

  const handle = async (entry: HearEntry, delivery: Delivery): Promise<Verdict> => {
    if (delivery.deliveries > ATTEMPTS) return { kind: 'never', reason: 'its handler never came to an end' };
    const event = readEvent(delivery.text);
    if (event === null) return { kind: 'never', reason: 'not an event' };
    const context: Context = {
      tenant: event.tenant,
      traceId: event.traceId,
      deadline: Date.now() + HANDLER_MS,
      language: 'en',
      actor: { kind: 'system', id: service },
    };
    try {
      const result = await entry.run(event, context);
      if (!result.ok) return { kind: 'never', reason: `not as declared: ${JSON.stringify(result.error.details)}` };
      if (result.value === undefined) return { kind: 'done' };
      return { kind: 'again', afterMs: result.value.retryAfterMs, reason: 'its handler asks for it again' };
    } catch (error) {
      log.error({ err: error, type: entry.type, tenant: event.tenant, traceId: event.traceId }, 'a handler threw');
      return { kind: 'again', afterMs: undefined, reason: error instanceof Error ? error.message : 'unknown' };
    }
  };

  const take = async (owner: Owner, delivery: Delivery): Promise<void> => {
    if (stopped) return answer(delivery, nak(0));
    // A consumer that is not set up anew yet may deliver what this version hears no more.
    const entry = handlers.get(owner)?.get(delivery.subject.split('.')[2] ?? '');
    if (entry === undefined) return answer(delivery, ACK);
    const started = Date.now();
    const verdict = await handle(entry, delivery);
    observer.handled?.(
      `evt.${owner}.${entry.type}`,
      Date.now() - started,
      verdict.kind === 'done' ? 'ok' : verdict.kind,
    );
    if (verdict.kind === 'done') return answer(delivery, ACK);
    if (verdict.kind === 'again' && delivery.deliveries < ATTEMPTS) {
      return answer(delivery, nak(verdict.afterMs ?? pauseAfter(delivery.deliveries)));
    }
    return bury(owner, delivery, verdict.reason);
  };

  const bury = async (owner: Owner, delivery: Delivery, reason: string): Promise<void> => {
    const { subject, sequence, deliveries, text } = delivery;
    const stream = streamName(owner);
    const letter = { service, stream, subject, sequence, deliveries, reason, body: text };
    const stored = await put({
      subject: deadLetterSubject(service),
      id: `${service}:${stream}:${sequence}`,
      text: JSON.stringify(letter),
    });
    log.error({ subject, sequence, deliveries, reason, stored }, 'an event went to the dead letters');
    answer(delivery, stored ? term('dead letter') : nak(pauseAfter(deliveries)));
  };

  return {
    add: (entries) => {
      for (const entry of entries) {
        const token = eventToken(entry.type);
        const ofOwner = handlers.get(entry.owner) ?? new Map<string, HearEntry>();
        if (ofOwner.has(token)) throw new Error(`${service} hears ${entry.type} twice`);
        ofOwner.set(token, entry);
        handlers.set(entry.owner, ofOwner);
      }
      for (const owner of new Set(entries.map((entry) => entry.owner))) {
        const pull: Pull = startPull({
          stream: streamName(owner),
          consumer: service,
          room: concurrency,
          connection,
          place: `${inboxPrefix(service)}.${randomUUID()}`,
          deliver: (delivery) => inFlight.run(take(owner, delivery).finally(() => pull.done())),
          log,
        });
        pulls.push(pull);
      }
    },
    stop: async () => {
      stopped = true;
      await Promise.allSettled(pulls.map((pull) => pull.stop()));
    },
  };
};

const readEvent = (text: string): EventEnvelope | null => {
  try {
    return EventEnvelope.parse(JSON.parse(text));
  } catch {
    return null;
  }
};

/** Twice as long after every delivery, up to a minute, half of it by chance so that many do not come back at once. */
const pauseAfter = (deliveries: number): number => {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (deliveries - 1));
  return longest / 2 + Math.random() * (longest / 2);
};
