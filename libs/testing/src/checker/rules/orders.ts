import { aboutOrder, grouped, key, LIVE, violation, type Rule, type Violation } from '../rule.ts';
import type { OrderRow } from '../facts.ts';

/**
 * Which status may follow which, written from the design and not taken from the code, so that a mistake there is seen.
 * `expired -> confirmed` is the payment that came late and found the goods still there.
 */
const NEXT: Readonly<Record<string, readonly string[]>> = {
  draft: ['confirmed', 'expired', 'cancelled'],
  confirmed: ['packing', 'cancelled'],
  packing: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: [],
  expired: ['confirmed'],
  cancelled: [],
};

/** `total = subtotal - discount + shipping + fees + tax not included` = the sum of the breakdown. */
export const totalsAddUp: Rule = ({ orders }) =>
  orders.flatMap((order) => {
    const { subtotal, discount, shipping, fees, tax, taxIncluded, total, breakdown } = order.totals;
    const parts = subtotal - discount + shipping + fees + tax - taxIncluded;
    const broken = breakdown.reduce((sum, row) => sum + row.amount, 0);
    if (parts === total && broken === total) return [];
    const said = `total ${total}, parts ${parts}, breakdown ${broken}`;
    return [violation('the parts add up to the total', aboutOrder(order), said)];
  });

/** Each order's way through its states begins as a draft, goes by the table, is told whole and ends where the order is. */
export const historiesAreWays: Rule = ({ orders }) =>
  orders.flatMap((order) => {
    const rule = 'a history is a way through the states';
    const [first, ...later] = order.timeline;
    if (first?.to !== 'draft' || first.from !== undefined)
      return [violation(rule, aboutOrder(order), `begins with ${first?.type ?? 'nothing'}`)];
    let status = 'draft';
    for (const { from, to } of later) {
      if (to === undefined) continue;
      if (from !== status) return [violation(rule, aboutOrder(order), `${from ?? 'nothing'} after ${status}`)];
      if (NEXT[status]?.includes(to) !== true) return [violation(rule, aboutOrder(order), `${status} -> ${to}`)];
      status = to;
    }
    return status === order.status
      ? []
      : [violation('a history ends at the status', aboutOrder(order), `${status}, not ${order.status}`)];
  });

/** Every draft ends soon after its time is over. */
export const draftsEnd: Rule = ({ orders, now, graceMs }) =>
  orders
    .filter(({ status, reservedUntil }) => {
      if (status !== 'draft') return false;
      return reservedUntil === null || Date.parse(reservedUntil) < now.getTime() - graceMs;
    })
    .map((order) =>
      violation('a draft ends when its time is over', aboutOrder(order), `over since ${order.reservedUntil ?? 'ever'}`),
    );

const isUnderWay = ({ status }: OrderRow): boolean => status === 'draft' || LIVE.has(status);
const cameLate = ({ timeline }: OrderRow): boolean => timeline.some(({ from }) => from === 'expired');

const moreThanOne = (orders: readonly OrderRow[], keyOf: (order: OrderRow) => string, rule: string): Violation[] =>
  [...grouped(orders, keyOf)]
    .filter(([, { length }]) => length > 1)
    .map(([id, same]) =>
      violation(rule, { id, tenant: same[0]?.tenant ?? '' }, same.map(({ orderNo }) => orderNo).join(', ')),
    );

/**
 * One cart gives at most one live draft or sale. A sale whose payment came after its time was over is beside that: its
 * cart was free again.
 */
export const oneSaleACart: Rule = ({ orders }) =>
  moreThanOne(
    orders.filter((order) => isUnderWay(order) && !cameLate(order)),
    ({ tenant, cartId }) => key(tenant, cartId),
    'one cart gives at most one sale',
  );

/** One idempotency key makes at most one order: another only after the one before has ended without a sale. */
export const oneOrderAKey: Rule = ({ orders }) =>
  moreThanOne(
    orders.filter((order) => isUnderWay(order) && !cameLate(order)),
    ({ tenant, checkoutKey }) => key(tenant, checkoutKey),
    'one key makes at most one order',
  );

/** How long a cart may wait for a draft that was never written until the job gives it back, in milliseconds. */
const LONGEST_ORPHAN_MS = 120_000;

/** A cart in checkout belongs to its live draft, and a live draft's cart is in checkout for it. */
export const cartsFollow: Rule = ({ orders, carts, now }) => {
  const byId = new Map(orders.map((order) => [order._id, order]));
  const owners = new Map(carts.map((cart) => [key(cart.tenant, cart._id), cart]));
  const left = carts.filter(({ status, orderId, updatedAt }) => {
    if (status !== 'checkout') return false;
    const order = byId.get(orderId ?? '');
    return order === undefined ? now.getTime() - updatedAt.getTime() > LONGEST_ORPHAN_MS : order.status !== 'draft';
  });
  const drafts = orders.filter(({ _id, tenant, cartId, status }) => {
    const cart = owners.get(key(tenant, cartId));
    return status === 'draft' && (cart?.status !== 'checkout' || cart.orderId !== _id);
  });
  return [
    ...left.map(({ _id: id, tenant, orderId }) => {
      const status = byId.get(orderId ?? '')?.status ?? 'missing';
      return violation('a cart in checkout belongs to a live draft', { id, tenant }, `order is ${status}`);
    }),
    ...drafts.map((order) => {
      const status = owners.get(key(order.tenant, order.cartId))?.status ?? 'missing';
      return violation('a live draft has its cart', aboutOrder(order), `cart is ${status}`);
    }),
  ];
};

/** What belongs together belongs to the same shop. */
export const tenantsStayApart: Rule = (facts) => {
  const { orders, reservations, redemptions, payments, carts, ledger, outboxes, money } = facts;
  const rule = 'what is of one shop refers to nothing of another';
  const ofOrder = new Map(orders.map((order) => [order._id, order]));
  const ofCart = new Map(carts.map((cart) => [cart._id, cart.tenant]));
  const crossing = (id: string, tenant: string, orderId: string | null, what: string): Violation[] => {
    const order = ofOrder.get(orderId ?? '');
    if (order === undefined || order.tenant === tenant) return [];
    return [violation(rule, { id, tenant, order: order.orderNo }, `${what} of an order of ${order.tenant}`)];
  };
  return [
    ...reservations.flatMap(({ _id, tenant }) => crossing(_id, tenant, _id, 'reservation')),
    ...redemptions.flatMap(({ _id, tenant }) => crossing(_id, tenant, _id, 'redemption')),
    ...payments.flatMap(({ _id, tenant, orderId }) => crossing(_id, tenant, orderId, 'payment')),
    ...carts.flatMap(({ _id, tenant, orderId }) => crossing(_id, tenant, orderId, 'cart')),
    ...ledger.flatMap(({ _id: { tenant, sku, orderId } }) =>
      crossing(key(tenant, sku), tenant, orderId, 'ledger rows'),
    ),
    ...money.flatMap(({ ref, account, orderId }) => crossing(ref, account, orderId, 'money')),
    ...money
      .filter(({ tenant, account }) => tenant !== null && tenant !== account)
      .map(({ ref, tenant, account }) => violation(rule, { id: ref, tenant: account }, `money of ${tenant ?? ''}`)),
    ...orders.flatMap((order) => {
      const tenant = ofCart.get(order.cartId);
      if (tenant === undefined || tenant === order.tenant) return [];
      return [violation(rule, aboutOrder(order), `cart ${order.cartId} of ${tenant}`)];
    }),
    ...outboxes.flatMap(({ _id, tenant, outbox }) =>
      outbox
        .filter((event) => event.tenant !== tenant)
        .map((event) => violation(rule, { id: _id, tenant }, `${event.type} ${event.id} of ${event.tenant}`)),
    ),
  ];
};
