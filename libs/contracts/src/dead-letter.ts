import { z } from 'zod';
import { Id } from './ids.ts';
import { defineRpc } from './rpc.ts';
import type { Owner } from './topology.ts';
import { Instant, PageQuery, pageOf } from './values.ts';

/** Why an event could not be handled when it was tried once more. */
export const DeadLetterCause = z.enum([
  /** It is no event, or another than its subject says. */
  'unreadable',
  /** Its data is not what its contract says. */
  'not_as_declared',
  /** The service does not hear such events any more. */
  'not_heard',
  /** Something its handler needs is not there right now. */
  'not_ready',
  /** Its handler threw. */
  'handler_failed',
]);
export type DeadLetterCause = z.infer<typeof DeadLetterCause>;

/** An event that a service could not handle. */
export const DeadLetter = z.object({
  id: Id,
  /** Who could not handle it. */
  service: z.string(),
  /** Where the event lay: its stream, its number there and its subject. */
  stream: z.string(),
  subject: z.string(),
  sequence: z.number().int(),
  /** How often it was delivered. */
  deliveries: z.number().int(),
  reason: z.string(),
  /** What the message says of itself; null where it says nothing. */
  eventId: z.string().nullable(),
  eventType: z.string().nullable(),
  aggregateId: z.string().nullable(),
  /** When it was given up. */
  at: Instant,
  /** The message as it came, whatever it is; one that is too large for any event is cut. */
  body: z.string(),
});
export type DeadLetter = z.infer<typeof DeadLetter>;

export const ReplayedDeadLetter = z.object({ id: Id, status: z.literal('replayed') });

/** What the ids of an owner's dead letters begin with. */
export const deadLetterPrefix = (owner: Owner): string => `letter_${owner}_`;

const ById = z.object({ id: Id });

/** What every service that hears events answers about those it could not handle; part of its own calls. */
export const deadLetterRpc = (owner: Owner) => ({
  /** Oldest first. invalid_cursor. A page may be shorter than asked for although more follow. */
  listDeadLetters: defineRpc({
    owner,
    method: 'deadLetters.list',
    request: PageQuery,
    reply: pageOf(DeadLetter),
  }),
  /** not_found */
  getDeadLetter: defineRpc({ owner, method: 'deadLetters.get', request: ById, reply: DeadLetter }),
  /**
   * Lets the handler try the event once more; once it is done the letter is gone. not_found, dead_letter_failed_again
   * (`details.cause`: DeadLetterCause). Safe at any time, also twice at once: handlers are.
   */
  replayDeadLetter: defineRpc({
    owner,
    method: 'deadLetters.replay',
    request: ById,
    reply: ReplayedDeadLetter,
    timeoutMs: 20_000,
  }),
});
