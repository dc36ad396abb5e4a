import { ok } from '@kervan/contracts';
import type { Context, EventDefinition, EventEnvelope, Owner, Received, Result, Rpc } from '@kervan/contracts';
import type { z } from 'zod';
import { invalidInput } from './input-errors.ts';

/** Answers one call. Expected refusals are results; what it throws becomes `internal_error` and a log line. */
export type Handler<R extends Rpc> = (
  request: z.output<R['request']>,
  context: Context,
) => Promise<Result<z.input<R['reply']>>>;

/** An event handler's wish to get the event again: something it needs is not there right now. */
export type Retry = { readonly retryAfterMs: number | undefined };

/** Asks for the event again, in `afterMs` milliseconds or, left out, after a pause that grows with every try. */
export const retry = (afterMs?: number): Retry => ({ retryAfterMs: afterMs });

/**
 * Handles one event. Returning means done. `retry` means again for as long as half a day, a throw a few times: that is a
 * bug. It may run twice for one event.
 */
export type EventHandler<Data> = (
  event: Received<Data>,
  context: Context,
) => Promise<Retry | undefined> | Promise<void>;

/** Hears every event of an owner in every copy. It may miss some while the connection is down. */
export type Watcher = (event: EventEnvelope) => void | Promise<void>;

export type AnswerEntry = {
  readonly kind: 'answer';
  readonly owner: Owner;
  readonly subject: string;
  readonly run: (request: unknown, context: Context) => Promise<Result<unknown>>;
};
export type HearEntry = {
  readonly kind: 'hear';
  readonly owner: Owner;
  readonly type: string;
  /** Fails with `invalid_input` when the data is not as declared: then no delivery will ever succeed. */
  readonly run: (event: EventEnvelope, context: Context) => Promise<Result<Retry | undefined>>;
};
export type WatchEntry = {
  readonly kind: 'watch';
  readonly owner: Owner;
  readonly run: Watcher;
  /** Events may have been missed: whatever is kept in memory because of them is to be dropped. */
  readonly missed: (() => void) | undefined;
};

/** One thing a service answers or hears. */
export type Entry = AnswerEntry | HearEntry | WatchEntry;

/** Answers a call; copies of a service share the work. The request is parsed before the handler sees it. */
export const answer = <Request extends z.ZodType, Reply extends z.ZodType>(
  rpc: Rpc<Request, Reply>,
  handler: Handler<Rpc<Request, Reply>>,
): Entry => ({
  kind: 'answer',
  owner: rpc.owner,
  subject: rpc.subject,
  run: async (request, context) => {
    const parsed = rpc.request.safeParse(request);
    return parsed.success ? handler(parsed.data, context) : invalidInput(parsed.error);
  },
});

/** Handles an event of another service, once by one of the copies (twice after a crash). */
export const hear = <Data extends z.ZodType>(
  event: EventDefinition<Data>,
  handler: EventHandler<z.output<Data>>,
): Entry => ({
  kind: 'hear',
  owner: event.owner,
  type: event.type,
  run: async (received, context) => {
    const data = event.data.safeParse(received.data);
    if (!data.success) return invalidInput(data.error);
    const outcome = await handler({ ...received, data: data.data }, context);
    return ok(outcome ?? undefined);
  },
});

/**
 * Lets every copy hear an owner's events, to drop what it keeps in memory. `missed` is called when the connection has
 * been away, because what was said meanwhile is not said again.
 */
export const watch = (owner: Owner, run: Watcher, missed?: () => void): Entry => ({
  kind: 'watch',
  owner,
  run,
  missed,
});
