import { Agent, createServer, request as ask } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../eventually.ts';

/** A load balancer before the copies of a service. */
export type Balancer = {
  /** The base URL that callers use. */
  readonly url: string;
  /** Whether it sends to this copy (a base URL it was started with) right now. */
  readonly isReady: (copy: string) => boolean;
  /** Waits until it sends to all copies. */
  readonly untilAllReady: () => Promise<void>;
  /** Every request it could not bring to an answer: which one, where it went, why. */
  readonly failures: readonly string[];
  readonly stop: () => Promise<void>;
};

/** A copy and why it gets no requests; null: it does. */
type Copy = { readonly url: string; readonly agent: Agent; out: string | null; silences: number };

/** Headers that speak of one connection alone. */
const HOP_BY_HOP: ReadonlySet<string> = new Set(['host', 'connection', 'keep-alive']);
const endToEnd = (headers: IncomingHttpHeaders): IncomingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));

/** How long a copy may take to say that it is ready, in milliseconds, and how often in a row it may take longer. */
const PROBE_PATIENCE_MS = 2_000;
const MOST_SILENCES = 3;

/**
 * Balances requests between copies the way production does: in turns to those whose `/readyz` is green, asked every
 * `everyMs` milliseconds, over connections that are kept. It sends a request once and never again: what a copy cuts off
 * is a 502 for the caller, and with no copy ready it is a 503; both stand in `failures`.
 */
export const startBalancer = async (
  copies: readonly string[],
  { everyMs = 100 }: { everyMs?: number } = {},
): Promise<Balancer> => {
  const known: Copy[] = copies.map((url) => ({
    url,
    agent: new Agent({ keepAlive: true }),
    out: 'not asked yet',
    silences: 0,
  }));
  const failures: string[] = [];
  let turn = 0;
  let stopped = false;

  const probe = async (copy: Copy): Promise<void> => {
    try {
      const response = await fetch(`${copy.url}/readyz`, { signal: AbortSignal.timeout(PROBE_PATIENCE_MS) });
      const text = await response.text();
      copy.out = response.ok ? null : text;
      copy.silences = 0;
    } catch (error) {
      copy.silences = error instanceof Error && error.name === 'TimeoutError' ? copy.silences + 1 : MOST_SILENCES;
      if (copy.silences >= MOST_SILENCES) copy.out = String(error);
    }
  };
  /** One question after the other, so that none is answered by an older one's answer. */
  const follow = async (copy: Copy): Promise<void> => {
    while (!stopped) {
      await pause(everyMs);
      await probe(copy);
    }
  };
  const pick = (): Copy | undefined => {
    const ready = known.filter(({ out }) => out === null);
    turn += 1;
    return ready[turn % ready.length];
  };
  const refuse = (response: ServerResponse, status: number, why: string): void => {
    failures.push(why);
    if (response.headersSent) response.destroy();
    else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ balancer: why }));
  };
  const pass = (request: IncomingMessage, response: ServerResponse): void => {
    const { method = 'GET', url = '/' } = request;
    const copy = pick();
    if (copy === undefined) {
      const why = known.map(({ url: each, out }) => `${each} ${out ?? ''}`).join(', ');
      return refuse(response, 503, `${method} ${url}: no copy is ready: ${why}`);
    }
    const cut = (error: Error): void => {
      // A caller who has gone away misses nothing.
      if (!response.destroyed) refuse(response, 502, `${method} ${url} to ${copy.url}: ${error.message}`);
    };
    const headers = endToEnd(request.headers);
    const sent = ask(`${copy.url}${url}`, { method, headers, agent: copy.agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      answer.on('error', cut).pipe(response);
    });
    sent.on('error', cut);
    request.pipe(sent);
    response.once('close', () => {
      if (!response.writableFinished) sent.destroy();
    });
  };

  await Promise.all(known.map(probe));
  const following = Promise.all(known.map(follow));
  const server = createServer(pass);
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
  return {
    url: `http://127.0.0.1:${String(port)}`,
    isReady: (url) => known.some((copy) => copy.url === url && copy.out === null),
    untilAllReady: () =>
      eventually(
        async () => {
          const missing = known.filter(({ out }) => out !== null);
          if (missing.length > 0) throw new Error(`not ready: ${missing.map(({ url }) => url).join(', ')}`);
        },
        { withinMs: 30_000, everyMs: 20 },
      ),
    failures,
    stop: async () => {
      stopped = true;
      await following;
      for (const { agent } of known) agent.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    },
  };
};
