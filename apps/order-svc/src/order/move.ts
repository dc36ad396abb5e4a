import { emit, orderEvents, type Actor, type NewEvent, type OrderStatus } from '@kervan/contracts';
import { canMove, hasEnded, isSold, note, reservationLines, type OrderFacts } from './order.ts';

/** A decision on an order: what to write and which facts go out with it. */
export type Ending = { order: OrderFacts; events: NewEvent[] };

/** Who moves an order, when, and what the timeline is told; `reason` stands in the fact, too. */
type Move = { at: Date; actor: Actor; reason?: string; data?: Record<string, unknown> };

/** The fact that goes out with each status. */
const FACTS: Partial<Record<OrderStatus, typeof orderEvents.confirmed>> = {
  confirmed: orderEvents.confirmed,
  expired: orderEvents.expired,
  cancelled: orderEvents.cancelled,
};

/**
 * Moves the status, with what else changes on the order: says so on the timeline, and gives every fact that goes out with
 * it. No status is changed in any other way, so that nobody who confirms or ends an order can forget what hangs on it. The
 * caller knows that the move is possible; a wrong one is a bug and throws.
 */
export const moveTo = (
  order: OrderFacts,
  to: OrderStatus,
  { at, actor, reason, data }: Move,
  change: Partial<Omit<OrderFacts, 'status' | 'timeline'>> = {},
): Ending => {
  const { status: from } = order;
  if (!canMove(from, to)) throw new Error(`order cannot go from ${from} to ${to}`);
  const told = reason === undefined ? data : { ...data, reason };
  const entry = {
    at,
    actor,
    type: `order.${to}`,
    from,
    to,
    public: true,
    ...(told === undefined ? {} : { data: told }),
  };
  const moved = note({ ...order, ...change, status: to }, entry);
  const fact = FACTS[to];
  return {
    order: moved,
    events: [...(fact === undefined ? [] : [emit(fact, orderFact(moved, from, reason))]), ...usesFacts(moved, from)],
  };
};

/** What events say of an order. `from` is the status before, null at its creation. */
export const orderFact = (order: OrderFacts, from: OrderStatus | null, reason?: string) => ({
  orderId: order._id,
  orderNo: order.orderNo,
  cartId: order.cartId,
  from,
  status: order.status,
  amount: order.totals.total,
  currency: order.currency,
  lines: reservationLines(order.items),
  ...(reason === undefined ? {} : { reason }),
});

/** That what an order holds of promotions is free again; nothing of an order that holds none. */
export const usesReleased = (order: OrderFacts): NewEvent[] => usesFact(orderEvents.usesReleased, order);

/** An order that becomes a sale redeems its uses; one that ends gives them back, also after it was sold. */
const usesFacts = (order: OrderFacts, from: OrderStatus): NewEvent[] => {
  if (hasEnded(order.status)) return usesReleased(order);
  return isSold(order.status) && !isSold(from) ? usesFact(orderEvents.usesRedeemed, order) : [];
};

const usesFact = (fact: typeof orderEvents.usesRedeemed, order: OrderFacts): NewEvent[] =>
  order.uses.length === 0
    ? []
    : [emit(fact, { orderId: order._id, orderNo: order.orderNo, uses: order.uses, late: order.usesHold !== 'first' })];
