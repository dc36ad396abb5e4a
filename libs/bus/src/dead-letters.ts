import {
  deadLetterPrefix,
  deadLetterStream,
  deadLetterSubject,
  EventEnvelope,
  fail,
  ok,
  TOPOLOGY,
} from '@kervan/contracts';
import type { DeadLetter, deadLetterRpc, Result, ServiceName } from '@kervan/contracts';
import { z } from 'zod';
import type { Connection } from './connection.ts';
import type { Handler } from './entry.ts';
import type { Hearing } from './hearing.ts';
import { parseJson } from './json.ts';
import { readLetter } from './letter.ts';
import type { Log } from './log.ts';
import { createStreamApi } from './stream-api.ts';
import type { StoredMessage } from './stream-api.ts';

type Calls = ReturnType<typeof deadLetterRpc>;

/** The answers of a service that hears events to the calls of `deadLetterRpc`. */
export type DeadLetters = {
  readonly list: Handler<Calls['listDeadLetters']>;
  readonly get: Handler<Calls['getDeadLetter']>;
  readonly replay: Handler<Calls['replayDeadLetter']>;
};

/** A page is full from here on, in bytes of JSON: with one letter more it still fits a message. */
const FULL_BYTES = 200_000;

const SEQUENCE = /^[1-9][0-9]{0,14}$/;
const Said = z.object({
  id: EventEnvelope.shape.id.nullable().catch(null),
  type: EventEnvelope.shape.type.nullable().catch(null),
  aggregateId: EventEnvelope.shape.aggregateId.nullable().catch(null),
});

/** Reads the service's own stream of dead letters, a shop's under the shop's own subject, and tries one once more. */
export const createDeadLetters = (deps: {
  service: ServiceName;
  connection: Connection;
  hearing: Pick<Hearing, 'replay'>;
  log: Log;
}): DeadLetters => {
  const { service, connection, hearing, log } = deps;
  const stream = createStreamApi({ stream: deadLetterStream(service), connection, log });
  const prefix = deadLetterPrefix(TOPOLOGY[service].owner);

  const letterOf = async (id: string, tenant: string): Promise<Result<StoredMessage>> => {
    const sequence = id.startsWith(prefix) ? id.slice(prefix.length) : '';
    if (!SEQUENCE.test(sequence)) return fail('not_found');
    const found = await stream.read({ sequence: Number(sequence) });
    return found.ok && found.value.subject !== deadLetterSubject(service, tenant) ? fail('not_found') : found;
  };
  const view = (message: StoredMessage): DeadLetter => {
    const letter = readLetter(service, message);
    const { id, type, aggregateId } = saidBy(letter.body);
    return {
      id: `${prefix}${message.sequence}`,
      ...letter,
      eventId: id,
      eventType: type,
      aggregateId,
      at: message.at.toISOString(),
    };
  };

  return {
    list: async ({ limit, cursor = '1' }, { tenant }) => {
      if (!SEQUENCE.test(cursor)) return fail('invalid_cursor');
      const data: DeadLetter[] = [];
      const firstOf = deadLetterSubject(service, tenant);
      let bytes = 0;
      for (let sequence = Number(cursor); ;) {
        const found = await stream.read({ sequence, firstOf });
        if (!found.ok) return found.error.code === 'not_found' ? ok({ data, nextCursor: null }) : found;
        if (data.length === limit || bytes > FULL_BYTES) return ok({ data, nextCursor: String(found.value.sequence) });
        const letter = view(found.value);
        data.push(letter);
        bytes += Buffer.byteLength(JSON.stringify(letter));
        sequence = found.value.sequence + 1;
      }
    },
    get: async ({ id }, { tenant }) => {
      const found = await letterOf(id, tenant);
      return found.ok ? ok(view(found.value)) : found;
    },
    replay: async ({ id }, { tenant, traceId, deadline }) => {
      const found = await letterOf(id, tenant);
      if (!found.ok) return found;
      const { subject, body } = readLetter(service, found.value);
      const cause = await hearing.replay({ subject, text: body, deadline });
      log.info({ tenant, traceId, letter: id, subject, cause }, 'a dead letter was tried once more');
      if (cause !== null) return fail('dead_letter_failed_again', { cause });
      const removed = await stream.remove(found.value.sequence);
      return removed.ok ? ok({ id, status: 'replayed' }) : removed;
    },
  };
};

const saidBy = (body: string): z.infer<typeof Said> => {
  const said = Said.safeParse(parseJson(body));
  return said.success ? said.data : { id: null, type: null, aggregateId: null };
};
