import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { DeadLetter } from '@kervan/contracts';
import { defineEvent } from '@kervan/contracts';
import { jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import { pack } from 'msgpackr/pack';
import { z } from 'zod';
import { hear, retry, setupStreams } from '../src/index.ts';
import type { Bus, Entry } from '../src/index.ts';
import { echoEntry } from './echo.ts';
import { confirmed, contextFor, echo, event, eventually, startWorld } from './world.ts';
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

const setUp = () => setupStreams({ servers: world.server.url, nkeySeed: world.server.seeds.setup });

/** Runs with inventory-svc connected, hearing with one entry. */
const withInventory = async (
  entry: Entry,
  run: (bus: Bus) => Promise<void>,
  more: { concurrency?: number; firstPauseMs?: number } = { firstPauseMs: 1 },
): Promise<void> => {
  const bus = await world.connect('inventory-svc', more);
  await bus.serve([entry]);
  try {
    await run(bus);
  } finally {
    await bus.stop();
  }
};
const broken = hear(confirmed, async () => {
  throw new Error('a bug');
});

/** All letters of a shop, page by page. */
const lettersOf = async (bus: Bus, tenant = 'demo', limit = 100): Promise<DeadLetter[]> => {
  const letters: DeadLetter[] = [];
  let cursor: string | null = '1';
  while (cursor !== null) {
    const page: Awaited<ReturnType<Bus['deadLetters']['list']>> = await bus.deadLetters.list(
      { limit, cursor },
      { ...contextFor(), tenant },
    );
    if (!page.ok) throw new Error(page.error.code);
    letters.push(...page.value.data);
    cursor = page.value.nextCursor;
  }
  return letters;
};
const untilLetters = (bus: Bus, count: number): Promise<void> =>
  eventually(async () => expect(await lettersOf(bus)).toHaveLength(count));
const replay = (bus: Bus, id: string, tenant = 'demo') => bus.deadLetters.replay({ id }, { ...contextFor(), tenant });

test('what a service of an older version could not read is handled once the service is up to date', async () => {
  const newer = event({ number: 'five' });
  await withInventory(
    hear(confirmed, async () => undefined),
    async (bus) => {
      await order.publish([newer]);
      await untilLetters(bus, 1);
      const [letter] = await lettersOf(bus);
      expect(letter).toMatchObject({
        service: 'inventory-svc',
        stream: 'EVT_ORDER',
        subject: `evt.order.order-confirmed.demo.${newer.aggregateId}`,
        deliveries: 1,
        eventId: newer.id,
        eventType: 'order.confirmed',
        aggregateId: newer.aggregateId,
      });
      expect(JSON.parse(letter?.body ?? '')).toEqual(newer);
      expect(await bus.deadLetters.get({ id: letter?.id ?? '' }, contextFor())).toEqual({ ok: true, value: letter });
      const refusal = { ok: false, error: { code: 'dead_letter_failed_again', details: { cause: 'not_as_declared' } } };
      expect(await replay(bus, letter?.id ?? '')).toEqual(refusal);
      await untilLetters(bus, 1);
    },
  );
  const next = defineEvent({ owner: 'order', type: 'order.confirmed', data: z.object({ number: z.string() }) });
  const heard: unknown[] = [];
  const entry = hear(next, async (received, { actor }) => {
    heard.push({ ...received, actor });
  });
  await withInventory(entry, async (bus) => {
    const [letter] = await lettersOf(bus);
    const id = letter?.id ?? '';
    expect(await replay(bus, id, 'other')).toMatchObject({ error: { code: 'not_found' } });
    expect(heard).toEqual([]);
    expect(await replay(bus, id)).toEqual({ ok: true, value: { id, status: 'replayed' } });
    expect(heard).toEqual([{ ...newer, actor: { kind: 'system', id: 'inventory-svc' } }]);
    expect(await lettersOf(bus)).toEqual([]);
    expect(await replay(bus, id)).toMatchObject({ error: { code: 'not_found' } });
  });
});

test('a letter tells why its event fails again, and stays', async () => {
  let outcome: 'throw' | 'wait' = 'throw';
  const entry = hear(confirmed, async () => {
    if (outcome === 'throw') throw new Error('a bug');
    return retry();
  });
  await withInventory(entry, async (bus) => {
    await order.publish([event({ number: 1 })]);
    await untilLetters(bus, 1);
    const [{ id } = { id: '' }] = await lettersOf(bus);
    const causeOf = async () => {
      const result = await replay(bus, id);
      return result.ok ? null : result.error.details;
    };
    expect(await causeOf()).toEqual({ cause: 'handler_failed' });
    outcome = 'wait';
    expect(await causeOf()).toEqual({ cause: 'not_ready' });
    expect(await lettersOf(bus)).toMatchObject([{ id, deliveries: 10, reason: 'a bug' }]);
  });
});

test('each shop sees its own, oldest first, in pages; what names no shop is in nobody’s list', async () => {
  const nats = await world.bare('order-svc');
  await withInventory(broken, async (bus) => {
    for (let number = 0; number < 7; number += 1) {
      for (const tenant of ['demo', 'other', 'NO-SHOP'])
        nats.publish(`evt.order.order-confirmed.${tenant}.ord_${number}`, `poison ${number}`);
    }
    nats.publish('evt.order.order-confirmed.demo', 'poison 7');
    await untilLetters(bus, 8);
    for (const limit of [1, 3, 8, 100]) {
      expect((await lettersOf(bus, 'demo', limit)).map(({ body }) => body)).toEqual(
        [0, 1, 2, 3, 4, 5, 6, 7].map((number) => `poison ${number}`),
      );
    }
    expect(await lettersOf(bus, 'other')).toHaveLength(7);
    expect((await manager.streams.info('DLQ_INVENTORY')).state.messages).toBe(22);
    for (const cursor of ['0', '-1', 'one', '1e3', '9'.repeat(16)]) {
      const page = await bus.deadLetters.list({ limit: 1, cursor }, contextFor());
      expect(page).toMatchObject({ error: { code: 'invalid_cursor' } });
    }
    for (const id of ['letter_inventory_0', 'letter_inventory_999999', 'letter_order_1', 'letter_inventory_', 'x'])
      expect(await bus.deadLetters.get({ id }, contextFor())).toMatchObject({ error: { code: 'not_found' } });
  });
});

test('a message that says another shop or kind than its subject is handled for neither, nor replayed', async () => {
  const nats = await world.bare('order-svc');
  const heard: unknown[] = [];
  const entry = hear(confirmed, async (received) => {
    heard.push(received);
  });
  await withInventory(entry, async (bus) => {
    const subject = 'evt.order.order-confirmed.demo.ord_1';
    nats.publish(subject, JSON.stringify(event({ number: 1 }, { tenant: 'other' })));
    nats.publish(subject, JSON.stringify(event({ number: 1 }, { type: 'order.expired' })));
    await untilLetters(bus, 2);
    for (const { id } of await lettersOf(bus))
      expect(await replay(bus, id)).toMatchObject({ error: { details: { cause: 'unreadable' } } });
    expect(heard).toEqual([]);
    expect(await lettersOf(bus, 'other')).toEqual([]);
  });
});

test('an event too large for a letter is cut, and a page of large ones fits an answer', async () => {
  const nats = await world.bare('order-svc');
  await withInventory(broken, async (bus) => {
    for (let number = 0; number < 5; number += 1)
      nats.publish(`evt.order.order-confirmed.demo.ord_${number}`, '\u0000'.repeat(1_000_000));
    await untilLetters(bus, 5);
    const first = await bus.deadLetters.list({ limit: 100 }, contextFor());
    expect(Buffer.byteLength(JSON.stringify(first))).toBeLessThan(1_000_000);
    expect((await lettersOf(bus)).map(({ body }) => body)).toEqual(Array(5).fill('\u0000'.repeat(100_000)));
  });
});

test('while there is no place for letters, an event stays in hand and its deliveries do not run out', async () => {
  await withInventory(broken, async (bus) => {
    await manager.streams.delete('DLQ_INVENTORY');
    await order.publish([event({ number: 1 })]);
    const waits = () => world.lines.filter(({ message }) => message === 'a dead letter cannot be stored').length;
    await eventually(() => expect(waits()).toBeGreaterThan(2));
    const away = { ok: false, error: { code: 'service_unavailable' } };
    expect(await bus.deadLetters.list({ limit: 20 }, contextFor())).toMatchObject(away);
    expect(await replay(bus, 'letter_inventory_1')).toMatchObject(away);
    await setUp();
    await untilLetters(bus, 1);
    expect(await lettersOf(bus)).toMatchObject([{ deliveries: 10, reason: 'a bug' }]);
  });
});

test('events that wait for what is away are in nobody’s way, however many', async () => {
  const heard: number[] = [];
  const entry = hear(confirmed, async ({ data: { number } }) => {
    if (number < 0) return retry(600_000);
    heard.push(number);
    return undefined;
  });
  await withInventory(
    entry,
    async () => {
      await order.publish(Array.from({ length: 300 }, () => event({ number: -1 })));
      await order.publish([event({ number: 1 })]);
      await eventually(() => expect(heard).toEqual([1]));
    },
    { concurrency: 8 },
  );
  await manager.streams.purge('EVT_ORDER');
});

test('a message that is no call is never answered to where no answer belongs, and stops no other call', async () => {
  const catalog = await world.connect('catalog-svc');
  await catalog.serve([echoEntry()]);
  const asker = await world.connect('gateway');
  const nats = await world.bare('gateway');
  const frame = pack({ i: 1, c: contextFor(), b: { text: 'answered' } });
  for (const reply of ['evt.catalog.product-updated.demo.x', 'dlq.order-svc.demo', echo.subject])
    nats.publish(echo.subject, frame, { reply });
  const many = Buffer.concat(Array<Buffer>(65).fill(frame));
  const deep = Buffer.alloc(400_000, 0x91);
  for (const bytes of ['', frame.subarray(0, -1), many, Buffer.alloc(400_000, 1), deep])
    nats.publish(echo.subject, bytes, { reply: '_INBOX.gateway.nobody.x-1' });
  await nats.flush();
  const answer = await asker.call(echo, contextFor(), { text: 'an ordinary call' });
  expect(answer).toEqual({ ok: true, value: { text: 'an ordinary call' } });
  expect((await manager.streams.info('EVT_CATALOG')).state.messages).toBe(0);
  const unreadable = world.lines.filter(({ message }) => message === 'a call is not readable');
  expect(unreadable).toHaveLength(8);
});

test('none of this met a permission of the server', () => {
  expect(world.lines.filter(({ message }) => message === 'bus error')).toEqual([]);
});
