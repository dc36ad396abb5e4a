import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import { z } from 'zod';
import { hear, retry, watch } from '../src/index.ts';
import type { Bus, Entry, Retry } from '../src/index.ts';
import { confirmed, event, eventually, pause, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let order: Bus;
let manager: JetStreamManager;

beforeAll(async () => {
  world = await startWorld();
  order = await world.connect('order-svc');
  manager = await jetstreamManager(await world.bare('setup'), { checkAPI: false });
});
afterAll(() => world.stop());
beforeEach(async () => {
  await manager.streams.purge('DLQ_INVENTORY');
});

const Letter = z.object({
  service: z.string(),
  stream: z.string(),
  subject: z.string(),
  sequence: z.number(),
  deliveries: z.number(),
  reason: z.string(),
  body: z.string(),
});

const deadLetters = async (): Promise<z.infer<typeof Letter>[]> => {
  const { state } = await manager.streams.info('DLQ_INVENTORY');
  const letters = [];
  for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq += 1) {
    const message = await manager.streams.getMessage('DLQ_INVENTORY', { seq });
    if (message !== null) letters.push(Letter.parse(message.json()));
  }
  return letters;
};

/** Connects inventory-svc with one handler until the test ends. */
const listening = async (
  handler: (number: number, id: string) => Promise<Retry | undefined>,
  run: () => Promise<void>,
  copies = 1,
  more: { concurrency?: number; firstPauseMs?: number } = {},
): Promise<void> => {
  const buses: Bus[] = [];
  for (let copy = 0; copy < copies; copy += 1) {
    const bus = await world.connect('inventory-svc', more);
    await bus.serve([hear(confirmed, async ({ data, id }) => handler(data.number, id))]);
    buses.push(bus);
  }
  try {
    await run();
  } finally {
    await Promise.all(buses.map((bus) => bus.stop()));
  }
};

const allAcknowledged = async (): Promise<void> => {
  const info = await manager.consumers.info('EVT_ORDER', 'inventory-svc');
  expect({ pending: info.num_pending, unacknowledged: info.num_ack_pending }).toEqual({
    pending: 0,
    unacknowledged: 0,
  });
};

test('an event is heard once, with its envelope and parsed data, and acknowledged', async () => {
  const heard: unknown[] = [];
  const bus = await world.connect('inventory-svc');
  await bus.serve([
    hear(confirmed, async (received, context) => {
      heard.push({ ...received, tenantOfContext: context.tenant, left: context.deadline > Date.now() });
    }),
  ]);
  const one = event({ number: 1, extra: true });
  expect(await order.publish([one])).toEqual(new Set([one.id]));
  await eventually(() => expect(heard).toHaveLength(1));
  expect(heard[0]).toEqual({ ...one, data: { number: 1 }, tenantOfContext: 'demo', left: true });
  await eventually(allAcknowledged);
  await bus.stop();
});

test('an event published twice is stored once, and both times acknowledged', async () => {
  const heard: string[] = [];
  await listening(
    async (_number, id) => {
      heard.push(id);
      return undefined;
    },
    async () => {
      const one = event({ number: 1 });
      expect(await order.publish([one])).toEqual(new Set([one.id]));
      expect(await order.publish([one, event({ number: 2 })])).toContain(one.id);
      await eventually(() => expect(heard).toHaveLength(2));
      await eventually(allAcknowledged);
      expect(new Set(heard).size).toBe(2);
    },
  );
});

test('events nobody here handles are acknowledged', async () => {
  await listening(
    async () => undefined,
    async () => {
      await order.publish([event({}, { type: 'order.unheard' })]);
      await eventually(allAcknowledged);
    },
  );
});

test('a wish and a throw bring the event again after a pause', async () => {
  const at: number[] = [];
  await listening(
    async () => {
      at.push(performance.now());
      if (at.length === 1) return retry(300);
      if (at.length === 2) throw new Error('not yet');
      return undefined;
    },
    async () => {
      await order.publish([event({ number: 1 })]);
      await eventually(() => expect(at).toHaveLength(3));
      expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(290);
      expect((at[2] ?? 0) - (at[1] ?? 0)).toBeGreaterThanOrEqual(240);
      await eventually(allAcknowledged);
      expect(await deadLetters()).toEqual([]);
    },
  );
});

test('what is not there yet is waited for: the event stays in hand, is no dead letter, and holds up nobody', async () => {
  const tries = new Map<number, number>();
  await listening(
    async (number) => {
      const count = (tries.get(number) ?? 0) + 1;
      tries.set(number, count);
      return number === 1 && count < 40 ? retry(2) : undefined;
    },
    async () => {
      await order.publish([event({ number: 1 }), event({ number: 2 }), event({ number: 3 })]);
      await eventually(() => expect([...tries]).toEqual([1, 2, 3].map((number) => [number, number === 1 ? 40 : 1])));
      await eventually(allAcknowledged);
      expect(await deadLetters()).toEqual([]);
    },
  );
});

test('a copy that stops gives back what it waits with, and another goes on at once', async () => {
  const one = event({ number: 1 });
  let asked = 0;
  await listening(
    async () => {
      asked += 1;
      return retry(600_000);
    },
    async () => {
      await order.publish([one]);
      await eventually(() => expect(asked).toBe(1));
    },
  );
  const heard: string[] = [];
  await listening(
    async (_number, id) => {
      heard.push(id);
      return undefined;
    },
    async () => {
      await eventually(() => expect(heard).toEqual([one.id]));
      await eventually(allAcknowledged);
    },
  );
});

test('work that takes longer than the server waits for a word is not given to another', async () => {
  const heard: number[] = [];
  await listening(
    async (number) => {
      heard.push(number);
      await pause(12_000);
      return undefined;
    },
    async () => {
      await order.publish([event({ number: 1 })]);
      await eventually(allAcknowledged, 20_000);
      expect(heard).toEqual([1]);
    },
    2,
  );
});

test('a handler that throws ten times leaves a dead letter with its body and reason', async () => {
  let attempts = 0;
  await listening(
    async () => {
      attempts += 1;
      throw new Error('a bug');
    },
    async () => {
      const one = event({ number: 7 });
      await order.publish([one]);
      await eventually(async () => expect(await deadLetters()).toHaveLength(1));
      expect(attempts).toBe(10);
      const [letter] = await deadLetters();
      expect(letter).toMatchObject({ service: 'inventory-svc', stream: 'EVT_ORDER', deliveries: 10 });
      expect(JSON.parse(letter?.body ?? '')).toEqual(one);
      await eventually(allAcknowledged);
    },
    1,
    { firstPauseMs: 1 },
  );
});

test('what can never be handled is a dead letter at once, and holds up nobody', async () => {
  const heard: number[] = [];
  const nats = await world.bare('order-svc');
  await listening(
    async (number) => {
      heard.push(number);
      return undefined;
    },
    async () => {
      nats.publish('evt.order.order-confirmed.demo.ord_1', 'not json');
      nats.publish('evt.order.order-confirmed.demo.ord_2', '{"id":5}');
      await order.publish([event({ number: 'five' })]);
      await order.publish([event({ number: 5 })]);
      await eventually(async () => expect(await deadLetters()).toHaveLength(3));
      expect((await deadLetters()).map(({ deliveries }) => deliveries)).toEqual([1, 1, 1]);
      expect(heard).toEqual([5]);
      await eventually(allAcknowledged);
    },
  );
});

test('no more are in hand than allowed, and copies share the rest', async () => {
  let inHand = 0;
  let most = 0;
  const heard = new Set<string>();
  await listening(
    async (_number, id) => {
      inHand += 1;
      most = Math.max(most, inHand);
      await pause(5);
      inHand -= 1;
      heard.add(id);
      return undefined;
    },
    async () => {
      const events = Array.from({ length: 200 }, (_, number) => event({ number }));
      expect((await order.publish(events)).size).toBe(200);
      await eventually(() => expect(heard.size).toBe(200));
      await eventually(allAcknowledged);
      expect(most).toBeLessThanOrEqual(16);
      expect(most).toBeGreaterThan(4);
    },
    2,
    { concurrency: 8 },
  );
});

test('a copy that stops gives back what it has not begun', async () => {
  const heard = new Set<string>();
  const handler = async (_number: number, id: string): Promise<undefined> => {
    await pause(10);
    heard.add(id);
    return undefined;
  };
  const events = Array.from({ length: 300 }, (_, number) => event({ number }));
  await listening(handler, async () => {
    await order.publish(events);
  });
  await listening(handler, async () => {
    await eventually(() => expect(heard.size).toBe(300), 5_000);
    await eventually(allAcknowledged);
  });
});

test('every copy that watches hears every event', async () => {
  const heard: string[] = [];
  const entry = (copy: string): Entry =>
    watch('catalog', ({ type }) => {
      heard.push(`${copy} ${type}`);
      if (copy === 'one') throw new Error('a watcher that throws');
    });
  const one = await world.connect('catalog-svc');
  const two = await world.connect('catalog-svc');
  await one.serve([entry('one')]);
  await two.serve([entry('two')]);
  for (const type of ['product.changed', 'product.removed']) await one.publish([event({}, { type })]);
  await eventually(() => expect(heard).toHaveLength(4));
  expect([...heard].sort()).toEqual([
    'one product.changed',
    'one product.removed',
    'two product.changed',
    'two product.removed',
  ]);
});

test('what the topology does not allow is refused at start', async () => {
  const catalog = await world.connect('catalog-svc');
  await expect(catalog.serve([hear(confirmed, async () => undefined)])).rejects.toThrow('may not hear');
  const payment = await world.connect('payment-svc');
  await expect(payment.serve([hear(confirmed, async () => undefined)])).rejects.toThrow('may not hear order.confirmed');
  await expect(catalog.serve([watch('order', () => undefined)])).rejects.toThrow('may not watch');
  const gateway = await world.connect('gateway');
  await expect(gateway.publish([event({})])).rejects.toThrow('emits no events');
});

test('none of this met a permission of the server', () => {
  expect(world.lines.filter(({ message }) => message === 'bus error')).toEqual([]);
});
