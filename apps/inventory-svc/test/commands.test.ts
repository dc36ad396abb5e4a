import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inventoryEvents, inventoryRpc, newId, orderEvents, type Result } from '@kervan/contracts';
import { eventually, tallyResults } from '@kervan/testing';
import { reservations, stock } from '../src/collections.ts';
import { stockAggregateId } from '../src/stock/stock.ts';
import { faultsIn, hold, startInventory, valueOf, type Inventory } from './inventory.ts';

let inventory: Inventory;
beforeAll(async () => {
  inventory = await startInventory();
});
afterAll(async () => {
  expect(await faultsIn(inventory.store)).toEqual([]);
  await inventory.stop();
});

/** A SKU of its own with so many pieces. */
const stocked = async (onHand: number, tenant = 'demo'): Promise<string> => {
  const sku = `SKU ${newId('variant')}`;
  expect(await inventory.call(inventoryRpc.ensureStock, { items: [{ sku, onHand }] }, tenant)).toEqual({
    ok: true,
    value: { created: 1 },
  });
  return sku;
};
const numbersOf = async (sku: string, tenant = 'demo') => {
  const { items } = valueOf(await inventory.call(inventoryRpc.getStock, { skus: [sku] }, tenant));
  return items.map(({ onHand, reserved, available }) => ({ onHand, reserved, available }))[0];
};
const ledgerOf = async (sku: string) =>
  valueOf(await inventory.call(inventoryRpc.listLedger, { sku, limit: 100 }))
    .data.map(({ type }) => type)
    .reverse();

describe('reserve', () => {
  test('a thousand buyers of a hundred pieces: a hundred have them, nine hundred are told what there is', async () => {
    const sku = await stocked(100);
    const results = await Promise.all(
      Array.from({ length: 1_000 }, () => inventory.call(inventoryRpc.reserve, hold(newId('order'), { [sku]: 1 }))),
    );
    expect(tallyResults(results)).toEqual({ ok: 100, out_of_stock: 900 });
    expect(await numbersOf(sku)).toEqual({ onHand: 100, reserved: 100, available: 0 });
    const refused = results.find((result) => !result.ok);
    expect(refused).toMatchObject({ error: { details: { lines: [{ sku, requested: 1, available: 0 }] } } });
  });

  test('fifty equal calls at once take the goods once and get the same answer', async () => {
    const sku = await stocked(100);
    const request = hold(newId('order'), { [sku]: 2 });
    const results = await Promise.all(Array.from({ length: 50 }, () => inventory.call(inventoryRpc.reserve, request)));
    expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
    expect(await numbersOf(sku)).toEqual({ onHand: 100, reserved: 2, available: 98 });
  });

  test('of several lines all or none', async () => {
    const [shirt, cap] = [await stocked(5), await stocked(1)];
    const result = await inventory.call(inventoryRpc.reserve, hold(newId('order'), { [shirt]: 1, [cap]: 2 }));
    expect(result).toMatchObject({ error: { code: 'out_of_stock' } });
    expect(await numbersOf(shirt)).toEqual({ onHand: 5, reserved: 0, available: 5 });
  });

  test('what lapsed counts as free at once, with a release in the ledger', async () => {
    const sku = await stocked(1);
    const late = newId('order');
    valueOf(await inventory.call(inventoryRpc.reserve, hold(late, { [sku]: 1 }, -1)));
    valueOf(await inventory.call(inventoryRpc.reserve, hold(newId('order'), { [sku]: 1 })));
    const listed = valueOf(await inventory.call(inventoryRpc.listReservations, { orderId: late }));
    expect(listed.data).toMatchObject([{ orderId: late, status: 'expired' }]);
    expect(await ledgerOf(sku)).toEqual(['receive', 'reserve', 'release', 'reserve']);
  });

  test('hundreds of lapsed reservations make room for one large order', async () => {
    const sku = await stocked(450);
    const lapsing = Array.from({ length: 450 }, () => hold(newId('order'), { [sku]: 1 }, -1));
    expect(tallyResults(await Promise.all(lapsing.map((each) => inventory.call(inventoryRpc.reserve, each))))).toEqual({
      ok: 450,
    });
    valueOf(await inventory.call(inventoryRpc.reserve, hold(newId('order'), { [sku]: 450 })));
    expect(await numbersOf(sku)).toEqual({ onHand: 450, reserved: 450, available: 0 });
  });

  test('after a release that came first it is refused, and `again` takes the goods', async () => {
    const sku = await stocked(3);
    const orderId = newId('order');
    const released = await inventory.call(inventoryRpc.release, { orderId, reason: 'cancelled' });
    expect(released).toMatchObject({ value: { status: 'released', lines: [] } });
    const request = hold(orderId, { [sku]: 3 });
    expect(await inventory.call(inventoryRpc.reserve, request)).toMatchObject({
      error: { code: 'reservation_closed' },
    });
    expect(await inventory.call(inventoryRpc.reserve, { ...request, again: true })).toMatchObject({
      value: { status: 'held' },
    });
  });
});

test('extend moves the end later, never earlier', async () => {
  const sku = await stocked(1);
  const orderId = newId('order');
  const first = valueOf(await inventory.call(inventoryRpc.reserve, hold(orderId, { [sku]: 1 }, 60)));
  const later = new Date(Date.now() + 600_000).toISOString();
  expect(await inventory.call(inventoryRpc.extend, { orderId, expiresAt: later })).toMatchObject({
    value: { expiresAt: later },
  });
  const earlier = { orderId, expiresAt: first.expiresAt };
  expect(await inventory.call(inventoryRpc.extend, earlier)).toMatchObject({ value: { expiresAt: later } });
  expect(await inventory.call(inventoryRpc.extend, { ...earlier, orderId: newId('order') })).toMatchObject({
    error: { code: 'not_found' },
  });
});

test("shops do not see each other's stock or orders", async () => {
  const sku = await stocked(1);
  const orderId = newId('order');
  valueOf(await inventory.call(inventoryRpc.reserve, hold(orderId, { [sku]: 1 })));
  expect(await numbersOf(sku, 'other')).toBeUndefined();
  const calls = [
    inventory.call(inventoryRpc.reserve, hold(orderId, { [sku]: 1 }), 'other'),
    inventory.call(inventoryRpc.extend, { orderId, expiresAt: new Date().toISOString() }, 'other'),
    inventory.call(inventoryRpc.commit, { orderId }, 'other'),
    inventory.call(inventoryRpc.release, { orderId, reason: 'x' }, 'other'),
  ];
  expect(tallyResults(await Promise.all<Awaited<(typeof calls)[number]>>(calls))).toEqual({ not_found: 4 });
  expect(valueOf(await inventory.call(inventoryRpc.listReservations, { orderId }, 'other')).data).toEqual([]);
  expect(await inventory.call(inventoryRpc.listLedger, { sku }, 'other')).toMatchObject({
    error: { code: 'sku_not_found' },
  });
});

test('a transaction that nobody goes on with is ended, and the stock it touched can be sold', async () => {
  const sku = await stocked(5);
  const session = inventory.store.raw(stock).db.client.startSession();
  session.startTransaction();
  await inventory.store.raw(stock).updateOne({ _id: `demo:${sku}` }, { $set: { onHand: 0 } }, { session });
  valueOf(await inventory.call(inventoryRpc.reserve, hold(newId('order'), { [sku]: 5 })));
  await expect(session.commitTransaction()).rejects.toThrow();
  await session.endSession();
  expect(await numbersOf(sku)).toEqual({ onHand: 5, reserved: 5, available: 0 });
});

test('a document that cannot be read fails its own caller and nobody else', async () => {
  const sku = await stocked(50);
  const broken = newId('order');
  await inventory.store.raw(reservations).insertOne({ _id: broken, tenant: 'demo', status: 'mislaid' });
  const results = await Promise.all<Result<unknown>>([
    inventory.call(inventoryRpc.commit, { orderId: broken }),
    ...Array.from({ length: 20 }, () => inventory.call(inventoryRpc.reserve, hold(newId('order'), { [sku]: 1 }))),
  ]);
  expect(tallyResults(results)).toEqual({ internal_error: 1, ok: 20 });
  await inventory.store.raw(reservations).deleteOne({ _id: broken });
});

describe("the order's events", () => {
  test('confirmed takes the goods off the shelf, cancelled brings them back', async () => {
    const sku = await stocked(5);
    const orderId = newId('order');
    valueOf(await inventory.call(inventoryRpc.reserve, hold(orderId, { [sku]: 2 })));
    await inventory.tell(orderEvents.confirmed, orderId, 2, [{ sku, quantity: 2 }]);
    await eventually(async () => expect(await numbersOf(sku)).toEqual({ onHand: 3, reserved: 0, available: 3 }));
    await inventory.tell(orderEvents.cancelled, orderId, 3, [{ sku, quantity: 2 }]);
    await eventually(async () => expect(await numbersOf(sku)).toEqual({ onHand: 5, reserved: 0, available: 5 }));
    expect(await ledgerOf(sku)).toEqual(['receive', 'reserve', 'commit', 'return']);
  });

  test('confirmed without goods is told by an event, once however often it is heard', async () => {
    const sku = await stocked(1);
    const orderId = newId('order');
    const lines = [{ sku, quantity: 2 }];
    await inventory.tell(orderEvents.confirmed, orderId, 2, lines);
    await inventory.tell(orderEvents.confirmed, orderId, 2, lines);
    const told = () => inventory.told.filter(({ aggregateId }) => aggregateId === orderId);
    await eventually(() => expect(told()).toHaveLength(1));
    const data = { orderId, lines: [{ sku, requested: 2, available: 1 }] };
    expect(told()).toMatchObject([{ type: inventoryEvents.commitFailed.type, tenant: 'demo', sequence: 1, data }]);
    const other = newId('order');
    await inventory.tell(orderEvents.confirmed, other, 2, [{ sku, quantity: 1 }]);
    await eventually(async () => expect(await numbersOf(sku)).toEqual({ onHand: 0, reserved: 0, available: 0 }));
    expect(told()).toHaveLength(1);
  });
});

describe('stock', () => {
  const adjust = (
    sku: string,
    adjustment: { delta?: number; count?: number; lowStockAt?: number; backorder?: boolean },
    key?: string,
  ) =>
    inventory.call(inventoryRpc.adjustStock, {
      sku,
      adjustment: { reason: 'received', ...adjustment },
      ...(key === undefined ? {} : { idempotencyKey: key }),
    });

  test('is adjusted once per key, also when asked at the same time', async () => {
    const sku = await stocked(1);
    const results = await Promise.all(Array.from({ length: 10 }, () => adjust(sku, { delta: 5 }, 'delivery 1')));
    expect(results.map((result) => valueOf(result).onHand)).toEqual(Array.from({ length: 10 }, () => 6));
    expect(valueOf(await adjust(sku, { delta: 5 }, 'delivery 1')).onHand).toBe(6);
    expect(await ledgerOf(sku)).toEqual(['receive', 'receive']);
  });

  test('never falls below what is reserved', async () => {
    const sku = await stocked(3);
    valueOf(await inventory.call(inventoryRpc.reserve, hold(newId('order'), { [sku]: 2 })));
    expect(await adjust(sku, { count: 1 })).toMatchObject({ error: { code: 'stock_below_zero' } });
    expect(await adjust(`${sku} unknown`, { count: 1 })).toMatchObject({ error: { code: 'sku_not_found' } });
    expect(valueOf(await adjust(sku, { count: 2 }))).toMatchObject({ onHand: 2, reserved: 2, available: 0 });
  });

  test('says when it gets low and when it is out, each once per crossing', async () => {
    const sku = await stocked(10);
    valueOf(await adjust(sku, { delta: 0, lowStockAt: 5 }));
    for (const quantity of [4, 1, 2, 3]) {
      valueOf(await inventory.call(inventoryRpc.reserve, hold(newId('order'), { [sku]: quantity })));
    }
    const told = () => inventory.told.filter(({ aggregateId }) => aggregateId === stockAggregateId(sku));
    await eventually(() => expect(told()).toHaveLength(2));
    expect(told()).toMatchObject([
      { type: 'stock.low', sequence: 1, data: { sku, available: 5, lowStockAt: 5 } },
      { type: 'stock.out', sequence: 2, data: { sku } },
    ]);
    const out = valueOf(await inventory.call(inventoryRpc.listStock, { level: 'out', sku }));
    expect(out.data).toMatchObject([{ sku, available: 0 }]);
  });

  test('rows that are there are never touched by ensure', async () => {
    const sku = await stocked(3);
    const again = await inventory.call(inventoryRpc.ensureStock, { items: [{ sku, onHand: 9 }] });
    expect(again).toEqual({ ok: true, value: { created: 0 } });
    expect((await numbersOf(sku))?.onHand).toBe(3);
  });

  test('is listed page by page, as is its ledger, newest first', async () => {
    const sku = await stocked(10);
    for (const delta of [1, 2, 3]) valueOf(await adjust(sku, { delta }));
    const deltas: number[] = [];
    let cursor: string | undefined;
    do {
      const page = valueOf(
        await inventory.call(inventoryRpc.listLedger, { sku, limit: 2, ...(cursor === undefined ? {} : { cursor }) }),
      );
      deltas.push(...page.data.map(({ onHandDelta }) => onHandDelta));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(deltas).toEqual([3, 2, 1, 10]);
    expect(await inventory.call(inventoryRpc.listStock, { cursor: 'nonsense' })).toMatchObject({
      error: { code: 'invalid_cursor' },
    });
  });

  test('that drifted is found, and the ledger puts it right', async () => {
    const tenant = 'drifting';
    const skus = [await stocked(10, tenant), await stocked(10, tenant)];
    const [sku = ''] = skus;
    await inventory.store.raw(stock).updateOne({ _id: `${tenant}:${sku}` }, { $set: { onHand: 12, reserved: 1 } });
    const drift = { sku, stock: { onHand: 12, reserved: 1 }, ledger: { onHand: 10, reserved: 0 } };
    expect(valueOf(await inventory.call(inventoryRpc.recomputeStock, {}, tenant))).toEqual({
      checked: 2,
      drift: [{ ...drift, repaired: false }],
    });
    expect(valueOf(await inventory.call(inventoryRpc.recomputeStock, { repair: true, sku }, tenant))).toEqual({
      checked: 1,
      drift: [{ ...drift, repaired: true }],
    });
    expect(valueOf(await inventory.call(inventoryRpc.recomputeStock, { repair: true }, tenant)).drift).toEqual([]);
    expect(await numbersOf(sku, tenant)).toEqual({ onHand: 10, reserved: 0, available: 10 });
  });
});
