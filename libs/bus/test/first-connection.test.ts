import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '@kervan/tcp-ports';
import { startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

/** A wire to the server on which nothing moves for so many of the first connections. */
const startSlowWire = async (silent: number) => {
  const clients = new Set<Socket>();
  const wire = createServer((client) => {
    clients.add(client);
    client.on('error', () => undefined);
    if (clients.size <= silent) return;
    const behind = connect(Number(new URL(world.server.url).port), '127.0.0.1');
    behind.on('error', () => client.destroy());
    client.pipe(behind).pipe(client);
  });
  const port = await freePort();
  await new Promise<void>((resolve) => wire.listen(port, '127.0.0.1', resolve));
  const close = (): void => {
    wire.close();
    for (const client of clients) client.destroy();
  };
  return { servers: `nats://127.0.0.1:${port}`, tried: () => clients.size, close };
};

test('a server that leaves the first tries unanswered is tried again', async () => {
  const wire = await startSlowWire(2);
  const bus = await world.connect('gateway', { servers: wire.servers });
  expect(bus.ready()).toBe(true);
  expect(wire.tried()).toBe(3);
  await bus.stop();
  wire.close();
});

test('a server that refuses is not', async () => {
  const wire = await startSlowWire(0);
  const stranger = world.connect('gateway', { servers: wire.servers, nkeySeed: undefined });
  await expect(stranger).rejects.toThrow(/authorization violation/i);
  expect(wire.tried()).toBe(1);
  wire.close();
});
