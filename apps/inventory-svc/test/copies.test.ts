import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { inventoryRpc, newId, type Result } from '@kervan/contracts';
import { eventually, inTurns, tallyResults } from '@kervan/testing';
import { faultsIn, hold, startInventory, valueOf, type Inventory } from './inventory.ts';

let inventory: Inventory;
beforeAll(async () => {
  inventory = await startInventory(2, { RESERVATION_SWEEP_S: '0.2' });
});
afterAll(async () => {
  expect(await faultsIn(inventory.store)).toEqual([]);
  await inventory.stop();
});

const stocked = async (onHand: number): Promise<string> => {
  const sku = newId('variant');
  valueOf(await inventory.call(inventoryRpc.ensureStock, { items: [{ sku, onHand }] }));
  return sku;
};
const numbersOf = async (sku: string) => {
  const { items } = valueOf(await inventory.call(inventoryRpc.getStock, { skus: [sku] }));
  return items.map(({ onHand, reserved }) => ({ onHand, reserved }))[0];
};

test('two copies on one SKU: as many buyers as pieces', async () => {
  const sku = await stocked(100);
  const requests = Array.from({ length: 1_000 }, () => hold(newId('order'), { [sku]: 1 }));
  const results = await inTurns(requests.map((request) => () => inventory.call(inventoryRpc.reserve, request)));
  expect(tallyResults(results)).toEqual({ ok: 100, out_of_stock: 900 });
  expect(await numbersOf(sku)).toEqual({ onHand: 100, reserved: 100 });
});

test('the same order from both copies at once is reserved once', async () => {
  const sku = await stocked(1);
  const request = hold(newId('order'), { [sku]: 1 });
  const results = await inTurns(Array.from({ length: 50 }, () => () => inventory.call(inventoryRpc.reserve, request)));
  expect(tallyResults(results)).toEqual({ ok: 50 });
  expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
});

test('two lines in opposite orders: no deadlock, all or nothing', async () => {
  const [one, other] = [await stocked(150), await stocked(170)];
  const requests = Array.from({ length: 400 }, (_, index) =>
    hold(newId('order'), index % 2 === 0 ? { [one]: 1, [other]: 1 } : { [other]: 1, [one]: 1 }),
  );
  const results = await inTurns(requests.map((request) => () => inventory.call(inventoryRpc.reserve, request)));
  expect(tallyResults(results)).toEqual({ ok: 150, out_of_stock: 250 });
  expect([await numbersOf(one), await numbersOf(other)]).toEqual([
    { onHand: 150, reserved: 150 },
    { onHand: 170, reserved: 150 },
  ]);
});

test('one adjustment with one key from both copies counts once', async () => {
  const sku = await stocked(1);
  const request = { sku, adjustment: { delta: 4, reason: 'delivery' }, idempotencyKey: 'delivery 7' };
  const results = await inTurns(
    Array.from({ length: 20 }, () => () => inventory.call(inventoryRpc.adjustStock, request)),
  );
  expect(tallyResults(results)).toEqual({ ok: 20 });
  expect(await numbersOf(sku)).toEqual({ onHand: 5, reserved: 0 });
});

test('a storm of everything in any order adds up', async () => {
  const skus = [await stocked(60), await stocked(40), await stocked(20)];
  const orders = Array.from({ length: 60 }, () => newId('order'));
  const calls = Array.from({ length: 1_500 }, (_, index) => {
    const orderId = orders[(index * 7) % orders.length] ?? '';
    const sku = skus[index % skus.length] ?? '';
    const otherSku = skus[(index * 5) % skus.length] ?? '';
    const expiresAt = new Date(Date.now() + ((index % 3) - 1) * 60_000).toISOString();
    const kinds: (() => Promise<Result<unknown>>)[] = [
      () =>
        inventory.call(inventoryRpc.reserve, {
          ...hold(orderId, { [sku]: 2, [otherSku]: 1 }),
          expiresAt,
          again: index % 2 === 0,
        }),
      () => inventory.call(inventoryRpc.commit, { orderId }),
      () => inventory.call(inventoryRpc.release, { orderId, reason: 'storm' }),
      () => inventory.call(inventoryRpc.extend, { orderId, expiresAt }),
      () => inventory.call(inventoryRpc.adjustStock, { sku, adjustment: { delta: (index % 5) - 2, reason: 'storm' } }),
    ];
    return kinds[Math.floor(Math.random() * kinds.length)] ?? (() => inventory.call(inventoryRpc.commit, { orderId }));
  });
  const outcomes = tallyResults(await inTurns(calls));
  expect(outcomes).not.toHaveProperty('internal_error');
  expect(outcomes).not.toHaveProperty('deadline_exceeded');
  expect(outcomes['ok']).toBeGreaterThan(300);
  expect(await faultsIn(inventory.store)).toEqual([]);
});

test('the sweep ends what lapsed although nobody needs it', async () => {
  const sku = await stocked(300);
  const lapsing = Array.from({ length: 250 }, () => hold(newId('order'), { [sku]: 1 }, -1));
  expect(tallyResults(await inTurns(lapsing.map((each) => () => inventory.call(inventoryRpc.reserve, each))))).toEqual({
    ok: 250,
  });
  await eventually(async () => expect(await numbersOf(sku)).toEqual({ onHand: 300, reserved: 0 }));
});
