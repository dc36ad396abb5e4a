import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { EventEnvelope } from '@kervan/contracts';
import { jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import { hear, setupStreams, startRebuild, startRelay } from '../src/index.ts';
import type { Bus, Log, Notes } from '../src/index.ts';
import { confirmed, event, eventually, pause, startWorld } from './world.ts';
import type { World } from './world.ts';

let world: World;
let manager: JetStreamManager;
beforeEach(async () => {
  world = await startWorld();
  manager = await jetstreamManager(await world.bare('setup'), { checkAPI: false });
});
/** Whatever came of a test, nothing of it goes on. */
const running: { stop: () => Promise<void> }[] = [];
const run = <Running extends { stop: () => Promise<void> }>(started: Running): Running => {
  running.push(started);
  return started;
};
afterEach(async () => {
  await Promise.all(running.splice(0).map(({ stop }) => stop()));
  await world.stop();
});

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

type Row = { readonly event: EventEnvelope; sent: boolean };

/** What copies of a service keep in common. */
const database = () => {
  const rows = new Map<string, Row>();
  const noted = new Map<string, string>();
  return {
    rows,
    noted,
    notes: {
      read: async (name) => noted.get(name) ?? null,
      write: async (name, value) => void noted.set(name, value),
    } satisfies Notes,
    /** One copy's outbox, which marks what was sent a while later, as the store's does. */
    outbox: () => {
      let marks: Row[] = [];
      const flush = (): void => {
        for (const { event: sent } of marks) rows.set(sent.id, { event: sent, sent: true });
        marks = [];
      };
      return {
        flush,
        onWritten: () => undefined,
        unsent: async ({ limit }: { limit: number }) => {
          flush();
          return [...rows.values()].filter(({ sent }) => !sent).slice(0, limit);
        },
        markSent: (sent: readonly Row[]) => void marks.push(...sent),
        sendAgain: async () => {
          flush();
          const sent = [...rows.values()].filter((row) => row.sent);
          for (const row of sent) row.sent = false;
          return sent.length;
        },
      };
    },
  };
};

const write = ({ rows }: ReturnType<typeof database>, count: number): void => {
  for (let number = 0; number < count; number += 1) {
    const written = event({ number });
    rows.set(written.id, { event: written, sent: false });
  }
};
const setup = () => setupStreams({ servers: world.server.url, nkeySeed: world.server.seeds.setup });
const stored = async (): Promise<number> => (await manager.streams.info('EVT_ORDER')).state.messages;
const loseStream = async (): Promise<void> => {
  await manager.streams.delete('EVT_ORDER');
  await setup();
};

/** A copy of order-svc that publishes and rebuilds. */
const startCopy = async (shared: ReturnType<typeof database>, log: Log = silent) => {
  const bus: Bus = await world.connect('order-svc');
  const outbox = shared.outbox();
  const relay = run(startRelay({ bus, outbox, log: silent, sweepMs: 50 }));
  const rebuild = run(startRebuild({ bus, outbox, notes: shared.notes, log, lookMs: 100 }));
  return {
    outbox,
    bus,
    stop: async () => {
      await Promise.all([relay.stop(), rebuild.stop()]);
    },
  };
};

test('a stream that is made anew gets all events again under their ids, as often as it happens', async () => {
  const shared = database();
  const heard: string[] = [];
  const inventory = await world.connect('inventory-svc');
  await inventory.serve([hear(confirmed, async ({ id }) => void heard.push(id))]);
  const copies = await Promise.all([startCopy(shared), startCopy(shared)]);
  for (let round = 1; round <= 3; round += 1) {
    write(shared, 700);
    await eventually(async () => expect(await stored()).toBe(round * 700));
    await loseStream();
    await eventually(async () => {
      expect(await stored()).toBe(round * 700);
      for (const { outbox } of copies) outbox.flush();
      expect([...shared.rows.values()].filter(({ sent }) => !sent)).toEqual([]);
    }, 20_000);
    await eventually(() => expect(new Set(heard)).toEqual(new Set(shared.rows.keys())), 20_000);
  }
});

test('one copy marks late what the lost stream had: it undoes that itself, although another one was first to notice', async () => {
  const shared = database();
  const bus = await world.connect('order-svc');
  const first = shared.outbox();
  const late = shared.outbox();
  const notices: (() => void)[] = [];
  const common = { notes: shared.notes, log: silent, lookMs: 3_600_000 };
  for (const outbox of [first, late]) {
    const notified = { ownStream: bus.ownStream, onBack: (listen: () => void) => void notices.push(listen) };
    run(startRebuild({ ...common, outbox, bus: notified }));
  }
  await eventually(() => expect(shared.noted.size).toBe(1));
  await pause(200);
  write(shared, 10);
  await bus.publish([...shared.rows.values()].map((row) => row.event));
  late.markSent([...shared.rows.values()]);
  await loseStream();
  const known = shared.noted.get('EVT_ORDER');
  notices[0]?.();
  await eventually(() => expect(shared.noted.get('EVT_ORDER')).not.toBe(known));
  late.flush();
  expect([...shared.rows.values()].every(({ sent }) => sent)).toBe(true);
  notices[1]?.();
  await eventually(() => expect([...shared.rows.values()].some(({ sent }) => sent)).toBe(false));
});

test('what could not be done to its end is done again: only then is the new stream known', async () => {
  const shared = database();
  write(shared, 5);
  let refusals = 0;
  const { bus, outbox, stop } = await startCopy(shared);
  await eventually(async () => expect(await stored()).toBe(5));
  await eventually(() => expect(shared.noted.size).toBe(1));
  await stop();
  outbox.flush();
  await loseStream();
  const known = shared.noted.get('EVT_ORDER');
  const notes = { ...shared.notes, write: () => Promise.reject(new Error(`gone ${++refusals}`)) };
  const dying = run(startRebuild({ bus, outbox, notes, log: silent, lookMs: 50 }));
  await eventually(() => expect(refusals).toBeGreaterThan(0));
  await dying.stop();
  expect(shared.noted.get('EVT_ORDER')).toBe(known);
  for (const row of shared.rows.values()) row.sent = true;

  await startCopy(shared);
  await eventually(async () => expect(await stored()).toBe(5));
  expect(shared.noted.get('EVT_ORDER')).not.toBe(known);
});

test('a new system, a stream that stays, and one that is not there yet are nothing to speak of', async () => {
  const said: string[] = [];
  const log: Log = { ...silent, warn: (_fields, message) => void said.push(message) };
  const shared = database();
  await manager.streams.delete('EVT_ORDER');
  const { bus } = await startCopy(shared, log);
  expect(await bus.ownStream()).toBeNull();
  await setup();
  await eventually(() => expect(shared.noted.size).toBe(1));
  const known = shared.noted.get('EVT_ORDER');
  expect(await bus.ownStream()).toEqual({ name: 'EVT_ORDER', madeAt: known });

  write(shared, 20);
  await eventually(async () => expect(await stored()).toBe(20));
  await world.server.kill();
  expect(await bus.ownStream()).toBeNull();
  await world.server.start();
  await setup();
  await eventually(async () => expect(await bus.ownStream()).toEqual({ name: 'EVT_ORDER', madeAt: known }));
  await pause(500);
  expect({ said, known: shared.noted.get('EVT_ORDER') }).toEqual({ said: [], known });
  const gateway = await world.connect('gateway');
  expect(await gateway.ownStream()).toBeNull();
});
