import { fastify } from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorCode } from '@kervan/contracts';
import { closeGently, type Health } from '@kervan/service';
import type { Environment } from './config.ts';
import { PREFLIGHT_HEADERS, isOriginAllowed } from './access/origin.ts';
import { exchangeOf, send, sendProblem } from './answer/exchange.ts';
import { answerBrokenRequest } from './answer/broken-request.ts';
import { withSecurityHeaders } from './answer/headers.ts';
import { addBodyParsers, BODY_LIMITS } from './input/body.ts';
import { descriptionRoutes } from './openapi/routes.ts';
import type { Method, Route } from './route.ts';
import { admitTo, checkAddress, handle } from './serve.ts';
import type { ServeDeps } from './serve.ts';

export const API_ROOT = '/api/v1';
const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Makes the HTTP server of the whole route table. It listens when told to. */
export const createServer = (
  routes: readonly Route[],
  deps: ServeDeps & { readonly health: Health },
  env: Pick<Environment, 'TRUST_PROXY'>,
): FastifyInstance => {
  const app: FastifyInstance = fastify({
    logger: false,
    bodyLimit: BODY_LIMITS.json,
    // Sockets without any traffic; longer than the longest answer takes (an import).
    connectionTimeout: 180_000,
    // The whole request has to be here by then, headers sooner; looked after often enough for that to be true.
    requestTimeout: 60_000,
    http: { headersTimeout: 15_000, connectionsCheckingInterval: 5_000 },
    keepAliveTimeout: 72_000,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    trustProxy: env.TRUST_PROXY?.split(',') ?? false,
    routerOptions: { maxParamLength: 300 },
    frameworkErrors: (error, request, reply) => failed(error, request, reply),
    clientErrorHandler: answerBrokenRequest,
  });
  app.server.maxHeadersCount = 100;
  closeGently(app, deps.health);
  app.decorateRequest('exchange', null);
  addBodyParsers(app);

  const failed = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const code = codeOf(error);
    if (code === 'internal_error') {
      deps.log.error(
        { err: error, traceId: exchangeOf(request).traceId, url: request.routeOptions.url },
        'request failed',
      );
    }
    return sendProblem(request, reply, { code });
  };
  app.setErrorHandler<FastifyError>((error, request, reply) => failed(error, request, reply));
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, checkAddress(request, exchangeOf(request), deps) ?? { code: 'route_not_found' }),
  );

  for (const route of routes) {
    app.route({
      method: route.method,
      url: API_ROOT + route.path,
      bodyLimit: BODY_LIMITS[route.consumes],
      onRequest: admitTo(route, deps),
      handler: handle(route, deps),
    });
  }
  refuseOtherMethods(app, routes, deps);
  answerPreflights(app, deps);
  app.register(withSecurityHeaders(descriptionRoutes(routes, API_ROOT)));
  return app;
};

/** A known address with a method that it has not: 405 with the methods it has, instead of 404. */
const refuseOtherMethods = (app: FastifyInstance, routes: readonly Route[], deps: ServeDeps): void => {
  const methodsByPath = Map.groupBy(routes, (route) => route.path);
  for (const [path, rows] of methodsByPath) {
    const present = rows.map((route) => route.method);
    const allow = present.includes('GET') ? ['HEAD', ...present].join(', ') : present.join(', ');
    app.route({
      method: METHODS.filter((method) => !present.includes(method)),
      url: API_ROOT + path,
      onRequest: async (request, reply) => {
        const refused = checkAddress(request, exchangeOf(request), deps);
        return sendProblem(
          request,
          reply,
          refused ?? { code: 'method_not_allowed' },
          refused === null ? { allow } : {},
        );
      },
      handler: () => undefined,
    });
  }
};

/**
 * A preflight carries no `X-Tenant`, so on a host of no shop any origin may ask: the answer to the request itself
 * is shown to the page only when the shop allows its origin.
 */
const answerPreflights = (app: FastifyInstance, deps: ServeDeps): void => {
  app.options('*', async (request, reply) => {
    const refused = checkAddress(request, exchangeOf(request), deps);
    if (refused !== null) return sendProblem(request, reply, refused);
    const { origin, host } = request.headers;
    const shop = host === undefined ? null : await deps.directory.tenantByHost(host);
    const allowed = origin !== undefined && (shop === null || !shop.ok || isOriginAllowed(origin, shop.value));
    return send(request, reply, {
      status: 204,
      type: '',
      body: null,
      headers: allowed ? { ...PREFLIGHT_HEADERS, 'access-control-allow-origin': origin } : {},
    });
  });
};

/** What fastify's own refusals are called in our table. Whatever else it blames on the caller is a bad request. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
  FST_ERR_MAX_PARAM_LENGTH: 'uri_too_long',
  // Whoever was sending the body has gone away: nobody reads this, and it is no fault of ours.
  ECONNRESET: 'bad_request',
};
const codeOf = (error: FastifyError): ErrorCode => {
  const known = CODES[error.code];
  if (known !== undefined) return known;
  return error.statusCode !== undefined && error.statusCode < 500 ? 'bad_request' : 'internal_error';
};
