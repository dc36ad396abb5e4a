import { fail, ok } from '@kervan/contracts';
import type { Result } from '@kervan/contracts';
import { z } from 'zod';
import type { Connection } from './connection.ts';
import type { Log } from './log.ts';

/** How long the server may take to answer a question about a stream, in milliseconds. */
const ANSWER_MS = 2_000;
/** The server's code for "no such message" (https://docs.nats.io/reference/reference-protocols/nats_api_errors). */
const NO_MESSAGE = 10_037;

const Message = z.object({
  subject: z.string(),
  seq: z.number().int(),
  time: z.string(),
  data: z.base64().default(''),
});
const Reply = z.object({
  message: Message.optional(),
  error: z.object({ code: z.number(), err_code: z.number().optional(), description: z.string().optional() }).optional(),
});

/** A message as it lies in a stream. */
export type StoredMessage = {
  readonly subject: string;
  readonly sequence: number;
  /** When it was stored. */
  readonly at: Date;
  readonly text: string;
};

/** Which message of a stream is meant: this one, or the first of a subject from there on. */
export type Wanted = { readonly sequence: number; readonly firstOf?: string };

/** What a service may ask of a stream of its own. Fails with service_unavailable when the bus or the stream is away. */
export type StreamApi = {
  /** not_found */
  readonly read: (wanted: Wanted) => Promise<Result<StoredMessage>>;
  /** Also fine when it is gone already. */
  readonly remove: (sequence: number) => Promise<Result<null>>;
};

/** Asks the server about one stream, as far as the service's permissions go. */
export const createStreamApi = (deps: { stream: string; connection: Connection; log: Log }): StreamApi => {
  const { stream, connection, log } = deps;
  const away = (reason: unknown): Result<never> => {
    log.warn({ stream, reason }, 'a stream cannot be asked');
    return fail('service_unavailable', undefined, `the stream ${stream} is not there`);
  };
  const ask = async (call: string, question: object): Promise<Result<z.infer<typeof Reply>>> => {
    if (!connection.connected()) return away('no connection to the bus');
    try {
      const reply = await connection.nats.request(`$JS.API.${call}.${stream}`, JSON.stringify(question), {
        timeout: ANSWER_MS,
      });
      return ok(Reply.parse(reply.json()));
    } catch (error) {
      return away(error instanceof Error ? error.name : 'unknown');
    }
  };

  const read = async ({ sequence, firstOf }: Wanted): Promise<Result<StoredMessage>> => {
    const asked = await ask('STREAM.MSG.GET', {
      seq: sequence,
      ...(firstOf === undefined ? {} : { next_by_subj: firstOf }),
    });
    if (!asked.ok) return asked;
    const { message, error } = asked.value;
    if (message === undefined) return error?.err_code === NO_MESSAGE ? fail('not_found') : away(error?.description);
    const { subject, seq, time, data } = message;
    return ok({ subject, sequence: seq, at: new Date(time), text: Buffer.from(data, 'base64').toString() });
  };
  return {
    read,
    remove: async (sequence) => {
      const asked = await ask('STREAM.MSG.DELETE', { seq: sequence, no_erase: true });
      if (!asked.ok) return asked;
      if (asked.value.error === undefined) return ok(null);
      // Two may want the same message gone.
      const left = await read({ sequence });
      return !left.ok && left.error.code === 'not_found' ? ok(null) : away(asked.value.error.description);
    },
  };
};
