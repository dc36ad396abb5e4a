import {
  cartRpc,
  catalogRpc,
  couponKey,
  couponProblem,
  fail,
  newId,
  ok,
  paymentRpc,
  pricingRpc,
  type Cart,
  type BoundedPaymentOption,
  type CartPaymentOption,
  type Context,
  type PaymentPrice,
  type Quote,
  type Result,
  type VariantSnapshot,
} from '@kervan/contracts';
import type { Caller, Handler } from '@kervan/bus';
import { keep, refuse, write, type Decision, type KeyedIds } from '@kervan/store';
import {
  addCoupon,
  addItem,
  changeCart,
  emptyCart,
  quoteRequest,
  rememberAdded,
  removeCoupon,
  setQuantity,
  wasAdded,
  type CartState,
} from './cart.ts';
import type { CartDocument, CartStore } from './cart.store.ts';
import type { OrderStore } from '../order/order.store.ts';
import { askPricing, quoteCart, refreshCart, showCart } from './cart.view.ts';
import { catchUp } from './release.ts';

/** What the cart's handlers need. */
export type CartDeps = { carts: CartStore; orders: OrderStore; bus: Caller; clock: () => Date; keyedId: KeyedIds };

/** Makes a cart, with goods if some are given. */
export const createCart =
  (deps: CartDeps): Handler<typeof cartRpc.create> =>
  async (request, context) => {
    const { carts, bus, clock, keyedId } = deps;
    const keyed = await keyedId('cart', cartRpc.create, request, context);
    if (!keyed.ok) return keyed;
    let cart: CartState = { ...emptyCart(request.currency, request.locale), email: request.email ?? null };
    const { items = [], currency } = request;
    const variants = await resolveItems(bus, context, currency, items);
    if (!variants.ok) return variants;
    for (const [index, variant] of variants.value.entries()) {
      const filled = addItem(cart, variant, items[index]?.quantity ?? 1, newId('cartLine'), clock());
      if (!filled.ok) return filled;
      cart = filled.value;
    }
    const { tenant } = context;
    const [made, quote] = await Promise.all([
      carts.insert({ ...cart, _id: keyed.value.id, tenant }),
      quoteCart(deps, context, cart),
    ]);
    if (made !== null) return showCart(made, quote);
    const earlier = await carts.get(tenant, keyed.value.id);
    return earlier === null ? fail('cart_not_found') : showCart(earlier, await quoteCart(deps, context, earlier));
  };

/** The cart at the prices of now. */
export const getCart =
  (deps: CartDeps): Handler<typeof cartRpc.get> =>
  async ({ cartId }, context) => {
    const cart = await deps.carts.get(context.tenant, cartId);
    return cart === null ? fail('cart_not_found') : refreshCart(deps, context, cart, deps.clock());
  };

/** E-mail, addresses, shipping method, payment choice, extras, note. */
export const updateCart =
  (deps: CartDeps): Handler<typeof cartRpc.update> =>
  ({ cartId, patch }, context) =>
    change(deps, context, cartId, (cart) => changeCart(cart, patch));

/**
 * Two adds at once both count: each is decided on the cart as the other left it. Under one idempotency key they count
 * once: the cart remembers the ids of keyed adds, in the same write.
 */
export const addCartItem =
  (deps: CartDeps): Handler<typeof cartRpc.addItem> =>
  async (request, context) => {
    const { cartId, item, idempotencyKey } = request;
    const keyed = await deps.keyedId('cartLine', cartRpc.addItem, request, context);
    if (!keyed.ok) return keyed;
    const lineId = keyed.value.id;
    const known = await deps.carts.get(context.tenant, cartId);
    if (known === null) return fail('cart_not_found');
    const variants = await resolveItems(deps.bus, context, known.currency, [item]);
    if (!variants.ok) return variants;
    const [variant] = variants.value;
    if (variant === undefined) return unavailable([item]);
    const add = (cart: CartDocument): Result<CartDocument> => {
      if (idempotencyKey !== undefined && wasAdded(cart, lineId)) return ok(cart);
      const added = addItem(cart, variant, item.quantity, lineId, deps.clock());
      return added.ok && idempotencyKey !== undefined ? ok(rememberAdded(added.value, lineId)) : added;
    };
    return change(deps, context, cartId, add, { cart: known });
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

/**
 * Puts a coupon on. One that cannot be used is refused with its reason; one that is merely beaten by a better discount
 * stays, and counts as soon as it is the best.
 */
export const addCartCoupon =
  (deps: CartDeps): Handler<typeof cartRpc.addCoupon> =>
  async ({ cartId, code }, context) => {
    const cart = await deps.carts.get(context.tenant, cartId);
    if (cart === null) return fail('cart_not_found');
    const tried = addCoupon(cart, code);
    if (!tried.ok) return tried;
    const quote = await quoteCart(deps, context, tried.value);
    if (!quote.ok) return quote;
    const reason = quote.value.coupons.find((coupon) => couponKey(coupon.code) === couponKey(code))?.reason;
    const problem = reason === undefined ? null : couponProblem(reason.code);
    if (problem !== null) return fail(problem, { code, reason });
    return change(deps, context, cartId, (current) => addCoupon(current, code), { cart, quote });
  };

/** Takes a coupon off; one that is not there changes nothing. */
export const removeCartCoupon =
  (deps: CartDeps): Handler<typeof cartRpc.removeCoupon> =>
  ({ cartId, code }, context) =>
    change(deps, context, cartId, (cart) => removeCoupon(cart, code));

/** Every shipping method with its price, or why it is not offered. */
export const listShippingOptions =
  ({ carts, orders, bus }: CartDeps): Handler<typeof cartRpc.shippingOptions> =>
  async ({ cartId }, context) => {
    const cart = await carts.get(context.tenant, cartId);
    if (cart === null) return fail('cart_not_found');
    const options = await askPricing(orders, context, quoteRequest(cart), (request) =>
      bus.call(pricingRpc.shippingOptions, context, request),
    );
    return options.ok ? ok({ currency: cart.currency, options: options.value.options }) : options;
  };

/** How this cart may be paid, and what it comes to each way; only what the provider takes that much or little of. */
export const listPaymentOptions =
  ({ carts, orders, bus }: CartDeps): Handler<typeof cartRpc.paymentOptions> =>
  async ({ cartId }, context) => {
    const cart = await carts.get(context.tenant, cartId);
    if (cart === null) return fail('cart_not_found');
    const { currency } = cart;
    const offered = await bus.call(paymentRpc.listOptions, context, { currency });
    if (!offered.ok) return offered;
    const { options } = offered.value;
    const choices = options.flatMap(({ provider, methods }) => methods.map((method) => ({ provider, method })));
    if (choices.length === 0) return ok({ currency, options: [] });
    const priced = await askPricing(orders, context, quoteRequest(cart), (request) =>
      bus.call(pricingRpc.paymentPrices, context, { cart: request, choices }),
    );
    if (!priced.ok) return priced;
    return ok({ currency, options: options.flatMap((option) => payable(option, priced.value.prices)) });
  };

/** A way to pay with those of its prices that are within its bounds; none when there are none. */
const payable = (
  { minAmount, maxAmount, ...option }: BoundedPaymentOption,
  all: readonly PaymentPrice[],
): CartPaymentOption[] => {
  const isWithin = ({ total }: { total: number }): boolean =>
    total >= (minAmount ?? 0) && total <= (maxAmount ?? Number.MAX_SAFE_INTEGER);
  const prices = all.flatMap(({ provider, installments, ...price }) =>
    provider === option.provider && isWithin(price) ? [{ ...price, installments: installments.filter(isWithin) }] : [],
  );
  const methods = option.methods.filter((method) => prices.some((price) => price.method === method));
  return prices.length === 0 ? [] : [{ ...option, methods, prices }];
};

/**
 * Changes a cart and answers it with its price; begins with what is `known` where the caller has just read it, and perhaps
 * priced as it will be. It is priced while it is written, since hardly ever somebody else changes it in between. A cart that a dead process left in checkout is
 * brought on first.
 */
const change = async (
  deps: CartDeps,
  context: Context,
  cartId: string,
  decide: (cart: CartDocument) => Result<CartDocument>,
  known?: { cart: CartDocument; quote?: Result<Quote> },
): Promise<Result<Cart>> => {
  const { tenant } = context;
  const read = known?.cart ?? (await deps.carts.get(tenant, cartId));
  if (read === null) return fail('cart_not_found');
  const expected = decide(read);
  const quote = expected.ok ? (known?.quote ?? quoteCart(deps, context, expected.value)) : null;
  let decidedOn: number | undefined;
  const decision = (cart: CartDocument): Decision<CartDocument, null> => {
    decidedOn = cart.version;
    const decided = decide(cart);
    if (!decided.ok) return refuse(decided.error.code, decided.error.details);
    return decided.value === cart ? keep(null) : write(decided.value, null);
  };
  let changed = await deps.carts.change(read, decision);
  if (!changed.ok && changed.error.code === 'cart_closed') {
    const cart = await deps.carts.get(tenant, cartId);
    if (cart !== null && (await catchUp(deps, cart))) changed = await deps.carts.update(tenant, cartId, decision);
  }
  if (!changed.ok) return changed.error.code === 'not_found' ? fail('cart_not_found') : changed;
  const isExpected = quote !== null && decidedOn === read.version;
  return showCart(changed.document, await (isExpected ? quote : quoteCart(deps, context, changed.document)));
};

type Item = { variantId?: string | undefined; sku?: string | undefined };

/** The goods of these items, one for each; item_unavailable names those that are not there. */
const resolveItems = async (
  bus: Caller,
  context: Context,
  currency: string,
  items: readonly Item[],
): Promise<Result<VariantSnapshot[]>> => {
  if (items.length === 0) return ok([]);
  const resolved = await bus.call(catalogRpc.resolveVariants, context, {
    variantIds: items.flatMap(({ variantId }) => variantId ?? []),
    skus: items.flatMap(({ sku }) => sku ?? []),
    currency,
  });
  if (!resolved.ok) return resolved;
  const { variants } = resolved.value;
  const byId = new Map(variants.map((variant) => [variant.variantId, variant]));
  const bySku = new Map(variants.map((variant) => [variant.sku, variant]));
  const found = items.map(({ variantId, sku }) => byId.get(variantId ?? '') ?? bySku.get(sku ?? ''));
  const missing = items.filter((_, index) => found[index] === undefined);
  return missing.length > 0 ? unavailable(missing) : ok(found.filter((variant) => variant !== undefined));
};

const unavailable = (items: readonly Item[]) =>
  fail('item_unavailable', {
    lines: items.map(({ variantId, sku }) => ({
      ...(variantId === undefined ? {} : { variantId }),
      ...(sku === undefined ? {} : { sku }),
    })),
  });
