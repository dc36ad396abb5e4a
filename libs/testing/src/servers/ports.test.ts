import { createServer, type Server } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePort, isListening, isPortFree, withPort } from './ports.ts';

const listen = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

test('a free port is free until someone listens there, on whichever address', async () => {
  const port = await freePort();
  expect(await isPortFree(port)).toBe(true);
  expect(await isListening(port)).toBe(false);
  const server = await listen(port);
  expect(await isPortFree(port)).toBe(false);
  expect(await isListening(port)).toBe(true);
  server.close();
});

test('a start that loses its free port to someone else is tried on another one', async () => {
  const tried: number[] = [];
  const port = await withPort(undefined, async (free) => {
    tried.push(free);
    if (tried.length === 1) throw new Error('listen: address already in use');
    return free;
  });
  expect(tried).toHaveLength(2);
  expect(port).toBe(tried[1]);
});

test('a port that was asked for is not replaced', async () => {
  const start = withPort(4_222, () => Promise.reject(new Error('address already in use')));
  await expect(start).rejects.toThrow('address already in use');
});
