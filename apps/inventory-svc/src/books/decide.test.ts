import { describe, expect, test } from '@jest/globals';
import type { Result, Shortage } from '@kervan/contracts';
import fc from 'fast-check';
import type { Movement } from '../ledger/ledger.ts';
import { commit, expire, extend, release, reserve } from '../reservations/decide.ts';
import type { Reservation } from '../reservations/reservation.ts';
import { adjust, ensure } from '../stock/adjust.ts';
import { availableOf, stockKey, type StockRow } from '../stock/stock.ts';
import { openBooks, type Books } from './books.ts';

/** A shop's documents in memory: what the database holds between two batches. */
type Shop = { stock: Map<string, StockRow>; reservations: Map<string, Reservation>; ledger: Map<string, Movement> };

const T0 = Date.parse('2026-11-22T10:00:00.000Z');
const at = (seconds: number): Date => new Date(T0 + seconds * 1000);
const emptyShop = (): Shop => ({ stock: new Map(), reservations: new Map(), ledger: new Map() });
const tenant = 'demo';
const actor = 'system';

/** Decides one batch over everything the shop has and keeps what came of it; answers the events as well. */
const batch = (shop: Shop, seconds: number, apply: (books: Books) => void) => {
  const books = openBooks(
    {
      stock: [...shop.stock.values()],
      reservations: [...shop.reservations.values()],
      knownMovements: new Set(shop.ledger.keys()),
      sums: new Map(),
    },
    at(seconds),
  );
  apply(books);
  for (const [key, entry] of books.stock) shop.stock.set(key, entry.current);
  for (const [key, entry] of books.reservations) shop.reservations.set(key, entry.current);
  for (const movement of books.movements) {
    expect(shop.ledger.has(movement._id)).toBe(false);
    shop.ledger.set(movement._id, movement);
  }
  return [...books.reservations.values()].flatMap((entry) => entry.events);
};

const one = <Value>(shop: Shop, seconds: number, apply: (books: Books) => Result<Value>): Result<Value> => {
  const results: Result<Value>[] = [];
  batch(shop, seconds, (books) => results.push(apply(books)));
  const [result] = results;
  if (result === undefined) throw new Error('nothing was decided');
  return result;
};

const stocked = (pieces: Record<string, number>, backorder = false): Shop => {
  const shop = emptyShop();
  const items = Object.entries(pieces).map(([sku, onHand]) => ({ sku, onHand, backorder }));
  batch(shop, 0, (books) => ensure(books, { tenant, items, actor }));
  return shop;
};

const numbers = (shop: Shop, sku: string) => {
  const row = shop.stock.get(stockKey(tenant, sku));
  return row === undefined ? null : { onHand: row.onHand, reserved: row.reserved };
};

const order = (orderId: string) => ({ tenant, orderId, actor });
const hold = (orderId: string, lines: Record<string, number>, until = 900, again = false) => ({
  ...order(orderId),
  lines: Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity })),
  expiresAt: at(until),
  again,
});
const moment = (sequence: number, seconds: number) => ({ sequence, occurredAt: at(seconds) });
const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.error.code);
const shortages = (result: Result<unknown>): readonly Shortage[] | unknown =>
  result.ok ? [] : result.error.details?.['lines'];

/** The numbers that must hold after every batch. */
const expectSums = (shop: Shop) => {
  const held = new Map<string, number>();
  for (const reservation of shop.reservations.values()) {
    if (reservation.status !== 'held') continue;
    for (const { sku, quantity } of reservation.lines) held.set(sku, (held.get(sku) ?? 0) + quantity);
  }
  for (const row of shop.stock.values()) {
    const rows = [...shop.ledger.values()].filter((movement) => movement.sku === row.sku);
    expect(rows.reduce((sum, movement) => sum + movement.onHandDelta, 0)).toBe(row.onHand);
    expect(rows.reduce((sum, movement) => sum + movement.reservedDelta, 0)).toBe(row.reserved);
    expect(held.get(row.sku) ?? 0).toBe(row.reserved);
    expect(rows.map((movement) => movement.sequence)).toEqual(rows.map((_, index) => index + 1));
    if (!row.backorder) expect(availableOf(row)).toBeGreaterThanOrEqual(0);
    const last = rows.at(-1);
    if (last !== undefined) expect(last.balance).toEqual({ onHand: row.onHand, reserved: row.reserved });
  }
};

describe('reserve', () => {
  test('takes all lines, summing equal SKUs, and writes a ledger row for each', () => {
    const shop = stocked({ shirt: 5, cap: 5 });
    const lines = [
      { sku: 'shirt', quantity: 1 },
      { sku: 'cap', quantity: 2 },
      { sku: 'shirt', quantity: 2 },
    ];
    const result = one(shop, 1, (books) => reserve(books, { ...hold('ord_1', {}), lines }));
    expect(result).toMatchObject({
      ok: true,
      value: {
        status: 'held',
        lines: [
          { sku: 'cap', quantity: 2 },
          { sku: 'shirt', quantity: 3 },
        ],
      },
    });
    expect(numbers(shop, 'shirt')).toEqual({ onHand: 5, reserved: 3 });
    expect([...shop.ledger.keys()].filter((id) => id.startsWith('ord_1'))).toEqual([
      'ord_1:reserve1.0',
      'ord_1:reserve1.1',
    ]);
    expectSums(shop);
  });

  test('or none: every short line is named and nothing is taken', () => {
    const shop = stocked({ shirt: 5, cap: 1 });
    const result = one(shop, 1, (books) => reserve(books, hold('ord_1', { shirt: 2, cap: 2, ghost: 1 })));
    expect(codeOf(result)).toBe('out_of_stock');
    expect(shortages(result)).toEqual([
      { sku: 'cap', requested: 2, available: 1 },
      { sku: 'ghost', requested: 1, available: 0 },
    ]);
    expect(numbers(shop, 'shirt')).toEqual({ onHand: 5, reserved: 0 });
    expect(shop.reservations.size).toBe(0);
  });

  test('once per order, whatever the repeat asks for', () => {
    const shop = stocked({ shirt: 5 });
    const first = one(shop, 1, (books) => reserve(books, hold('ord_1', { shirt: 2 })));
    const second = one(shop, 2, (books) => reserve(books, hold('ord_1', { shirt: 3 })));
    expect(second).toEqual(first);
    expect(numbers(shop, 'shirt')).toEqual({ onHand: 5, reserved: 2 });
  });

  test('goes below zero with backorder', () => {
    const shop = stocked({ shirt: 1 }, true);
    expect(codeOf(one(shop, 1, (books) => reserve(books, hold('ord_1', { shirt: 3 }))))).toBe('ok');
    expect(numbers(shop, 'shirt')).toEqual({ onHand: 1, reserved: 3 });
    expect(codeOf(one(shop, 2, (books) => commit(books, order('ord_1'))))).toBe('ok');
    expect(numbers(shop, 'shirt')).toEqual({ onHand: -2, reserved: 0 });
    expectSums(shop);
  });

  test('after the end of the reservation only when asked to do it again', () => {
    const shop = stocked({ shirt: 5 });
    batch(shop, 1, (books) => reserve(books, hold('ord_1', { shirt: 2 })));
    batch(shop, 2, (books) => release(books, { ...order('ord_1'), reason: 'cancelled' }));
    expect(codeOf(one(shop, 3, (books) => reserve(books, hold('ord_1', { shirt: 2 }))))).toBe('reservation_closed');
    expect(codeOf(one(shop, 4, (books) => reserve(books, hold('ord_1', { shirt: 2 }, 900, true))))).toBe('ok');
    expect(numbers(shop, 'shirt')).toEqual({ onHand: 5, reserved: 2 });
    expectSums(shop);
  });

  test("does not touch another shop's order", () => {
    const shop = stocked({ shirt: 5 });
    batch(shop, 1, (books) => reserve(books, hold('ord_1', { shirt: 2 })));
    const other = { tenant: 'other' };
    for (const result of [
      one<unknown>(shop, 2, (books) => reserve(books, { ...hold('ord_1', { shirt: 1 }), ...other })),
      one<unknown>(shop, 2, (books) => extend(books, { ...order('ord_1'), ...other, expiresAt: at(1) })),
      one<unknown>(shop, 2, (books) => release(books, { ...order('ord_1'), ...other, reason: 'x' })),
      one<unknown>(shop, 2, (books) => commit(books, { ...order('ord_1'), ...other })),
    ]) {
      expect(codeOf(result)).toBe('not_found');
    }
    expect(shop.reservations.get('ord_1')).toMatchObject({ tenant, status: 'held' });
  });
});

describe('lapsed reservations', () => {
  test('make room in the very write that needs them, oldest first and no more than needed', () => {
    const shop = stocked({ shirt: 3 });
    batch(shop, 0, (books) => {
      reserve(books, hold('ord_old', { shirt: 1 }, 10));
      reserve(books, hold('ord_older', { shirt: 1 }, 5));
      reserve(books, hold('ord_live', { shirt: 1 }, 900));
    });
    expect(codeOf(one(shop, 20, (books) => reserve(books, hold('ord_new', { shirt: 1 }))))).toBe('ok');
    expect(shop.reservations.get('ord_older')?.status).toBe('expired');
    expect(shop.reservations.get('ord_old')?.status).toBe('held');
    expectSums(shop);
  });

  test('stay when even their goods would not be enough', () => {
    const shop = stocked({ shirt: 2 });
    batch(shop, 0, (books) => reserve(books, hold('ord_old', { shirt: 1 }, 10)));
    const result = one(shop, 20, (books) => reserve(books, hold('ord_new', { shirt: 3 })));
    expect(shortages(result)).toEqual([{ sku: 'shirt', requested: 3, available: 2 }]);
    expect(shop.reservations.get('ord_old')?.status).toBe('held');
  });

  test('can be extended and committed while nobody took the goods', () => {
    const shop = stocked({ shirt: 2 });
    batch(shop, 0, (books) => {
      reserve(books, hold('ord_1', { shirt: 1 }, 10));
      reserve(books, hold('ord_2', { shirt: 1 }, 10));
    });
    expect(one(shop, 20, (books) => extend(books, { ...order('ord_1'), expiresAt: at(60) }))).toMatchObject({
      value: { status: 'held', expiresAt: at(60) },
    });
    expect(one(shop, 20, (books) => extend(books, { ...order('ord_1'), expiresAt: at(30) }))).toMatchObject({
      value: { expiresAt: at(60) },
    });
    expect(one(shop, 20, (books) => commit(books, order('ord_2')))).toMatchObject({ value: { status: 'committed' } });
    expect(one(shop, 30, (books) => expire(books, order('ord_1')))).toEqual({ ok: true, value: false });
    expect(one(shop, 61, (books) => expire(books, order('ord_1')))).toEqual({ ok: true, value: true });
    expect(codeOf(one(shop, 62, (books) => extend(books, { ...order('ord_1'), expiresAt: at(90) })))).toBe(
      'reservation_closed',
    );
    expectSums(shop);
  });
});

describe('release and commit', () => {
  test('an order nobody knows is remembered as released: a late reserve is refused', () => {
    const shop = stocked({ shirt: 2 });
    expect(one(shop, 1, (books) => release(books, { ...order('ord_1'), reason: 'cancelled' }))).toMatchObject({
      value: { status: 'released', lines: [] },
    });
    expect(codeOf(one(shop, 2, (books) => reserve(books, hold('ord_1', { shirt: 1 }))))).toBe('reservation_closed');
    expect(codeOf(one(shop, 2, (books) => commit(books, order('ord_1'))))).toBe('reservation_closed');
    expect(codeOf(one(shop, 2, (books) => commit(books, order('ord_2'))))).toBe('not_found');
  });

  test('committed goods come back as a return; repeats change nothing', () => {
    const shop = stocked({ shirt: 2 });
    batch(shop, 1, (books) => reserve(books, hold('ord_1', { shirt: 2 })));
    batch(shop, 2, (books) => commit(books, order('ord_1')));
    batch(shop, 3, (books) => commit(books, order('ord_1')));
    expect(numbers(shop, 'shirt')).toEqual({ onHand: 0, reserved: 0 });
    batch(shop, 4, (books) => release(books, { ...order('ord_1'), reason: 'cancelled' }));
    batch(shop, 5, (books) => release(books, { ...order('ord_1'), reason: 'cancelled' }));
    expect(numbers(shop, 'shirt')).toEqual({ onHand: 2, reserved: 0 });
    expect([...shop.ledger.values()].map(({ type }) => type)).toEqual(['receive', 'reserve', 'commit', 'return']);
    expectSums(shop);
  });

  test('a commit after the end takes the goods anew, or says what is short', () => {
    const shop = stocked({ shirt: 1 });
    batch(shop, 1, (books) => reserve(books, hold('ord_1', { shirt: 1 })));
    batch(shop, 2, (books) => release(books, { ...order('ord_1'), reason: 'expired' }));
    batch(shop, 3, (books) => reserve(books, hold('ord_2', { shirt: 1 })));
    expect(shortages(one(shop, 4, (books) => commit(books, order('ord_1'))))).toEqual([
      { sku: 'shirt', requested: 1, available: 0 },
    ]);
    batch(shop, 5, (books) => release(books, { ...order('ord_2'), reason: 'cancelled' }));
    expect(one(shop, 6, (books) => commit(books, order('ord_1')))).toMatchObject({ value: { status: 'committed' } });
    expectSums(shop);
  });
});

describe("the order's own events", () => {
  const confirmed = (orderId: string, sequence: number, seconds: number, lines: Record<string, number>) => ({
    ...order(orderId),
    confirmed: { moment: moment(sequence, seconds), lines: hold(orderId, lines).lines },
  });
  const ended = (orderId: string, sequence: number, seconds: number) => ({
    ...order(orderId),
    reason: 'order.cancelled',
    moment: moment(sequence, seconds),
  });

  test('a confirmed order without a reservation takes the lines its event names', () => {
    const shop = stocked({ shirt: 3 });
    expect(one(shop, 1, (books) => commit(books, confirmed('ord_1', 2, 1, { shirt: 2 })))).toMatchObject({
      value: { status: 'committed', lines: [{ sku: 'shirt', quantity: 2 }] },
    });
    expect(numbers(shop, 'shirt')).toEqual({ onHand: 1, reserved: 0 });
    expectSums(shop);
  });

  test('a confirmed order whose goods are gone is told once, also when nobody knew it', () => {
    const shop = stocked({ shirt: 1 });
    const told = [1, 2, 3].map((seconds) =>
      batch(shop, seconds, (books) => commit(books, confirmed('ord_1', 2, 1, { shirt: 2 }))),
    );
    expect(told.map((events) => events.map(({ type }) => type))).toEqual([['reservation.commit_failed'], [], []]);
    expect(told[0]?.[0]?.data).toEqual({ orderId: 'ord_1', lines: [{ sku: 'shirt', requested: 2, available: 1 }] });
    expect(numbers(shop, 'shirt')).toEqual({ onHand: 1, reserved: 0 });
    expect(codeOf(one(shop, 4, (books) => reserve(books, hold('ord_1', { shirt: 1 }, 900, true))))).toBe('ok');
    expect(one(shop, 5, (books) => commit(books, confirmed('ord_1', 3, 5, { shirt: 1 })))).toMatchObject({
      value: { status: 'committed' },
    });
    expectSums(shop);
  });

  test.each([
    ['was held', (shop: Shop) => void batch(shop, 1, (books) => reserve(books, hold('ord_1', { shirt: 1 })))],
    [
      'had lapsed',
      (shop: Shop) => {
        batch(shop, 1, (books) => reserve(books, hold('ord_1', { shirt: 1 }, 2)));
        batch(shop, 5, (books) => expire(books, order('ord_1')));
      },
    ],
    ['was unknown', () => undefined],
  ])('confirmed, then cancelled, heard in any order, holds nothing: the reservation %s', (_, prepare) => {
    for (const backwards of [false, true]) {
      const shop = stocked({ shirt: 1 });
      prepare(shop);
      const first = () => batch(shop, 10, (books) => commit(books, confirmed('ord_1', 2, 6, { shirt: 1 })));
      const second = () => batch(shop, 11, (books) => release(books, ended('ord_1', 3, 7)));
      for (const hear of backwards ? [second, first, second, first] : [first, second, first, second]) hear();
      expect(shop.reservations.get('ord_1')?.status).toMatch(/released|expired/);
      expect(numbers(shop, 'shirt')).toEqual({ onHand: 1, reserved: 0 });
      expectSums(shop);
    }
  });

  test('a late payment takes the goods again, and the news of the expiry comes after it', () => {
    const shop = stocked({ shirt: 1 });
    batch(shop, 1, (books) => reserve(books, hold('ord_1', { shirt: 1 }, 10)));
    batch(shop, 20, (books) => expire(books, order('ord_1')));
    batch(shop, 30, (books) => reserve(books, hold('ord_1', { shirt: 1 }, 900, true)));
    batch(shop, 31, (books) => release(books, ended('ord_1', 2, 20)));
    expect(shop.reservations.get('ord_1')?.status).toBe('held');
    batch(shop, 32, (books) => commit(books, confirmed('ord_1', 3, 31, { shirt: 1 })));
    batch(shop, 33, (books) => release(books, ended('ord_1', 2, 20)));
    expect(shop.reservations.get('ord_1')?.status).toBe('committed');
    expectSums(shop);
  });

  test('a cancelled order is released although its confirmation was heard long after it happened', () => {
    const shop = stocked({ shirt: 1 });
    batch(shop, 1, (books) => reserve(books, hold('ord_1', { shirt: 1 }, 10)));
    batch(shop, 20, (books) => expire(books, order('ord_1')));
    batch(shop, 900, (books) => commit(books, confirmed('ord_1', 2, 5, { shirt: 1 })));
    batch(shop, 901, (books) => release(books, ended('ord_1', 3, 8)));
    expect(shop.reservations.get('ord_1')?.status).toBe('released');
    expect(numbers(shop, 'shirt')).toEqual({ onHand: 1, reserved: 0 });
  });
});

describe('adjust', () => {
  const by = (adjustment: Parameters<typeof adjust>[1]['adjustment'], movementId: string) => ({
    tenant,
    sku: 'shirt',
    adjustment,
    movementId,
    actor: 'staff:stf_1',
  });

  test('by a difference or to a count, with the right kind of ledger row', () => {
    const shop = stocked({ shirt: 5 });
    batch(shop, 1, (books) => {
      adjust(books, by({ delta: 3, reason: 'received' }, 'a'));
      adjust(books, by({ delta: -1, reason: 'damaged', note: 'wet' }, 'b'));
      adjust(books, by({ count: 40, reason: 'stock taking', lowStockAt: 45 }, 'c'));
    });
    expect(numbers(shop, 'shirt')).toEqual({ onHand: 40, reserved: 0 });
    expect([...shop.ledger.values()].slice(1)).toMatchObject([
      { type: 'receive', onHandDelta: 3, reason: 'received' },
      { type: 'adjust', onHandDelta: -1, reason: 'damaged: wet' },
      { type: 'count', onHandDelta: 33 },
    ]);
    expect(shop.stock.get('demo:shirt')).toMatchObject({ level: 'low', lowStockAt: 45 });
    expectSums(shop);
  });

  test('once per movement id', () => {
    const shop = stocked({ shirt: 5 });
    batch(shop, 1, (books) => adjust(books, by({ delta: 3, reason: 'x' }, 'a')));
    expect(one(shop, 2, (books) => adjust(books, by({ delta: 3, reason: 'x' }, 'a')))).toMatchObject({
      value: { onHand: 8 },
    });
    batch(shop, 3, (books) => {
      adjust(books, by({ delta: 1, reason: 'x' }, 'b'));
      adjust(books, by({ delta: 1, reason: 'x' }, 'b'));
    });
    expect(numbers(shop, 'shirt')).toEqual({ onHand: 9, reserved: 0 });
  });

  test('never below what live reservations hold, or zero', () => {
    const shop = stocked({ shirt: 5 });
    batch(shop, 1, (books) => {
      reserve(books, hold('ord_lapsing', { shirt: 2 }, 10));
      reserve(books, hold('ord_live', { shirt: 2 }, 900));
    });
    expect(codeOf(one(shop, 5, (books) => adjust(books, by({ count: 3, reason: 'x' }, 'a'))))).toBe('stock_below_zero');
    expect(codeOf(one(shop, 20, (books) => adjust(books, by({ count: 3, reason: 'x' }, 'b'))))).toBe('ok');
    expect(shop.reservations.get('ord_lapsing')?.status).toBe('expired');
    expect(codeOf(one(shop, 21, (books) => adjust(books, by({ delta: -2, reason: 'x' }, 'c'))))).toBe(
      'stock_below_zero',
    );
    expect(codeOf(one(shop, 21, (books) => adjust(books, by({ delta: -2, reason: 'x', backorder: true }, 'd'))))).toBe(
      'ok',
    );
    expect(codeOf(one(shop, 22, (books) => adjust(books, by({ delta: 0, reason: 'x', backorder: false }, 'e'))))).toBe(
      'stock_below_zero',
    );
    expect(codeOf(one(shop, 22, (books) => adjust(books, by({ delta: -2, reason: 'x' }, 'f'))))).toBe(
      'stock_below_zero',
    );
    expect(
      codeOf(one(shop, 23, (books) => adjust(books, { ...by({ delta: 1, reason: 'x' }, 'g'), sku: 'ghost' }))),
    ).toBe('sku_not_found');
    expectSums(shop);
  });
});

const SKUS = ['cap', 'shirt', 'sock'] as const;
const orderIds = fc.constantFrom('ord_1', 'ord_2', 'ord_3', 'ord_4', 'ord_5', 'ord_6');
const lines = fc.array(fc.record({ sku: fc.constantFrom(...SKUS), quantity: fc.integer({ min: 1, max: 4 }) }), {
  minLength: 1,
  maxLength: 4,
});
const moments = fc.record({
  sequence: fc.integer({ min: 1, max: 6 }),
  occurredAt: fc.integer({ min: 0, max: 60 }).map(at),
});
const commands = (earliest: number, latest: number): fc.Arbitrary<(books: Books) => Result<unknown>> =>
  fc.oneof(
    fc.record({ orderId: orderIds, lines, until: fc.integer({ min: earliest, max: latest }), again: fc.boolean() }).map(
      ({ orderId, until, ...rest }) =>
        (books: Books) =>
          reserve(books, { ...order(orderId), expiresAt: at(until), ...rest }),
    ),
    fc.record({ orderId: orderIds, until: fc.integer({ min: earliest, max: latest }) }).map(
      ({ orderId, until }) =>
        (books: Books) =>
          extend(books, { ...order(orderId), expiresAt: at(until) }),
    ),
    fc.record({ orderId: orderIds, moment: fc.option(moments) }).map(
      ({ orderId, moment: event }) =>
        (books: Books) =>
          release(books, { ...order(orderId), reason: 'x', ...(event === null ? {} : { moment: event }) }),
    ),
    fc.record({ orderId: orderIds, confirmed: fc.option(fc.record({ moment: moments, lines })) }).map(
      ({ orderId, confirmed }) =>
        (books: Books) =>
          commit(books, { ...order(orderId), ...(confirmed === null ? {} : { confirmed }) }),
    ),
    orderIds.map((orderId) => (books: Books) => expire(books, order(orderId))),
    fc.record({ sku: fc.constantFrom(...SKUS), delta: fc.integer({ min: -6, max: 6 }), movementId: fc.uuid() }).map(
      ({ sku, delta, movementId }) =>
        (books: Books) =>
          adjust(books, { tenant, sku, adjustment: { delta, reason: 'x' }, movementId, actor }),
    ),
  );

const command = commands(0, 80);

test('whatever comes in whatever batches, the ledger adds up, held goods are reserved and nothing is oversold', () => {
  fc.assert(
    fc.property(
      fc.record({ cap: fc.nat(8), shirt: fc.nat(8), sock: fc.nat(8) }),
      fc.array(fc.array(command, { minLength: 1, maxLength: 12 }), { maxLength: 8 }),
      (pieces, batches) => {
        const shop = stocked(pieces);
        batches.forEach((commands, index) => {
          batch(shop, index * 10, (books) => commands.forEach((apply) => void apply(books)));
          expectSums(shop);
        });
      },
    ),
    { numRuns: 500 },
  );
});

test('a refusal leaves the books as they were', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 15 }), command, (commands, last) => {
      const shop = stocked({ cap: 4, shirt: 4, sock: 4 });
      batch(shop, 30, (books) => {
        commands.forEach((apply) => void apply(books));
        const before = structuredClone([books.stock, books.reservations, books.movements]);
        if (!last(books).ok) expect([books.stock, books.reservations, books.movements]).toEqual(before);
      });
    }),
    { numRuns: 500 },
  );
});

test('one batch or one by one: the same end', () => {
  // What this batch makes ends after it: what lapsed is what was there before.
  const [early, late] = [commands(0, 29), commands(31, 80)].map((command) => fc.array(command, { maxLength: 20 }));
  if (early === undefined || late === undefined) throw new Error('two lists of commands');
  fc.assert(
    fc.property(early, late, (before, then) => {
      const [together, alone] = [stocked({ cap: 5, shirt: 5, sock: 5 }), stocked({ cap: 5, shirt: 5, sock: 5 })];
      for (const shop of [together, alone]) batch(shop, 0, (books) => before.forEach((apply) => void apply(books)));
      batch(together, 30, (books) => then.forEach((apply) => void apply(books)));
      then.forEach((apply) => void batch(alone, 30, apply));
      const plain = (shop: Shop) => ({
        rows: SKUS.map((sku) => numbers(shop, sku)),
        reservations: Object.fromEntries(
          [...shop.reservations].map(([id, { status, lines: held }]) => [id, { status, held }]),
        ),
      });
      expect(plain(together)).toEqual(plain(alone));
    }),
    { numRuns: 300 },
  );
});
