import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import { hear } from '../src/index.ts';
import type { Bus } from '../src/index.ts';
import { echoEntry } from './echo.ts';
import { confirmed, contextFor, echo, event, eventually, pause, startWorld } from './world.ts';
import type { World } from './world.ts';

const ROUNDS = 40;

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

/** Keeps two copies of something on the bus, and in each round replaces the older one; `begun` and `ended` lead the load. */
const replaceInTurn = async (
  start: () => Promise<Bus>,
  { begun, ended }: { begun: () => void; ended: () => Promise<void> },
): Promise<void> => {
  let [older, newer] = [await start(), await start()];
  begun();
  for (let round = 0; round < ROUNDS; round += 1) {
    await older.stop();
    [older, newer] = [newer, await start()];
  }
  await ended();
  await Promise.all([older.stop(), newer.stop()]);
};

test('copies that answer are stopped and started in turn: not one call fails', async () => {
  const gateway = await world.connect('gateway');
  const start = async (): Promise<Bus> => {
    const catalog = await world.connect('catalog-svc');
    await catalog.serve([echoEntry()]);
    return catalog;
  };
  let over = false;
  let answered = 0;
  const failed: unknown[] = [];
  const call = async (caller: number): Promise<void> => {
    for (let count = 0; !over; count += 1) {
      // Some are still in hand when their copy is told to stop.
      const result = await gateway.call(echo, contextFor(), { text: 'a', waitMs: (caller * count) % 20 });
      if (result.ok) answered += 1;
      else failed.push(result.error);
    }
  };
  let callers: Promise<void>[] = [];
  await replaceInTurn(start, {
    begun: () => (callers = Array.from({ length: 16 }, (_, caller) => call(caller))),
    ended: async () => {
      over = true;
      await Promise.all(callers);
    },
  });
  expect(failed).toEqual([]);
  expect(answered).toBeGreaterThan(ROUNDS);
});

test('copies that hear are stopped and started in turn: not one event is missed or stays in hand', async () => {
  const order = await world.connect('order-svc');
  const heard = new Set<string>();
  const start = async (): Promise<Bus> => {
    const inventory = await world.connect('inventory-svc');
    await inventory.serve([
      hear(confirmed, async ({ id, data }) => {
        await pause(data.number % 20);
        heard.add(id);
      }),
    ]);
    return inventory;
  };
  let over = false;
  const sent: string[] = [];
  const send = async (): Promise<void> => {
    for (let number = 0; !over; number += 1) {
      const events = Array.from({ length: 5 }, () => event({ number }));
      sent.push(...events.map(({ id }) => id));
      expect((await order.publish(events)).size).toBe(events.length);
      await pause(2);
    }
  };
  let sending = Promise.resolve();
  await replaceInTurn(start, {
    begun: () => void (sending = send()),
    ended: async () => {
      over = true;
      await sending;
      await eventually(() => expect(sent.filter((id) => !heard.has(id))).toEqual([]), 30_000);
      const manager = await jetstreamManager(await world.bare('setup'), { checkAPI: false });
      await eventually(async () => {
        const { num_pending: pending, num_ack_pending: inHand } = await manager.consumers.info(
          'EVT_ORDER',
          'inventory-svc',
        );
        expect({ pending, inHand }).toEqual({ pending: 0, inHand: 0 });
      });
    },
  });
  expect(sent.length).toBeGreaterThan(ROUNDS);
});
