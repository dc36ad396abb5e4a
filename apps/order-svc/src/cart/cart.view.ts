import {
  catalogRpc,
  ok,
  pricingRpc,
  type Cart,
  type CartItem,
  type Context,
  type Quote,
  type QuoteRequest,
  type Result,
  type VariantSnapshot,
} from '@kervan/contracts';
import type { Caller } from '@kervan/bus';
import { noticesOf, quoteRequest, refreshLines, type CartLine, type CartState } from './cart.ts';
import { hasOrdered, type OrderStore } from '../order/order.store.ts';
import type { CartDocument } from './cart.store.ts';

/** What asking for the price of a cart needs. */
export type QuoteDeps = { orders: OrderStore; bus: Caller };

/** Asks the catalogue for the goods of now, many at once. */
export const resolveLines = async (
  bus: Caller,
  context: Context,
  currency: string,
  lines: readonly { variantId: string }[],
): Promise<Result<VariantSnapshot[]>> => {
  if (lines.length === 0) return ok([]);
  const request = { variantIds: lines.map((line) => line.variantId), skus: [], currency };
  const resolved = await bus.call(catalogRpc.resolveVariants, context, request);
  return resolved.ok ? ok(resolved.value.variants) : resolved;
};

/** Asks for the quote of a cart, with its lines as they stand unless others are given. */
export const quoteCart = (
  deps: QuoteDeps,
  context: Context,
  cart: CartState,
  lines?: readonly CartLine[],
): Promise<Result<Quote>> => askQuote(deps, context, quoteRequest(cart, lines));

/** Asks for the quote of such a cart. */
export const askQuote = ({ orders, bus }: QuoteDeps, context: Context, request: QuoteRequest): Promise<Result<Quote>> =>
  askPricing(orders, context, request, (asked) => bus.call(pricingRpc.quote, context, asked));

/**
 * Asks pricing about a cart; once more, where it matters to a rule whether the buyer has ordered before and the cart says
 * who buys.
 */
export const askPricing = async <Reply extends { unknown: readonly string[] }>(
  orders: OrderStore,
  { tenant }: Context,
  request: QuoteRequest,
  ask: (request: QuoteRequest) => Promise<Result<Reply>>,
): Promise<Result<Reply>> => {
  const asked = await ask(request);
  if (!asked.ok) return asked;
  const { email } = request;
  if (email === null || !asked.value.unknown.includes('firstOrder')) return asked;
  return ask({ ...request, firstOrder: !(await hasOrdered(orders, tenant, email)) });
};

/** The whole cart with its quote. */
export const showCart = (cart: CartDocument, quote: Result<Quote>): Result<Cart> =>
  quote.ok ? ok(viewOf(cart, cart.items, quote.value)) : quote;

/** The whole cart at the prices of now, with a notice on each line that changed since it was put in. */
export const refreshCart = async (
  deps: QuoteDeps,
  context: Context,
  cart: CartDocument,
  now: Date,
): Promise<Result<Cart>> => {
  const variants = await resolveLines(deps.bus, context, cart.currency, cart.items);
  if (!variants.ok) return variants;
  const { lines, unavailable } = refreshLines(cart.items, variants.value, now);
  const quote = await quoteCart(deps, context, cart, lines);
  if (!quote.ok) return quote;
  return ok(viewOf(cart, lines, quote.value, new Set(unavailable.map((line) => line.lineId))));
};

const viewOf = (
  cart: CartDocument,
  lines: readonly CartLine[],
  quote: Quote,
  gone: ReadonlySet<string> = new Set(),
): Cart => ({
  id: cart._id,
  status: cart.status,
  currency: cart.currency,
  locale: cart.locale,
  items: cart.items.map((kept, index) => itemOf(kept, gone.has(kept.lineId) ? undefined : lines[index])),
  email: cart.email,
  shippingAddress: cart.shippingAddress,
  billingAddress: cart.billingAddress,
  shippingMethod: cart.shippingMethod,
  payment: cart.payment,
  coupons: quote.coupons,
  extras: cart.extras,
  note: cart.note,
  quote,
  version: cart.version,
  createdAt: cart.createdAt.toISOString(),
  updatedAt: cart.updatedAt.toISOString(),
});

const itemOf = (kept: CartLine, current: CartLine | undefined): CartItem => {
  const shown = current ?? kept;
  return {
    lineId: kept.lineId,
    productId: kept.productId,
    variantId: kept.variantId,
    sku: shown.sku,
    title: shown.title,
    options: shown.options,
    image: shown.image,
    quantity: kept.quantity,
    unitPrice: shown.unitPrice,
    total: shown.unitPrice * kept.quantity,
    snapshotAt: kept.snapshotAt,
    notices: noticesOf(kept, current),
  };
};
