import type { Failure, Tenant } from '@kervan/contracts';
import { ERRORS } from '@kervan/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Standing } from '../access/limit.ts';
import { EXPOSED_HEADERS, isOriginAllowed } from '../access/origin.ts';
import { negotiateLanguage } from '../input/language.ts';
import { traceIdOf, traceparentOf } from '../input/trace.ts';
import type { Caller } from '../access/caller.ts';
import { GUEST } from '../access/caller.ts';
import { NO_TENANT } from '../access/admission.ts';
import { SECURITY_HEADERS, VARY } from './headers.ts';
import { jsonBytes } from './json.ts';
import { problemOf, retryAfterOf } from './problem.ts';

/** What is known of a request while it is being answered. */
export type Exchange = {
  readonly traceId: string;
  /** That of the answer. */
  language: string;
  /** `NO_TENANT` until the shop is known. */
  tenant: Tenant;
  caller: Caller;
  /** How the caller stands within the tightest limit that was looked at. */
  standing: Standing | null;
};

declare module 'fastify' {
  interface FastifyRequest {
    exchange: Exchange | null;
  }
}

/** The exchange of a request; made when the request is first looked at. */
export const exchangeOf = (request: FastifyRequest): Exchange => {
  request.exchange ??= {
    traceId: traceIdOf(request.headers.traceparent),
    language: languageFor(request, NO_TENANT),
    tenant: NO_TENANT,
    caller: GUEST,
    standing: null,
  };
  return request.exchange;
};

/** The language of an answer to this request in this shop. */
export const languageFor = (request: FastifyRequest, tenant: Tenant): string =>
  negotiateLanguage(request.headers['accept-language'], tenant.languages, tenant.defaultLanguage);

/** Sends an answer with everything that every answer carries. `body` as it goes out; null for none. */
export const send = (
  request: FastifyRequest,
  reply: FastifyReply,
  answer: {
    readonly status: number;
    readonly type: string;
    readonly body: Uint8Array | null;
    readonly headers?: Readonly<Record<string, string>>;
  },
): FastifyReply => {
  const exchange = exchangeOf(request);
  reply.code(answer.status).headers(SECURITY_HEADERS);
  reply.header('vary', VARY).header('content-language', exchange.language);
  reply.header('x-trace-id', exchange.traceId).header('traceparent', traceparentOf(exchange.traceId));
  const { standing } = exchange;
  if (standing !== null) {
    reply.header('ratelimit', `"default";r=${standing.remaining};t=${standing.resetSeconds}`);
    reply.header('ratelimit-policy', `"default";q=${standing.limit};w=${standing.windowSeconds}`);
  }
  const { origin } = request.headers;
  if (origin !== undefined && isOriginAllowed(origin, exchange.tenant)) {
    reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', EXPOSED_HEADERS);
  }
  if (answer.headers !== undefined) reply.headers(answer.headers);
  return answer.body === null ? reply.send() : reply.type(answer.type).send(answer.body);
};

/** Sends a refusal as problem+json. */
export const sendProblem = (
  request: FastifyRequest,
  reply: FastifyReply,
  failure: Failure,
  headers: Readonly<Record<string, string>> = {},
): FastifyReply => {
  const { language, traceId } = exchangeOf(request);
  const problem = problemOf(failure, { language, traceId, instance: request.url.split('?', 1)[0] ?? '/' });
  const retryAfter = retryAfterOf(failure);
  return send(request, reply, {
    status: ERRORS[failure.code].status,
    type: 'application/problem+json; charset=utf-8',
    body: jsonBytes(problem),
    headers: {
      ...headers,
      ...(failure.replayed === true ? { 'idempotent-replayed': 'true' } : {}),
      ...(failure.code === 'unauthorized' ? { 'www-authenticate': 'Bearer' } : {}),
      ...(retryAfter === null ? {} : { 'retry-after': String(retryAfter) }),
    },
  });
};
