import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import { setupStreams } from '../src/index.ts';
import { event, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let manager: JetStreamManager;
beforeAll(async () => {
  world = await startWorld();
  manager = await jetstreamManager(await world.bare('setup'), { checkAPI: false });
});
afterAll(() => world.stop());

const setup = (more: { maxBytes?: number } = {}) =>
  setupStreams({ servers: world.server.url, nkeySeed: world.server.seeds.setup, ...more });

test('every owner that emits has a stream, and every service a consumer where it hears', async () => {
  const streams = await manager.streams.list().next();
  expect(streams.map(({ config }) => config.name).sort()).toEqual([
    'DLQ_INVENTORY',
    'DLQ_ORDER',
    'DLQ_PAYMENT',
    'DLQ_PRICING',
    'EVT_ACCOUNT',
    'EVT_CATALOG',
    'EVT_INVENTORY',
    'EVT_ORDER',
    'EVT_PAYMENT',
    'EVT_PRICING',
  ]);
  expect((await manager.streams.info('EVT_ORDER')).config).toMatchObject({
    subjects: ['evt.order.>'],
    retention: 'limits',
    storage: 'file',
    max_age: 7 * 24 * 3_600 * 1e9,
    max_bytes: 512 * 2 ** 20,
    duplicate_window: 120e9,
    num_replicas: 1,
  });
  const consumers = await manager.consumers.list('EVT_ORDER').next();
  expect(consumers.map(({ name }) => name).sort()).toEqual(['inventory-svc', 'payment-svc', 'pricing-svc']);
  expect(consumers.map(({ config }) => config.filter_subjects)).toEqual([
    ['evt.order.order-confirmed.>', 'evt.order.order-expired.>', 'evt.order.order-cancelled.>'],
    ['evt.order.order-expired.>', 'evt.order.order-cancelled.>', 'evt.order.order-refund_requested.>'],
    ['evt.order.order-uses_redeemed.>', 'evt.order.order-uses_released.>'],
  ]);
  expect(consumers[0]?.config).toMatchObject({ ack_policy: 'explicit', ack_wait: 10e9, max_ack_pending: 8_192 });
});

test('setting up again changes nothing, and another setting is taken over without losing anything', async () => {
  const order = await world.connect('order-svc');
  await order.publish([event({ number: 1 }), event({ number: 2 })]);
  await Promise.all([setup(), setup()]);
  expect((await manager.streams.info('EVT_ORDER')).state.messages).toBe(2);
  await setup({ maxBytes: 2 ** 20 });
  const { config, state } = await manager.streams.info('EVT_ORDER');
  expect({ bytes: config.max_bytes, messages: state.messages }).toEqual({ bytes: 2 ** 20, messages: 2 });
});
