import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { startProxy, type Proxy } from './proxy.ts';

let server: Server;
let proxy: Proxy;
/** What the server was asked. */
let asked: string[];
const clients: Socket[] = [];

beforeEach(async () => {
  asked = [];
  server = createServer((socket) => {
    socket.on('data', (bytes) => {
      asked.push(String(bytes));
      socket.write(`answer to ${String(bytes)}`);
    });
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  proxy = await startProxy(typeof address === 'object' && address !== null ? address.port : 0);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.stop();
  server.close();
});

const open = async (): Promise<Socket> => {
  const client = connect({ host: '127.0.0.1', port: proxy.port });
  clients.push(client);
  client.on('error', () => undefined);
  await once(client, 'connect');
  return client;
};
const answerOf = async (client: Socket, question: string): Promise<string> => {
  client.write(question);
  const [bytes]: Buffer[] = await once(client, 'data');
  return String(bytes);
};
const closed = (client: Socket): Promise<unknown> => once(client, 'close');

describe('a wire', () => {
  test('lets everything pass', async () => {
    expect(await answerOf(await open(), 'one')).toBe('answer to one');
  });

  test('that is slow takes its time both ways, and keeps the order', async () => {
    const client = await open();
    proxy.set({ kind: 'slow', ms: 50 });
    const since = performance.now();
    client.write('a');
    expect(await answerOf(client, 'b')).toMatch(/^answer to ab?$/);
    expect(performance.now() - since).toBeGreaterThan(95);
    expect(asked.join('')).toBe('ab');
  });

  test('that is cut breaks connections, and new ones', async () => {
    const client = await open();
    const ended = closed(client);
    proxy.set({ kind: 'cut' });
    await ended;
    await closed(await open());
    proxy.set({ kind: 'pass' });
    expect(await answerOf(await open(), 'again')).toBe('answer to again');
  });

  test('into the void brings questions there and no answer back, and is new afterwards', async () => {
    const client = await open();
    expect(await answerOf(client, 'before')).toBe('answer to before');
    proxy.set({ kind: 'void' });
    const ended = closed(client);
    let heard = 0;
    client.on('data', () => (heard += 1));
    client.write('lost');
    while (asked.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toEqual(['before', 'lost']);
    proxy.set({ kind: 'pass' });
    await ended;
    expect(heard).toBe(0);
    expect(await answerOf(await open(), 'after')).toBe('answer to after');
  });
});
