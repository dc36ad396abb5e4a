import type { Facts } from './read.ts';

/** A number that does not hold: which rule, of what, and what was found. */
export type Violation = { rule: string; id: string; found: string };

type Rule = (facts: Facts) => Violation[];

const LIVE = new Set(['confirmed', 'packing', 'shipped', 'delivered']);
const key = (tenant: string, sku: string): string => `${tenant}:${sku}`;

/** `onHand = sum(ledger)`, `reserved = sum(ledger)`, `available >= 0` unless backorder is on. */
const stockAddsUp: Rule = ({ stock, ledger }) => {
  const sums = new Map(ledger.map((sum) => [key(sum._id.tenant, sum._id.sku), sum]));
  return stock.flatMap((row) => {
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

/** Every held reservation belongs to a live draft; every confirmed order has a committed one of exactly its lines. */
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
    if (!LIVE.has(order.status)) continue;
    const reservation = byId.get(order._id);
    if (reservation?.status !== 'committed') {
      found.push({
        rule: 'a confirmed order has a committed reservation',
        id: order._id,
        found: reservation?.status ?? 'none',
      });
    } else if (pieces(reservation.lines) !== pieces(order.items)) {
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

/** Every confirmed order that costs something is paid (or authorized); its amount is its payment's; refunds never exceed captures. */
const ordersArePaid: Rule = ({ orders }) =>
  orders.flatMap((order) => {
    const found: Violation[] = [];
    const { payment, totals } = order;
    if (LIVE.has(order.status) && totals.total > 0 && payment.captured === 0 && payment.status !== 'authorized') {
      found.push({ rule: 'a confirmed order is paid', id: order._id, found: payment.status });
    }
    if (payment.amount !== totals.total) {
      found.push({
        rule: 'the payment’s amount is the order’s total',
        id: order._id,
        found: `${payment.amount} of ${totals.total}`,
      });
    }
    const refunded = order.refunds
      .filter((refund) => refund.paymentId === payment.paymentId && refund.status !== 'failed')
      .reduce((sum, refund) => sum + refund.amount, 0);
    if (refunded > payment.captured) {
      found.push({
        rule: 'refunds never exceed what was captured',
        id: order._id,
        found: `${refunded} of ${payment.captured}`,
      });
    }
    return found;
  });

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

/** One cart gives at most one sale, and at most one live draft. */
const oneSaleACart: Rule = ({ orders }) => {
  const sold = new Map<string, number>();
  for (const order of orders) {
    if (LIVE.has(order.status) || order.status === 'draft') {
      const cart = key(order.tenant, order.cartId);
      sold.set(cart, (sold.get(cart) ?? 0) + 1);
    }
  }
  return [...sold]
    .filter(([, count]) => count > 1)
    .map(([cart, count]) => ({ rule: 'one cart gives at most one sale', id: cart, found: `${count} orders` }));
};

/** No two keys share an order, so that a key makes one order at most. */
const oneOrderAKey: Rule = ({ claims }) => {
  const counts = new Map<string, number>();
  for (const claim of claims) counts.set(claim.orderId, (counts.get(claim.orderId) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > 1)
    .map(([orderId, count]) => ({ rule: 'one key makes at most one order', id: orderId, found: `${count} keys` }));
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
  outboxesAreEmpty,
];
