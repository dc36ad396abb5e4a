import { randomBytes } from 'node:crypto';
import { inboxPrefix } from '@kervan/contracts';
import type { ServiceName } from '@kervan/contracts';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Log } from './log.ts';
import { subscribe } from './subscription.ts';

/** A place where answers arrive: a subject of our own and its number. */
export type Slot = { readonly number: number; readonly subject: string };

export type Inbox = {
  /** Takes a free slot; `receive` gets what arrives there until `release`. */
  readonly take: (receive: (message: Msg) => void) => Slot;
  readonly release: (slot: Slot) => void;
};

/**
 * The connection's one inbox subscription, `_INBOX.<service>.<connection>.*`. The last token is the number of a slot.
 * Slots are used again: the server has then seen the subject before and need not match it anew.
 */
export const openInbox = (connection: NatsConnection, service: ServiceName, log: Log): Inbox => {
  const prefix = `${inboxPrefix(service)}.${randomBytes(9).toString('hex')}.`;
  const slots: Slot[] = [];
  const free: Slot[] = [];
  const receivers: (((message: Msg) => void) | undefined)[] = [];
  subscribe(connection, log, { subject: `${prefix}*` }, (message) => {
    receivers[Number(message.subject.slice(prefix.length))]?.(message);
  });
  return {
    take: (receive) => {
      let slot = free.pop();
      if (slot === undefined) {
        slot = { number: slots.length, subject: prefix + slots.length };
        slots.push(slot);
      }
      receivers[slot.number] = receive;
      return slot;
    },
    release: (slot) => {
      receivers[slot.number] = undefined;
      free.push(slot);
    },
  };
};

/** Whether a message is the server's word that nobody listens where we sent (status 503). */
export const isNoResponders = (message: Msg): boolean => message.data.length === 0 && message.headers?.code === 503;
