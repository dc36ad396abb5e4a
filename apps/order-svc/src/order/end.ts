import { emit, orderEvents, type Actor, type NewEvent } from '@kervan/contracts';
import { moveTo } from './order.ts';
import { giveBack, isOver, orderFact, type OrderFacts } from './payment.ts';

/** A decision on an order: what to write and which facts go out with it. */
export type Ending = { order: OrderFacts; events: NewEvent[] };

const SYSTEM: Actor = { kind: 'system' };

/**
 * Ends a draft whose time is over; null when it is not (any more) such a draft. A payment that did not confirm it, because
 * its amount was not the order's, goes back.
 */
export const expire = (order: OrderFacts, now: Date): Ending | null => {
  if (order.status !== 'draft' || !isOver(order, now)) return null;
  const next: OrderFacts = {
    ...moveTo(order, 'expired', { at: now, actor: SYSTEM }),
    expiredAt: now.toISOString(),
    reservedUntil: null,
    clientSecret: null,
  };
  const events: NewEvent[] = [emit(orderEvents.expired, orderFact(next, order.status))];
  return { order: giveBack(next, events, now), events };
};

/** Ends a draft because the buyer, staff or the checkout itself gives up, as `expire` does; null when it is no draft. */
export const cancelDraft = (order: OrderFacts, by: Actor, reason: string, now: Date): Ending | null => {
  if (order.status !== 'draft') return null;
  const next: OrderFacts = {
    ...moveTo(order, 'cancelled', { at: now, actor: by, data: { reason } }),
    cancelledAt: now.toISOString(),
    reservedUntil: null,
    clientSecret: null,
  };
  const events: NewEvent[] = [emit(orderEvents.cancelled, orderFact(next, order.status, reason))];
  return { order: giveBack(next, events, now), events };
};

/**
 * Inventory could not give a confirmed order its goods (its reservation had lapsed while we were down): the sale is
 * taken back and paid out. Null when the order has moved on or ended already.
 */
export const cancelForMissingGoods = (order: OrderFacts, now: Date): Ending | null => {
  if (order.status !== 'confirmed' && order.status !== 'packing') return null;
  const cancelled: OrderFacts = {
    ...moveTo(order, 'cancelled', { at: now, actor: SYSTEM, data: { reason: 'out_of_stock' } }),
    cancelledAt: now.toISOString(),
  };
  const events: NewEvent[] = [emit(orderEvents.cancelled, orderFact(cancelled, order.status, 'out_of_stock'))];
  return { order: giveBack(cancelled, events, now, 'out_of_stock'), events };
};

/** An order that costs nothing needs no payment: it is confirmed at once. */
export const confirmFree = (order: OrderFacts, now: Date): Ending | null => {
  if (order.status !== 'draft' || order.totals.total !== 0) return null;
  const next: OrderFacts = {
    ...moveTo(order, 'confirmed', { at: now, actor: SYSTEM, data: { free: true } }),
    confirmedAt: now.toISOString(),
    reservedUntil: null,
    payment: { ...order.payment, status: 'paid' },
  };
  return { order: next, events: [emit(orderEvents.confirmed, orderFact(next, order.status))] };
};
