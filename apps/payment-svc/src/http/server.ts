import { randomUUID } from 'node:crypto';
import { closeGently, healthRoutes, type Health, type Log } from '@kervan/service';
import { isUnavailable } from '@kervan/store';
import { fail } from '@kervan/contracts';
import type { ErrorCode, Failure, Result } from '@kervan/contracts';
import { fastify } from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import { ConfirmRequest } from '../adapters/sandbox/confirm.ts';
import type { ConfirmAnswer } from '../adapters/sandbox/confirm.ts';
import type { IncomingWebhook } from '../webhooks/receive.ts';
import { fieldErrors, PROBLEM_TYPE, problemOf } from './problem.ts';

/** The largest body taken in, in bytes: 256 KiB, far above what any provider sends. */
const BODY_LIMIT = 256 * 1_024;
/** A page on any address may pay: the client secret is all there is to know, no cookie is read. */
const CORS = { 'access-control-allow-origin': '*', vary: 'Origin' } as const;
const PREFLIGHT = {
  ...CORS,
  'access-control-allow-methods': 'POST',
  'access-control-allow-headers': 'content-type, accept-language, x-tenant',
  'access-control-max-age': '86400',
} as const;

/** What comes in is parsed by zod. Fastify's own compilers would be loaded all the same, for 10 MB and nothing. */
const noSchemas = (): never => {
  throw new Error('no route has a schema');
};

export type HttpDeps = {
  readonly receiveWebhook: (incoming: IncomingWebhook) => Promise<Result<unknown>>;
  readonly confirmPayment: (request: ConfirmRequest) => Promise<Result<ConfirmAnswer>>;
  readonly health: Health;
  readonly metrics: Registry;
  readonly log: Log;
};

/** The service's own HTTP port: providers' webhooks, the sandbox's payment page, health. */
export const createServer = (deps: HttpDeps): FastifyInstance => {
  const app: FastifyInstance = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: 15_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 100 },
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
  });
  app.server.headersTimeout = 10_000;
  closeGently(app, deps.health);
  // Signatures are made over the very bytes, so bodies stay bytes until a route reads them.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const code = isUnavailable(error) ? 'service_unavailable' : codeOf(error);
    if (code === 'internal_error' || code === 'service_unavailable')
      deps.log.error({ err: error, route: request.routeOptions.url }, 'request failed');
    return refuse(request, reply, { code });
  });
  app.setNotFoundHandler((request, reply) => refuse(request, reply, { code: 'route_not_found' }));
  void app.register(healthRoutes(deps.health, deps.metrics));

  app.post<{ Params: { provider: string; tenant: string } }>('/webhooks/:provider/:tenant', async (request, reply) => {
    const { provider, tenant } = request.params;
    const received = await deps.receiveWebhook({
      provider,
      tenant,
      rawBody: bytesOf(request),
      headers: request.headers,
    });
    return received.ok
      ? reply.type('application/json').send('{"received":true}')
      : refuse(request, reply, received.error);
  });

  app.options('/sandbox/confirm', (_request, reply) => reply.code(204).headers(PREFLIGHT).send());
  app.post('/sandbox/confirm', async (request, reply) => {
    reply.headers(CORS);
    const input = readConfirm(request);
    const confirmed = input.ok ? await deps.confirmPayment(input.value) : input;
    return confirmed.ok
      ? reply.type('application/json').send(JSON.stringify(confirmed.value))
      : refuse(request, reply, confirmed.error);
  });
  return app;
};

const EMPTY = Buffer.alloc(0);
const bytesOf = ({ body }: FastifyRequest): Buffer => (Buffer.isBuffer(body) ? body : EMPTY);

const readConfirm = (request: FastifyRequest): Result<ConfirmRequest> => {
  if (!/^application\/json(?:;|$)/i.test(request.headers['content-type'] ?? '')) return fail('unsupported_media_type');
  let body: unknown;
  try {
    body = JSON.parse(bytesOf(request).toString('utf8'));
  } catch {
    return fail('malformed_json');
  }
  const parsed = ConfirmRequest.safeParse(body);
  return parsed.success
    ? { ok: true, value: parsed.data }
    : fail('invalid_input', { errors: fieldErrors(parsed.error) });
};

/** What fastify's own refusals are called in our table. Whatever else it blames on the caller is a bad request. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
};

const codeOf = ({ code, statusCode }: FastifyError): ErrorCode =>
  CODES[code] ?? (statusCode !== undefined && statusCode >= 400 && statusCode < 500 ? 'bad_request' : 'internal_error');

const refuse = (request: FastifyRequest, reply: FastifyReply, failure: Failure): FastifyReply => {
  const problem = problemOf(failure, {
    instance: request.url.split('?', 1)[0] ?? '/',
    traceId: randomUUID().replaceAll('-', ''),
    acceptLanguage: request.headers['accept-language'],
  });
  if (problem.status === 503) reply.header('retry-after', '1');
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
};
