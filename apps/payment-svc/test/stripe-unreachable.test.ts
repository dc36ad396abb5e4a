import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@kervan/testing';
import { type ServerProcess, startProcess } from '@kervan/testing/servers';
import { stripeAdapter } from '../src/adapters/stripe/stripe.ts';

/** Listens with hardly any room for who waits, says where, and never moves again. */
const DEAF = `
  const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    console.log('port ' + server.address().port);
    process.kill(process.pid, 'SIGSTOP');
  });`;

let deaf: ServerProcess;
let port: number;
const waiting: Socket[] = [];
/** Whether a new connection comes about within a moment. */
const connects = (): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    waiting.push(socket);
    setTimeout(() => resolve(false), 300);
  });

beforeAll(async () => {
  deaf = await startProcess({ name: 'deaf', command: process.execPath, args: ['-e', DEAF] });
  port = await eventually(() => {
    const [, found] = /port (\d+)/.exec(deaf.tail()) ?? [];
    if (found === undefined) throw new Error('it does not listen yet');
    return Number(found);
  });
  // Once nobody else may wait there, the system drops what comes without a word, as a dead network does.
  await eventually(async () => expect(await connects()).toBe(false));
});
afterAll(async () => {
  deaf.signal('SIGKILL');
  await deaf.exited;
});

test('a provider behind a network that swallows everything: the call ends with its deadline, its connection soon after', async () => {
  const adapter = stripeAdapter({ apiBase: `http://127.0.0.1:${String(port)}` });
  const settings = {
    tenant: 'shop',
    mode: 'test',
    capture: 'automatic',
    credentials: { secretKey: 'sk_test_1' },
  } as const;
  const request = { orderId: 'ord_1', orderNo: 'AAAA-BBBB-CCCC', attempt: 1, amount: 100, currency: 'TRY' };
  const error = await adapter
    .createPayment({ settings, deadline: Date.now() + 1_500 }, request)
    .catch((raw: unknown) => adapter.mapError(raw));
  expect(error).toMatchObject({ code: 'provider_unavailable', outcome: 'unknown' });
  for (const socket of waiting) socket.destroy();
  await eventually(() => expect(process.getActiveResourcesInfo()).not.toContain('ConnectWrap'), {
    withinMs: 20_000,
  });
});
