import { z } from 'zod';
import { PaymentChoice } from './cart.ts';
import { Options, TaxClass } from './catalog.ts';
import { Actor } from './context.ts';
import { deadLetterRpc } from './dead-letter.ts';
import { defineEvent } from './event.ts';
import { Id } from './ids.ts';
import { ReservationLine } from './inventory.ts';
import { NextAction, PaymentFailure, PaymentStatus, Provider } from './payment.ts';
import { ConsideredGroup } from './considered.ts';
import { BreakdownRow, LineTax, PromotionUse, QuoteTax } from './pricing.ts';
import { defineRpc } from './rpc.ts';
import {
  Address,
  Amount,
  BillingAddress,
  Currency,
  Email,
  Instant,
  Language,
  Name,
  PageQuery,
  pageOf,
  Sku,
} from './values.ts';

export const ORDER_STATUSES = [
  'draft',
  'confirmed',
  'packing',
  'shipped',
  'delivered',
  'expired',
  'cancelled',
] as const;
export const OrderStatus = z.enum(ORDER_STATUSES);
export type OrderStatus = z.infer<typeof OrderStatus>;
export const Fulfilment = z.enum(['none', 'partial', 'shipped', 'delivered']);

/** Public number: Crockford base32 in groups, the last character a check symbol; a tenant may set a prefix. */
export const OrderNo = z
  .string()
  .min(4)
  .max(40)
  .regex(/^[A-Z0-9]+(?:-[A-Z0-9*~$=]+)*$/);

export const OrderItem = z.object({
  lineId: Id,
  productId: Id,
  variantId: Id,
  sku: Sku,
  title: Name,
  options: Options,
  image: z.string().nullable(),
  quantity: z.number().int(),
  unitPrice: Amount,
  listPrice: Amount,
  taxClass: TaxClass,
  weightGrams: z.number().int(),
  requiresShipping: z.boolean(),
  discounts: z.array(z.object({ rule: z.string(), amount: Amount })),
  tax: LineTax,
  total: Amount,
  shipped: z.number().int(),
  returned: z.number().int(),
  refunded: z.number().int(),
});
export type OrderItem = z.infer<typeof OrderItem>;

/** All in minor units; `total = subtotal - discount + shipping + fees + (tax - taxIncluded)` = the sum of `breakdown`. */
export const OrderTotals = z.object({
  subtotal: Amount,
  discount: Amount,
  shipping: Amount,
  fees: Amount,
  tax: Amount,
  taxIncluded: Amount,
  total: Amount,
  taxes: z.array(QuoteTax),
  breakdown: z.array(BreakdownRow),
});
export type OrderTotals = z.infer<typeof OrderTotals>;

/** A fee of the order, a line of its own. Minor units; `refunded` is what of it went back. */
export const OrderFee = z.object({
  code: z.string(),
  name: Name,
  amount: Amount,
  tax: LineTax,
  refundable: z.boolean(),
  refunded: Amount,
});

export const TimelineEntry = z.object({
  at: Instant,
  type: z.string(),
  actor: Actor,
  from: z.string().optional(),
  to: z.string().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
  public: z.boolean(),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;

export const OrderPayment = z.object({
  /** Null for an order that costs nothing. */
  provider: Provider.nullable(),
  method: z.string(),
  /** In how many parts the buyer pays; 1 is at once. */
  installments: z.number().int().default(1),
  paymentId: Id.nullable(),
  intentId: z.string().nullable(),
  status: PaymentStatus,
  amount: Amount,
  captured: Amount,
  refunded: Amount,
  currency: Currency,
  failure: PaymentFailure.nullable(),
  mismatch: z.boolean(),
  /** One row per payment opened for the order, oldest first. */
  attempts: z.array(
    z.object({
      attempt: z.number().int(),
      provider: Provider,
      installments: z.number().int().default(1),
      paymentId: Id,
      intentId: z.string(),
      status: PaymentStatus,
      version: z.number().int(),
      captured: Amount,
      refunded: Amount,
      openedAt: Instant,
    }),
  ),
});
export type OrderPayment = z.infer<typeof OrderPayment>;

export const OrderRefund = z.object({
  id: Id,
  status: z.enum(['pending', 'succeeded', 'failed']),
  amount: Amount,
  reason: z.string(),
  paymentId: Id,
  providerRef: z.string().nullable(),
  failure: PaymentFailure.nullable(),
  requestedAt: Instant,
});
export type OrderRefund = z.infer<typeof OrderRefund>;

export const OrderShippingMethod = z.object({
  id: Id,
  code: z.string(),
  name: Name,
  carrier: z.string().nullable(),
  minDays: z.number().int(),
  maxDays: z.number().int(),
});

/** An order as staff and machines see it (no client secret, no outbox). */
export const Order = z.object({
  id: Id,
  orderNo: OrderNo,
  status: OrderStatus,
  fulfilment: Fulfilment,
  version: z.number().int(),
  cartId: Id,
  customerId: Id.nullable(),
  email: Email,
  phone: z.string().nullable(),
  locale: Language,
  channel: z.string(),
  currency: Currency,
  items: z.array(OrderItem),
  fees: z.array(OrderFee).default([]),
  totals: OrderTotals,
  /** Every rule that was looked at when the price was made. */
  considered: z.array(ConsideredGroup).default([]),
  shippingAddress: Address.nullable(),
  billingAddress: BillingAddress.nullable(),
  shippingMethod: OrderShippingMethod.nullable(),
  coupons: z.array(z.object({ code: z.string(), promotionId: Id, amount: Amount })),
  payment: OrderPayment,
  shipments: z.array(z.record(z.string(), z.unknown())),
  returns: z.array(z.record(z.string(), z.unknown())),
  refunds: z.array(OrderRefund),
  note: z.string().nullable(),
  reservedUntil: Instant.nullable(),
  timeline: z.array(TimelineEntry),
  createdAt: Instant,
  updatedAt: Instant,
  confirmedAt: Instant.nullable(),
  cancelledAt: Instant.nullable(),
  expiredAt: Instant.nullable(),
});
export type Order = z.infer<typeof Order>;

/** The body of `POST /checkout`; what is already on the cart may be left out. `null` billing address = the same. */
export const CheckoutInput = z.strictObject({
  cartId: Id,
  email: Email.nullish(),
  shippingAddress: Address.nullish(),
  billingAddress: BillingAddress.nullish(),
  shippingMethod: z.string().min(1).max(60).nullish(),
  payment: PaymentChoice.nullish(),
  expectedTotal: Amount.nullish(),
  note: z.string().trim().max(1_000).nullish(),
});
export type CheckoutInput = z.infer<typeof CheckoutInput>;

/** What a checkout answers, before the gateway adds money texts in `language`. */
export const CheckoutAnswer = z.object({
  order: z.object({
    orderNo: OrderNo,
    status: OrderStatus,
    amount: Amount,
    currency: Currency,
    reservedUntil: Instant.nullable(),
    totals: OrderTotals,
  }),
  payment: z.object({
    provider: Provider.nullable(),
    clientSecret: z.string().nullable(),
    status: PaymentStatus,
    nextAction: NextAction,
  }),
  /** The language of the first answer: a replay is told in the same words. */
  language: Language,
  /** True when this is the stored answer of an earlier call with the same key. */
  replayed: z.boolean(),
});
export type CheckoutAnswer = z.infer<typeof CheckoutAnswer>;

/** The public part of an order: nothing personal but a masked name and the city. */
export const TrackedOrder = z.object({
  orderNo: OrderNo,
  status: OrderStatus,
  fulfilment: Fulfilment,
  paymentStatus: PaymentStatus,
  createdAt: Instant,
  currency: Currency,
  items: z.array(z.object({ title: Name, options: Options, quantity: z.number().int(), total: Amount })),
  totals: OrderTotals,
  shippingMethod: OrderShippingMethod.nullable(),
  shipTo: z.object({ name: z.string(), city: z.string(), country: z.string() }).nullable(),
  shipments: z.array(z.record(z.string(), z.unknown())),
  timeline: z.array(
    z.object({ at: Instant, type: z.string(), from: z.string().optional(), to: z.string().optional() }),
  ),
});
export type TrackedOrder = z.infer<typeof TrackedOrder>;

const IdempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[\x21-\x7e]+$/);
const ByNumber = z.object({ orderNo: z.string().max(40) });

export const orderRpc = {
  /** See docs/checkout.md for the steps and every refusal. */
  checkout: defineRpc({
    owner: 'order',
    method: 'checkout.start',
    request: z.object({ idempotencyKey: IdempotencyKey, input: CheckoutInput, language: Language }),
    reply: CheckoutAnswer,
    timeoutMs: 25_000,
  }),
  /** The buyer's browser is back: reads the payment and applies it. order_not_found, payment_incomplete never: the answer says how it stands. */
  confirm: defineRpc({
    owner: 'order',
    method: 'checkout.confirm',
    request: ByNumber,
    reply: CheckoutAnswer,
    timeoutMs: 25_000,
  }),
  /** Another attempt, or another provider, while the draft lives. order_not_found, order_not_payable, … */
  retryPayment: defineRpc({
    owner: 'order',
    method: 'checkout.retryPayment',
    request: ByNumber.extend({ idempotencyKey: IdempotencyKey, payment: PaymentChoice, language: Language }),
    reply: CheckoutAnswer,
    timeoutMs: 25_000,
  }),
  /** The buyer gives up. order_not_found, order_not_cancellable; already cancelled answers the same again. */
  cancel: defineRpc({ owner: 'order', method: 'checkout.cancel', request: ByNumber, reply: CheckoutAnswer }),
  /** order_not_found */
  track: defineRpc({ owner: 'order', method: 'orders.track', request: ByNumber, reply: TrackedOrder }),
  /** The whole order for whoever knows its number and e-mail; order_not_found for a wrong e-mail, in the same time. */
  verify: defineRpc({
    owner: 'order',
    method: 'orders.verify',
    request: ByNumber.extend({ email: z.string().max(254) }),
    reply: Order,
  }),
  list: defineRpc({
    owner: 'order',
    method: 'orders.list',
    request: PageQuery.extend({
      status: OrderStatus.optional(),
      paymentStatus: PaymentStatus.optional(),
      email: z.string().max(254).optional(),
      cartId: Id.optional(),
      q: z.string().max(100).optional(),
      from: Instant.optional(),
      to: Instant.optional(),
      sort: z.enum(['newest', 'oldest']).default('newest'),
    }),
    reply: pageOf(Order),
  }),
  /** By public number; order_not_found */
  get: defineRpc({ owner: 'order', method: 'orders.get', request: ByNumber, reply: Order }),
  ...deadLetterRpc('order'),
} as const;

const OrderFact = z.object({
  orderId: Id,
  orderNo: OrderNo,
  cartId: Id,
  from: OrderStatus.nullable(),
  status: OrderStatus,
  amount: Amount,
  currency: Currency,
  lines: z.array(ReservationLine),
  reason: z.string().optional(),
});
const UsesFact = z.object({ orderId: Id, orderNo: OrderNo, uses: z.array(PromotionUse), late: z.boolean() });
const fact = <Type extends string>(type: Type) => defineEvent({ owner: 'order', type, data: OrderFact });

export const orderEvents = {
  created: fact('order.created'),
  confirmed: fact('order.confirmed'),
  paid: fact('order.paid'),
  expired: fact('order.expired'),
  cancelled: fact('order.cancelled'),
  refunded: fact('order.refunded'),
  /** Of an order that holds uses of promotions: it is confirmed, or it has ended. `late` as in `holdUses`. */
  usesRedeemed: defineEvent({ owner: 'order', type: 'order.uses_redeemed', data: UsesFact }),
  usesReleased: defineEvent({ owner: 'order', type: 'order.uses_released', data: UsesFact }),
  /** payment-svc gives the money back under this refund's id. */
  refundRequested: defineEvent({
    owner: 'order',
    type: 'order.refund_requested',
    data: z.object({
      orderId: Id,
      orderNo: OrderNo,
      refundId: Id,
      paymentId: Id,
      amount: Amount,
      currency: Currency,
      reason: z.string(),
    }),
  }),
} as const;
