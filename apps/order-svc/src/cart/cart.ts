import {
  CART_MAX_LINES,
  CART_MAX_QUANTITY,
  couponKey,
  fail,
  MOST_COUPONS,
  ok,
  type Address,
  type BillingAddress,
  type CartItem,
  type PaymentChoice,
  type QuoteRequest,
  type Result,
  type VariantSnapshot,
} from '@kervan/contracts';

/** A line as it is kept: the goods as they were when they were put in. Prices in minor units, weight in grams. */
export type CartLine = {
  lineId: string;
  productId: string;
  variantId: string;
  sku: string;
  title: VariantSnapshot['title'];
  options: Record<string, string>;
  image: string | null;
  quantity: number;
  unitPrice: number;
  listPrice: number;
  taxClass: string;
  weightGrams: number;
  requiresShipping: boolean;
  brandId: string | null;
  categoryIds: string[];
  snapshotAt: string;
};

export type CartStatus = 'open' | 'checkout' | 'completed' | 'abandoned';

/** A cart without what the store keeps of it. `orderId` is the live draft's while the status is `checkout`. */
export type CartState = {
  status: CartStatus;
  orderId: string | null;
  currency: string;
  locale: string;
  items: CartLine[];
  email: string | null;
  shippingAddress: Address | null;
  billingAddress: BillingAddress | null;
  shippingMethod: string | null;
  payment: PaymentChoice | null;
  coupons: string[];
  /** Codes of the optional fees the buyer asked for. */
  extras: string[];
  note: string | null;
  /** The last adds that came under an idempotency key, oldest first. */
  keyedAdds?: string[] | undefined;
};

/** Adds under a key that a cart remembers: more than anyone makes between a request and its repetition. */
const MOST_KEYED_ADDS = 200;

/** What a buyer may set on a cart. Left out: unchanged; null: taken away. */
export type CartChange = {
  [Field in 'email' | 'shippingAddress' | 'billingAddress' | 'shippingMethod' | 'payment' | 'extras' | 'note']?:
    CartState[Field] | undefined;
};

/** An empty, open cart. */
export const emptyCart = (currency: string, locale: string): CartState => ({
  status: 'open',
  orderId: null,
  currency,
  locale,
  items: [],
  email: null,
  shippingAddress: null,
  billingAddress: null,
  shippingMethod: null,
  payment: null,
  coupons: [],
  extras: [],
  note: null,
});

/** Puts pieces of a variant in: a variant that is there raises its line and takes the price of now. */
export const addItem = <State extends CartState>(
  cart: State,
  variant: VariantSnapshot,
  quantity: number,
  lineId: string,
  now: Date,
): Result<State> => {
  if (cart.status !== 'open') return closed(cart);
  if (!variant.active || variant.price === null)
    return fail('item_unavailable', { lines: [{ sku: variant.sku, variantId: variant.variantId }] });
  const held = cart.items.find((line) => line.variantId === variant.variantId);
  const total = (held?.quantity ?? 0) + quantity;
  if (total > CART_MAX_QUANTITY) return fail('cart_full', { maxQuantity: CART_MAX_QUANTITY });
  if (held === undefined && cart.items.length >= CART_MAX_LINES) return fail('cart_full', { maxLines: CART_MAX_LINES });
  const line = lineOf(variant, variant.price, total, held?.lineId ?? lineId, now);
  const items = held === undefined ? [...cart.items, line] : cart.items.map((old) => (old === held ? line : old));
  return ok({ ...cart, items });
};

/** Whether an add has been done already, and the cart that will know it. */
export const wasAdded = (cart: CartState, addId: string): boolean => cart.keyedAdds?.includes(addId) === true;
export const rememberAdded = <State extends CartState>(cart: State, addId: string): State => ({
  ...cart,
  keyedAdds: [...(cart.keyedAdds ?? []), addId].slice(-MOST_KEYED_ADDS),
});

/** Sets the pieces of a line; 0 takes it out. */
export const setQuantity = <State extends CartState>(cart: State, lineId: string, quantity: number): Result<State> => {
  if (cart.status !== 'open') return closed(cart);
  if (!cart.items.some((line) => line.lineId === lineId)) return fail('line_not_found');
  const items =
    quantity === 0
      ? cart.items.filter((line) => line.lineId !== lineId)
      : cart.items.map((line) => (line.lineId === lineId ? { ...line, quantity } : line));
  return ok({ ...cart, items });
};

/** Sets e-mail, addresses, shipping method, payment choice, extras (each once) or note. */
export const changeCart = <State extends CartState>(cart: State, change: CartChange): Result<State> => {
  if (cart.status !== 'open') return closed(cart);
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  return ok({ ...cart, ...given, extras: [...new Set(change.extras ?? cart.extras)] });
};

/** Puts a coupon on, or takes it off; `couponKey` tells codes apart. cart_full when it holds as many as it may. */
export const addCoupon = <State extends CartState>(cart: State, code: string): Result<State> => {
  if (cart.status !== 'open') return closed(cart);
  const others = cart.coupons.filter((held) => !sameCode(held, code));
  if (others.length >= MOST_COUPONS) return fail('cart_full', { maxCoupons: MOST_COUPONS });
  return ok({ ...cart, coupons: [...others, code] });
};
export const removeCoupon = <State extends CartState>(cart: State, code: string): Result<State> => {
  if (cart.status !== 'open') return closed(cart);
  return ok({ ...cart, coupons: cart.coupons.filter((held) => !sameCode(held, code)) });
};

/** Hands the cart to a draft order: from here on nothing in it moves until that draft has ended. */
export const beginCheckout = <State extends CartState>(cart: State, orderId: string): Result<State> => {
  if (cart.status === 'checkout' && cart.orderId === orderId) return ok(cart);
  if (cart.status !== 'open') return closed(cart);
  return ok({ ...cart, status: 'checkout', orderId });
};

/** Gives the cart back after its draft ended without a sale; a cart that belongs to another draft stays as it is. */
export const reopen = <State extends CartState>(cart: State, orderId: string): State =>
  cart.status === 'checkout' && cart.orderId === orderId ? { ...cart, status: 'open', orderId: null } : cart;

/** Closes the cart its order was confirmed from. */
export const complete = <State extends CartState>(cart: State, orderId: string): State =>
  cart.status === 'checkout' && cart.orderId === orderId ? { ...cart, status: 'completed' } : cart;

/** The lines with the goods of now, and which of them can no longer be bought. Lines keep their ids and quantities. */
export const refreshLines = (
  lines: readonly CartLine[],
  variants: readonly VariantSnapshot[],
  now: Date,
): { lines: CartLine[]; unavailable: CartLine[] } => {
  const byId = new Map(variants.map((variant) => [variant.variantId, variant]));
  const unavailable: CartLine[] = [];
  const refreshed = lines.map((line) => {
    const variant = byId.get(line.variantId);
    if (variant === undefined || !variant.active || variant.price === null) {
      unavailable.push(line);
      return line;
    }
    return lineOf(variant, variant.price, line.quantity, line.lineId, now);
  });
  return { lines: refreshed, unavailable };
};

/** What a buyer should know of a line: its price moved since it was put in, or it cannot be bought any more. */
export const noticesOf = (kept: CartLine, current: CartLine | undefined): CartItem['notices'] => {
  if (current === undefined) return [{ code: 'item_unavailable' }];
  return current.unitPrice === kept.unitPrice
    ? []
    : [{ code: 'price_changed', was: kept.unitPrice, now: current.unitPrice }];
};

/** What pricing needs to know of a cart. Whether it would be the buyer's first order is left open: see `quoteCart`. */
export const quoteRequest = (cart: CartState, lines: readonly CartLine[] = cart.items): QuoteRequest => ({
  currency: cart.currency,
  lines: lines.map((line) => ({
    lineId: line.lineId,
    productId: line.productId,
    sku: line.sku,
    quantity: line.quantity,
    unitPrice: line.unitPrice,
    taxClass: line.taxClass,
    weightGrams: line.weightGrams,
    requiresShipping: line.requiresShipping,
    brandId: line.brandId,
    categoryIds: line.categoryIds,
  })),
  destination:
    cart.shippingAddress === null
      ? null
      : {
          country: cart.shippingAddress.country,
          region: cart.shippingAddress.region ?? null,
          postalCode: cart.shippingAddress.postalCode ?? null,
        },
  shippingMethod: cart.shippingMethod,
  payment:
    cart.payment === null
      ? null
      : { provider: cart.payment.provider, method: cart.payment.method, installments: cart.payment.installments },
  coupons: cart.coupons,
  extras: cart.extras,
  customerId: null,
  // As the order will have it.
  email: cart.email?.toLowerCase() ?? null,
  customerGroups: [],
  firstOrder: null,
  company: isCompany(cart.billingAddress),
  orderId: cart.orderId,
});

const closed = (cart: CartState) => fail('cart_closed', { status: cart.status });

const sameCode = (left: string, right: string): boolean => couponKey(left) === couponKey(right);

/** Whether the invoice goes to a company, whose tax number is one to look at: nothing but its form is checked. */
const isCompany = (billing: BillingAddress | null): boolean => {
  if (billing?.invoiceKind !== 'company') return false;
  const number = (billing.taxNumber ?? '').replaceAll(/[\s.-]/g, '');
  // In Turkey a company has 10 digits, a sole trader the 11 of a person.
  return (billing.country === 'TR' ? /^\d{10,11}$/ : /^[A-Za-z\d]{4,20}$/).test(number);
};

const lineOf = (
  variant: VariantSnapshot,
  unitPrice: number,
  quantity: number,
  lineId: string,
  now: Date,
): CartLine => ({
  lineId,
  productId: variant.productId,
  variantId: variant.variantId,
  sku: variant.sku,
  title: variant.title,
  options: variant.options,
  image: variant.image,
  quantity,
  unitPrice,
  listPrice: variant.listPrice ?? unitPrice,
  taxClass: variant.taxClass,
  weightGrams: variant.weightGrams,
  requiresShipping: variant.requiresShipping,
  brandId: variant.brandId,
  categoryIds: variant.categoryIds,
  snapshotAt: now.toISOString(),
});
