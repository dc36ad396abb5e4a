import { Readable } from 'node:stream';
import type { Bus } from '@kervan/bus';
import { ERRORS, fail, ok } from '@kervan/contracts';
import type { Context, Failure, Result } from '@kervan/contracts';
import type { Log } from '@kervan/service';
import { reach } from '@kervan/test-points';
import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import type { createAdmission } from './access/admission.ts';
import { actorOf } from './access/caller.ts';
import type { Directory } from './access/directory.ts';
import { addressKey } from './access/limit.ts';
import type { Standing } from './access/limit.ts';
import { exchangeOf, languageFor, send, sendProblem } from './answer/exchange.ts';
import type { Exchange } from './answer/exchange.ts';
import { jsonBytes } from './answer/json.ts';
import type { Recent, Sendable } from './answer/recent.ts';
import { BODY_LIMITS } from './input/body.ts';
import { expectedVersionOf, idempotencyKeyOf } from './input/preconditions.ts';
import type { Answer, Ask, Route } from './route.ts';

const MOST_URL_LENGTH = 8_192;
const JSON_TYPE = 'application/json; charset=utf-8';

/** What serving needs to know of the world. */
export type ServeDeps = {
  readonly bus: Bus;
  readonly directory: Directory;
  readonly recent: Recent;
  readonly admit: ReturnType<typeof createAdmission>;
  readonly limits: {
    readonly address: (caller: string) => Standing;
    readonly tenant: (caller: string) => Standing;
    /** Looks at one order number from one address. */
    readonly tracking: (caller: string) => Standing;
    /** Looks at one order number from everywhere. */
    readonly trackedNumber: (caller: string) => Standing;
  };
  readonly log: Log;
};

/**
 * What happens before a body is read: limits, the shop, the caller, what the caller may do. Whoever may not come in
 * costs us neither a body nor a question to a neighbour.
 */
export const admitTo =
  (route: Route, deps: ServeDeps) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const exchange = exchangeOf(request);
    const refused = checkAddress(request, exchange, deps) ?? (await enter(route, request, exchange, deps));
    return refused === null ? undefined : sendProblem(request, reply, refused);
  };

/** Counts the request for its address. For every request, also those that lead nowhere. */
export const checkAddress = (request: FastifyRequest, exchange: Exchange, deps: ServeDeps): Failure | null => {
  if (request.url.length > MOST_URL_LENGTH) return { code: 'uri_too_long' };
  // As in a body: no text has one, and a database takes it for the end of a pattern.
  if (request.url.includes('%00')) return { code: 'bad_request' };
  return within(exchange, deps.limits.address(addressKey(request.ip)));
};

const enter = async (
  route: Route,
  request: FastifyRequest,
  exchange: Exchange,
  deps: ServeDeps,
): Promise<Failure | null> => {
  const { headers } = request;
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return { code: 'unsupported_media_type' };
  const admitted = await deps.admit(route, {
    tenantHeader: single(headers['x-tenant']),
    host: headers.host,
    authorization: headers.authorization,
  });
  if (!admitted.ok) return admitted.error;
  exchange.tenant = admitted.value.tenant;
  exchange.caller = admitted.value.caller;
  exchange.language = languageFor(request, exchange.tenant);
  const refused = within(exchange, deps.limits.tenant(exchange.tenant.slug));
  if (refused !== null || route.limitedBy === null) return refused;
  const target = `${exchange.tenant.slug} ${plain(String(propertyOf(request.params, route.limitedBy)))}`;
  return (
    within(exchange, deps.limits.tracking(`${target} ${addressKey(request.ip)}`)) ??
    within(exchange, deps.limits.trackedNumber(target))
  );
};

/** A number as it counts, however it is written: who guesses may not begin anew with every hyphen. */
const plain = (text: string): string => text.toUpperCase().replace(/[^0-9A-Z]/g, '');

/** Notes how the caller stands; of several limits the one with the least left. */
const within = (exchange: Exchange, standing: Standing): Failure | null => {
  if (exchange.standing === null || standing.remaining <= exchange.standing.remaining) exchange.standing = standing;
  return standing.allowed ? null : { code: 'rate_limited', details: { retryAfterSeconds: standing.resetSeconds } };
};

/** Answers a request that was let in: input, question, presentation, in the order every route has. */
export const handle =
  (route: Route, deps: ServeDeps): RouteHandlerMethod =>
  async (request, reply) => {
    const exchange = exchangeOf(request);
    const result = await answerBytes(route, request, exchange, deps);
    reach('http.before');
    // A body that nobody wants is let through to its end: its sender reads our answer only after that.
    request.raw.resume();
    // Whatever came of it: a change that failed for us may have been made.
    if (route.goods === 'changed') deps.recent.forget(exchange.tenant.slug);
    if (route.changesAccess) deps.directory.forget();
    if (!result.ok) {
      if (ERRORS[result.error.code].status >= 500) logFailure(route, exchange, result.error, deps.log);
      return sendProblem(request, reply, result.error);
    }
    const { bytes, headers } = result.value;
    return send(request, reply, {
      status: route.status,
      type: JSON_TYPE,
      body: route.status === 204 ? null : bytes,
      headers,
    });
  };

/**
 * The answer as it goes out. One about goods may be a moment old, for guests: they all see the same, in their shop and language.
 * Whoever comes with a key is asked for anew and leaves nothing behind.
 */
const answerBytes = (
  route: Route,
  request: FastifyRequest,
  exchange: Exchange,
  deps: ServeDeps,
): Promise<Result<Sendable>> => {
  const make = async (): Promise<Result<Sendable>> => {
    const result = await answer(route, request, exchange, deps);
    if (!result.ok) return result;
    const { body, headers, language } = result.value;
    if (language !== undefined) exchange.language = language;
    return ok({ bytes: jsonBytes(body), headers });
  };
  return route.goods === 'shown' && exchange.caller.kind === 'guest'
    ? deps.recent.answer(exchange.tenant.slug, `${exchange.language} ${request.url}`, make)
    : make();
};

const answer = async (
  route: Route,
  request: FastifyRequest,
  exchange: Exchange,
  deps: ServeDeps,
): Promise<Result<Answer>> => {
  const { headers } = request;
  if (Number(headers['content-length'] ?? 0) > BODY_LIMITS[route.consumes]) return fail('payload_too_large');
  // Both kinds of body are known everywhere; here it shows whether it is the one this route takes.
  if (request.body instanceof Readable !== (route.consumes === 'csv')) return fail('unsupported_media_type');
  const idempotencyKey = idempotencyKeyOf(headers['idempotency-key'], route.idempotency);
  if (!idempotencyKey.ok) return idempotencyKey;
  const expectedVersion = route.concurrency === 'checks' ? expectedVersionOf(headers['if-match']) : ok(undefined);
  if (!expectedVersion.ok) return expectedVersion;

  const { tenant, caller, language, traceId } = exchange;
  const context: Context = {
    tenant: tenant.slug,
    traceId,
    deadline: Date.now() + route.timeoutMs,
    language,
    actor: actorOf(caller),
  };
  const ask: Ask = (rpc, question) => deps.bus.call(rpc, context, question);
  return route.run(
    {
      params: request.params,
      query: request.query,
      body: request.body,
      tenant,
      caller,
      address: addressKey(request.ip),
      language,
      idempotencyKey: idempotencyKey.value,
      expectedVersion: expectedVersion.value,
    },
    ask,
  );
};

const logFailure = (route: Route, { tenant, traceId }: Exchange, failure: Failure, log: Log): void => {
  log.warn(
    {
      tenant: tenant.slug,
      traceId,
      route: `${route.method} ${route.path}`,
      code: failure.code,
      reason: failure.message,
    },
    'could not answer',
  );
};

const single = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : header?.join();
const propertyOf = (object: unknown, name: string): unknown =>
  typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined;
