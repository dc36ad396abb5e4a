import type { Msg } from '@nats-io/transport-node';
import type { Connection } from './connection.ts';
import { readDelivery } from './delivery.ts';
import type { Delivery } from './delivery.ts';
import type { Log } from './log.ts';
import { subscribe } from './subscription.ts';

const NANOSECONDS = 1_000_000;
/** How long the server keeps a request for messages open. */
const EXPIRES_MS = 30_000;
/** How often the server says that it is still there while there is nothing to deliver. */
const HEARTBEAT_MS = 10_000;
/** Without a word for this long the request is taken for lost. */
const SILENCE_MS = 25_000;
/** Pause after an answer that says that the consumer or its stream is not there. */
const MISSING_MS = 1_000;

export type Pull = {
  /** A delivery has been dealt with, or is put aside: there is room for another. */
  readonly done: () => void;
  /** A delivery that was put aside is in hand again. */
  readonly back: () => void;
  /** Asks for no more; resolves when all that was on its way has been handed over. */
  readonly stop: () => Promise<void>;
};

/**
 * Pulls messages of a durable consumer, never more at a time than there is room for, so that none waits here while its
 * acknowledgement time runs out. It goes on for ever: after a lost connection, a restarted server, a consumer that is
 * not there yet.
 */
export const startPull = (deps: {
  stream: string;
  consumer: string;
  /** Most deliveries in hand. */
  room: number;
  connection: Connection;
  /** A subject of our own below the service's inbox. The server delivers there under each event's own subject, so it needs a subscription of its own. */
  place: string;
  deliver: (delivery: Delivery) => void;
  log: Log;
}): Pull => {
  const { stream, consumer, room, connection, place, deliver, log } = deps;
  const api = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
  let inHand = 0;
  /** Asked for and not yet here. */
  let asked = 0;
  let heardAt = Date.now();
  let missing: NodeJS.Timeout | null = null;
  let stopped = false;

  const ask = (): void => {
    if (stopped || missing !== null || !connection.connected() || inHand + asked > room / 2) return;
    const batch = room - inHand - asked;
    asked += batch;
    const request = { batch, expires: EXPIRES_MS * NANOSECONDS, idle_heartbeat: HEARTBEAT_MS * NANOSECONDS };
    connection.nats.publish(api, JSON.stringify(request), { reply: place });
  };
  const askAnew = (): void => {
    asked = 0;
    heardAt = Date.now();
    ask();
  };

  const receive = (message: Msg): void => {
    heardAt = Date.now();
    const delivery = readDelivery(message);
    if (delivery !== null) {
      asked = Math.max(0, asked - 1);
      inHand += 1;
      deliver(delivery);
      return ask();
    }
    const status = message.headers;
    if (status === undefined || status.code === 100) return;
    // 408: the request has expired; 409: it ended for another reason. Both say how many messages it still stood for.
    const left = Number(status.get('Nats-Pending-Messages'));
    if (status.code === 408 || (status.code === 409 && left > 0)) {
      asked = Math.max(0, asked - left);
      return ask();
    }
    log.warn({ stream, consumer, status: status.code, reason: status.description }, 'cannot pull events');
    asked = 0;
    missing ??= setTimeout(() => {
      missing = null;
      askAnew();
    }, MISSING_MS);
  };

  const subscription = subscribe(connection.nats, log, { subject: place }, receive);
  const watchdog = setInterval(() => {
    if (Date.now() - heardAt > SILENCE_MS) askAnew();
  }, HEARTBEAT_MS);
  connection.onBack(askAnew);
  ask();
  return {
    done: () => {
      inHand -= 1;
      ask();
    },
    back: () => {
      inHand += 1;
    },
    stop: async () => {
      stopped = true;
      clearInterval(watchdog);
      if (missing !== null) clearTimeout(missing);
      // With nobody at its place the server forgets what was asked for.
      if (connection.connected()) await subscription.drain();
    },
  };
};
