import { INBOXES, TOPOLOGY } from '@kervan/contracts';
import type { Result, ServiceName } from '@kervan/contracts';
import type { Msg, Subscription } from '@nats-io/transport-node';
import { reach } from '@kervan/test-points';
import type { Connection } from './connection.ts';
import type { AnswerEntry } from './entry.ts';
import { CallFrame, NumberedFrame, pack, readFrames, replyFrame } from './frame.ts';
import type { ReplyFrame } from './frame.ts';
import type { InFlight } from './in-flight.ts';
import { invalidInput } from './input-errors.ts';
import type { Log } from './log.ts';
import type { BusObserver } from './observer.ts';
import { subscribe } from './subscription.ts';
import type { EndOfTurn } from './turn.ts';

/** Replies of one turn to one caller; they may go to any of the slots it gave us in this turn. */
type Group = { readonly subject: string; readonly frames: ReplyFrame[] };

export type Answers = {
  readonly add: (entries: readonly AnswerEntry[]) => void;
  /** Takes no more calls; what has been taken goes on. */
  readonly drain: () => Promise<void>;
  /** Subjects the server did not let us answer. */
  readonly refused: () => string[];
};

/**
 * The answering side of request-reply: one queue group per service, so that each call goes to one copy. Every call is
 * answered at the end of the turn in which its handler finishes; a slow one holds up nobody.
 */
export const createAnswers = (deps: {
  service: ServiceName;
  connection: Connection;
  endOfTurn: EndOfTurn;
  inFlight: InFlight;
  observer: BusObserver;
  log: Log;
}): Answers => {
  const { service, connection, endOfTurn, inFlight, observer, log } = deps;
  const subscriptions: Subscription[] = [];
  let turn = new Map<string, Group>();

  const reply = (subject: string, frame: ReplyFrame): void => {
    if (turn.size === 0) endOfTurn(send);
    const caller = subject.slice(0, subject.lastIndexOf('-'));
    const group = turn.get(caller);
    if (group === undefined) turn.set(caller, { subject, frames: [frame] });
    else group.frames.push(frame);
  };
  const send = (): void => {
    const groups = turn;
    turn = new Map();
    for (const { subject, frames } of groups.values()) {
      for (const packed of pack(frames, (frame) => frame)) {
        if ('refused' in packed) {
          log.error({ why: packed.refused }, 'a reply cannot be encoded');
          for (const { i } of packed.frames) reply(subject, { i, ok: false, e: { code: 'internal_error' } });
        } else transmit(subject, packed.frames.length, packed.message);
      }
    }
  };
  const transmit = (subject: string, size: number, message: Uint8Array): void => {
    try {
      connection.nats.publish(subject, message);
      observer.batch?.(size);
    } catch (error) {
      log.error({ err: error }, 'a reply could not be sent');
    }
  };

  const take = (entry: AnswerEntry, message: Msg): void => {
    const subject = message.reply;
    const frames = readFrames(message.data);
    // Answers go to inboxes alone: whoever asks must not choose which of our permissions we use.
    if (subject === undefined || !subject.startsWith(INBOXES) || frames === null)
      return log.error({ subject: entry.subject }, 'a call is not readable');
    for (const raw of frames) takeFrame(entry, raw, subject);
  };
  const takeFrame = (entry: AnswerEntry, raw: unknown, subject: string): void => {
    const frame = CallFrame.safeParse(raw);
    if (frame.success) return run(entry, frame.data, subject);
    const numbered = NumberedFrame.safeParse(raw);
    if (numbered.success) reply(subject, replyFrame(numbered.data.i, invalidInput(frame.error)));
    else log.error({ subject: entry.subject }, 'a call without a number');
  };
  const run = (entry: AnswerEntry, { i, c, b }: CallFrame, subject: string): void => {
    const started = Date.now();
    const finish = (result: Result<unknown>): void => {
      reach('reply.before');
      reply(subject, replyFrame(i, result));
      observer.handled?.(entry.subject, Date.now() - started, result.ok ? 'ok' : result.error.code);
    };
    // Its caller has given up: doing it now would only be in the way of those who still wait.
    if (c.deadline <= started) return finish({ ok: false, error: { code: 'deadline_exceeded' } });
    inFlight.run(
      entry.run(b, c).then(finish, (error: unknown) => {
        log.error({ err: error, subject: entry.subject, tenant: c.tenant, traceId: c.traceId }, 'a handler threw');
        finish({ ok: false, error: { code: 'internal_error' } });
      }),
    );
  };

  return {
    add: (entries) => {
      for (const entry of entries) {
        if (entry.owner !== TOPOLOGY[service].owner) throw new Error(`${service} may not answer ${entry.subject}`);
        subscriptions.push(
          subscribe(connection.nats, log, { subject: entry.subject, queue: service }, (message) =>
            take(entry, message),
          ),
        );
      }
    },
    drain: async () => {
      await Promise.allSettled(subscriptions.filter((each) => !each.isClosed()).map((each) => each.drain()));
    },
    refused: () => subscriptions.filter((each) => each.isClosed()).map((each) => each.getSubject()),
  };
};
