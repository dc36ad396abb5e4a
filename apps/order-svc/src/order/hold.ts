import { fail, inventoryRpc, ok, type Context, type Result } from '@kervan/contracts';
import type { Caller } from '@kervan/bus';
import { documentOf, keep, write } from '@kervan/store';
import type { OrderState } from './order.ts';
import type { OrderDocument, OrderStore } from './order.store.ts';

export type HoldDeps = { orders: OrderStore; bus: Caller; clock: () => Date; reservationTtlMs: number };

/** No draft lives longer than this after its creation, in milliseconds. */
const LONGEST_DRAFT_MS = 60 * 60_000;
/** Inventory keeps the goods a little longer than the order promises, for the commit that is on its way at the end. */
const GRACE_MS = 60_000;

/** Why goods are kept for longer. */
export type Reason = keyof OrderState['extended'];
type Held = Pick<OrderDocument, 'status' | 'extended' | 'reservedUntil' | 'createdAt'>;

/** When inventory may give the goods of a draft to others, for an end the order promises. RFC 3339 texts. */
export const releaseTime = (reservedUntil: string): string =>
  new Date(Date.parse(reservedUntil) + GRACE_MS).toISOString();

/**
 * Until when a draft's goods are kept when that is changed for this reason, as an RFC 3339 text; null when it is not.
 * Each reason counts once and only for later: opening a payment gives the whole time again (less than a minute more is
 * not worth asking for), a payment that takes its time gives as much on top. `ttlMs` is the whole time.
 */
export const extendedEnd = (order: Held, reason: Reason, now: Date, ttlMs: number): string | null => {
  if (order.status !== 'draft' || order.reservedUntil === null || order.extended[reason]) return null;
  const held = Date.parse(order.reservedUntil);
  const wanted = (reason === 'opening' ? now.getTime() : held) + ttlMs;
  const until = Math.min(wanted, order.createdAt.getTime() + LONGEST_DRAFT_MS);
  const gain = until - held;
  return gain <= 0 || (reason === 'opening' && gain < GRACE_MS) ? null : new Date(until).toISOString();
};

/**
 * Keeps a draft's goods for longer where there is reason to, and answers the order as it is then: inventory first, so
 * that the order never promises more than is held. order_not_payable when the goods are not held any more.
 */
export const holdLonger = async (
  deps: HoldDeps,
  context: Context,
  order: OrderDocument,
  reason: Reason,
): Promise<Result<OrderDocument>> => {
  const until = extendedEnd(order, reason, deps.clock(), deps.reservationTtlMs);
  if (until === null) return ok(order);
  const request = { orderId: order._id, expiresAt: releaseTime(until) };
  const extended = await deps.bus.call(inventoryRpc.extend, context, request);
  if (!extended.ok) {
    const { code } = extended.error;
    return code === 'reservation_closed' || code === 'not_found' ? fail('order_not_payable') : extended;
  }
  const held = await deps.orders.change<null>(order, (current) => {
    if (current.status !== 'draft' || current.reservedUntil === null || current.extended[reason]) return keep(null);
    const reservedUntil = current.reservedUntil > until ? current.reservedUntil : until;
    const next = { ...current, reservedUntil, extended: { ...current.extended, [reason]: true } };
    return write(next, null);
  });
  return documentOf(held);
};
