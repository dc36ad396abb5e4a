import {
  fail,
  type Actor,
  type Address,
  type BillingAddress,
  type Order,
  type OrderItem,
  type OrderTotals,
  type PaymentChoice,
  type Quote,
} from '@kervan/contracts';
import type { CartLine } from '../cart/cart.ts';
import { note, type OrderState } from './order.ts';

/** Everything a draft is made of; nothing in it refers to the cart, the catalogue or an address book afterwards. */
export type DraftInput = {
  orderNo: string;
  /** Stands for the idempotency key of the checkout. */
  checkoutKey: string;
  cartId: string;
  locale: string;
  currency: string;
  email: string;
  lines: readonly CartLine[];
  quote: Quote;
  shippingAddress: Address | null;
  billingAddress: BillingAddress | null;
  payment: PaymentChoice | null;
  note: string | null;
  reservedUntil: Date;
  actor: Actor;
};

/**
 * Makes the draft of an order: snapshots of goods, of the price with its whole explanation, of addresses; its payment
 * pending, its first timeline entry.
 */
export const draftOrder = (input: DraftInput, now: Date): OrderState => {
  const { quote } = input;
  const draft: OrderState = {
    orderNo: input.orderNo,
    status: 'draft',
    fulfilment: 'none',
    cartId: input.cartId,
    customerId: null,
    // Staff and buyers look it up however it was typed.
    email: input.email.toLowerCase(),
    phone: input.shippingAddress?.phone ?? null,
    locale: input.locale,
    channel: 'storefront',
    currency: input.currency,
    items: orderItems(input.lines, quote),
    fees: quote.fees.map((fee) => ({ ...fee, refunded: 0 })),
    totals: totalsOf(quote),
    considered: quote.considered,
    shippingAddress: input.shippingAddress,
    billingAddress: input.billingAddress ?? input.shippingAddress,
    shippingMethod: shippingMethodOf(quote),
    coupons: orderCoupons(quote),
    payment: {
      provider: quote.total === 0 ? null : (input.payment?.provider ?? null),
      method: quote.total === 0 ? 'none' : (input.payment?.method ?? 'none'),
      installments: quote.total === 0 ? 1 : (input.payment?.installments ?? 1),
      paymentId: null,
      intentId: null,
      status: 'pending',
      amount: quote.total,
      captured: 0,
      refunded: 0,
      currency: input.currency,
      failure: null,
      mismatch: false,
      attempts: [],
    },
    shipments: [],
    returns: [],
    refunds: [],
    note: input.note,
    reservedUntil: input.reservedUntil.toISOString(),
    timeline: [],
    confirmedAt: null,
    cancelledAt: null,
    expiredAt: null,
    saga: { step: 'drafted', attempt: 1, keyId: null },
    checkoutKey: input.checkoutKey,
    choice: quote.total === 0 || input.payment === null ? null : choiceOf(input.payment),
    clientSecret: null,
    nextAction: { type: 'none', url: null, html: null },
    extended: { opening: false, processing: false },
    uses: quote.uses,
    usesHold: 'first',
  };
  return note(draft, { at: now, actor: input.actor, type: 'order.created', to: 'draft', public: true });
};

/** What of a payment choice is needed to open the payment, again if must be. */
export const choiceOf = (payment: PaymentChoice): NonNullable<OrderState['choice']> => ({
  provider: payment.provider,
  method: payment.method,
  returnUrl: payment.returnUrl ?? null,
  installments: payment.installments,
});

/** The totals of an order as the quote reckoned them, all in minor units. */
export const totalsOf = (quote: Quote): OrderTotals => ({
  subtotal: quote.subtotal,
  discount: quote.discount,
  shipping: quote.shipping,
  fees: quote.feesTotal,
  tax: quote.taxTotal,
  taxIncluded: quote.taxIncluded,
  total: quote.total,
  taxes: quote.tax,
  breakdown: quote.breakdown,
});

/** The refusal of a price that is not the one promised, which was `expected` in minor units: the totals are those of now. */
export const totalChanged = (expected: number, quote: Quote) =>
  fail('total_changed', { expected, currency: quote.currency, totals: totalsOf(quote) });

const orderItems = (lines: readonly CartLine[], quote: Quote): OrderItem[] => {
  const quoted = new Map(quote.lines.map((line) => [line.lineId, line]));
  return lines.map((line) => {
    const priced = quoted.get(line.lineId);
    if (priced === undefined) throw new Error(`the quote has no line ${line.lineId}`);
    return {
      lineId: line.lineId,
      productId: line.productId,
      variantId: line.variantId,
      sku: line.sku,
      title: line.title,
      options: line.options,
      image: line.image,
      quantity: line.quantity,
      unitPrice: line.unitPrice,
      listPrice: line.listPrice,
      taxClass: line.taxClass,
      weightGrams: line.weightGrams,
      requiresShipping: line.requiresShipping,
      discounts: priced.discounts,
      tax: priced.tax,
      total: priced.total,
      shipped: 0,
      returned: 0,
      refunded: 0,
    };
  });
};

/** The coupons that count, with what each takes off in minor units. */
const orderCoupons = (quote: Quote): Order['coupons'] =>
  quote.coupons.flatMap(({ code, applied, promotionId, amount }) =>
    applied && promotionId !== null ? [{ code, promotionId, amount }] : [],
  );

const shippingMethodOf = (quote: Quote): OrderState['shippingMethod'] => {
  if (quote.shippingMethod === null) return null;
  const { id, code, name, carrier, minDays, maxDays } = quote.shippingMethod;
  return { id, code, name, carrier, minDays, maxDays };
};
