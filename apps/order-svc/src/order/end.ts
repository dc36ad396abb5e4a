import type { Actor } from '@kervan/contracts';
import { moveTo, type Ending } from './move.ts';
import type { OrderFacts } from './order.ts';
import { giveBack, isOver } from './payment.ts';

const SYSTEM: Actor = { kind: 'system' };

/**
 * Ends a draft whose time is over; null when it is not (any more) such a draft. A payment that did not confirm it, because
 * its amount was not the order's, goes back.
 */
export const expire = (order: OrderFacts, now: Date): Ending | null => {
  if (order.status !== 'draft' || !isOver(order, now)) return null;
  const change = { expiredAt: now.toISOString(), reservedUntil: null, clientSecret: null };
  return paidBack(moveTo(order, 'expired', { at: now, actor: SYSTEM }, change), now);
};

/** Ends a draft because the buyer, staff or the checkout itself gives up, as `expire` does; null when it is no draft. */
export const cancelDraft = (order: OrderFacts, by: Actor, reason: string, now: Date): Ending | null => {
  if (order.status !== 'draft') return null;
  const change = { cancelledAt: now.toISOString(), reservedUntil: null, clientSecret: null };
  return paidBack(moveTo(order, 'cancelled', { at: now, actor: by, reason }, change), now);
};

/**
 * Inventory could not give a confirmed order its goods (its reservation had lapsed while we were down): the sale is
 * taken back and paid out. Null when the order has moved on or ended already.
 */
export const cancelForMissingGoods = (order: OrderFacts, now: Date): Ending | null => {
  if (order.status !== 'confirmed' && order.status !== 'packing') return null;
  const reason = 'out_of_stock';
  const change = { cancelledAt: now.toISOString() };
  return paidBack(moveTo(order, 'cancelled', { at: now, actor: SYSTEM, reason }, change), now, reason);
};

/** An order that costs nothing needs no payment: it is confirmed at once. */
export const confirmFree = (order: OrderFacts, now: Date): Ending | null => {
  if (order.status !== 'draft' || order.totals.total !== 0) return null;
  const change = {
    confirmedAt: now.toISOString(),
    reservedUntil: null,
    payment: { ...order.payment, status: 'paid' as const },
  };
  return moveTo(order, 'confirmed', { at: now, actor: SYSTEM, data: { free: true } }, change);
};

/** The end of an order with the money on it on its way back. */
const paidBack = ({ order, events }: Ending, now: Date, reason?: string): Ending => ({
  order: giveBack(order, events, now, reason),
  events,
});
