import { describe, expect, test } from '@jest/globals';
import type { Facts } from './read.ts';
import { RULES } from './rules.ts';

type Order = Facts['orders'][number];
const NOW = new Date('2026-11-22T12:00:00.000Z');

const draft = (id: string): Order => ({
  _id: id,
  tenant: 'demo',
  orderNo: `NO-${id}`,
  status: 'draft',
  cartId: `cart of ${id}`,
  checkoutKey: `key of ${id}`,
  items: [{ sku: 'SHIRT', quantity: 2 }],
  totals: {
    subtotal: 20_000,
    discount: 1_000,
    shipping: 5_000,
    fees: 500,
    tax: 4_000,
    taxIncluded: 3_900,
    total: 24_600,
    breakdown: [{ amount: 19_000 }, { amount: 5_000 }, { amount: 500 }, { amount: 100 }],
  },
  payment: {
    paymentId: `pay of ${id}`,
    status: 'pending',
    amount: 24_600,
    captured: 0,
    refunded: 0,
    provider: 'stripe',
  },
  refunds: [],
  timeline: [{ type: 'order.created', to: 'draft' }],
});

/** Three orders as they are when all is well: one to be paid, one sold, one expired, paid late and paid back. */
const soundFacts = (): Facts => {
  const live = draft('live');
  const sold: Order = {
    ...draft('sold'),
    status: 'confirmed',
    payment: { ...draft('sold').payment, status: 'paid', captured: 24_600 },
    timeline: [...draft('sold').timeline, { type: 'order.confirmed', from: 'draft', to: 'confirmed' }],
  };
  const late: Order = {
    ...draft('late'),
    status: 'expired',
    payment: { ...draft('late').payment, status: 'refunded', captured: 24_600, refunded: 24_600 },
    refunds: [{ paymentId: 'pay of late', amount: 24_600, status: 'succeeded', reason: 'order_expired' }],
    timeline: [...draft('late').timeline, { type: 'order.expired', from: 'draft', to: 'expired' }],
  };
  const orders = [live, sold, late];
  return {
    orders,
    stock: [{ tenant: 'demo', sku: 'SHIRT', onHand: 8, reserved: 2, backorder: false }],
    ledger: [{ _id: { tenant: 'demo', sku: 'SHIRT' }, onHand: 8, reserved: 2 }],
    reservations: [
      { _id: 'live', tenant: 'demo', status: 'held', lines: [{ sku: 'SHIRT', quantity: 2 }] },
      { _id: 'sold', tenant: 'demo', status: 'committed', lines: [{ sku: 'SHIRT', quantity: 2 }] },
      { _id: 'late', tenant: 'demo', status: 'released', lines: [{ sku: 'SHIRT', quantity: 2 }] },
    ],
    payments: orders.map(({ _id, payment }) => ({
      _id: `pay of ${_id}`,
      tenant: 'demo',
      orderId: _id,
      status: payment.status,
      amount: payment.amount,
      captured: payment.captured,
      refunded: payment.refunded,
      mismatch: null,
    })),
    carts: orders.map(({ _id, status }) => ({
      _id: `cart of ${_id}`,
      tenant: 'demo',
      status: status === 'draft' ? 'checkout' : status === 'confirmed' ? 'completed' : 'open',
      orderId: status === 'expired' ? null : _id,
      updatedAt: new Date(NOW.getTime() - 3_600_000),
    })),
    unsent: [],
    now: NOW,
  };
};

/** The facts with one thing in one list changed; `id` finds it by `_id` (or SKU). */
const withChange = <List extends 'orders' | 'reservations' | 'payments' | 'carts' | 'stock'>(
  list: List,
  id: string,
  change: (thing: Facts[List][number]) => Partial<Facts[List][number]>,
): Facts => {
  const facts = soundFacts();
  const things: Facts[List][number][] = facts[list];
  return {
    ...facts,
    [list]: things.map((thing) =>
      ('sku' in thing ? thing.sku : thing._id) === id ? { ...thing, ...change(thing) } : thing,
    ),
  };
};
const without = (list: 'orders' | 'reservations' | 'payments' | 'carts' | 'stock', id: string): Facts => {
  const facts = soundFacts();
  const things: readonly object[] = facts[list];
  return { ...facts, [list]: things.filter((thing) => !Object.values(thing).includes(id)) };
};
const withMore = (order: Order, cart?: Facts['carts'][number]): Facts => {
  const facts = soundFacts();
  const { carts } = facts;
  return { ...facts, orders: [...facts.orders, order], carts: cart === undefined ? carts : [...carts, cart] };
};
const brokenRules = (facts: Facts): string[] => [
  ...new Set(RULES.flatMap((rule) => rule(facts)).map(({ rule }) => rule)),
];

/** One number out of place, and which rule says so. */
const BROKEN: [string, () => Facts][] = [
  ['stock is the sum of its ledger', () => withChange('stock', 'SHIRT', () => ({ onHand: 9 }))],
  ['stock is the sum of its ledger', () => withChange('stock', 'SHIRT', () => ({ reserved: 1 }))],
  ['stock is the sum of its ledger', () => without('stock', 'SHIRT')],
  ['available is never below zero', () => withChange('stock', 'SHIRT', () => ({ onHand: 1 }))],
  ['reserved is never below zero', () => withChange('stock', 'SHIRT', () => ({ reserved: -2 }))],
  ['reserved is what held reservations hold', () => without('reservations', 'live')],
  ['what is held belongs to a live draft', () => withChange('orders', 'live', () => ({ status: 'expired' }))],
  ['what is held belongs to a live draft', () => without('orders', 'live')],
  [
    'what is committed belongs to a confirmed order',
    () => withChange('orders', 'sold', () => ({ status: 'cancelled' })),
  ],
  ['what is committed belongs to a confirmed order', () => without('orders', 'sold')],
  [
    'a confirmed order has a committed reservation',
    () => withChange('reservations', 'sold', () => ({ status: 'held' })),
  ],
  ['a confirmed order has a committed reservation', () => without('reservations', 'sold')],
  [
    'a reservation holds exactly the order’s lines',
    () => withChange('reservations', 'sold', () => ({ lines: [{ sku: 'SHIRT', quantity: 1 }] })),
  ],
  [
    'a reservation holds exactly the order’s lines',
    () => withChange('orders', 'live', () => ({ items: [{ sku: 'SOCKS', quantity: 2 }] })),
  ],
  [
    'a capture belongs to a confirmed order or is refunded',
    () => withChange('orders', 'sold', () => ({ status: 'cancelled' })),
  ],
  ['a capture belongs to a confirmed order or is refunded', () => without('orders', 'sold')],
  [
    'a capture belongs to a confirmed order or is refunded',
    () => withChange('payments', 'pay of late', () => ({ refunded: 24_599 })),
  ],
  [
    'a capture belongs to a confirmed order or is refunded',
    () => withChange('orders', 'sold', ({ payment }) => ({ payment: { ...payment, paymentId: 'another' } })),
  ],
  [
    'a confirmed order is paid',
    () => withChange('orders', 'sold', ({ payment }) => ({ payment: { ...payment, captured: 0, status: 'failed' } })),
  ],
  ['an order’s payment is there', () => without('payments', 'pay of sold')],
  [
    'the payment’s amount is the order’s total',
    () => withChange('payments', 'pay of live', () => ({ amount: 24_000 })),
  ],
  [
    'the payment’s amount is the order’s total',
    () => withChange('orders', 'live', ({ payment }) => ({ payment: { ...payment, amount: 1 } })),
  ],
  [
    'an order says of its payment what the payment says',
    () => withChange('payments', 'pay of live', () => ({ captured: 24_600 })),
  ],
  [
    'refunds never exceed what was captured',
    () => withChange('orders', 'late', ({ refunds }) => ({ refunds: [...refunds, ...refunds] })),
  ],
  [
    'a sale is not paid back for want of goods',
    () =>
      withChange('orders', 'sold', () => ({
        refunds: [{ paymentId: 'pay of sold', amount: 24_600, status: 'pending', reason: 'order_expired' }],
      })),
  ],
  [
    'the parts add up to the total',
    () => withChange('orders', 'live', ({ totals }) => ({ totals: { ...totals, tax: 1 } })),
  ],
  [
    'the parts add up to the total',
    () => withChange('orders', 'live', ({ totals }) => ({ totals: { ...totals, breakdown: [{ amount: 24_599 }] } })),
  ],
  [
    'a history is a way through the states',
    () => withChange('orders', 'sold', ({ timeline }) => ({ timeline: [...timeline, ...timeline] })),
  ],
  [
    'a history ends at the status',
    () => withChange('orders', 'sold', ({ timeline }) => ({ timeline: timeline.slice(0, 1) })),
  ],
  ['one cart gives at most one sale', () => withMore({ ...draft('more'), cartId: 'cart of sold' })],
  [
    'one key makes at most one order',
    () =>
      withMore(
        { ...draft('more'), checkoutKey: 'key of sold' },
        { _id: 'cart of more', tenant: 'demo', status: 'checkout', orderId: 'more', updatedAt: NOW },
      ),
  ],
  [
    'a cart in checkout belongs to a live draft',
    () => withChange('carts', 'cart of late', () => ({ status: 'checkout', orderId: 'late' })),
  ],
  [
    'a cart in checkout belongs to a live draft',
    () => withChange('carts', 'cart of late', () => ({ status: 'checkout', orderId: 'gone' })),
  ],
  ['a live draft has its cart', () => withChange('carts', 'cart of live', () => ({ status: 'open', orderId: null }))],
  ['a live draft has its cart', () => without('carts', 'cart of live')],
  [
    'every event has been sent',
    () => ({ ...soundFacts(), unsent: [{ collection: 'orders', id: 'sold', type: 'order.confirmed' }] }),
  ],
];

describe('the numbers that must always hold', () => {
  test('hold where all is well', () => {
    expect(brokenRules(soundFacts())).toEqual([]);
  });

  test.each(BROKEN)('%s', (rule, broken) => {
    expect(brokenRules(broken())).toContain(rule);
  });

  test('are each broken by something here', () => {
    for (const rule of RULES) expect(BROKEN.some(([, broken]) => rule(broken()).length > 0)).toBe(true);
  });

  test('allow what is right although it looks odd', () => {
    const cases: Facts[] = [
      // Sold on backorder.
      {
        ...withChange('stock', 'SHIRT', () => ({ onHand: 1, backorder: true })),
        ledger: [{ _id: { tenant: 'demo', sku: 'SHIRT' }, onHand: 1, reserved: 2 }],
      },
      // Authorized, to be captured by hand.
      {
        ...withChange('orders', 'sold', ({ payment }) => ({
          payment: { ...payment, captured: 0, status: 'authorized' },
        })),
        payments: withChange('payments', 'pay of sold', () => ({ captured: 0, status: 'authorized' })).payments,
      },
      // Paid too late, after its cart had been ordered anew: two sales of one cart.
      withChange('orders', 'sold', ({ timeline }) => ({
        cartId: 'cart of live',
        timeline: [
          ...timeline.slice(0, 1),
          { type: 'order.expired', from: 'draft', to: 'expired' },
          { type: 'order.confirmed', from: 'expired', to: 'confirmed' },
        ],
      })),
      // A wrong amount is for people to look at.
      withChange('payments', 'pay of late', () => ({ mismatch: { amount: 1, currency: 'TRY' } })),
      // A cart that has just been handed over.
      withChange('carts', 'cart of late', () => ({ status: 'checkout', orderId: 'soon', updatedAt: NOW })),
    ];
    for (const facts of cases) expect(brokenRules(facts)).toEqual([]);
  });
});
