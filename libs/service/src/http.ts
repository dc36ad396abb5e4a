import { setImmediate } from 'node:timers/promises';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Health } from './health.ts';

/** How long a connection without a request in hand is left alone once the server closes, in milliseconds. */
const PATIENCE_MS = 500;

/**
 * Makes a server whose `close()` cuts nobody off. While the service drains, every answer says `connection: close`, so
 * that callers come back on a connection to another copy; the close then finds hardly any connection that is still kept,
 * finishes what is in hand, and waits for none that asks nothing. Call it before the first route.
 */
export const closeGently = (app: FastifyInstance, health: Health): void => {
  const connections = new Set<Socket>();
  const busy = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  app.server.prependListener('request', ({ socket }, response) => {
    busy.add(socket);
    response.once('close', () => busy.delete(socket));
  });
  // When the answer goes out, for requests that were in hand already when the draining began.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (health.phase === 'draining') reply.header('connection', 'close');
    done(null, payload);
  });
  app.addHook('preClose', async () => {
    // What has arrived is read first: its connection is not idle then.
    await setImmediate();
    // The server itself waits for connections that were opened and not used yet, or kept by an answer begun before.
    const impatience = setInterval(() => {
      for (const socket of connections) if (!busy.has(socket)) socket.destroy();
    }, PATIENCE_MS);
    app.server.once('close', () => clearInterval(impatience));
  });
};
