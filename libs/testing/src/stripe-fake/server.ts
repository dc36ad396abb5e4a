import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { freePort } from '@kervan/tcp-ports';
import type { Event, Intent, Refund } from './account.ts';
import { runControl } from './control.ts';
import { createFake } from './fake.ts';
import type { Delivery, DeliveryControl, Endpoint } from './deliveries.ts';
import type { Answer } from './error.ts';
import { confirmIntent, finishIntent } from './intents.ts';
import { closeDispute, finishRefund, openDispute, updateDispute } from './refunds.ts';

type Fake = ReturnType<typeof createFake>;

/** A Stripe to test against: what it does, and the strings it is led by. Also over HTTP, under `/_control`. */
export type StripeFake = {
  /** For `STRIPE_API_BASE`. */
  readonly url: string;
  /** Where the events of the account with this secret key go; `null`: nowhere. */
  readonly endpoint: (secretKey: string, endpoint: Endpoint | null) => void;
  /** Delays, holds, loses, doubles or reverses the events of an account from now on. */
  readonly delivery: (secretKey: string, control: Partial<DeliveryControl>) => void;
  /** Sends what is held, in order. */
  readonly flush: (secretKey: string) => Promise<void>;
  /** Sends an event made by hand. */
  readonly send: Fake['send'];
  /** The buyer pays with a test card (`pm_card_visa` unless told); the answer is Stripe's. */
  readonly pay: (intentId: string, card?: string) => Answer;
  /** The buyer has done the step asked for, or a delayed method ends. */
  readonly finish: (intentId: string, passed: boolean) => Answer;
  readonly finishRefund: (refundId: string, passed: boolean) => Answer;
  readonly dispute: (intentId: string) => Answer;
  readonly updateDispute: (disputeId: string, status: string) => Answer;
  readonly closeDispute: (disputeId: string, status: 'won' | 'lost') => Answer;
  /** The secret key is not good any more. */
  readonly revoke: (secretKey: string) => void;
  readonly fault: Fake['fault'];
  readonly clearFaults: () => void;
  readonly intents: (secretKey: string) => readonly Intent[];
  readonly refunds: (secretKey: string) => readonly Refund[];
  /** Everything that happened, sent or not. */
  readonly events: (secretKey: string) => readonly Event[];
  /** What endpoints answered. */
  readonly deliveries: (secretKey: string) => readonly Delivery[];
  readonly requests: Fake['requests'];
  /** Waits until no event is on its way. */
  readonly idle: () => Promise<void>;
  /** Nobody is at its address any more, connections are refused; it forgets nothing. */
  readonly down: () => Promise<void>;
  /** It is back, at the address it had. */
  readonly up: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

const LARGEST_BODY = 1_000_000;

/** Starts the fake on a free port of this machine, or on the one told. */
export const startStripeFake = async (options: { port?: number } = {}): Promise<StripeFake> => {
  const fake = createFake();
  const server = createServer((request, response) => {
    respond(fake, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(500);
      response.end(JSON.stringify({ error: { type: 'api_error', message: String(error) } }));
    });
  });
  // It comes back to its port: one from which the system makes outgoing connections could be taken meanwhile.
  const port = options.port ?? (await freePort());
  const up = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      });
    });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await up();
  return {
    url: `http://127.0.0.1:${String(port)}`,
    endpoint: fake.setEndpoint,
    delivery: fake.setDelivery,
    flush: (key) => fake.shopOf(key).deliveries.flush(),
    send: fake.send,
    pay: (id, card = 'pm_card_visa') => confirmIntent(fake.ownerOf(id), id, { payment_method: card }),
    finish: (id, passed) => finishIntent(fake.ownerOf(id), id, passed),
    finishRefund: (id, passed) => finishRefund(fake.ownerOf(id), id, passed),
    dispute: (id) => openDispute(fake.ownerOf(id), id),
    updateDispute: (id, status) => updateDispute(fake.ownerOf(id), id, status),
    closeDispute: (id, status) => closeDispute(fake.ownerOf(id), id, status),
    revoke: fake.revoke,
    fault: fake.fault,
    clearFaults: fake.clearFaults,
    intents: (key) => [...fake.shopOf(key).intents.values()],
    refunds: (key) => [...fake.shopOf(key).refunds.values()],
    events: (key) => fake.shopOf(key).deliveries.events,
    deliveries: (key) => fake.shopOf(key).deliveries.made,
    requests: fake.requests,
    idle: fake.idle,
    down: close,
    up,
    stop: close,
  };
};

const respond = async (fake: Fake, request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const body = await readBody(request);
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
  if (path.startsWith('/_control')) {
    const { status, body: answer } = await runControl(fake, request.method ?? '', path.slice('/_control'.length), body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    return;
  }
  const reply = await fake.answer({ method: request.method ?? 'GET', path, query, headers: request.headers, body });
  if (reply.kind === 'silence') {
    if (reply.closes) request.socket.destroy();
    return;
  }
  const { status, body: answer } = reply.answer;
  response.writeHead(status, { 'content-type': 'application/json', ...reply.headers }).end(JSON.stringify(answer));
};

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > LARGEST_BODY) throw new Error('the body is too large');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
};
