import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { wakeWritersOfClosedSockets } from './closed-sockets.ts';

const server = createServer((socket) => socket.on('error', () => undefined).resume());
const connected = async (): Promise<Socket> => {
  const address: AddressInfo | string | null = server.address();
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
};
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

test('whoever waits for a socket to drain that is just being closed is woken once it is closed', async () => {
  const stop = wakeWritersOfClosedSockets();
  const socket = await connected();
  // Who was there before is still woken.
  stop();

  socket.destroy();
  // As the driver does it: the socket takes nothing any more, and says no error either.
  expect(socket.write('a command')).toBe(false);
  const order: string[] = [];
  socket.once('close', () => order.push('closed')).on('drain', () => order.push('drained'));
  await once(socket, 'drain');
  // A store that an earlier test file left open wakes as well.
  expect(order.slice(0, 2)).toEqual(['closed', 'drained']);
});

test('however many ask for it, a socket is watched once, and no longer than anybody wants it', async () => {
  const listeners = async (): Promise<number> => {
    const socket = await connected();
    const count = socket.listenerCount('close');
    socket.destroy();
    return count;
  };
  const plain = await listeners();
  const first = wakeWritersOfClosedSockets();
  const second = wakeWritersOfClosedSockets();
  expect(await listeners()).toBe(plain + 1);
  first();
  first();
  expect(await listeners()).toBe(plain + 1);
  second();
  expect(await listeners()).toBe(plain);
});
