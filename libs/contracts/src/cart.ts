import { z } from 'zod';
import { Options } from './catalog.ts';
import { saying } from './field-problem.ts';
import { Id } from './ids.ts';
import { PaymentOption, Provider } from './payment.ts';
import { MOST_EXTRAS, PaymentPrice, Quote, QuoteCoupon, ShippingOption } from './pricing.ts';
import { defineRpc, Keyed } from './rpc.ts';
import { Address, Amount, BillingAddress, Currency, Email, Instant, Language, Name, Sku } from './values.ts';

/** At most this many lines in a cart, and this many pieces in a line. */
export const CART_MAX_LINES = 200;
export const CART_MAX_QUANTITY = 999;

export const CartStatus = z.enum(['open', 'checkout', 'completed', 'abandoned']);
/** What changed since the line was put in: `price_changed` (was, now: minor units), `item_unavailable`. */
export const CartNotice = z.object({
  code: z.enum(['price_changed', 'item_unavailable']),
  was: Amount.optional(),
  now: Amount.optional(),
});
export const CartItem = z.object({
  lineId: Id,
  productId: Id,
  variantId: Id,
  sku: Sku,
  title: Name,
  options: Options,
  image: z.string().nullable(),
  quantity: z.number().int(),
  unitPrice: Amount,
  total: Amount,
  snapshotAt: Instant,
  notices: z.array(CartNotice),
});
export type CartItem = z.infer<typeof CartItem>;

export const PaymentChoice = z.strictObject({
  provider: Provider,
  method: z
    .string()
    .regex(/^[a-z_]{1,40}$/)
    .default('card'),
  returnUrl: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .nullish(),
  installments: z.number().int().min(1).max(36).default(1),
});
export type PaymentChoice = z.infer<typeof PaymentChoice>;

/** A cart with its price of this moment. Money in minor units of `currency`. */
export const Cart = z.object({
  id: Id,
  status: CartStatus,
  currency: Currency,
  locale: Language,
  items: z.array(CartItem),
  email: Email.nullable(),
  shippingAddress: Address.nullable(),
  billingAddress: BillingAddress.nullable(),
  shippingMethod: z.string().nullable(),
  payment: PaymentChoice.nullable(),
  coupons: z.array(QuoteCoupon),
  /** Codes of the optional fees the buyer asked for. */
  extras: z.array(z.string()),
  note: z.string().nullable(),
  quote: Quote,
  version: z.number().int(),
  createdAt: Instant,
  updatedAt: Instant,
});
export type Cart = z.infer<typeof Cart>;

const Note = z.string().trim().max(1_000);
export const ItemInput = z
  .strictObject({
    variantId: Id.optional(),
    sku: Sku.optional(),
    quantity: z.number().int().min(1).max(CART_MAX_QUANTITY).default(1),
  })
  .refine((item) => (item.variantId === undefined) !== (item.sku === undefined), {
    ...saying({ tr: 'ya variantId ya da sku verilir', en: 'give either variantId or sku' }),
    path: ['variantId'],
  });
export const CartInput = z.strictObject({
  currency: Currency.optional(),
  email: Email.nullish(),
  items: z.array(ItemInput).max(CART_MAX_LINES).optional(),
});
export const CartPatch = z.strictObject({
  email: Email.nullish(),
  shippingAddress: Address.nullish(),
  billingAddress: BillingAddress.nullish(),
  shippingMethod: z.string().min(1).max(60).nullish(),
  payment: PaymentChoice.nullish(),
  extras: z.array(z.string().min(1).max(60)).max(MOST_EXTRAS).optional(),
  note: Note.nullish(),
});

/** A provider this cart may be paid with, and what it comes to with each of its methods. */
export const CartPaymentOption = PaymentOption.extend({
  prices: z.array(PaymentPrice.omit({ provider: true })),
});
export type CartPaymentOption = z.infer<typeof CartPaymentOption>;

const CartRef = z.object({ cartId: Id });
/** What a buyer took for a coupon's code: any text, since whether there is such a coupon is pricing's to say. */
const TypedCode = z.string().trim().min(1).max(60);

export const cartRpc = {
  /** item_unavailable, invalid_input. `currency` and `locale` are what the tenant and the caller's language say. */
  create: defineRpc({
    owner: 'order',
    method: 'carts.create',
    request: CartInput.extend({ currency: Currency, locale: Language, ...Keyed }),
    reply: Cart,
  }),
  /** cart_not_found */
  get: defineRpc({ owner: 'order', method: 'carts.get', request: CartRef, reply: Cart }),
  /** cart_not_found, cart_closed */
  update: defineRpc({
    owner: 'order',
    method: 'carts.update',
    request: CartRef.extend({ patch: CartPatch }),
    reply: Cart,
  }),
  /** cart_not_found, cart_closed, item_unavailable, cart_full. A variant that is there raises its line. */
  addItem: defineRpc({
    owner: 'order',
    method: 'carts.addItem',
    request: CartRef.extend({ item: ItemInput, ...Keyed }),
    reply: Cart,
  }),
  /** …, line_not_found. Quantity 0 removes the line. */
  updateItem: defineRpc({
    owner: 'order',
    method: 'carts.updateItem',
    request: CartRef.extend({ lineId: Id, quantity: z.number().int().min(0).max(CART_MAX_QUANTITY) }),
    reply: Cart,
  }),
  removeItem: defineRpc({
    owner: 'order',
    method: 'carts.removeItem',
    request: CartRef.extend({ lineId: Id }),
    reply: Cart,
  }),
  /**
   * …, coupon_exhausted, coupon_invalid (`details`: code, reason), cart_full (`details.maxCoupons`). A coupon that is beaten
   * by a better discount stays on the cart and says so.
   */
  addCoupon: defineRpc({
    owner: 'order',
    method: 'carts.addCoupon',
    request: CartRef.extend({ code: TypedCode }),
    reply: Cart,
  }),
  removeCoupon: defineRpc({
    owner: 'order',
    method: 'carts.removeCoupon',
    request: CartRef.extend({ code: z.string().max(60) }),
    reply: Cart,
  }),
  shippingOptions: defineRpc({
    owner: 'order',
    method: 'carts.shippingOptions',
    request: CartRef,
    reply: z.object({ currency: Currency, options: z.array(ShippingOption) }),
  }),
  /** Best first; `total` of a price is the whole cart paid that way. What its provider would not take is left out. */
  paymentOptions: defineRpc({
    owner: 'order',
    method: 'carts.paymentOptions',
    request: CartRef,
    reply: z.object({ currency: Currency, options: z.array(CartPaymentOption) }),
  }),
} as const;
