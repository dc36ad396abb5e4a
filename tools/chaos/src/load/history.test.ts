import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HistoryEntry } from '@kervan/testing';
import { send, type Reply } from '@kervan/testing/shop';
import { openHistory } from './history.ts';

const WHO = { tenant: 'shop', by: 'pays-1' };
const reply = (status: number, body: unknown = null): Reply => ({ status, headers: new Headers(), body });
const problem = (status: number, code: string): Reply => reply(status, { code, status, title: 'No' });

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kervan-history-'));
  file = join(folder, 'history.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const written = (): HistoryEntry[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => HistoryEntry.parse(JSON.parse(line)));

/** What is written down of one call. */
const entryOf = async (ask: () => Promise<Reply>): Promise<HistoryEntry | undefined> => {
  const history = openHistory(file);
  await history.call({ ...WHO, call: 'checkout', key: 'k1', cartId: 'cart_1' }, ask);
  await history.close();
  expect(written()).toEqual(history.entries());
  return written().at(-1);
};

describe('what came of a call', () => {
  test.each([
    [reply(200, {}), 'ok', null],
    [reply(201, {}), 'ok', null],
    [problem(409, 'out_of_stock'), 'refused', 'out_of_stock'],
    [problem(404, 'order_not_found'), 'refused', 'order_not_found'],
    [reply(402, { error: { type: 'card_error', code: 'card_declined' } }), 'refused', 'card_declined'],
    [problem(409, 'idempotency_in_progress'), 'unknown', 'idempotency_in_progress'],
    [problem(429, 'rate_limited'), 'unknown', 'rate_limited'],
    [problem(408, 'request_timeout'), 'unknown', 'request_timeout'],
    [problem(503, 'service_unavailable'), 'unknown', 'service_unavailable'],
    [reply(500, '<html>'), 'unknown', null],
    [reply(302), 'unknown', null],
  ] as const)('%j is told as %s', async (given, outcome, code) => {
    const entry = await entryOf(() => Promise.resolve(given));
    expect(entry).toMatchObject({ ...WHO, call: 'checkout', key: 'k1', outcome, code, status: given.status });
    expect(entry?.end).toBeGreaterThanOrEqual(entry?.start ?? Infinity);
  });

  describe('without an answer', () => {
    let server: Server;
    let url: string;
    beforeEach(async () => {
      server = createServer((request, response) => {
        if (request.url === '/broken') request.socket.destroy();
        if (request.url === '/cut')
          response.writeHead(201, { 'content-length': '1000' }).write('{"order":', () => request.socket.destroy());
        if (request.url === '/garbage') response.writeHead(201).end('{"order":');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
    });
    afterEach(() => {
      server.closeAllConnections();
      server.close();
    });

    test.each([
      ['/silent', 'timeout'],
      ['/broken', 'und_err_socket'],
      ['/cut', 'und_err_socket'],
      ['/garbage', 'syntax'],
    ])('from %s it is unknown: %s', async (path, code) => {
      expect(await entryOf(() => send(`${url}${path}`, { patienceMs: 200 }))).toMatchObject({
        outcome: 'unknown',
        status: null,
        code,
      });
    });

    test('from nobody it is unknown', async () => {
      await new Promise((resolve) => server.close(resolve));
      expect(await entryOf(() => send(url))).toMatchObject({ outcome: 'unknown', code: 'econnrefused' });
    });
  });
});

describe('what an answer says', () => {
  test.each([
    [
      'a checkout',
      { order: { orderNo: 'A-1', status: 'draft', amount: 990 }, payment: { status: 'pending' } },
      { orderNo: 'A-1', orderStatus: 'draft', paymentStatus: 'pending', amount: 990 },
    ],
    [
      'tracking',
      { orderNo: 'A-1', status: 'confirmed', paymentStatus: 'paid', amount: 990 },
      { orderNo: 'A-1', orderStatus: 'confirmed', paymentStatus: 'paid', amount: 990 },
    ],
    [
      'a payment at a provider',
      { id: 'pi_1', status: 'succeeded', amount: 990 },
      { intentId: 'pi_1', intentStatus: 'succeeded', amount: 990 },
    ],
    ['a cart', { id: 'cart_2', items: [] }, { cartId: 'cart_2' }],
  ])('of %s is written down', async (_what, body, facts) => {
    expect(await entryOf(() => Promise.resolve(reply(200, body)))).toMatchObject(facts);
  });

  test('is left out where it is secret or personal', async () => {
    const body = {
      order: { orderNo: 'A-1', status: 'draft', amount: 990, email: 'ayse@example.com' },
      payment: { status: 'pending', clientSecret: 'pi_1_secret_x' },
      shippingAddress: { line1: 'Bağdat Cd.' },
      id: 'pi_1',
      client_secret: 'pi_1_secret_x',
    };
    await entryOf(() => Promise.resolve(reply(201, body)));
    expect(readFileSync(file, 'utf8')).not.toMatch(/secret|example\.com|Bağdat/);
  });
});

test('a history goes on where the one before ended', async () => {
  for (const by of ['pays-1', 'pays-2']) {
    const history = openHistory(file);
    await history.call({ ...WHO, by, call: 'track' }, () => Promise.resolve(reply(200)));
    await history.close();
  }
  expect(written().map(({ by }) => by)).toEqual(['pays-1', 'pays-2']);
});
