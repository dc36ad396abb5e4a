import { inboxPrefix } from '@kervan/contracts';
import type { ServiceName } from '@kervan/contracts';
import { connect, nkeyAuthenticator, TimeoutError } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Log } from './log.ts';

export type ConnectionSettings = {
  /** `nats://host:port`, one or several of a cluster. */
  readonly servers: string | readonly string[];
  /** The user's nkey seed (`SU…`). */
  readonly nkeySeed?: string | undefined;
};

export type Connection = {
  readonly nats: NatsConnection;
  readonly connected: () => boolean;
  /** Whether it has been lost for so long that nobody should wait for it. */
  readonly away: () => boolean;
  /** Whether it takes messages; they may wait for the connection to stand again. False from the moment it is closed. */
  readonly open: () => boolean;
  /** What was sent and not answered is lost from the client's point of view. */
  readonly onLost: (listener: () => void) => void;
  readonly onBack: (listener: () => void) => void;
};

/** A connection that is lost for longer than this is away, in milliseconds. A server that starts again is back by then. */
const AWAY_MS = 1_000;

/** How often a first connection is tried while nothing answers it: a busy machine may need longer than one try waits. */
const FIRST_TRIES = 5;

/** Connects, or throws as soon as it is refused; a connection that is lost later is looked for until the process ends. */
export const dial = async (
  name: ServiceName | 'setup',
  settings: ConnectionSettings,
  options: { inbox: string },
): Promise<NatsConnection> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await dialOnce(name, settings, options);
    } catch (error) {
      if (!(error instanceof TimeoutError) || tries === FIRST_TRIES) throw error;
    }
  }
};

const dialOnce = (
  name: ServiceName | 'setup',
  { servers, nkeySeed }: ConnectionSettings,
  options: { inbox: string },
): Promise<NatsConnection> =>
  connect({
    servers: typeof servers === 'string' ? servers : [...servers],
    name,
    inboxPrefix: options.inbox,
    ...(nkeySeed === undefined ? {} : { authenticator: nkeyAuthenticator(new TextEncoder().encode(nkeySeed)) }),
    timeout: 2_000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 200,
    reconnectJitter: 100,
    // A server that stands still with its sockets open is left within three seconds: until then all that was asked waits.
    pingInterval: 750,
    maxPingOut: 2,
    // A server that starts again may refuse a key for a moment; giving up would leave the service deaf for ever.
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
  });

/** A service's connection, and whether it stands. */
export const openConnection = async (
  service: ServiceName,
  settings: ConnectionSettings,
  log: Log,
): Promise<Connection> => {
  const nats = await dial(service, settings, { inbox: inboxPrefix(service) });
  let connected = true;
  let lostAt = 0;
  const lost: (() => void)[] = [];
  const back: (() => void)[] = [];
  const follow = async (): Promise<void> => {
    for await (const status of nats.status()) {
      switch (status.type) {
        case 'disconnect':
          if (connected) lostAt = Date.now();
          connected = false;
          log.warn({ server: status.server }, 'bus connection lost');
          for (const listener of lost) listener();
          break;
        case 'reconnect':
          connected = true;
          log.info({ server: status.server }, 'bus connection is back');
          for (const listener of back) listener();
          break;
        case 'error':
          // Permission violations come this way too: the server refuses a publish without telling the publisher.
          log.error({ err: status.error }, 'bus error');
          break;
        case 'close':
          connected = false;
          break;
        default:
          log.debug({ status: status.type }, 'bus status');
      }
    }
  };
  follow().catch((error: unknown) => log.error({ err: error }, 'bus status ended'));
  return {
    nats,
    connected: () => connected,
    away: () => !connected && Date.now() - lostAt > AWAY_MS,
    open: () => !nats.isClosed() && !nats.isDraining(),
    onLost: (listener) => {
      lost.push(listener);
    },
    onBack: (listener) => {
      back.push(listener);
    },
  };
};
