import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inventoryRpc, newId, type Reservation, type Result } from '@kervan/contracts';
import { eventually, tallyResults } from '@kervan/testing';
import { reservations } from '../src/collections.ts';
import { faultsIn, hold, startInventory, valueOf, type Inventory } from './inventory.ts';

const KILLS = 6;
const BUYERS = 24;
/** What says nothing about whether it happened: whoever gets it asks again. */
const UNKNOWN = new Set(['service_unavailable', 'deadline_exceeded']);

let inventory: Inventory;
beforeAll(async () => {
  inventory = await startInventory();
});
afterAll(async () => {
  await inventory.stop();
});

/** Asks until the answer means something, as order-svc does with the same order id. */
const persist = async (ask: () => Promise<Result<Reservation>>): Promise<Result<Reservation>> => {
  for (;;) {
    const result = await ask();
    if (result.ok || !UNKNOWN.has(result.error.code)) return result;
    await setTimeout(50);
  }
};

type Fate = {
  orderId: string;
  reserved: Result<Reservation>;
  then: 'commit' | 'release' | 'hold';
  end: Result<Reservation> | null;
};

test('killed again and again in the middle of reserves, commits and releases: every answer stands and the numbers hold', async () => {
  const skus = [newId('variant'), newId('variant'), newId('variant')];
  const items = skus.map((sku) => ({ sku, onHand: 400 }));
  valueOf(await inventory.call(inventoryRpc.ensureStock, { items }));

  const fates: Fate[] = [];
  let isOver = false;
  const buy = async (): Promise<void> => {
    while (!isOver) {
      const orderId = newId('order');
      const [one = '', other = ''] = skus.toSorted(() => Math.random() - 0.5);
      const request = hold(orderId, { [one]: 1, [other]: 2 });
      const reserved = await persist(() => inventory.call(inventoryRpc.reserve, request, 'demo', 1_500));
      const then = (['commit', 'release', 'release', 'hold'] as const)[Math.floor(Math.random() * 4)] ?? 'hold';
      const fate: Fate = { orderId, reserved, then, end: null };
      fates.push(fate);
      if (!reserved.ok || then === 'hold') continue;
      fate.end = await persist(() =>
        then === 'commit'
          ? inventory.call(inventoryRpc.commit, { orderId }, 'demo', 1_500)
          : inventory.call(inventoryRpc.release, { orderId, reason: 'changed my mind' }, 'demo', 1_500),
      );
    }
  };
  const buyers = Array.from({ length: BUYERS }, buy);
  for (let kill = 0; kill < KILLS; kill++) {
    // Somewhere in the middle of things: when so many more orders have begun.
    const begun = fates.length + 20 + Math.floor(Math.random() * 40);
    await eventually(() => expect(fates.length).toBeGreaterThan(begun), { withinMs: 30_000, everyMs: 1 });
    await inventory.stacks[0]?.kill('inventory-svc');
    await inventory.stacks[0]?.restart('inventory-svc');
  }
  isOver = true;
  await Promise.all(buyers);

  expect(await faultsIn(inventory.store)).toEqual([]);
  const stored = new Map(
    (await inventory.store.raw(reservations).find().toArray()).map((row) => [row._id, row['status']]),
  );
  for (const { orderId, reserved, then, end } of fates) {
    const expected = { commit: 'committed', release: 'released', hold: 'held' }[then];
    expect({ orderId, status: stored.get(orderId) }).toEqual({ orderId, status: reserved.ok ? expected : undefined });
    if (end !== null) expect(tallyResults([end])).toEqual({ ok: 1 });
  }
}, 240_000);
