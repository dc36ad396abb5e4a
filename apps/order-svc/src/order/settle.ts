import { inventoryRpc, ok, type Context, type Payment, type Result } from '@kervan/contracts';
import { keep, write } from '@kervan/store';
import type { CartStore } from '../cart/cart.store.ts';
import { finishCart, releaseCart } from '../cart/release.ts';
import { holdLonger, type HoldDeps } from './hold.ts';
import { hasEnded, reservationLines, type OrderState } from './order.ts';
import { hasGivenBackUses, settlePayment, type Again } from './payment.ts';
import { holdUses, releaseUses } from './uses.ts';
import type { OrderDocument } from './order.store.ts';

export type SettleDeps = HoldDeps & { carts: CartStore };

/** How long goods are held again for a payment that came late, until the commit arrives, in milliseconds. */
const LATE_HOLD_MS = 10 * 60_000;

/** What a settlement came to: the order as it is now, where it was confirmed from, or that it has to be held once more. */
type Outcome = { order: OrderDocument; from: OrderState['status']; takeAgain: boolean };
type Applied = Omit<Outcome, 'order'>;

/**
 * The one completion path: webhook, buyer's confirm, reconciler and jobs all bring a payment's snapshot here. Whoever
 * comes second finds the order as the first one left it. not_found when there is no such order.
 */
export const settle = async (deps: SettleDeps, context: Context, payment: Payment): Promise<Result<OrderDocument>> => {
  let again: Again = 'unknown';
  for (;;) {
    const applied = await apply(deps, context, payment, again);
    if (!applied.ok) return applied;
    const { order, takeAgain } = applied.value;
    if (!takeAgain) {
      if (hasEnded(order.status)) {
        // Someone else has ended the order for good meanwhile: nothing may be held for it.
        if (again === 'goods_and_uses') await releaseUses(deps, context, order, true);
        if (again === 'goods' || again === 'goods_and_uses') {
          const released = await releaseGoods(deps, context, order);
          if (!released.ok) return released;
        }
      }
      return finish(deps, context, applied.value);
    }
    const taken = await take(deps, context, order);
    if (!taken.ok) return taken;
    again = taken.value;
  }
};

/** Holds once more what an order whose time is over no longer holds: the goods, and after its expiry the uses, too. */
const take = async (deps: SettleDeps, context: Context, order: OrderDocument): Promise<Result<Again>> => {
  const reserved = await deps.bus.call(inventoryRpc.reserve, context, {
    orderId: order._id,
    lines: reservationLines(order.items),
    expiresAt: new Date(deps.clock().getTime() + LATE_HOLD_MS).toISOString(),
    again: true,
  });
  if (!reserved.ok) return reserved.error.code === 'out_of_stock' ? ok('out_of_stock') : reserved;
  if (!hasGivenBackUses(order)) return ok('goods');
  const held = await holdUses(deps.bus, context, order, true);
  if (held.ok) return ok('goods_and_uses');
  if (held.error.code !== 'coupon_exhausted') return held;
  // Before the money goes back: afterwards nobody would come here again to do it.
  const released = await releaseGoods(deps, context, order);
  return released.ok ? ok('coupon_exhausted') : released;
};

const releaseGoods = ({ bus }: SettleDeps, context: Context, { _id: orderId }: OrderDocument) =>
  bus.call(inventoryRpc.release, context, { orderId, reason: 'order_ended' });

const apply = async (deps: SettleDeps, context: Context, payment: Payment, again: Again): Promise<Result<Outcome>> => {
  const applied = await deps.orders.update<Applied>(
    context.tenant,
    payment.orderId,
    (order) => {
      const settled = settlePayment(order, payment, again, deps.clock());
      const outcome = { from: order.status, takeAgain: settled.kind === 'take_again' };
      if (settled.kind === 'same') return keep(outcome);
      return write({ ...order, ...settled.order }, outcome, settled.kind === 'changed' ? settled.events : []);
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
