import { headers } from '@nats-io/transport-node';
import type { Msg } from '@nats-io/transport-node';
import { z } from 'zod';
import type { Connection } from './connection.ts';
import { isNoResponders } from './inbox.ts';
import type { Inbox, Slot } from './inbox.ts';
import { parseJson } from './json.ts';
import type { Log } from './log.ts';
import type { BusObserver } from './observer.ts';
import type { Sweep } from './sweep.ts';
import type { EndOfTurn } from './turn.ts';

/** A message for a stream. The server drops a second one with the same id within the stream's duplicate window. */
export type StreamMessage = { readonly subject: string; readonly id: string; readonly text: string };

/** Puts a message into its stream; true once the server has it on disk (or had it already). Never rejects. */
export type Put = (message: StreamMessage) => Promise<boolean>;

/** How long an acknowledgement may take, in milliseconds. */
const ACK_MS = 5_000;

const Acknowledgement = z.object({
  error: z.object({ code: z.number(), err_code: z.number().optional(), description: z.string().optional() }).optional(),
  stream: z.string().optional(),
  seq: z.number().optional(),
  duplicate: z.boolean().optional(),
});

type Waiting = {
  readonly message: StreamMessage;
  readonly settle: (stored: boolean) => void;
  readonly deadline: number;
  slot: Slot | null;
};

/** The publishing side of the streams: what one turn puts leaves in one write, each with its own acknowledgement. */
export const createPut = (deps: {
  connection: Connection;
  inbox: Inbox;
  endOfTurn: EndOfTurn;
  sweep: Sweep;
  observer: BusObserver;
  log: Log;
}): Put => {
  const { connection, inbox, endOfTurn, sweep, observer, log } = deps;
  const waiting = new Set<Waiting>();
  const sent = new Map<number, Waiting>();
  const slots = inbox((reply, slot) => {
    const put = sent.get(slot);
    if (put === undefined) return;
    if (put.slot !== null) slots.release(put.slot);
    settle(put, isStored(reply, put.message.subject));
  });
  let turn: Waiting[] = [];

  const settle = (put: Waiting, stored: boolean): void => {
    if (put.slot !== null) sent.delete(put.slot.number);
    if (waiting.delete(put)) put.settle(stored);
  };
  const send = (): void => {
    const puts = turn;
    turn = [];
    if (connection.connected()) observer.batch?.(puts.length);
    for (const put of puts) {
      if (connection.connected()) transmit(put);
      else settle(put, false);
    }
  };
  const transmit = (put: Waiting): void => {
    const { subject, id, text } = put.message;
    put.slot = slots.take();
    sent.set(put.slot.number, put);
    const head = headers();
    head.set('Nats-Msg-Id', id);
    try {
      connection.nats.publish(subject, text, { reply: put.slot.subject, headers: head });
    } catch (error) {
      log.error({ err: error, subject }, 'a stream message could not be sent');
      settle(put, false);
    }
  };
  const isStored = (reply: Msg, subject: string): boolean => {
    if (isNoResponders(reply)) {
      log.warn({ subject }, 'no stream takes this subject');
      return false;
    }
    const ack = Acknowledgement.safeParse(parseJson(reply.string()));
    if (ack.success && ack.data.error === undefined && ack.data.stream !== undefined) return true;
    log.error({ subject, error: ack.data?.error }, 'a stream refused a message');
    return false;
  };

  sweep.add((now) => {
    for (const put of waiting) {
      if (put.deadline <= now) settle(put, false);
    }
    return waiting.size > 0;
  });
  connection.onLost(() => {
    for (const put of waiting) {
      if (put.slot !== null) settle(put, false);
    }
  });

  return (message) =>
    new Promise((resolve) => {
      const put: Waiting = { message, settle: resolve, deadline: Date.now() + ACK_MS, slot: null };
      waiting.add(put);
      if (waiting.size === 1) sweep.wake();
      if (turn.push(put) === 1) endOfTurn(send);
    });
};
