import { randomBytes } from 'node:crypto';
import { inboxPrefix } from '@kervan/contracts';
import type { ServiceName } from '@kervan/contracts';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Log } from './log.ts';
import { subscribe } from './subscription.ts';

/** A place where answers arrive: a subject of our own and its number. */
export type Slot = { readonly number: number; readonly subject: string };

/** Places for one kind of answer. */
export type Slots = {
  readonly take: () => Slot;
  /** Gives back a slot. One at which something may still arrive is never given back, or that would count for another. */
  readonly release: (slot: Slot) => void;
};

/** Makes the slots for one neighbour or purpose; `receive` gets whatever arrives at them, with the slot's number. */
export type Inbox = (receive: (message: Msg, slot: number) => void) => Slots;

/**
 * The connection's one inbox subscription, `_INBOX.<service>.<connection>.*`; the last token is `<secret>-<slot>`. A
 * neighbour may publish to the inbox of whoever calls it, so each neighbour's slots have a secret of their own: who has
 * not been asked cannot answer. Slots are used again, since a subject that the server has seen before costs it less.
 */
export const openInbox = (connection: NatsConnection, service: ServiceName, log: Log): Inbox => {
  const prefix = `${inboxPrefix(service)}.${secret()}.`;
  const receivers = new Map<string, (message: Msg, slot: number) => void>();
  subscribe(connection, log, { subject: `${prefix}*` }, (message) => {
    const [own = '', slot] = message.subject.slice(prefix.length).split('-');
    receivers.get(own)?.(message, Number(slot));
  });
  return (receive) => {
    const own = secret();
    receivers.set(own, receive);
    const free: Slot[] = [];
    let made = 0;
    const make = (): Slot => {
      const number = ++made;
      return { number, subject: `${prefix}${own}-${number}` };
    };
    return {
      take: () => free.pop() ?? make(),
      release: (slot) => {
        free.push(slot);
      },
    };
  };
};

const secret = (): string => randomBytes(12).toString('base64url').replaceAll('-', '_');

/** Whether a message is the server's word that nobody listens where we sent (status 503). */
export const isNoResponders = (message: Msg): boolean => message.data.length === 0 && message.headers?.code === 503;
