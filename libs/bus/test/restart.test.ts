import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { hear, startRelay, watch } from '../src/index.ts';
import type { Log } from '../src/index.ts';
import { echoEntry } from './echo.ts';
import { memoryOutbox } from './outbox.ts';
import { confirmed, contextFor, echo, event, eventually, pause, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

test('events go out at once, what a crash left goes out later, and a stop leaves nothing unmarked', async () => {
  const order = await world.connect('order-svc');
  const heard: number[] = [];
  const inventory = await world.connect('inventory-svc');
  await inventory.serve([hear(confirmed, async ({ data }) => void heard.push(data.number))]);
  const outbox = memoryOutbox();
  const left = Array.from({ length: 1_200 }, (_, index) => event({ number: index }));
  outbox.write(left, true);
  const relay = startRelay({ bus: order, outbox, log: silent, sweepMs: 300 });
  outbox.write([event({ number: -1 })]);
  await eventually(() => expect(heard).toEqual([-1]));
  await eventually(() => expect(heard).toHaveLength(1_201));
  // Marked after the stream has said that it has them, which may be after they are heard.
  await eventually(() => expect(outbox.left()).toBe(0));

  outbox.write(Array.from({ length: 100 }, () => event({ number: 5 })));
  await relay.stop();
  expect(outbox.left()).toBe(0);
  // A handler in hand may still write while the service stops: that goes out before the connection does.
  outbox.write([event({ number: 6 })]);
  await order.stop();
  expect(outbox.left()).toBe(0);
});

test('a server that is killed and comes back: calls recover, every event arrives, none stays behind', async () => {
  const gateway = await world.connect('gateway');
  const catalog = await world.connect('catalog-svc');
  await catalog.serve([echoEntry()]);
  const order = await world.connect('order-svc');
  const inventory = await world.connect('inventory-svc');
  const heard = new Set<number>();
  await inventory.serve([hear(confirmed, async ({ data }) => void heard.add(data.number))]);
  let missed = 0;
  await catalog.serve([
    watch(
      'catalog',
      () => undefined,
      () => void (missed += 1),
    ),
  ]);
  const outbox = memoryOutbox();
  const relay = startRelay({ bus: order, outbox, log: silent, sweepMs: 300 });

  let running = true;
  let written = 0;
  const codes = new Set<string>();
  let longest = 0;
  const load = Array.from({ length: 8 }, async () => {
    while (running) {
      const started = Date.now();
      const result = await gateway.call(echo, contextFor(3_000), { text: 'a' });
      longest = Math.max(longest, Date.now() - started);
      codes.add(result.ok ? 'ok' : result.error.code);
      outbox.write([event({ number: written++ })]);
      await pause(2);
    }
  });
  for (let round = 0; round < 3; round += 1) {
    await pause(300);
    await world.server.kill();
    await pause(round * 400);
    await world.server.start();
    await eventually(() => expect(catalog.ready()).toBe(true));
  }
  await eventually(async () => {
    expect(await gateway.call(echo, contextFor(), { text: 'back' })).toMatchObject({ ok: true });
  });
  running = false;
  await Promise.all(load);
  expect([...codes].filter((code) => code !== 'ok' && code !== 'service_unavailable')).toEqual([]);
  // Every call ended by itself, at its deadline at the latest.
  expect(longest).toBeLessThan(10_000);
  expect(missed).toBe(3);
  expect(gateway.ready()).toBe(true);

  await eventually(() => expect(outbox.left()).toBe(0), 30_000);
  await eventually(() => expect(heard.size).toBe(written), 30_000);
  await relay.stop();
});

test('while the server is away the service says so, calls end soon and a stop does not hang', async () => {
  const gateway = await world.connect('gateway');
  await world.server.kill();
  await eventually(() => expect(gateway.ready()).toBe(false));
  const started = Date.now();
  expect(await gateway.call(echo, contextFor(), { text: 'a' })).toMatchObject({
    error: { code: 'service_unavailable' },
  });
  expect(Date.now() - started).toBeLessThan(5_000);
  const order = gateway.stop();
  await order;
  await world.server.start();
});
