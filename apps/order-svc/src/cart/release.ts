import { keep, write } from '@kervan/store';
import { complete, reopen } from './cart.ts';
import { closeCart, type CartStore } from './cart.store.ts';

/** Gives a cart back whose draft ended without a sale; a cart that went on with another draft is left alone. */
export const releaseCart = async (carts: CartStore, tenant: string, cartId: string, orderId: string): Promise<void> => {
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
  if (order.confirmedFrom === 'draft') return carts.mark(tenant, order.cartId, closeCart);
  await carts.update<null>(tenant, order.cartId, (cart) => {
    const closed = complete(cart, order.orderId);
    return closed === cart ? keep(null) : write(closed, null);
  });
};
