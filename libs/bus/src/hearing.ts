import { randomUUID } from 'node:crypto';
import { deadLetterSubject, EventEnvelope, eventToken, inboxPrefix, streamName } from '@kervan/contracts';
import type { Context, Owner, ServiceName } from '@kervan/contracts';
import type { Connection } from './connection.ts';
import { ACK, nak, term, WORKING } from './delivery.ts';
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

/** What one try of a handler may take, in milliseconds. */
const HANDLER_MS = 25_000;
/** How often the server is told that an event is still in hand, in milliseconds: twice before it would deliver again. */
const WORKING_MS = ACK_WAIT_MS / 3;
const LONGEST_PAUSE_MS = 60_000;
/** How long what a handler needs may be away, in milliseconds; then the event is a dead letter. */
const PATIENCE_MS = 12 * 3_600_000;

/** How an event was dealt with: done, again when what is missing may be back, again because of a bug, or never. */
type Verdict =
  | { readonly kind: 'done' }
  | { readonly kind: 'later'; readonly afterMs: number | undefined; readonly reason: string }
  | { readonly kind: 'again'; readonly reason: string }
  | { readonly kind: 'never'; readonly reason: string };

export type Hearing = {
  readonly add: (entries: readonly HearEntry[]) => void;
  /** Pulls no more and gives back what comes nevertheless; resolves when nothing comes any more. */
  readonly stop: () => Promise<void>;
  /** Says no more that anything is in hand: nothing is. */
  readonly close: () => void;
};

/**
 * Hears the streams of other owners through the service's durable consumers. What a handler returns decides: done is
 * acknowledged; `retry` is tried again here, the event stays in hand; a throw gives it back for a few more deliveries;
 * what cannot be handled goes to the dead letters. So an outage, however long, buries nothing that a bug would not.
 */
export const createHearing = (deps: {
  service: ServiceName;
  /** Most events of one owner in hand. */
  concurrency: number;
  /** Pause before the second try, in milliseconds. */
  firstPauseMs: number;
  connection: Connection;
  endOfTurn: EndOfTurn;
  inFlight: InFlight;
  put: Put;
  observer: BusObserver;
  log: Log;
}): Hearing => {
  const { service, concurrency, firstPauseMs, connection, endOfTurn, inFlight, put, observer, log } = deps;
  const handlers = new Map<Owner, Map<string, HearEntry>>();
  const pulls: Pull[] = [];
  /** What is in hand, and when the server was last told so. */
  const held = new Map<Delivery, number>();
  /** Ends the pauses of events that wait for another try; false says that there will be none here. */
  const resting = new Set<(goOn: boolean) => void>();
  let stopped = false;

  const working = setInterval(() => {
    const due = Date.now() - WORKING_MS;
    for (const [delivery, toldAt] of held) {
      if (toldAt > due) continue;
      held.set(delivery, Date.now());
      answer(delivery, WORKING);
    }
  }, WORKING_MS / 2).unref();
  const wake = (): void => {
    for (const end of resting) end(false);
  };
  // The server does not know any more that they are in hand and delivers them anew.
  connection.onLost(wake);

  /** Twice as long after every try, up to a minute, half of it by chance so that many do not come back at once. */
  const pauseAfter = (tries: number): number => {
    const longest = Math.min(LONGEST_PAUSE_MS, firstPauseMs * 2 ** Math.min(tries - 1, 20));
    return longest / 2 + Math.random() * (longest / 2);
  };
  /** Waits before another try; false when it is not to be made here. */
  const rest = (pauseMs: number): Promise<boolean> =>
    new Promise((resolve) => {
      const end = (goOn: boolean): void => {
        clearTimeout(timer);
        resting.delete(end);
        resolve(goOn);
      };
      const timer = setTimeout(() => end(true), pauseMs);
      resting.add(end);
      if (stopped) end(false);
    });

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
      return { kind: 'later', afterMs: result.value.retryAfterMs, reason: 'what its handler needs was not there' };
    } catch (error) {
      log.error({ err: error, type: entry.type, tenant: event.tenant, traceId: event.traceId }, 'a handler threw');
      return { kind: 'again', reason: error instanceof Error ? error.message : 'unknown' };
    }
  };

  const take = async (owner: Owner, delivery: Delivery): Promise<void> => {
    if (stopped) return answer(delivery, nak(0));
    // A consumer that is not set up anew yet may deliver what this version hears no more.
    const entry = handlers.get(owner)?.get(delivery.subject.split('.')[2] ?? '');
    if (entry === undefined) return answer(delivery, ACK);
    held.set(delivery, Date.now());
    await tryOn(owner, entry, delivery).finally(() => held.delete(delivery));
  };

  const tryOn = async (owner: Owner, entry: HearEntry, delivery: Delivery): Promise<void> => {
    const since = Date.now();
    for (let tries = 1; ; tries += 1) {
      const started = Date.now();
      const verdict = await handle(entry, delivery);
      const outcome = verdict.kind === 'done' ? 'ok' : verdict.kind;
      observer.handled?.(`evt.${owner}.${entry.type}`, Date.now() - started, outcome);
      if (verdict.kind === 'done') return answer(delivery, ACK);
      if (verdict.kind === 'later' && Date.now() - since < PATIENCE_MS) {
        if (await rest(verdict.afterMs ?? pauseAfter(tries))) continue;
        return answer(delivery, nak(0));
      }
      if (verdict.kind === 'again' && delivery.deliveries < ATTEMPTS) {
        return answer(delivery, nak(pauseAfter(delivery.deliveries)));
      }
      return bury(owner, delivery, verdict.reason);
    }
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
      wake();
      await Promise.allSettled(pulls.map((pull) => pull.stop()));
    },
    close: () => clearInterval(working),
  };
};

const readEvent = (text: string): EventEnvelope | null => {
  try {
    return EventEnvelope.parse(JSON.parse(text));
  } catch {
    return null;
  }
};
