import { randomBytes } from 'node:crypto';
import {
  emit,
  fail,
  isErrorCode,
  ok,
  orderEvents,
  type CheckoutInput,
  type Context,
  type Quote,
  type Result,
} from '@kervan/contracts';
import type { Caller } from '@kervan/bus';
import { refuse, write } from '@kervan/store';
import { reach } from '@kervan/test-points';
import { beginCheckout, refreshLines } from '../cart/cart.ts';
import type { CartDocument, CartStore } from '../cart/cart.store.ts';
import { quoteCart, resolveLines } from '../cart/cart.view.ts';
import { catchUp, releaseCart } from '../cart/release.ts';
import { draftOrder, totalChanged } from '../order/draft.ts';
import { makeOrderNo } from '../order/order-no.ts';
import { orderFact } from '../order/move.ts';
import type { OrderDocument, OrderStore } from '../order/order.store.ts';
import type { Turn } from './once.ts';

export type DraftDeps = {
  carts: CartStore;
  orders: OrderStore;
  bus: Caller;
  clock: () => Date;
  reservationTtlMs: number;
};

/** How often a cart that changes under our hands is priced anew before the caller is told to try again. */
const CART_TRIES = 5;

/**
 * Steps 2 to 4 of a checkout: the cart with the goods and prices of now, its quote, and the draft of the order. The cart
 * is handed over to the draft in one conditional write, so that of two checkouts of one cart only one makes an order.
 */
export const writeDraft = async (
  deps: DraftDeps,
  context: Context,
  { orderId, keyId }: Pick<Turn, 'orderId' | 'keyId'>,
  input: CheckoutInput,
  language: string,
): Promise<Result<OrderDocument>> => {
  for (let tries = 0; tries < CART_TRIES; tries++) {
    const cart = await deps.carts.get(context.tenant, input.cartId);
    if (cart === null) return fail('cart_not_found');
    const prepared = await prepare(deps, context, cart, orderId, input);
    if (!prepared.ok) {
      if (prepared.error.code === 'cart_closed' && (await catchUp(deps, cart))) continue;
      return prepared;
    }
    const claimed = await claimCart(deps, cart, prepared.value.cart);
    if (claimed.ok) return insertDraft(deps, context, { orderId, keyId }, prepared.value, language);
    if (claimed.error.code !== 'conflict') return claimed;
  }
  return fail('conflict', { cartId: input.cartId });
};

type Prepared = { cart: CartDocument; quote: Quote };

const prepare = async (
  deps: DraftDeps,
  context: Context,
  cart: CartDocument,
  orderId: string,
  input: CheckoutInput,
): Promise<Result<Prepared>> => {
  const begun = beginCheckout(withInput(cart, input), orderId);
  if (!begun.ok) return begun;
  if (cart.items.length === 0) return fail('cart_empty');
  const incomplete = whatIsMissing(begun.value);
  if (incomplete !== null) return incomplete;

  const variants = await resolveLines(deps.bus, context, cart.currency, cart.items);
  if (!variants.ok) return variants;
  const { lines, unavailable } = refreshLines(cart.items, variants.value, deps.clock());
  if (unavailable.length > 0) {
    return fail('item_unavailable', {
      lines: unavailable.map(({ lineId, sku, variantId }) => ({ lineId, sku, variantId })),
    });
  }
  const ready = { ...begun.value, items: lines };
  const quote = await quoteCart(deps, context, ready);
  if (!quote.ok) return quote;
  const [problem] = quote.value.problems;
  if (problem !== undefined) {
    return fail(isErrorCode(problem.code) ? problem.code : 'conflict', { problems: quote.value.problems });
  }
  if (typeof input.expectedTotal === 'number' && input.expectedTotal !== quote.value.total) {
    return totalChanged(input.expectedTotal, quote.value);
  }
  if (quote.value.total > 0 && ready.payment === null) return fail('payment_method_required');
  return ok({ cart: ready, quote: quote.value });
};

/**
 * The cart with what the checkout's body brings; what it leaves out stays as the cart has it. Of what an order can do
 * without, null takes it away: no note, no billing address but the shipping address.
 */
const withInput = (cart: CartDocument, input: CheckoutInput): CartDocument => ({
  ...cart,
  email: input.email ?? cart.email,
  shippingAddress: input.shippingAddress ?? cart.shippingAddress,
  billingAddress: input.billingAddress === undefined ? cart.billingAddress : input.billingAddress,
  shippingMethod: input.shippingMethod ?? cart.shippingMethod,
  payment: input.payment ?? cart.payment,
  note: input.note === undefined ? cart.note : input.note,
});

const whatIsMissing = (cart: CartDocument) => {
  if (cart.email === null) return fail('email_required');
  const ships = cart.items.some((line) => line.requiresShipping);
  if (ships && cart.shippingAddress === null) return fail('shipping_address_required');
  if (ships && cart.shippingMethod === null) return fail('shipping_method_required');
  return null;
};

/**
 * Hands the cart over if it is still the one that was priced; `conflict` when it moved meanwhile. One that an earlier try
 * of the same key was handed already is written again, so that nobody takes it for forgotten.
 */
const claimCart = async (deps: DraftDeps, priced: CartDocument, ready: CartDocument): Promise<Result<null>> => {
  const claimed = await deps.carts.change<null>(priced, (cart) =>
    cart.version === priced.version ? write({ ...ready, version: cart.version }, null) : refuse('conflict'),
  );
  return !claimed.ok && claimed.error.code === 'not_found' ? fail('cart_not_found') : claimed;
};

const insertDraft = async (
  deps: DraftDeps,
  context: Context,
  { orderId, keyId }: Pick<Turn, 'orderId' | 'keyId'>,
  { cart, quote }: Prepared,
  language: string,
): Promise<Result<OrderDocument>> => {
  const now = deps.clock();
  if (context.deadline <= now.getTime()) {
    // Nobody waits any more, and by and by the cart is taken for forgotten: a draft must not turn up after that.
    await releaseCart(deps.carts, context.tenant, cart._id, orderId);
    return fail('deadline_exceeded');
  }
  for (;;) {
    const state = draftOrder(
      {
        orderNo: makeOrderNo(randomBytes),
        checkoutKey: keyId,
        cartId: cart._id,
        locale: language,
        currency: cart.currency,
        email: cart.email ?? '',
        lines: cart.items,
        quote,
        shippingAddress: cart.shippingAddress,
        billingAddress: cart.billingAddress,
        payment: cart.payment,
        note: cart.note,
        reservedUntil: new Date(now.getTime() + deps.reservationTtlMs),
        actor: context.actor,
      },
      now,
    );
    const document = { ...state, _id: orderId, tenant: context.tenant };
    const created = emit(orderEvents.created, orderFact({ ...document, createdAt: now }, null));
    const made = await deps.orders.insert(document, [created], context.traceId);
    reach('checkout.drafted');
    if (made !== null) return ok(made);
    // Either an earlier try of this key wrote the draft, or the number is taken: then another one is drawn.
    const earlier = await deps.orders.get(context.tenant, orderId);
    if (earlier !== null) return ok(earlier);
  }
};
