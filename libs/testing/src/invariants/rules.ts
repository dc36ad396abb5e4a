import type { Facts } from './read.ts';

/** A number that does not hold: which rule, of what, and what was found. */
export type Violation = { rule: string; id: string; found: string };

type Rule = (facts: Facts) => Violation[];

const LIVE = new Set(['confirmed', 'packing', 'shipped', 'delivered']);
const key = (tenant: string, sku: string): string => `${tenant}:${sku}`;

/** `onHand = sum(ledger)`, `reserved = sum(ledger)`, `available >= 0` unless backorder is on. */
const stockAddsUp: Rule = ({ stock, ledger }) => {
  const sums = new Map(ledger.map((sum) => [key(sum._id.tenant, sum._id.sku), sum]));
  const rows = new Set(stock.map((row) => key(row.tenant, row.sku)));
  const rowless = [...sums]
    .filter(([id, sum]) => !rows.has(id) && (sum.onHand !== 0 || sum.reserved !== 0))
    .map(([id, sum]) => ({
      rule: 'stock is the sum of its ledger',
      id,
      found: `no stock, ledger ${sum.onHand}/${sum.reserved}`,
    }));
  const ofRows = stock.flatMap((row) => {
    const sum = sums.get(key(row.tenant, row.sku)) ?? { onHand: 0, reserved: 0 };
    const found: Violation[] = [];
    if (sum.onHand !== row.onHand || sum.reserved !== row.reserved) {
      const said = `stock ${row.onHand}/${row.reserved}, ledger ${sum.onHand}/${sum.reserved}`;
      found.push({ rule: 'stock is the sum of its ledger', id: key(row.tenant, row.sku), found: said });
    }
    if (!row.backorder && row.onHand - row.reserved < 0) {
      found.push({
        rule: 'available is never below zero',
        id: key(row.tenant, row.sku),
        found: `${row.onHand} - ${row.reserved}`,
      });
    }
    if (row.reserved < 0)
      found.push({ rule: 'reserved is never below zero', id: key(row.tenant, row.sku), found: String(row.reserved) });
    return found;
  });
  return [...rowless, ...ofRows];
};

/** `reserved` of a SKU is what its held reservations hold. */
const reservedIsHeld: Rule = ({ stock, reservations }) => {
  const held = new Map<string, number>();
  for (const reservation of reservations) {
    if (reservation.status !== 'held') continue;
    for (const line of reservation.lines) {
      const sku = key(reservation.tenant, line.sku);
      held.set(sku, (held.get(sku) ?? 0) + line.quantity);
    }
  }
  return stock
    .filter((row) => row.reserved !== (held.get(key(row.tenant, row.sku)) ?? 0))
    .map((row) => ({
      rule: 'reserved is what held reservations hold',
      id: key(row.tenant, row.sku),
      found: `reserved ${row.reserved}, held ${held.get(key(row.tenant, row.sku)) ?? 0}`,
    }));
};

/** Every held reservation belongs to a live draft, every committed one to a confirmed order, each with exactly its lines. */
const reservationsBelong: Rule = ({ orders, reservations }) => {
  const byOrder = new Map(orders.map((order) => [order._id, order]));
  const byId = new Map(reservations.map((reservation) => [reservation._id, reservation]));
  const found: Violation[] = [];
  for (const reservation of reservations) {
    const status = byOrder.get(reservation._id)?.status;
    if (reservation.status === 'held' && status !== 'draft') {
      found.push({
        rule: 'what is held belongs to a live draft',
        id: reservation._id,
        found: `order is ${status ?? 'missing'}`,
      });
    }
    if (reservation.status === 'committed' && (status === undefined || !LIVE.has(status))) {
      found.push({
        rule: 'what is committed belongs to a confirmed order',
        id: reservation._id,
        found: `order is ${status ?? 'missing'}`,
      });
    }
  }
  for (const order of orders) {
    const reservation = byId.get(order._id);
    if (LIVE.has(order.status) && reservation?.status !== 'committed') {
      found.push({
        rule: 'a confirmed order has a committed reservation',
        id: order._id,
        found: reservation?.status ?? 'none',
      });
    }
    const holds = reservation?.status === 'held' || reservation?.status === 'committed';
    if (holds && pieces(reservation.lines) !== pieces(order.items)) {
      found.push({
        rule: 'a reservation holds exactly the order’s lines',
        id: order._id,
        found: pieces(reservation.lines),
      });
    }
  }
  return found;
};

const pieces = (lines: readonly { sku: string; quantity: number }[]): string => {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return [...sums].sort().join(';');
};

/** Every captured payment belongs to one confirmed order, or has been given back. */
const capturesBelong: Rule = ({ orders, payments }) => {
  const byId = new Map(orders.map((order) => [order._id, order]));
  return payments
    .filter((payment) => payment.captured > 0 && payment.mismatch === null)
    .flatMap((payment) => {
      const order = byId.get(payment.orderId);
      const kept = payment.captured - payment.refunded;
      const owns = order !== undefined && LIVE.has(order.status) && order.payment.paymentId === payment._id;
      if (owns || kept === 0) return [];
      const found = `keeps ${kept} of ${payment.captured}, order is ${order?.status ?? 'missing'}`;
      return [{ rule: 'a capture belongs to a confirmed order or is refunded', id: payment._id, found }];
    });
};

/**
 * Every confirmed order that costs something is paid (or authorized); what it says of its payment is what the payment
 * says, and its amount is the order's total; refunds never exceed captures.
 */
const ordersArePaid: Rule = ({ orders, payments }) => {
  const byId = new Map(payments.map((payment) => [payment._id, payment]));
  return orders.flatMap((order) => {
    const found: Violation[] = [];
    const say = (rule: string, what: string) => found.push({ rule, id: order._id, found: what });
    const { payment, totals } = order;
    const own = byId.get(payment.paymentId ?? '');
    if (LIVE.has(order.status) && totals.total > 0 && payment.captured === 0 && payment.status !== 'authorized')
      say('a confirmed order is paid', payment.status);
    if (payment.amount !== totals.total)
      say('the payment’s amount is the order’s total', `${payment.amount} of ${totals.total}`);
    if (payment.paymentId !== null && own === undefined) say('an order’s payment is there', payment.paymentId);
    if (own !== undefined && own.amount !== totals.total)
      say('the payment’s amount is the order’s total', `${own.amount} of ${totals.total}`);
    if (own !== undefined && (own.captured !== payment.captured || own.refunded !== payment.refunded)) {
      const said = `order ${payment.captured}/${payment.refunded}, payment ${own.captured}/${own.refunded}`;
      say('an order says of its payment what the payment says', said);
    }
    const takenBack = order.refunds.filter((refund) => refund.paymentId === payment.paymentId && isOurs(refund));
    if (LIVE.has(order.status) && takenBack.length > 0)
      say('a sale is not paid back for want of goods', takenBack.map(({ reason }) => reason).join());
    for (const [paymentId, refunded] of refundsOf(order)) {
      const captured = byId.get(paymentId)?.captured ?? 0;
      if (refunded > captured) say('refunds never exceed what was captured', `${refunded} of ${captured}`);
    }
    return found;
  });
};

/** Refunds the system makes by itself, for orders that do not come to anything. */
const isOurs = ({ reason, status }: { reason: string; status: string }): boolean =>
  status !== 'failed' && ['order_expired', 'order_cancelled', 'out_of_stock'].includes(reason);

/** What is refunded or being refunded of each payment of an order. */
const refundsOf = ({ refunds }: Facts['orders'][number]): Map<string, number> => {
  const sums = new Map<string, number>();
  for (const { paymentId, amount, status } of refunds)
    if (status !== 'failed') sums.set(paymentId, (sums.get(paymentId) ?? 0) + amount);
  return sums;
};

/** `total = subtotal - discount + shipping + fees + tax not included` = the sum of the breakdown. */
const totalsAddUp: Rule = ({ orders }) =>
  orders.flatMap(({ _id, totals }) => {
    const reckoned =
      totals.subtotal - totals.discount + totals.shipping + totals.fees + totals.tax - totals.taxIncluded;
    const broken = totals.breakdown.reduce((sum, row) => sum + row.amount, 0);
    return reckoned === totals.total && broken === totals.total
      ? []
      : [
          {
            rule: 'the parts add up to the total',
            id: _id,
            found: `total ${totals.total}, parts ${reckoned}, breakdown ${broken}`,
          },
        ];
  });

/** Each order's way through its states starts as a draft and never jumps. */
const historiesAreWays: Rule = ({ orders }) =>
  orders.flatMap((order) => {
    let status = 'draft';
    for (const { from, to } of order.timeline) {
      if (to === undefined || from === undefined) continue;
      if (from !== status)
        return [{ rule: 'a history is a way through the states', id: order._id, found: `${from} after ${status}` }];
      status = to;
    }
    return status === order.status
      ? []
      : [{ rule: 'a history ends at the status', id: order._id, found: `${status}, not ${order.status}` }];
  });

/**
 * One cart gives at most one live draft or sale. A sale whose payment came after its time was over is beside that: its
 * cart was free again.
 */
const oneSaleACart: Rule = ({ orders }) =>
  moreThanOne(
    orders.filter((order) => isUnderWay(order) && !cameLate(order)),
    ({ tenant, cartId }) => key(tenant, cartId),
    'one cart gives at most one sale',
  );

const isUnderWay = ({ status }: Facts['orders'][number]): boolean => status === 'draft' || LIVE.has(status);
const cameLate = ({ timeline }: Facts['orders'][number]): boolean => timeline.some(({ from }) => from === 'expired');

const moreThanOne = (
  orders: readonly Facts['orders'][number][],
  keyOf: (order: Facts['orders'][number]) => string,
  rule: string,
): Violation[] => {
  const counts = new Map<string, number>();
  for (const order of orders) counts.set(keyOf(order), (counts.get(keyOf(order)) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > 1).map(([id, count]) => ({ rule, id, found: `${count} orders` }));
};

/** One idempotency key makes at most one order: another only after the one before has ended without a sale. */
const oneOrderAKey: Rule = ({ orders }) =>
  moreThanOne(
    orders.filter((order) => isUnderWay(order) && !cameLate(order)),
    ({ tenant, checkoutKey }) => key(tenant, checkoutKey),
    'one key makes at most one order',
  );

/** How long a cart may wait for a draft that was never written until the job gives it back, in milliseconds. */
const LONGEST_ORPHAN_MS = 120_000;

/** A cart in checkout belongs to its live draft, and a live draft's cart is in checkout for it. */
const cartsFollow: Rule = ({ orders, carts, now }) => {
  const byId = new Map(orders.map((order) => [order._id, order]));
  const owners = new Map(carts.map((cart) => [key(cart.tenant, cart._id), cart]));
  const left = carts.filter((cart) => {
    if (cart.status !== 'checkout') return false;
    const order = byId.get(cart.orderId ?? '');
    return order === undefined
      ? now.getTime() - cart.updatedAt.getTime() > LONGEST_ORPHAN_MS
      : order.status !== 'draft';
  });
  const drafts = orders.filter((order) => {
    const cart = owners.get(key(order.tenant, order.cartId));
    return order.status === 'draft' && (cart?.status !== 'checkout' || cart.orderId !== order._id);
  });
  return [
    ...left.map((cart) => ({
      rule: 'a cart in checkout belongs to a live draft',
      id: cart._id,
      found: `order is ${byId.get(cart.orderId ?? '')?.status ?? 'missing'}`,
    })),
    ...drafts.map((order) => ({
      rule: 'a live draft has its cart',
      id: order._id,
      found: `cart is ${owners.get(key(order.tenant, order.cartId))?.status ?? 'missing'}`,
    })),
  ];
};

/** Everything that was to be told has been told. */
const outboxesAreEmpty: Rule = ({ unsent }) =>
  unsent.map((event) => ({
    rule: 'every event has been sent',
    id: event.id,
    found: `${event.type} in ${event.collection}`,
  }));

/** The numbers of the order design that must always hold once the system is quiet. */
export const RULES: readonly Rule[] = [
  stockAddsUp,
  reservedIsHeld,
  reservationsBelong,
  capturesBelong,
  ordersArePaid,
  totalsAddUp,
  historiesAreWays,
  oneSaleACart,
  oneOrderAKey,
  cartsFollow,
  outboxesAreEmpty,
];
