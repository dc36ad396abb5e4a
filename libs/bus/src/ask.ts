import type { Context } from '@kervan/contracts';
import type { Msg } from '@nats-io/transport-node';
import type { Outcome, Unanswered } from './breaker.ts';
import type { Connection } from './connection.ts';
import { failureOf, pack, readFrames, ReplyFrame } from './frame.ts';
import type { CallFrame } from './frame.ts';
import { isNoResponders } from './inbox.ts';
import type { Inbox, Slot } from './inbox.ts';
import type { Log } from './log.ts';
import type { BusObserver } from './observer.ts';
import type { Sweep } from './sweep.ts';
import type { EndOfTurn } from './turn.ts';

/** Pauses before a call that nobody took is sent again, in milliseconds: a service that starts again is back by then. */
const PAUSES_MS = [50, 100, 200, 400, 800] as const;

type SentMessage = { readonly slot: Slot; readonly calls: readonly Call[]; waiting: number; allHeard: boolean };
type Call = {
  readonly subject: string;
  readonly frame: CallFrame;
  readonly settle: (outcome: Outcome<unknown>) => void;
  /** The message it travels in; null while it waits to be sent. */
  message: SentMessage | null;
  tries: number;
  /** Epoch milliseconds, while it waits to be sent again. */
  sendAt: number | null;
};

/** Sends one call. The outcome is a value in every case; a neighbour's answer is not yet parsed by the call's schema. */
export type Ask = (subject: string, context: Context, body: unknown) => Promise<Outcome<unknown>>;

const unanswered = (code: 'service_unavailable' | 'deadline_exceeded', message: string): Unanswered => ({
  answered: false,
  error: { code, message },
});

/**
 * The calling side of request-reply with one owner. Calls to one subject in one turn of the event loop travel as one message; each
 * gets its own answer as soon as its own reply frame is here, in whatever message that comes.
 */
export const createAsk = (deps: {
  connection: Connection;
  inbox: Inbox;
  endOfTurn: EndOfTurn;
  sweep: Sweep;
  observer: BusObserver;
  log: Log;
}): Ask => {
  const { connection, inbox, endOfTurn, sweep, observer, log } = deps;
  const calls = new Map<number, Call>();
  const messages = new Map<number, SentMessage>();
  let turn = new Map<string, Call[]>();
  let lastNumber = 0;

  const settle = (call: Call, outcome: Outcome<unknown>): void => {
    calls.delete(call.frame.i);
    leave(call, outcome.answered);
    call.settle(outcome);
  };
  const leave = (call: Call, heard: boolean): void => {
    const message = call.message;
    if (message === null) return;
    call.message = null;
    message.allHeard &&= heard;
    message.waiting -= 1;
    if (message.waiting > 0) return;
    messages.delete(message.slot.number);
    if (message.allHeard) slots.release(message.slot);
  };

  const enqueue = (call: Call): void => {
    if (turn.size === 0) endOfTurn(send);
    const group = turn.get(call.subject);
    if (group === undefined) turn.set(call.subject, [call]);
    else group.push(call);
  };
  const send = (): void => {
    const groups = turn;
    turn = new Map();
    for (const [subject, asked] of groups) {
      const group = asked.filter(({ frame }) => calls.has(frame.i));
      if (group.length === 0) continue;
      if (!connection.connected()) {
        for (const call of group) again(call, 'no connection to the bus');
        continue;
      }
      for (const packed of pack(group, (call) => call.frame)) {
        if ('refused' in packed) {
          for (const call of packed.frames) refuse(call, packed.refused);
        } else transmit(subject, packed.frames, packed.message);
      }
    }
  };
  const transmit = (subject: string, group: readonly Call[], bytes: Uint8Array): void => {
    const message: SentMessage = { slot: slots.take(), calls: group, waiting: group.length, allHeard: true };
    messages.set(message.slot.number, message);
    for (const call of group) call.message = message;
    try {
      connection.nats.publish(subject, bytes, { reply: message.slot.subject });
      observer.batch?.(group.length);
    } catch (error) {
      log.error({ err: error, subject }, 'a call could not be sent');
      for (const call of group) settle(call, unanswered('service_unavailable', 'the bus connection is closed'));
    }
  };

  const receive = (reply: Msg, slot: number): void => {
    if (isNoResponders(reply)) {
      for (const call of messages.get(slot)?.calls ?? []) again(call, `nobody answers ${call.subject}`);
      return;
    }
    // Replies of one turn travel together: the frames need not belong to the message of this slot.
    for (const raw of readFrames(reply.data) ?? []) {
      const frame = ReplyFrame.safeParse(raw);
      if (!frame.success) {
        log.error({ subject: messages.get(slot)?.calls[0]?.subject }, 'a reply is not readable');
        continue;
      }
      const call = calls.get(frame.data.i);
      if (call === undefined) continue;
      settle(call, {
        answered: true,
        result: frame.data.ok ? { ok: true, value: frame.data.v } : { ok: false, error: failureOf(frame.data.e) },
      });
    }
  };
  const slots = inbox(receive);

  /** Nobody has seen the call, so it can be sent again whatever it does. */
  const again = (call: Call, why: string): void => {
    leave(call, true);
    const pause = PAUSES_MS[call.tries];
    const now = Date.now();
    if (connection.away() || pause === undefined || now + pause >= call.frame.c.deadline) {
      return settle(call, unanswered('service_unavailable', why));
    }
    call.tries += 1;
    call.sendAt = now + pause;
  };
  const refuse = (call: Call, why: 'too_large' | 'not_encodable'): void => {
    log.error({ subject: call.subject, why }, 'a call cannot be encoded');
    const code = why === 'too_large' ? 'payload_too_large' : 'internal_error';
    settle(call, { answered: true, result: { ok: false, error: { code } } });
  };

  sweep.add((now) => {
    for (const call of calls.values()) {
      if (call.frame.c.deadline <= now) {
        settle(
          call,
          call.message === null
            ? unanswered('service_unavailable', `nobody took ${call.subject}`)
            : unanswered('deadline_exceeded', `${call.subject} took too long`),
        );
      } else if (call.sendAt !== null && call.sendAt <= now) {
        call.sendAt = null;
        enqueue(call);
      }
    }
    return calls.size > 0;
  });
  connection.onLost(() => {
    // Whether these were done is not known; a reply would go to nobody. Callers ask again with the same ids.
    for (const call of calls.values()) {
      if (call.message !== null) settle(call, unanswered('service_unavailable', 'the bus connection was lost'));
    }
  });

  return (subject, context, body) =>
    new Promise((resolve) => {
      if (context.deadline <= Date.now()) {
        return resolve(unanswered('deadline_exceeded', `no time left for ${subject}`));
      }
      const frame = { i: ++lastNumber, c: context, b: body };
      const call: Call = { subject, frame, settle: resolve, message: null, tries: 0, sendAt: null };
      calls.set(frame.i, call);
      if (calls.size === 1) sweep.wake();
      enqueue(call);
    });
};
