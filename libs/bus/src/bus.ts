import { TOPOLOGY } from '@kervan/contracts';
import type { EventEnvelope, Owner, ServiceName, ServiceTopology } from '@kervan/contracts';
import { createAnswers } from './answers.ts';
import { createAsk } from './ask.ts';
import { createCalls } from './call.ts';
import type { Caller } from './call.ts';
import { openConnection } from './connection.ts';
import type { ConnectionSettings } from './connection.ts';
import { createDeadLetters } from './dead-letters.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Entry } from './entry.ts';
import { createHearing } from './hearing.ts';
import { createInFlight } from './in-flight.ts';
import { openInbox } from './inbox.ts';
import type { Log } from './log.ts';
import type { BreakerState, BusObserver } from './observer.ts';
import { createOwnStream } from './own-stream.ts';
import type { OwnStream } from './own-stream.ts';
import { createPublish } from './publish.ts';
import { createPut } from './put.ts';
import { createSweep } from './sweep.ts';
import { createTurn } from './turn.ts';
import { createWatching } from './watching.ts';

export type BusSettings = ConnectionSettings & {
  readonly service: ServiceName;
  readonly log: Log;
  readonly observer?: BusObserver;
  /** Most events of one owner in hand at once; 256 unless said. */
  readonly concurrency?: number;
  /** Pause before an event is tried a second time, in milliseconds; it doubles with every try, up to a bound. 500 unless said. */
  readonly firstPauseMs?: number;
};

/** A service's place on the bus. */
export type Bus = Caller & {
  /** Begins to answer, hear and watch; resolves when the server knows. Throws when it does not let this service. */
  readonly serve: (entries: readonly Entry[]) => Promise<void>;
  /** Puts events into the service's own stream; answers the ids of those that are stored on disk. Never rejects. */
  readonly publish: (events: readonly EventEnvelope[]) => Promise<ReadonlySet<string>>;
  /** What a service that hears events answers about those it could not handle. */
  readonly deadLetters: DeadLetters;
  /** The breaker before each owner that is called. */
  readonly breakers: () => Partial<Record<Owner, BreakerState>>;
  /** The stream of the service's own events as it is now; null when it is not there, or nobody can say. Never rejects. */
  readonly ownStream: () => Promise<OwnStream | null>;
  /** Hears that a connection that was lost stands again. */
  readonly onBack: (listener: () => void) => void;
  /** Whether the connection stands. */
  readonly ready: () => boolean;
  /** Work that `stop` does after the last handler and before the connection goes. */
  readonly beforeClose: (work: () => Promise<void>) => void;
  /** Takes nothing new, finishes what is in hand, closes. May be called again. */
  readonly stop: () => Promise<void>;
};

/** Connects a service. Throws when no server answers or the key is refused; later losses are repaired silently. */
export const connectBus = async (settings: BusSettings): Promise<Bus> => {
  const { service, log, observer = {}, concurrency = 256, firstPauseMs = 500 } = settings;
  const connection = await openConnection(service, settings, log);
  const sweep = createSweep();
  const shared = { service, connection, endOfTurn: createTurn(), sweep, observer, log };
  const inbox = openInbox(connection.nats, service, log);
  const inFlight = createInFlight();
  const put = createPut({ ...shared, inbox });
  const calls = createCalls({ ...shared, createAsk: () => createAsk({ ...shared, inbox }) });
  const answers = createAnswers({ ...shared, inFlight });
  const hearing = createHearing({ ...shared, inFlight, put, concurrency, firstPauseMs });
  const deadLetters = createDeadLetters({ ...shared, hearing });
  const watching = createWatching({ connection, log });
  const closing: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | null = null;

  const stop = async (): Promise<void> => {
    await Promise.all([hearing.stop(), connection.connected() ? answers.drain() : undefined]);
    await inFlight.settled();
    hearing.close();
    for (const work of closing) await work();
    // Replies and acknowledgements of this turn go out at its end.
    await new Promise((resolve) => setImmediate(resolve));
    if (connection.connected()) await connection.nats.drain();
    else await connection.nats.close();
    calls.stop();
    sweep.stop();
  };

  return {
    call: calls.call,
    breakers: calls.breakers,
    publish: createPublish(service, put),
    deadLetters,
    serve: async (entries) => {
      const { hears, watches }: ServiceTopology = TOPOLOGY[service];
      for (const entry of entries) {
        const { kind, owner } = entry;
        const what = kind === 'hear' ? entry.type : owner;
        const allowed = { answer: [what], hear: hears[owner] ?? [], watch: watches }[kind];
        if (!allowed.some((each) => each === what))
          throw new Error(`${service} may not ${kind} ${what}: see the topology`);
      }
      watching.add(entries.filter((entry) => entry.kind === 'watch'));
      answers.add(entries.filter((entry) => entry.kind === 'answer'));
      await connection.nats.flush();
      const refused = [...answers.refused(), ...watching.refused()];
      if (refused.length > 0) throw new Error(`the bus does not let ${service} subscribe ${refused.join(', ')}`);
      hearing.add(entries.filter((entry) => entry.kind === 'hear'));
    },
    ownStream: createOwnStream(service, connection),
    onBack: connection.onBack,
    ready: connection.connected,
    beforeClose: (work) => {
      closing.push(work);
    },
    stop: () => (stopping ??= stop()),
  };
};
