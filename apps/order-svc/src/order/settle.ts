import { inventoryRpc, ok, type Context, type Payment, type Result } from '@kervan/contracts';
import { keep, write } from '@kervan/store';
import type { CartStore } from '../cart/cart.store.ts';
import { finishCart, releaseCart } from '../cart/release.ts';
import { holdLonger, type HoldDeps } from './hold.ts';
import { hasEnded, reservationLines, type OrderState } from './order.ts';
import { settlePayment, type Goods } from './payment.ts';
import type { OrderDocument } from './order.store.ts';

export type SettleDeps = HoldDeps & { carts: CartStore };

/** How long goods are held again for a payment that came late, until the commit arrives, in milliseconds. */
const LATE_HOLD_MS = 10 * 60_000;

/** What a settlement came to: the order as it is now, where it was confirmed from, or that the goods must be asked for. */
type Outcome = { order: OrderDocument; from: OrderState['status']; reserveAgain: boolean };
type Applied = Omit<Outcome, 'order'>;

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
  if (!second.ok) return second;
  if (reserved.ok && hasEnded(second.value.order.status)) {
    // Someone else has ended the order for good meanwhile: nothing may be held for it.
    const released = await deps.bus.call(inventoryRpc.release, context, { orderId: order._id, reason: 'order_ended' });
    if (!released.ok) return released;
  }
  return finish(deps, context, second.value);
};

const apply = async (deps: SettleDeps, context: Context, payment: Payment, goods: Goods): Promise<Result<Outcome>> => {
  const applied = await deps.orders.update<Applied>(
    context.tenant,
    payment.orderId,
    (order) => {
      const settled = settlePayment(order, payment, goods, deps.clock());
      if (settled.kind !== 'changed')
        return keep({ from: order.status, reserveAgain: settled.kind === 'reserve_again' });
      return write({ ...order, ...settled.order }, { from: order.status, reserveAgain: false }, settled.events);
    },
    context.traceId,
  );
  return applied.ok ? ok({ ...applied.value, order: applied.document }) : applied;
};

/** What follows a change of status and may be done again at any time; the sweep does it where a crash prevented it. */
const finish = async (deps: SettleDeps, context: Context, { order, from }: Outcome): Promise<Result<OrderDocument>> => {
  if (order.status === from) {
    if (order.payment.status !== 'processing') return ok(order);
    const held = await holdLonger(deps, context, order, 'processing');
    // Goods that are gone by now are asked for again when the money comes.
    return held.ok || held.error.code !== 'order_not_payable' ? held : ok(order);
  }
  const ended = { cartId: order.cartId, orderId: order._id };
  if (order.status === 'confirmed') {
    await finishCart(deps.carts, context.tenant, { ...ended, confirmedFrom: from === 'expired' ? 'expired' : 'draft' });
  } else {
    await releaseCart(deps.carts, context.tenant, ended.cartId, ended.orderId);
  }
  return ok(order);
};
