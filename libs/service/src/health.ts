import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyPluginCallback } from 'fastify';
import type { Registry } from 'prom-client';

/** How a service stands: alive as soon as it runs, ready when it works and whatever it needs answers. */
export type Health = {
  /** `starting` until everything is up, `draining` from the first signal to stop. */
  phase: 'starting' | 'running' | 'draining';
  /** What readiness depends on, by name; each answers quickly and never throws. */
  readonly checks: Map<string, () => boolean | Promise<boolean>>;
};

/** A service that has just been started. */
export const createHealth = (): Health => ({ phase: 'starting', checks: new Map() });

type Answer = { status: number; type: string; body: string };
const JSON_TYPE = 'application/json; charset=utf-8';

/** How long a stop waits for answers to be read, in milliseconds. */
const PATIENCE_MS = 500;

/** The paths every service answers. */
export const HEALTH_PATHS = ['/livez', '/healthz', '/readyz', '/metrics'] as const;

/** Answers one of HEALTH_PATHS; `null` for any other path. */
export const answerHealth = async (path: string, health: Health, metrics: Registry): Promise<Answer | null> => {
  if (path === '/livez' || path === '/healthz') return { status: 200, type: JSON_TYPE, body: '{"status":"ok"}' };
  if (path === '/metrics') return { status: 200, type: metrics.contentType, body: await metrics.metrics() };
  if (path !== '/readyz') return null;
  const failing: string[] = [];
  for (const [name, check] of health.checks) if (!(await check())) failing.push(name);
  const ready = health.phase === 'running' && failing.length === 0;
  return {
    status: ready ? 200 : 503,
    type: JSON_TYPE,
    body: JSON.stringify({ status: ready ? 'ready' : 'not ready', phase: health.phase, failing }),
  };
};

/** The health paths as a fastify plugin, for services that have an HTTP port of their own. */
export const healthRoutes =
  (health: Health, metrics: Registry): FastifyPluginCallback =>
  (app, _options, done) => {
    for (const path of HEALTH_PATHS) {
      app.get(path, async (_request, reply) => {
        const answer = await answerHealth(path, health, metrics);
        if (answer === null) return;
        if (answer.status === 503) reply.header('retry-after', '1');
        await reply.code(answer.status).type(answer.type).send(answer.body);
      });
    }
    done();
  };

/**
 * Serves the health paths on a port (0 takes a free one). Listens before anything else is up, so that probes see it.
 * With `elsewhere: 503` it keeps the place of a service that will answer other paths there once it has started.
 */
export const startHealthServer = async (options: {
  port: number;
  health: Health;
  metrics: Registry;
  elsewhere?: 404 | 503;
}) => {
  const nowhere: Answer =
    options.elsewhere === 503
      ? { status: 503, type: JSON_TYPE, body: '{"status":"starting"}' }
      : { status: 404, type: JSON_TYPE, body: '{"status":"not found"}' };
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const readable = request.method === 'GET' || request.method === 'HEAD';
    answerHealth(readable ? path : '', options.health, options.metrics)
      .catch(() => ({ status: 500, type: JSON_TYPE, body: '{"status":"failed"}' }))
      .then((answer) => {
        const { status, type, body } = answer ?? nowhere;
        // Whoever comes again finds the service itself on a new connection.
        const retry = status === 503 ? { 'retry-after': '1', connection: 'close' } : {};
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', ...retry }).end(body);
      });
  });
  server.requestTimeout = 10_000;
  server.headersTimeout = 10_000;
  server.setTimeout(30_000);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, () => resolve());
  });
  const address: AddressInfo | string | null = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : options.port,
    stop: (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Answers on their way take no time; whoever does not read his is not waited for.
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), PATIENCE_MS).unref();
      }),
  };
};
