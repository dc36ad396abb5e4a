import { z } from 'zod';
import { tally } from '../tally.ts';

/** What came back: the status, the headers and the JSON (null when there was no body). */
export type Reply = { status: number; headers: Headers; body: unknown };

export type Send = {
  method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  body?: unknown;
  headers?: Record<string, string>;
  /** How long the caller waits, in milliseconds; then the promise rejects. */
  patienceMs?: number;
};

const PATIENCE_MS = 60_000;

/** One request as a program outside would make it. A text goes as it is (with its own content type), else JSON. */
export const send = async (
  url: string,
  { method = 'GET', body, headers = {}, patienceMs = PATIENCE_MS }: Send = {},
): Promise<Reply> => {
  const isText = typeof body === 'string';
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined || isText ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(patienceMs),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) };
};

/** The parsed body of a reply that must have this status; else an error with what came instead. */
export const expectReply = <Shape extends z.ZodType>(reply: Reply, status: number, shape: Shape): z.output<Shape> => {
  if (reply.status !== status)
    throw new Error(`expected ${status}, got ${reply.status}: ${JSON.stringify(reply.body)}`);
  return shape.parse(reply.body);
};

const Problem = z.looseObject({ code: z.string(), status: z.number() });

/** The stable code of a problem, or null when the reply is none. */
export const codeOf = (reply: Reply): string | null => {
  const parsed = Problem.safeParse(reply.body);
  return parsed.success && parsed.data.status === reply.status ? parsed.data.code : null;
};

/** How often each answer came, as `status code`. */
export const tallyReplies = (replies: readonly Reply[]): Record<string, number> =>
  tally(replies.map((reply) => `${reply.status} ${codeOf(reply) ?? 'ok'}`));
