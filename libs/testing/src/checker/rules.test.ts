import { describe, expect, test } from '@jest/globals';
import { nothing, type Facts, type OutboxRow, type ProviderPayment, type StreamEvent } from './facts.ts';
import type { HistoryEntry } from './history.ts';
import { SHOWN } from './rules/api.ts';
import { QUIET, RULES } from './rules/index.ts';

type Order = Facts['orders'][number];
const NOW = new Date('2026-11-22T12:00:00.000Z');

const LATER = '2026-11-22T12:10:00.000Z';
const BEFORE = new Date(NOW.getTime() - 3_600_000);

const draft = (id: string): Order => ({
  _id: id,
  tenant: 'demo',
  orderNo: `NO-${id}`,
  status: 'draft',
  cartId: `cart of ${id}`,
  checkoutKey: `key of ${id}`,
  currency: 'TRY',
  reservedUntil: LATER,
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
    mismatch: false,
  },
  refunds: [],
  timeline: [{ type: 'order.created', to: 'draft' }],
  uses: [{ promotionId: 'ten', couponId: 'welcome' }],
});

/** What a use of the coupon counts on for its customer. */
const TALLIES = ['promotion:ten', 'coupon:welcome', 'coupon:welcome:ayse', 'first:ayse'];
const redemption = (_id: string, status: string, tallies = TALLIES): Facts['redemptions'][number] => ({
  _id,
  tenant: 'demo',
  status,
  uses: [{ promotionId: 'ten', couponId: 'welcome', tallies }],
});
const tally = (key: string, held: number, used: number, limit: number | null): Facts['tallies'][number] => ({
  tenant: 'demo',
  key,
  held,
  used,
  limit,
});

/** The outbox of a thing that told these events. */
const tells = (owner: string, collection: string, id: string, types: string[]): OutboxRow => ({
  _id: id,
  owner,
  collection,
  tenant: 'demo',
  createdAt: BEFORE,
  eventSequence: types.length,
  outbox: types.map((type, index) => ({
    id: `evt of ${id} ${index + 1}`,
    type,
    tenant: 'demo',
    aggregateId: id,
    sequence: index + 1,
    occurredAt: BEFORE.toISOString(),
    sent: true,
  })),
});
const arrived = ({ owner, outbox }: OutboxRow): StreamEvent[] =>
  outbox.map(({ id, type, tenant, aggregateId, sequence }, index) => ({
    message: index + 1,
    subject: `evt.${owner}.${type.replaceAll('.', '-')}.${tenant}.${aggregateId}`,
    messageId: id,
    id,
    type,
    tenant,
    aggregateId,
    sequence,
  }));

const entry = (call: string, fields: Partial<HistoryEntry>): HistoryEntry => ({
  call,
  tenant: 'demo',
  by: 'ayse',
  start: BEFORE.getTime(),
  end: BEFORE.getTime() + 10,
  outcome: 'ok',
  status: 200,
  code: null,
  ...fields,
});

/** Three orders as they are when all is well: one to be paid, one sold, one expired, paid late and paid back. */
const soundFacts = (): Facts => {
  const live = draft('live');
  const sold: Order = {
    ...draft('sold'),
    status: 'confirmed',
    reservedUntil: null,
    payment: { ...draft('sold').payment, status: 'paid', captured: 24_600 },
    timeline: [...draft('sold').timeline, { type: 'order.confirmed', from: 'draft', to: 'confirmed' }],
  };
  const late: Order = {
    ...draft('late'),
    status: 'expired',
    reservedUntil: null,
    payment: { ...draft('late').payment, status: 'refunded', captured: 24_600, refunded: 24_600 },
    refunds: [
      { id: 'ref of late', paymentId: 'pay of late', amount: 24_600, status: 'succeeded', reason: 'order_expired' },
    ],
    timeline: [...draft('late').timeline, { type: 'order.expired', from: 'draft', to: 'expired' }],
  };
  const orders = [live, sold, late];
  const outboxes = [
    tells('order', 'orders', 'live', ['order.created']),
    tells('order', 'orders', 'sold', ['order.created', 'order.confirmed', 'order.paid']),
    tells('order', 'orders', 'late', ['order.created', 'order.expired']),
    tells('payment', 'payments', 'pay of sold', ['payment.succeeded']),
  ];
  const facts: Facts = {
    ...nothing(NOW),
    orders,
    stock: [{ tenant: 'demo', sku: 'SHIRT', onHand: 8, reserved: 2, backorder: false }],
    ledger: [
      { _id: { tenant: 'demo', sku: 'SHIRT', orderId: null }, onHand: 10, reserved: 0 },
      { _id: { tenant: 'demo', sku: 'SHIRT', orderId: 'live' }, onHand: 0, reserved: 2 },
      { _id: { tenant: 'demo', sku: 'SHIRT', orderId: 'sold' }, onHand: -2, reserved: 0 },
      { _id: { tenant: 'demo', sku: 'SHIRT', orderId: 'late' }, onHand: 0, reserved: 0 },
    ],
    movements: [{ _id: 'led_1', tenant: 'demo', sku: 'SHIRT', onHandDelta: 10, createdAt: BEFORE }],
    reservations: [
      { _id: 'live', tenant: 'demo', status: 'held', lines: [{ sku: 'SHIRT', quantity: 2 }] },
      { _id: 'sold', tenant: 'demo', status: 'committed', lines: [{ sku: 'SHIRT', quantity: 2 }] },
      { _id: 'late', tenant: 'demo', status: 'released', lines: [{ sku: 'SHIRT', quantity: 2 }] },
    ],
    redemptions: [
      redemption('live', 'held'),
      redemption('sold', 'redeemed', ['promotion:ten', 'coupon:welcome', 'coupon:welcome:bora']),
      redemption('late', 'released'),
    ],
    tallies: [
      tally('promotion:ten', 1, 1, null),
      tally('coupon:welcome', 1, 1, 2),
      tally('coupon:welcome:ayse', 1, 0, 1),
      tally('coupon:welcome:bora', 0, 1, 1),
      tally('first:ayse', 1, 0, 1),
    ],
    limits: [
      { tenant: 'demo', kind: 'promotion', id: 'ten', maxUses: null, maxUsesPerCustomer: null },
      { tenant: 'demo', kind: 'coupon', id: 'welcome', maxUses: 2, maxUsesPerCustomer: 1 },
    ],
    payments: orders.map(({ _id, payment }) => ({
      _id: `pay of ${_id}`,
      tenant: 'demo',
      orderId: _id,
      provider: 'stripe',
      providerRef: `pi of ${_id}`,
      status: payment.status,
      amount: payment.amount,
      captured: payment.captured,
      refunded: payment.refunded,
      currency: 'TRY',
      mismatch: null,
      disputes: [],
    })),
    carts: orders.map(({ _id, status, items }) => ({
      _id: `cart of ${_id}`,
      tenant: 'demo',
      status: status === 'draft' ? 'checkout' : status === 'confirmed' ? 'completed' : 'open',
      orderId: status === 'expired' ? null : _id,
      items,
      updatedAt: BEFORE,
    })),
    outboxes,
    money: orders.map(({ _id, payment }) => ({
      provider: 'stripe',
      ref: `pi of ${_id}`,
      account: 'demo',
      tenant: 'demo',
      orderId: _id,
      attempt: '1',
      currency: 'TRY',
      captured: payment.captured,
      refunds:
        payment.refunded === 0
          ? []
          : [{ ref: `re of ${_id}`, refundId: `ref of ${_id}`, amount: payment.refunded, status: 'succeeded' }],
    })),
    accounts: new Set(['stripe:demo']),
    bus: {
      streams: ['order', 'payment'].map((owner) => ({
        owner,
        name: `EVT_${owner.toUpperCase()}`,
        keepsSince: new Date(0),
        events: outboxes.filter((row) => row.owner === owner).flatMap(arrived),
        unreadable: [],
      })),
      consumers: [{ stream: 'EVT_ORDER', name: 'inventory-svc', pending: 0, unacknowledged: 0 }],
      letters: [],
    },
    history: [
      entry('add', { cartId: 'cart of sold', sku: 'SHIRT', quantity: 2, key: 'add-1' }),
      entry('checkout', {
        cartId: 'cart of sold',
        key: 'checkout-1',
        orderNo: 'NO-sold',
        orderStatus: 'draft',
        amount: 24_600,
      }),
      entry('pay', {
        orderNo: 'NO-sold',
        provider: 'stripe',
        intentId: 'pi of sold',
        intentStatus: 'succeeded',
        amount: 24_600,
      }),
      entry('track', { orderNo: 'NO-sold', orderStatus: 'confirmed', paymentStatus: 'paid', amount: 24_600 }),
      entry('adjust', { sku: 'SHIRT', quantity: 10, key: 'adjust-1' }),
      entry('checkout', { cartId: 'cart of nobody', key: 'checkout-2', outcome: 'refused', status: 409 }),
    ],
    graceMs: 30_000,
  };
  return seen(facts);
};

/** The facts with an admin API that shows them. */
const seen = (facts: Facts): Facts => ({ ...facts, api: [{ tenant: 'demo', lists: shownOf(facts) }] });

/** What the admin API shows when it shows all. */
const shownOf = (facts: Facts): Facts['api'][number]['lists'] => {
  const { orders, payments, reservations, stock, letters } = SHOWN;
  return {
    orders: new Map(orders.of(facts).map((each) => [each.id, orders.line(each)])),
    payments: new Map(payments.of(facts).map((each) => [each.id, payments.line(each)])),
    reservations: new Map(reservations.of(facts).map((each) => [each.id, reservations.line(each)])),
    stock: new Map(stock.of(facts).map((each) => [each.id, stock.line(each)])),
    letters: new Map(letters.of(facts).map((each) => [each.id, letters.line(each)])),
  };
};

/** The facts with one thing in one list changed; `id` finds it by `_id` (or SKU). */
const withChange = <List extends 'orders' | 'reservations' | 'payments' | 'carts' | 'stock' | 'outboxes'>(
  list: List,
  id: string,
  change: (thing: Facts[List][number]) => Partial<Facts[List][number]>,
): Facts => {
  const facts = soundFacts();
  const things: Facts[List][number][] = facts[list];
  return seen({
    ...facts,
    [list]: things.map((thing) =>
      ('sku' in thing ? thing.sku : thing._id) === id ? { ...thing, ...change(thing) } : thing,
    ),
  });
};
const without = (list: 'orders' | 'reservations' | 'payments' | 'carts' | 'stock' | 'outboxes', id: string): Facts => {
  const facts = soundFacts();
  const things: readonly object[] = facts[list];
  return seen({ ...facts, [list]: things.filter((thing) => !Object.values(thing).includes(id)) });
};
const withMore = (order: Order, cart?: Facts['carts'][number]): Facts => {
  const facts = soundFacts();
  const { carts } = facts;
  return seen({ ...facts, orders: [...facts.orders, order], carts: cart === undefined ? carts : [...carts, cart] });
};
/** The facts with the redemption of an order changed. */
const withRedemption = (
  id: string,
  change: (redemption: Facts['redemptions'][number]) => Partial<Facts['redemptions'][number]> | null,
): Facts => {
  const facts = soundFacts();
  const redemptions = facts.redemptions.flatMap((each) => {
    const changed = each._id === id ? change(each) : {};
    return changed === null ? [] : [{ ...each, ...changed }];
  });
  return { ...facts, redemptions };
};
/** The facts with a tally changed, or gone (null). */
const withLimits = (change: Partial<Facts['limits'][number]>): Facts => {
  const facts = soundFacts();
  return { ...facts, limits: facts.limits.map((limit) => ({ ...limit, ...change })) };
};
const withTally = (key: string, change: Partial<Facts['tallies'][number]> | null): Facts => {
  const facts = soundFacts();
  const tallies = facts.tallies.flatMap((each) => {
    if (each.key !== key) return [each];
    return change === null ? [] : [{ ...each, ...change }];
  });
  return { ...facts, tallies };
};
const withMoney = (ref: string, change: (money: ProviderPayment) => Partial<ProviderPayment>): Facts => {
  const facts = soundFacts();
  return { ...facts, money: facts.money.map((each) => (each.ref === ref ? { ...each, ...change(each) } : each)) };
};
const withMoreMoney = (more: Partial<ProviderPayment>): Facts => {
  const facts = soundFacts();
  const like = facts.money.find(({ ref }) => ref === 'pi of sold');
  if (like === undefined) throw new Error('there is no payment of the sold order');
  return { ...facts, money: [...facts.money, { ...like, ref: 'pi of another', ...more }] };
};
type Stream = NonNullable<NonNullable<Facts['bus']>['streams']>[number];
const withBus = (change: Partial<NonNullable<Facts['bus']>>): Facts => {
  const facts = soundFacts();
  return facts.bus === null ? facts : { ...facts, bus: { ...facts.bus, ...change } };
};
const withStream = (owner: string, change: (stream: Stream) => Partial<Stream>): Facts =>
  withBus({
    streams: (soundFacts().bus?.streams ?? []).map((stream) =>
      stream.owner === owner ? { ...stream, ...change(stream) } : stream,
    ),
  });
const withHistory = (...more: HistoryEntry[]): Facts => {
  const facts = soundFacts();
  return { ...facts, history: [...facts.history, ...more] };
};
const withShown = (list: string, change: (shown: Map<string, string>) => unknown): Facts => {
  const facts = soundFacts();
  return {
    ...facts,
    api: facts.api.map(({ tenant, lists }) => {
      const shown = new Map(lists[list]);
      change(shown);
      return { tenant, lists: { ...lists, [list]: shown } };
    }),
  };
};
/** The first event of a row changed. */
const withEvent = (id: string, change: Partial<OutboxRow['outbox'][number]>): Facts =>
  withChange('outboxes', id, ({ outbox }) => ({
    outbox: outbox.map((event, index) => (index === 0 ? { ...event, ...change } : event)),
  }));
const LETTER = {
  stream: 'DLQ_PAYMENT',
  message: 1,
  tenant: 'demo',
  service: 'payment-svc',
  subject: 'evt.order.order-expired.demo.late',
  place: 'EVT_ORDER:7',
  reason: 'a bug',
};
const withLetter = (): Facts => {
  return seen(withBus({ letters: [LETTER] }));
};

const brokenRules = (facts: Facts): string[] => [
  ...new Set(RULES.flatMap((rule) => rule(facts)).map(({ rule }) => rule)),
];
const violationsOf = (name: string, facts: Facts) =>
  RULES.flatMap((rule) => rule(facts)).filter(({ rule }) => rule === name);

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
  ['a tally is the sum of its redemptions', () => withTally('coupon:welcome', { held: 0 })],
  ['a tally is the sum of its redemptions', () => withTally('promotion:ten', { used: 2 })],
  ['a tally is the sum of its redemptions', () => withTally('first:ayse', null)],
  ['a tally is the sum of its redemptions', () => withRedemption('late', () => ({ status: 'held' }))],
  ['uses never exceed their limit', () => withTally('coupon:welcome', { held: 2 })],
  ['uses never exceed their limit', () => withTally('coupon:welcome:bora', { held: 1 })],
  ['uses never exceed their limit', () => withTally('first:ayse', { used: 1 })],
  ['held uses belong to a live draft', () => withChange('orders', 'live', () => ({ status: 'expired' }))],
  ['held uses belong to a live draft', () => without('orders', 'live')],
  ['redeemed uses belong to a confirmed order', () => withChange('orders', 'sold', () => ({ status: 'cancelled' }))],
  ['redeemed uses belong to a confirmed order', () => withRedemption('late', () => ({ status: 'redeemed' }))],
  ['a live draft holds its uses', () => withRedemption('live', () => null)],
  ['a live draft holds its uses', () => withRedemption('live', () => ({ status: 'released' }))],
  ['a confirmed order has redeemed its uses', () => withRedemption('sold', () => ({ status: 'held' }))],
  ['a confirmed order has redeemed its uses', () => withRedemption('sold', () => null)],
  ['a redemption is of exactly the order’s uses', () => withChange('orders', 'live', () => ({ uses: [] }))],
  [
    'a redemption is of exactly the order’s uses',
    () => withRedemption('sold', ({ uses }) => ({ uses: uses.map((use) => ({ ...use, couponId: null })) })),
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
        refunds: [
          { id: 'ref_1', paymentId: 'pay of sold', amount: 24_600, status: 'pending', reason: 'order_expired' },
        ],
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
        { _id: 'cart of more', tenant: 'demo', status: 'checkout', orderId: 'more', items: [], updatedAt: NOW },
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
  ['a live draft holds its goods', () => without('reservations', 'live')],
  [
    'the movements of an order are those its reservation stands for',
    () => {
      const facts = soundFacts();
      const twice = facts.ledger.map((row) => (row._id.orderId === 'sold' ? { ...row, onHand: -4 } : row));
      return { ...facts, ledger: twice, stock: facts.stock.map((row) => ({ ...row, onHand: 6 })) };
    },
  ],
  ['a history is a way through the states', () => withChange('orders', 'live', () => ({ timeline: [] }))],
  [
    'a history is a way through the states',
    () =>
      withChange('orders', 'late', ({ timeline }) => ({
        status: 'packing',
        timeline: [...timeline, { type: 'order.packing', from: 'expired', to: 'packing' }],
      })),
  ],
  [
    'a draft ends when its time is over',
    () => withChange('orders', 'live', () => ({ reservedUntil: new Date(NOW.getTime() - 31_000).toISOString() })),
  ],
  [
    'what is of one shop refers to nothing of another',
    () => withChange('payments', 'pay of live', () => ({ tenant: 'other' })),
  ],
  [
    'what is of one shop refers to nothing of another',
    () => withChange('reservations', 'late', () => ({ tenant: 'other' })),
  ],
  ['what is of one shop refers to nothing of another', () => withRedemption('late', () => ({ tenant: 'other' }))],
  [
    'what is of one shop refers to nothing of another',
    () => withChange('carts', 'cart of sold', () => ({ tenant: 'other' })),
  ],
  ['what is of one shop refers to nothing of another', () => withMoney('pi of live', () => ({ account: 'other' }))],
  ['what is of one shop refers to nothing of another', () => withEvent('sold', { tenant: 'other' })],
  [
    'an order is paid once',
    () => ({
      ...withMoreMoney({ attempt: '2' }),
      payments: soundFacts().payments.map((each) =>
        each._id === 'pay of live' ? { ...each, orderId: 'sold', captured: 24_600 } : each,
      ),
    }),
  ],
  ['a capture is the order’s total', () => withChange('payments', 'pay of sold', () => ({ captured: 24_500 }))],
  ['a payment took what its provider says', () => withMoney('pi of sold', () => ({ captured: 0 }))],
  ['a payment took what its provider says', () => withMoney('pi of live', () => ({ captured: 24_600 }))],
  [
    'a payment took what its provider says',
    () => ({ ...soundFacts(), money: soundFacts().money.filter(({ ref }) => ref !== 'pi of sold') }),
  ],
  ['a payment gave back what its provider says', () => withMoney('pi of late', () => ({ refunds: [] }))],
  [
    'money at the provider belongs to a confirmed order or went back',
    () => withMoney('pi of late', () => ({ refunds: [] })),
  ],
  ['money at the provider belongs to a confirmed order or went back', () => withMoreMoney({ orderId: 'gone' })],
  [
    'money at the provider belongs to a confirmed order or went back',
    () => withMoney('pi of live', () => ({ captured: 24_600 })),
  ],
  [
    'a confirmed order keeps its total at the provider',
    () =>
      withMoney('pi of sold', () => ({
        refunds: [{ ref: 're_1', refundId: null, amount: 1, status: 'succeeded' }],
      })),
  ],
  ['a confirmed order keeps its total at the provider', () => withMoreMoney({ attempt: '2' })],
  ['an attempt is charged once', () => withMoreMoney({})],
  [
    'no refund is made twice',
    () =>
      withMoney('pi of late', ({ refunds }) => ({
        captured: 49_200,
        refunds: [...refunds, ...refunds.map((refund) => ({ ...refund, ref: 're_2' }))],
      })),
  ],
  [
    'an order knows all its refunds',
    () =>
      withMoney('pi of sold', () => ({
        refunds: [{ ref: 're_1', refundId: null, amount: 1, status: 'pending' }],
      })),
  ],
  ['every event has been sent', () => withEvent('sold', { sent: false })],
  [
    'events are numbered without gaps',
    () => withChange('outboxes', 'sold', ({ outbox }) => ({ outbox: outbox.slice(1) })),
  ],
  ['events are numbered without gaps', () => withChange('outboxes', 'sold', () => ({ eventSequence: 4 }))],
  ['events are numbered without gaps', () => withChange('outboxes', 'live', () => ({ outbox: [] }))],
  ['a change of status is told by its event', () => without('outboxes', 'live')],
  [
    'a change of status is told by its event',
    () =>
      withChange('outboxes', 'sold', ({ outbox }) => ({
        outbox: outbox.map((event) => ({ ...event, type: event.type.replace('confirmed', 'refunded') })),
      })),
  ],
  [
    'an event has one id',
    () =>
      withStream('order', ({ events }) => ({
        events: [...events, ...events.slice(0, 1).map((event) => ({ ...event, id: 'evt_2', messageId: 'evt_2' }))],
      })),
  ],
  ['an event has one id', () => withEvent('sold', { id: 'evt_other' })],
  [
    'an event id stands for one event',
    () =>
      withStream('order', ({ events }) => ({
        events: [...events, ...events.slice(0, 1).map((event) => ({ ...event, sequence: 9 }))],
      })),
  ],
  ['a sent event lies in its stream', () => withStream('order', ({ events }) => ({ events: events.slice(1) }))],
  [
    'a sent event lies in its stream',
    () => withBus({ streams: (soundFacts().bus?.streams ?? []).filter(({ owner }) => owner !== 'payment') }),
  ],
  [
    'what is told was written',
    () =>
      withStream('order', ({ events }) => ({
        events: [
          ...events,
          ...events.slice(0, 1).map((event) => ({ ...event, id: 'evt_new', messageId: 'evt_new', sequence: 2 })),
        ],
      })),
  ],
  [
    'what is told was written',
    () =>
      withStream('order', ({ events }) => ({
        events: [
          ...events,
          ...events.slice(0, 1).map((event) => ({
            ...event,
            id: 'evt_new',
            messageId: 'evt_new',
            aggregateId: 'nobody',
            subject: event.subject.replace(event.aggregateId, 'nobody'),
          })),
        ],
      })),
  ],
  [
    'a stream holds events only',
    () => withStream('order', () => ({ unreadable: [{ message: 9, subject: 'evt.order.order-paid.demo.sold' }] })),
  ],
  [
    'an event travels under its own name',
    () =>
      withStream('payment', ({ events }) => ({
        events: events.map((event) => ({ ...event, subject: event.subject.replace('demo', 'other') })),
      })),
  ],
  [
    'consumers are caught up',
    () => withBus({ consumers: [{ stream: 'EVT_ORDER', name: 'inventory-svc', pending: 1, unacknowledged: 0 }] }),
  ],
  [
    'consumers are caught up',
    () => withBus({ consumers: [{ stream: 'EVT_ORDER', name: 'inventory-svc', pending: 0, unacknowledged: 1 }] }),
  ],
  ['dead letters are those that were provoked', withLetter],
  ['the admin API shows what is kept', () => withShown('orders', (shown) => shown.delete('sold'))],
  ['the admin API shows what is kept', () => withShown('payments', (shown) => shown.set('pay of live', 'paid'))],
  ['the admin API shows what is kept', () => withShown('reservations', (shown) => shown.set('stranger', 'held'))],
  ['the admin API shows what is kept', () => withShown('stock', (shown) => shown.clear())],
  ['the admin API shows what is kept', () => withBus({ letters: [LETTER] })],
  ['an answered order is there', () => withHistory(entry('checkout', { orderNo: 'NO-where' }))],
  ['an answered order is there', () => withHistory(entry('checkout', { orderNo: 'NO-sold', tenant: 'other' }))],
  ['an order has the amount that was answered', () => withHistory(entry('track', { orderNo: 'NO-sold', amount: 1 }))],
  [
    'an order is of the cart it was asked for',
    () => withHistory(entry('checkout', { orderNo: 'NO-sold', cartId: 'cart of late' })),
  ],
  [
    'an answered status stands on the timeline',
    () => withHistory(entry('cancel', { orderNo: 'NO-sold', orderStatus: 'cancelled' })),
  ],
  [
    'a confirmation is not taken back',
    () => withHistory(entry('track', { orderNo: 'NO-late', orderStatus: 'confirmed' })),
  ],
  [
    'a payment that was answered is there',
    () => withHistory(entry('confirm', { orderNo: 'NO-live', paymentStatus: 'paid' })),
  ],
  [
    'a payment that was made is known',
    () =>
      withHistory(
        entry('pay', { provider: 'stripe', intentId: 'pi of live', intentStatus: 'succeeded', amount: 24_600 }),
      ),
  ],
  [
    'a cart holds what was put in',
    () => withHistory(entry('add', { cartId: 'cart of sold', sku: 'SHIRT', quantity: 1, key: 'add-2' })),
  ],
  [
    'a cart holds what was put in',
    () => withChange('carts', 'cart of sold', () => ({ items: [{ sku: 'SHIRT', quantity: 3 }] })),
  ],
  [
    'a cart holds what was put in',
    () => ({
      ...withChange('carts', 'cart of sold', () => ({ items: [{ sku: 'SHIRT', quantity: 4 }] })),
      // All or nothing: two of three pieces are neither.
      history: [
        ...soundFacts().history,
        entry('add', { cartId: 'cart of sold', sku: 'SHIRT', quantity: 3, key: 'add-2', outcome: 'unknown' }),
      ],
    }),
  ],
  ['an adjustment is in the ledger once', () => ({ ...soundFacts(), movements: [] })],
  [
    'an adjustment is in the ledger once',
    () => {
      const facts = soundFacts();
      return { ...facts, movements: [...facts.movements, ...facts.movements] };
    },
  ],
  [
    'an adjustment is in the ledger once',
    () => ({
      ...soundFacts(),
      history: soundFacts().history.map((each) => (each.call === 'adjust' ? { ...each, outcome: 'refused' } : each)),
    }),
  ],
  [
    'a refused checkout left nothing',
    () => withHistory(entry('checkout', { cartId: 'cart of live', outcome: 'refused', status: 409 })),
  ],
  [
    'a key gives one order',
    () => withHistory(entry('checkout', { key: 'checkout-1', orderNo: 'NO-live', cartId: 'cart of live' })),
  ],
];

/** Right, although it looks odd. */
const ODD: [string, () => Facts][] = [
  [
    'sold on backorder',
    () => {
      const facts = withChange('stock', 'SHIRT', () => ({ onHand: 1, backorder: true }));
      const ledger = facts.ledger.map((row) => (row._id.orderId === null ? { ...row, onHand: 3 } : row));
      return { ...facts, ledger };
    },
  ],
  [
    'authorized, to be captured by hand',
    () =>
      seen({
        ...withChange('orders', 'sold', ({ payment }) => ({
          payment: { ...payment, captured: 0, status: 'authorized' },
        })),
        payments: withChange('payments', 'pay of sold', () => ({ captured: 0, status: 'authorized' })).payments,
        money: withMoney('pi of sold', () => ({ captured: 0 })).money,
        history: [],
      }),
  ],
  [
    'paid too late, after its cart had been ordered anew: two sales of one cart',
    () => ({
      ...withChange('orders', 'sold', ({ timeline }) => ({
        cartId: 'cart of live',
        timeline: [
          ...timeline.slice(0, 1),
          { type: 'order.expired', from: 'draft', to: 'expired' },
          { type: 'order.confirmed', from: 'expired', to: 'confirmed' },
        ],
      })),
      outboxes: [
        ...soundFacts().outboxes.filter(({ _id }) => _id !== 'sold'),
        tells('order', 'orders', 'sold', ['order.created', 'order.expired', 'order.confirmed']),
      ],
      bus: null,
      history: [],
    }),
  ],
  [
    'a wrong amount, which is for people to look at',
    () => withChange('payments', 'pay of late', () => ({ mismatch: { amount: 1, currency: 'TRY' } })),
  ],
  [
    'a cart that has just been handed over',
    () => withChange('carts', 'cart of late', () => ({ status: 'checkout', orderId: 'soon', updatedAt: NOW })),
  ],
  [
    'a draft whose time has just run out',
    () => withChange('orders', 'live', () => ({ reservedUntil: new Date(NOW.getTime() - 29_000).toISOString() })),
  ],
  ['a dead letter that was provoked', () => ({ ...withLetter(), provoked: [LETTER] })],
  [
    'messages that were put into a stream on purpose',
    () => ({
      ...withStream('order', ({ events }) => ({
        events: [...events, ...events.slice(0, 1).map((event) => ({ ...event, id: 'evt_x', subject: 'evt.order.x' }))],
        unreadable: [{ message: 9, subject: 'evt.order.x' }],
      })),
      provoked: [{ service: 'inventory-svc', subject: 'evt.order.x' }],
    }),
  ],
  [
    'an event that arrived twice under its id',
    () => withStream('order', ({ events }) => ({ events: [...events, ...events] })),
  ],
  [
    'events that a stream no longer keeps',
    () => withStream('order', () => ({ keepsSince: new Date(BEFORE.getTime() + 1), events: [] })),
  ],
  [
    'an old document whose first events are gone',
    () => {
      const facts = withChange('outboxes', 'sold', ({ outbox }) => ({
        createdAt: new Date(NOW.getTime() - 8 * 86_400_000),
        outbox: outbox.slice(1),
      }));
      return { ...facts, bus: null };
    },
  ],
  [
    'a document that was deleted with its events',
    () => {
      const brand = tells('catalog', 'brands', 'brand_1', ['brand.changed']);
      const streams = [
        ...(soundFacts().bus?.streams ?? []),
        { owner: 'catalog', name: 'EVT_CATALOG', keepsSince: new Date(0), events: arrived(brand), unreadable: [] },
      ];
      return withBus({ streams });
    },
  ],
  ['money of the shop’s own doing', () => withMoreMoney({ tenant: null, orderId: null })],
  [
    'paid twice, and once back',
    () => ({
      ...withMoreMoney({
        attempt: '2',
        refunds: [{ ref: 're_2', refundId: 'ref_2', amount: 24_600, status: 'succeeded' }],
      }),
    }),
  ],
  [
    'a lost dispute',
    () =>
      seen({
        ...withChange('payments', 'pay of sold', () => ({ refunded: 24_600, disputes: [{}] })),
        orders: withChange('orders', 'sold', ({ payment }) => ({ payment: { ...payment, refunded: 24_600 } })).orders,
      }),
  ],
  [
    'one add that may or may not have been done',
    () =>
      withHistory(entry('add', { cartId: 'cart of sold', sku: 'SHIRT', quantity: 3, key: 'a', outcome: 'unknown' })),
  ],
  [
    'an add that was repeated under its key until it was answered',
    () =>
      withHistory(
        entry('add', { cartId: 'cart of late', sku: 'SHIRT', quantity: 2, key: 'a', outcome: 'unknown' }),
        entry('add', { cartId: 'cart of late', sku: 'SHIRT', quantity: 2, key: 'a' }),
        entry('add', { cartId: 'cart of late', sku: 'SHIRT', quantity: 2, key: 'a' }),
      ),
  ],
  [
    'a line that was set',
    () =>
      withHistory(
        entry('add', { cartId: 'cart of late', sku: 'SHIRT', quantity: 9, key: 'a' }),
        entry('setQuantity', { cartId: 'cart of late', sku: 'SHIRT', quantity: 2 }),
      ),
  ],
  [
    'a checkout that was refused once and made it later',
    () =>
      withHistory(
        entry('checkout', { cartId: 'cart of live', key: 'k', outcome: 'refused', status: 409 }),
        entry('checkout', { cartId: 'cart of live', key: 'k', orderNo: 'NO-live', orderStatus: 'draft' }),
      ),
  ],
  [
    'a refused checkout whose draft was undone',
    () => withHistory(entry('checkout', { cartId: 'cart of late', outcome: 'refused', status: 409 })),
  ],
  [
    'a key that went on with another order once the first had ended',
    () => withHistory(entry('checkout', { key: 'checkout-1', orderNo: 'NO-late', cartId: 'cart of late' })),
  ],
  ['an order that ended before it held anything', () => withRedemption('late', () => null)],
  ['a limit there is none of any more', () => ({ ...soundFacts(), limits: [] })],
  ['a limit that was lowered below what is used', () => withLimits({ maxUses: 1 })],
  [
    'a limit that came after the uses',
    () => ({ ...withTally('coupon:welcome', { limit: null }), limits: withLimits({ maxUses: 1 }).limits }),
  ],
  ['an adjustment of before', () => ({ ...soundFacts(), history: [], movements: [] })],
];

describe('what must always hold', () => {
  test('holds where all is well', () => {
    expect(brokenRules(soundFacts())).toEqual([]);
  });

  test.each(BROKEN)('%s', (rule, broken) => {
    expect(brokenRules(broken())).toContain(rule);
  });

  test('is each broken by something here', () => {
    for (const rule of RULES) expect(BROKEN.some(([, broken]) => rule(broken()).length > 0)).toBe(true);
  });

  test('names the shop and the order', () => {
    const [found] = RULES.flatMap((rule) => rule(without('reservations', 'live')));
    expect(violationsOf('a live draft holds its goods', without('reservations', 'live'))).toEqual([
      { rule: 'a live draft holds its goods', id: 'live', found: 'none', tenant: 'demo', order: 'NO-live' },
    ]);
    expect(found?.tenant).toBe('demo');
  });

  test.each(ODD)('allows what is right although it looks odd: %s', (_, facts) => {
    expect(brokenRules(facts())).toEqual([]);
  });
});

describe('what says that something is under way', () => {
  const busy = (facts: Facts): boolean => QUIET.some((rule) => rule(facts).length > 0);
  const pending = (status: string) =>
    withChange('payments', 'pay of late', () => ({ captured: 0, refunded: 0, status }));

  test('is silent where drafts have time left', () => {
    expect(busy(soundFacts())).toBe(false);
  });
  test.each<[string, () => Facts]>([
    ['a draft whose time is over', () => withChange('orders', 'live', () => ({ reservedUntil: BEFORE.toISOString() }))],
    ['a draft that is to be waited for', () => ({ ...soundFacts(), graceMs: NOW.getTime() - Date.parse(LATER) - 1 })],
    ['a payment that can still be made for an order that has ended', () => pending('requires_action')],
    ['a payment on its way', () => withChange('payments', 'pay of live', () => ({ status: 'processing' }))],
    ['an event that is not sent', () => withEvent('live', { sent: false })],
    ['money that nobody has heard of', () => withMoney('pi of live', () => ({ captured: 24_600 }))],
  ])('sees %s', (_, facts) => {
    expect(busy(facts())).toBe(true);
  });
});
