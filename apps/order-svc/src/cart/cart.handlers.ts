import {
  cartRpc,
  catalogRpc,
  fail,
  newId,
  ok,
  paymentRpc,
  pricingRpc,
  type Cart,
  type Context,
  type Result,
  type VariantSnapshot,
} from '@kervan/contracts';
import type { Caller, Handler } from '@kervan/bus';
import { refuse, write } from '@kervan/store';
import {
  addCoupon,
  addItem,
  changeCart,
  emptyCart,
  quoteRequest,
  removeCoupon,
  setQuantity,
  type CartState,
} from './cart.ts';
import type { CartDocument, CartStore } from './cart.store.ts';
import { priceCart, refreshCart } from './cart.view.ts';

/** What the cart's handlers need. */
export type CartDeps = { carts: CartStore; bus: Caller; clock: () => Date };

/** Makes a cart, with goods if some are given. */
export const createCart =
  ({ carts, bus, clock }: CartDeps): Handler<typeof cartRpc.create> =>
  async (request, context) => {
    let cart: CartState = { ...emptyCart(request.currency, request.locale), email: request.email ?? null };
    for (const item of request.items ?? []) {
      const variant = await resolveOne(bus, context, request.currency, item);
      if (!variant.ok) return variant;
      const filled = addItem(cart, variant.value, item.quantity, newId('cartLine'), clock());
      if (!filled.ok) return filled;
      cart = filled.value;
    }
    const now = clock();
    const document = { ...cart, _id: newId('cart', now.getTime()), tenant: context.tenant };
    await carts.insert(document);
    return priceCart(bus, context, { ...document, version: 1, createdAt: now, updatedAt: now });
  };

/** The cart at the prices of now. */
export const getCart =
  ({ carts, bus, clock }: CartDeps): Handler<typeof cartRpc.get> =>
  async ({ cartId }, context) => {
    const cart = await carts.get(context.tenant, cartId);
    return cart === null ? fail('cart_not_found') : refreshCart(bus, context, cart, clock());
  };

/** E-mail, addresses, shipping method, payment choice, note. */
export const updateCart =
  (deps: CartDeps): Handler<typeof cartRpc.update> =>
  ({ cartId, patch }, context) =>
    change(deps, context, cartId, (cart) => changeCart(cart, patch));

/** Two adds at once both count: each is decided on the cart as the other left it. */
export const addCartItem =
  (deps: CartDeps): Handler<typeof cartRpc.addItem> =>
  async ({ cartId, item }, context) => {
    const currency = await currencyOf(deps, context, cartId);
    if (!currency.ok) return currency;
    const variant = await resolveOne(deps.bus, context, currency.value, item);
    if (!variant.ok) return variant;
    const lineId = newId('cartLine');
    return change(deps, context, cartId, (cart) => addItem(cart, variant.value, item.quantity, lineId, deps.clock()));
  };

/** Sets a line's pieces; 0 takes it out. */
export const updateCartItem =
  (deps: CartDeps): Handler<typeof cartRpc.updateItem> =>
  ({ cartId, lineId, quantity }, context) =>
    change(deps, context, cartId, (cart) => setQuantity(cart, lineId, quantity));

/** Takes a line out. */
export const removeCartItem =
  (deps: CartDeps): Handler<typeof cartRpc.removeItem> =>
  ({ cartId, lineId }, context) =>
    change(deps, context, cartId, (cart) => setQuantity(cart, lineId, 0));

/** Puts a coupon on; one that pricing does not know is taken off again and refused with its reason. */
export const addCartCoupon =
  (deps: CartDeps): Handler<typeof cartRpc.addCoupon> =>
  async ({ cartId, code }, context) => {
    const cart = await deps.carts.get(context.tenant, cartId);
    if (cart === null) return fail('cart_not_found');
    const tried = addCoupon(cart, code);
    if (!tried.ok) return tried;
    const quote = await deps.bus.call(pricingRpc.quote, context, quoteRequest(tried.value));
    if (!quote.ok) return quote;
    const refused = quote.value.coupons.find(
      (coupon) => coupon.code.toLowerCase() === code.toLowerCase() && !coupon.applied,
    );
    if (refused !== undefined) return fail('coupon_invalid', { code, reason: refused.reason });
    return change(deps, context, cartId, (current) => addCoupon(current, code));
  };

/** Takes a coupon off; one that is not there changes nothing. */
export const removeCartCoupon =
  (deps: CartDeps): Handler<typeof cartRpc.removeCoupon> =>
  ({ cartId, code }, context) =>
    change(deps, context, cartId, (cart) => removeCoupon(cart, code));

/** Every shipping method with its price, or why it is not offered. */
export const listShippingOptions =
  ({ carts, bus }: CartDeps): Handler<typeof cartRpc.shippingOptions> =>
  async ({ cartId }, context) => {
    const cart = await carts.get(context.tenant, cartId);
    if (cart === null) return fail('cart_not_found');
    const options = await bus.call(pricingRpc.shippingOptions, context, quoteRequest(cart));
    return options.ok ? ok({ currency: cart.currency, options: options.value.options }) : options;
  };

/** How this cart's total may be paid. */
export const listPaymentOptions =
  ({ carts, bus }: CartDeps): Handler<typeof cartRpc.paymentOptions> =>
  async ({ cartId }, context) => {
    const cart = await carts.get(context.tenant, cartId);
    if (cart === null) return fail('cart_not_found');
    const quote = await bus.call(pricingRpc.quote, context, quoteRequest(cart));
    if (!quote.ok) return quote;
    return bus.call(paymentRpc.listOptions, context, { amount: quote.value.total, currency: cart.currency });
  };

const change = async (
  { carts, bus }: CartDeps,
  context: Context,
  cartId: string,
  decide: (cart: CartDocument) => Result<CartDocument>,
): Promise<Result<Cart>> => {
  const changed = await carts.update(context.tenant, cartId, (cart) => {
    const decided = decide(cart);
    return decided.ok ? write(decided.value, null) : refuse(decided.error.code, decided.error.details);
  });
  if (!changed.ok) return changed.error.code === 'not_found' ? fail('cart_not_found') : changed;
  return priceCart(bus, context, changed.document);
};

const currencyOf = async ({ carts }: CartDeps, context: Context, cartId: string): Promise<Result<string>> => {
  const cart = await carts.get(context.tenant, cartId);
  return cart === null ? fail('cart_not_found') : ok(cart.currency);
};

const resolveOne = async (
  bus: Caller,
  context: Context,
  currency: string,
  item: { variantId?: string | undefined; sku?: string | undefined },
): Promise<Result<VariantSnapshot>> => {
  const resolved = await bus.call(catalogRpc.resolveVariants, context, {
    variantIds: item.variantId === undefined ? [] : [item.variantId],
    skus: item.sku === undefined ? [] : [item.sku],
    currency,
  });
  if (!resolved.ok) return resolved;
  const [variant] = resolved.value.variants;
  return variant === undefined ? fail('item_unavailable', { lines: [{ ...item }] }) : ok(variant);
};
