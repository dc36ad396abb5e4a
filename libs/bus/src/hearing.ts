import { randomUUID } from 'node:crypto';
import { deadLetterSubject, eventToken, inboxPrefix, streamName } from '@kervan/contracts';
import type { Context, DeadLetterCause, Owner, ServiceName } from '@kervan/contracts';
import { reach } from '@kervan/test-points';
import type { Connection } from './connection.ts';
import { ACK, nak, term, WORKING } from './delivery.ts';
import type { Delivery } from './delivery.ts';
import type { HearEntry } from './entry.ts';
import type { InFlight } from './in-flight.ts';
import { encodeLetter, tenantOf } from './letter.ts';
import type { Log } from './log.ts';
import type { BusObserver } from './observer.ts';
import { startPull } from './pull.ts';
import type { Pull } from './pull.ts';
import type { Put } from './put.ts';
import { readEvent } from './read-event.ts';
import { ACK_WAIT_MS, ATTEMPTS } from './streams.ts';
import type { EndOfTurn } from './turn.ts';

/** What one try of a handler may take, in milliseconds. */
const HANDLER_MS = 25_000;
/** How often the server is told that an event is still in hand, in milliseconds: twice before it would deliver again. */
const WORKING_MS = ACK_WAIT_MS / 3;
/** The longest pause before an event that its handler gave up by a throw is delivered again, in milliseconds. */
const LONGEST_PAUSE_MS = 60_000;
/** The same while what a handler needs is away: after an outage, however long, all goes on within seconds. */
const LONGEST_REST_MS = 8_000;
/** How long what a handler needs may be away, in milliseconds; then the event is a dead letter. */
const PATIENCE_MS = 12 * 3_600_000;
/** Most events that wait for another try beside those in hand, so that they are in nobody's way. */
const MOST_RESTING = 1_000;

type Undone = { readonly cause: DeadLetterCause; readonly reason: string };
/** How an event was dealt with: done, again when what is missing may be back, again because of a bug, or never. */
type Verdict =
  | { readonly kind: 'done' }
  | (Undone & { readonly kind: 'later'; readonly afterMs: number | undefined })
  | (Undone & { readonly kind: 'again' | 'never' });

const UNENDED = { kind: 'never', cause: 'handler_failed', reason: 'its handler never came to an end' } as const;

/** An event as it came, and until when its handler may take (epoch milliseconds). */
type Attempt = { readonly subject: string; readonly text: string; readonly deadline: number };

export type Hearing = {
  readonly add: (entries: readonly HearEntry[]) => void;
  /** Pulls no more and gives back what comes nevertheless; resolves when nothing comes any more. */
  readonly stop: () => Promise<void>;
  /** Has an event handled once more, whatever became of it before; answers why it could not be, null when it is done. */
  readonly replay: (attempt: Attempt) => Promise<DeadLetterCause | null>;
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
  /** Most events of one owner in hand, not counting those that wait for another try. */
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
  const handlers = new Map<string, Map<string, HearEntry>>();
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

  /** Twice as long after every try, up to a bound, half of it by chance so that many do not come back at once. */
  const pauseAfter = (tries: number, boundMs = LONGEST_REST_MS): number => {
    const longest = Math.min(boundMs, firstPauseMs * 2 ** Math.min(tries - 1, 20));
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

  const handle = async (entry: HearEntry, { subject, text, deadline }: Attempt): Promise<Verdict> => {
    const event = readEvent(subject, text);
    if (event === null) return { kind: 'never', cause: 'unreadable', reason: 'not an event, or not of this subject' };
    const context: Context = {
      tenant: event.tenant,
      traceId: event.traceId,
      deadline,
      language: 'en',
      actor: { kind: 'system', id: service },
    };
    try {
      const result = await entry.run(event, context);
      if (!result.ok) {
        const reason = `not as declared: ${JSON.stringify(result.error.details)}`;
        return { kind: 'never', cause: 'not_as_declared', reason };
      }
      if (result.value === undefined) return { kind: 'done' };
      const { retryAfterMs: afterMs } = result.value;
      return { kind: 'later', afterMs, cause: 'not_ready', reason: 'what its handler needs was not there' };
    } catch (error) {
      log.error({ err: error, type: entry.type, tenant: event.tenant, traceId: event.traceId }, 'a handler threw');
      const reason = error instanceof Error ? error.message : 'unknown';
      return { kind: 'again', cause: 'handler_failed', reason };
    }
  };

  const handlerOf = (subject: string): HearEntry | undefined => {
    const [, owner = '', type = ''] = subject.split('.');
    return handlers.get(owner)?.get(type);
  };

  const take = async (owner: Owner, delivery: Delivery, pull: Pull): Promise<void> => {
    if (stopped) return answer(delivery, nak(0));
    // A consumer that is not set up anew yet may deliver what this version hears no more.
    const entry = handlerOf(delivery.subject);
    if (entry === undefined) return answer(delivery, ACK);
    held.set(delivery, Date.now());
    await tryOn(owner, entry, delivery, pull).finally(() => held.delete(delivery));
  };

  /** Waits beside the others, while there is room for that. */
  const restAside = async (pull: Pull, pauseMs: number): Promise<boolean> => {
    if (resting.size >= MOST_RESTING) return rest(pauseMs);
    pull.done();
    const goOn = await rest(pauseMs);
    pull.back();
    return goOn;
  };

  const tryOn = async (owner: Owner, entry: HearEntry, delivery: Delivery, pull: Pull): Promise<void> => {
    const since = Date.now();
    for (let tries = 1; ; tries += 1) {
      const started = Date.now();
      const verdict =
        delivery.deliveries > ATTEMPTS ? UNENDED : await handle(entry, { ...delivery, deadline: started + HANDLER_MS });
      const outcome = verdict.kind === 'done' ? 'ok' : verdict.kind;
      observer.handled?.(`evt.${owner}.${entry.type}`, Date.now() - started, outcome);
      if (verdict.kind === 'done') {
        reach('ack.before');
        return answer(delivery, ACK);
      }
      if (verdict.kind === 'later' && Date.now() - since < PATIENCE_MS) {
        if (await restAside(pull, verdict.afterMs ?? pauseAfter(tries))) continue;
        return answer(delivery, nak(0));
      }
      if (verdict.kind === 'again' && delivery.deliveries < ATTEMPTS) {
        return answer(delivery, nak(pauseAfter(delivery.deliveries, LONGEST_PAUSE_MS)));
      }
      return bury(owner, delivery, verdict.reason, pull);
    }
  };

  /** Stays in hand until the letter is stored: deliveries are not to run out meanwhile. */
  const bury = async (owner: Owner, delivery: Delivery, reason: string, pull: Pull): Promise<void> => {
    const { subject, sequence, deliveries, storedAt, text } = delivery;
    const stream = streamName(owner);
    const tenant = tenantOf(subject);
    const letter = {
      subject: deadLetterSubject(service, tenant),
      id: `${service}:${stream}:${sequence}:${storedAt}`,
      text: encodeLetter({ service, stream, subject, sequence, deliveries, reason, body: text }),
    };
    for (let tries = 1; !(await put(letter)); tries += 1) {
      log.error({ subject, sequence, tries }, 'a dead letter cannot be stored');
      if (!(await restAside(pull, pauseAfter(tries)))) return answer(delivery, nak(0));
    }
    log.error({ tenant, subject, sequence, deliveries, reason }, 'an event went to the dead letters');
    answer(delivery, term('dead letter'));
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
          deliver: (delivery) => inFlight.run(take(owner, delivery, pull).finally(() => pull.done())),
          log,
        });
        pulls.push(pull);
      }
    },
    replay: async (attempt) => {
      const entry = handlerOf(attempt.subject);
      if (entry === undefined) return 'not_heard';
      const verdict = await handle(entry, attempt);
      return verdict.kind === 'done' ? null : verdict.cause;
    },
    stop: async () => {
      stopped = true;
      wake();
      await Promise.allSettled(pulls.map((pull) => pull.stop()));
    },
    close: () => clearInterval(working),
  };
};
