import type { FastifyPluginCallback } from 'fastify';

/** On every answer: nothing here is a page, nothing may be framed, sniffed or kept by caches in between. */
export const SECURITY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'cross-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** What an answer depends on beside its address. */
export const VARY = 'Accept-Language, Authorization, Origin, X-Tenant';

/** Routes that send their answers themselves (health, the description of the API), with these headers on them. */
export const withSecurityHeaders =
  (routes: FastifyPluginCallback): FastifyPluginCallback =>
  (app, options, done) => {
    app.addHook('onRequest', (_request, reply, next) => {
      reply.headers(SECURITY_HEADERS);
      next();
    });
    routes(app, options, done);
  };
