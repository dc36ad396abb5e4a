import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Bus, connectBus } from '@kervan/bus';
import { defineRpc, ok, type ServiceName } from '@kervan/contracts';
import { z } from 'zod';
import { type Nats, startNats } from './servers/nats.ts';
import { stub } from './stub.ts';

const double = defineRpc({
  owner: 'inventory',
  method: 'test.double',
  request: z.object({ number: z.number() }),
  reply: z.object({ number: z.number() }),
});
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let nats: Nats;
const buses: Bus[] = [];
const connect = async (service: ServiceName): Promise<Bus> => {
  const bus = await connectBus({ service, servers: [nats.url], nkeySeed: nats.seeds[service], log });
  buses.push(bus);
  return bus;
};
beforeAll(async () => {
  nats = await startNats();
});
afterAll(async () => {
  await Promise.all(buses.map((bus) => bus.stop()));
  await nats.stop();
});

test('a stub answers on the real subject, with the permissions of the service it stands for', async () => {
  await stub(await connect('inventory-svc'), double, async ({ number }) => ok({ number: number * 2 }));
  const caller = await connect('order-svc');
  const context = {
    tenant: 'demo',
    traceId: 'trace',
    deadline: Date.now() + 5_000,
    language: 'en',
    actor: { kind: 'system' },
  } as const;
  expect(await caller.call(double, context, { number: 21 })).toEqual(ok({ number: 42 }));
});

test('a service cannot answer for another one', async () => {
  await expect(stub(await connect('pricing-svc'), double, async () => ok({ number: 0 }))).rejects.toThrow();
});

test('nobody connects without a key', async () => {
  await expect(connectBus({ service: 'order-svc', servers: [nats.url], log })).rejects.toThrow();
});
