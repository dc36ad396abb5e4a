import { inventoryRpc, ok, type Context, type Payment, type Result } from '@kervan/contracts';
import type { Caller } from '@kervan/bus';
import { keep, write } from '@kervan/store';
import type { CartStore } from '../cart/cart.store.ts';
import { finishCart, releaseCart } from '../cart/release.ts';
import { reservationLines, type OrderState } from './order.ts';
import { settlePayment, type Goods } from './payment.ts';
import type { OrderDocument, OrderStore } from './order.store.ts';

export type SettleDeps = { carts: CartStore; orders: OrderStore; bus: Caller; clock: () => Date };

/** How long goods are held again for a payment that came late, until the commit arrives, in milliseconds. */
const LATE_HOLD_MS = 10 * 60_000;
/** A draft whose payment is being processed waits at most this long after its creation, in milliseconds. */
const LONGEST_DRAFT_MS = 60 * 60_000;
const EXTENSION_MS = 15 * 60_000;

/** What a settlement came to: the order as it is now, where it was confirmed from, or that the goods must be asked for. */
type Outcome = { order: OrderDocument; from: OrderState['status']; reserveAgain: boolean };

/**
 * The one completion path: webhook, buyer's confirm, reconciler and jobs all bring a payment's snapshot here. Whoever
 * comes second finds the order as the first one left it. not_found when there is no such order.
 */
export const settle = async (deps: SettleDeps, context: Context, payment: Payment): Promise<Result<OrderDocument>> => {
  const first = await apply(deps, context, payment, 'unknown');
  if (!first.ok) return first;
  if (!first.value.reserveAgain) return finish(deps, context, first.value);

  const { order } = first.value;
  const reserved = await deps.bus.call(inventoryRpc.reserve, context, {
    orderId: order._id,
    lines: reservationLines(order.items),
    expiresAt: new Date(deps.clock().getTime() + LATE_HOLD_MS).toISOString(),
    again: true,
  });
  if (!reserved.ok && reserved.error.code !== 'out_of_stock') return reserved;
  const second = await apply(deps, context, payment, reserved.ok ? 'taken' : 'gone');
  return second.ok ? finish(deps, context, second.value) : second;
};

/**
 * A payment that takes its time (`processing`) keeps the goods once for longer: inventory first, then the order, so that
 * the order never promises more than inventory holds. RFC 3339 text of the new end, or null when there is none.
 */
export const extendOnce = async (deps: SettleDeps, context: Context, order: OrderDocument): Promise<Result<null>> => {
  if (order.status !== 'draft' || order.extended || order.reservedUntil === null) return ok(null);
  const latest = Math.min(deps.clock().getTime() + EXTENSION_MS, order.createdAt.getTime() + LONGEST_DRAFT_MS);
  if (latest <= Date.parse(order.reservedUntil)) return ok(null);
  const until = new Date(latest).toISOString();
  const extended = await deps.bus.call(inventoryRpc.extend, context, { orderId: order._id, expiresAt: until });
  if (!extended.ok)
    return extended.error.code === 'reservation_closed' || extended.error.code === 'not_found' ? ok(null) : extended;
  return deps.orders.update<null>(context.tenant, order._id, (current) =>
    current.status === 'draft' && !current.extended
      ? write({ ...current, reservedUntil: until, extended: true }, null)
      : keep(null),
  );
};

const apply = (deps: SettleDeps, context: Context, payment: Payment, goods: Goods): Promise<Result<Outcome>> =>
  deps.orders.update<Outcome>(
    context.tenant,
    payment.orderId,
    (order) => {
      const settled = settlePayment(order, payment, goods, deps.clock());
      if (settled.kind === 'same') return keep({ order, from: order.status, reserveAgain: false });
      if (settled.kind === 'reserve_again') return keep({ order, from: order.status, reserveAgain: true });
      const next = { ...order, ...settled.order };
      return write(next, { order: next, from: order.status, reserveAgain: false }, settled.events);
    },
    context.traceId,
  );

/** What follows a change of status and may be done again at any time; the sweep does it where a crash prevented it. */
const finish = async (deps: SettleDeps, context: Context, { order, from }: Outcome): Promise<Result<OrderDocument>> => {
  if (order.status === from) {
    const extended = order.payment.status === 'processing' ? await extendOnce(deps, context, order) : ok(null);
    return extended.ok ? ok(order) : extended;
  }
  const ended = { cartId: order.cartId, orderId: order._id };
  if (order.status === 'confirmed') {
    await finishCart(deps.carts, context.tenant, { ...ended, confirmedFrom: from === 'expired' ? 'expired' : 'draft' });
  } else {
    await releaseCart(deps.carts, context.tenant, ended.cartId, ended.orderId);
  }
  return ok(order);
};
