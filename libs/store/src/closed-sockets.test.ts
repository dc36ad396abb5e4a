import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { wakeWritersOfClosedSockets } from './closed-sockets.ts';

test('whoever waits for a socket to drain that is just being closed is woken once it is closed', async () => {
  wakeWritersOfClosedSockets();
  wakeWritersOfClosedSockets();
  const server = createServer((socket) => socket.on('error', () => undefined).resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address: AddressInfo | string | null = server.address();
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');
  await once(socket, 'connect');

  socket.destroy();
  // As the driver does it: the socket takes nothing any more, and says no error either.
  expect(socket.write('a command')).toBe(false);
  const order: string[] = [];
  socket.once('close', () => order.push('closed')).on('drain', () => order.push('drained'));
  await once(socket, 'drain');
  // As often as this file's own and other instances of the module say it: once is enough.
  expect(order.slice(0, 2)).toEqual(['closed', 'drained']);
  server.close();
});
