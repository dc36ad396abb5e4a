import { keep, write } from '@kervan/store';
import { reach } from '@kervan/test-points';
import { hasEnded } from '../order/order.ts';
import type { OrderStore } from '../order/order.store.ts';
import { complete, reopen } from './cart.ts';
import { closeCart, type CartDocument, type CartStore } from './cart.store.ts';

/** Gives a cart back whose draft ended without a sale; a cart that went on with another draft is left alone. */
export const releaseCart = async (carts: CartStore, tenant: string, cartId: string, orderId: string): Promise<void> => {
  reach('release.inside');
  await carts.update<null>(tenant, cartId, (cart) => {
    const open = reopen(cart, orderId);
    return open === cart ? keep(null) : write(open, null);
  });
};

/**
 * Closes the cart of a confirmed order. A draft's cart cannot belong to anyone else and is closed together with others
 * in one command; after an expiry the cart may have gone on, so its owner is looked at first.
 */
export const finishCart = async (
  carts: CartStore,
  tenant: string,
  order: { cartId: string; orderId: string; confirmedFrom: 'draft' | 'expired' },
): Promise<void> => {
  reach('order.settled');
  if (order.confirmedFrom === 'draft') return carts.mark(tenant, order.cartId, closeCart);
  await carts.update<null>(tenant, order.cartId, (cart) => {
    const closed = complete(cart, order.orderId);
    return closed === cart ? keep(null) : write(closed, null);
  });
};

/**
 * Brings a cart in checkout to where its order is, for whoever finds one that nobody told because a process died in
 * between. `true` when it is open again.
 */
export const catchUp = async (
  { carts, orders }: { carts: CartStore; orders: OrderStore },
  { tenant, _id: cartId, status, orderId }: CartDocument,
): Promise<boolean> => {
  if (status !== 'checkout' || orderId === null) return false;
  const order = await orders.get(tenant, orderId);
  if (order === null || order.status === 'draft') return false;
  if (hasEnded(order.status)) {
    await releaseCart(carts, tenant, cartId, orderId);
    return true;
  }
  await finishCart(carts, tenant, { cartId, orderId, confirmedFrom: 'expired' });
  return false;
};

/**
 * Gives back a cart whose draft was never written. On the condition that nobody has touched the cart since it was read:
 * a checkout that goes on after all touches it before it writes its draft.
 */
export const releaseOrphan = async (carts: CartStore, cart: CartDocument): Promise<void> => {
  await carts.update<null>(cart.tenant, cart._id, (current) => {
    const open = current.version === cart.version ? reopen(current, cart.orderId ?? '') : current;
    return open === current ? keep(null) : write(open, null);
  });
};
