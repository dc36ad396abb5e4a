import { hash } from 'node:crypto';
import {
  CART_MAX_QUANTITY,
  CartInput,
  CartPatch,
  cartRpc,
  CartView,
  Id,
  ItemInput,
  PaymentOptionsView,
  ShippingOptionsView,
} from '@kervan/contracts';
import { z } from 'zod';
import { presentCart, presentPaymentOption, presentShippingOption } from '../present/cart.ts';
import { presentRefusal } from '../present/refusal.ts';
import { defineRoute, input } from '../route.ts';
import type { Circumstances } from '../route.ts';

const storefront = {
  who: 'public',
  area: 'Storefront: cart',
  missing: 'cart_not_found',
  presentRefusal,
} as const;
const ofOpenCart = { ...storefront, errors: ['cart_closed'], present: presentCart, view: CartView } as const;
const CartRef = z.object({ cartId: Id });
const LineRef = z.object({ cartId: Id, lineId: Id });
const Quantity = z.strictObject({ quantity: z.number().int().min(0).max(CART_MAX_QUANTITY) });
const Coupon = z.strictObject({ code: cartRpc.addCoupon.request.shape.code });

/**
 * The key under which a cart is made. A guest's counts for his address alone: the answer is the right to use the cart,
 * and nobody shall get another's by guessing a weak key.
 */
const keyOfCart = ({ idempotencyKey: key, caller, address }: Circumstances): string | undefined =>
  key === undefined || caller.kind !== 'guest' ? key : hash('sha256', `${address} ${key}`, 'base64url');

/** Carts of guests. Whoever knows a cart's id may use it; each answer is the whole cart with its price of this moment. */
export const cartRoutes = [
  defineRoute({
    ...storefront,
    method: 'POST',
    path: '/carts',
    summary: 'Make a cart',
    status: 201,
    idempotency: 'accepted',
    errors: ['item_unavailable', 'currency_unsupported'],
    input: input({ body: CartInput.prefault({}) }),
    rpc: cartRpc.create,
    request: ({ body }, at) => ({
      ...body,
      currency: body.currency ?? at.tenant.defaultCurrency,
      locale: at.language,
      idempotencyKey: keyOfCart(at),
    }),
    refuse: ({ body: { currency } }, { tenant }) =>
      currency === undefined || currency === tenant.defaultCurrency || tenant.currencies.includes(currency)
        ? null
        : { code: 'currency_unsupported', details: { currencies: tenant.currencies } },
    present: presentCart,
    headers: (cart) => ({ location: `/api/v1/carts/${cart.id}` }),
    view: CartView,
  }),
  defineRoute({
    ...storefront,
    method: 'GET',
    path: '/carts/:cartId',
    summary: 'Read a cart',
    input: input({ params: CartRef }),
    rpc: cartRpc.get,
    request: ({ params }) => params,
    present: presentCart,
    view: CartView,
  }),
  defineRoute({
    ...ofOpenCart,
    method: 'PATCH',
    path: '/carts/:cartId',
    summary: 'Say who buys, where to, how it is shipped and paid, with which extras',
    input: input({ params: CartRef, body: CartPatch }),
    rpc: cartRpc.update,
    request: ({ params, body }) => ({ ...params, patch: body }),
  }),
  defineRoute({
    ...ofOpenCart,
    method: 'POST',
    path: '/carts/:cartId/items',
    summary: 'Put something in',
    description:
      'By `variantId` or `sku`. What is already there gets more pieces. With an `Idempotency-Key` the same call counts ' +
      'once.',
    idempotency: 'accepted',
    errors: ['cart_closed', 'item_unavailable', 'cart_full'],
    input: input({ params: CartRef, body: ItemInput }),
    rpc: cartRpc.addItem,
    request: ({ params, body }, { idempotencyKey }) => ({ ...params, item: body, idempotencyKey }),
  }),
  defineRoute({
    ...ofOpenCart,
    method: 'PATCH',
    path: '/carts/:cartId/items/:lineId',
    summary: 'Change the quantity of a line',
    description: 'Quantity 0 takes the line out.',
    errors: ['cart_closed', 'line_not_found'],
    input: input({ params: LineRef, body: Quantity }),
    rpc: cartRpc.updateItem,
    request: ({ params, body }) => ({ ...params, ...body }),
  }),
  defineRoute({
    ...ofOpenCart,
    method: 'DELETE',
    path: '/carts/:cartId/items/:lineId',
    summary: 'Take a line out',
    errors: ['cart_closed', 'line_not_found'],
    input: input({ params: LineRef }),
    rpc: cartRpc.removeItem,
    request: ({ params }) => params,
  }),
  defineRoute({
    ...ofOpenCart,
    method: 'POST',
    path: '/carts/:cartId/coupons',
    summary: 'Use a coupon',
    description:
      'One that is beaten by a better discount stays on the cart and says why it does not count; one that cannot be used ' +
      'is refused with the reason.',
    errors: ['cart_closed', 'cart_full', 'coupon_invalid', 'coupon_exhausted'],
    input: input({ params: CartRef, body: Coupon }),
    rpc: cartRpc.addCoupon,
    request: ({ params, body }) => ({ ...params, ...body }),
  }),
  defineRoute({
    ...ofOpenCart,
    method: 'DELETE',
    path: '/carts/:cartId/coupons/:code',
    summary: 'Take a coupon off',
    input: input({ params: CartRef.extend({ code: z.string().max(60) }) }),
    rpc: cartRpc.removeCoupon,
    request: ({ params }) => params,
  }),
  defineRoute({
    ...storefront,
    method: 'GET',
    path: '/carts/:cartId/shipping-options',
    summary: 'List the shipping methods for this cart',
    description: 'What does not ship there is listed too and says why.',
    input: input({ params: CartRef }),
    rpc: cartRpc.shippingOptions,
    request: ({ params }) => params,
    present: ({ currency, options }, view) => ({
      data: options.map((option) => presentShippingOption(option, currency, view)),
    }),
    view: ShippingOptionsView,
  }),
  defineRoute({
    ...storefront,
    method: 'GET',
    path: '/carts/:cartId/payment-options',
    summary: 'List the ways to pay for this cart',
    description:
      'Each with the total of the cart when it is paid that way, its fees, and what installments make of it; without what ' +
      'comes to less or more than its provider takes.',
    input: input({ params: CartRef }),
    rpc: cartRpc.paymentOptions,
    request: ({ params }) => params,
    present: ({ currency, options }, view) => ({
      data: options.map((option) => presentPaymentOption(option, currency, view)),
    }),
    view: PaymentOptionsView,
  }),
];
