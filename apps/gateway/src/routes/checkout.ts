import { CheckoutInput, CheckoutView, orderRpc, PaymentChoice, TrackingView } from '@kervan/contracts';
import type { CheckoutAnswer } from '@kervan/contracts';
import { z } from 'zod';
import { BuyersOrderView, presentBuyersOrder, presentCheckout, presentTracking } from '../present/order.ts';
import { presentRefusal } from '../present/refusal.ts';
import { defineRoute, input } from '../route.ts';

const storefront = { who: 'public', missing: 'order_not_found', presentRefusal } as const;
const checkout = { ...storefront, area: 'Storefront: checkout', present: presentCheckout, view: CheckoutView } as const;
const tracking = { ...storefront, area: 'Storefront: tracking', limitedBy: 'orderNo' } as const;
const ByNumber = z.object({ orderNo: z.string().min(1).max(40) });
const EmailProof = z.strictObject({ email: z.string().min(1).max(254) });
const AnotherPayment = z.strictObject({ payment: PaymentChoice });

const payable = [
  'out_of_stock',
  'coupon_exhausted',
  'payment_method_required',
  'payment_method_unavailable',
  'payment_provider_error',
  'payment_provider_unavailable',
] as const;
const replayed = (answer: CheckoutAnswer): Record<string, string> =>
  answer.replayed ? { 'idempotent-replayed': 'true' } : {};
const languageOf = (answer: CheckoutAnswer): string => answer.language;

/** From a cart to a paid order, and what its buyer can see of it afterwards. */
export const checkoutRoutes = [
  defineRoute({
    ...checkout,
    method: 'POST',
    path: '/checkout',
    summary: 'Order a cart',
    description:
      'Turns the cart into a draft order, reserves its stock and opens a payment, once per `Idempotency-Key`: the same ' +
      'call again gets the same answer with `Idempotent-Replayed: true`. What is on the cart already may be left out. ' +
      'With `expectedTotal` nothing is ordered at another price than the one shown. Whoever loses the last use of a promotion ' +
      'to somebody faster is refused with `total_changed` and the totals without it, or `coupon_exhausted` for a coupon.',
    status: 201,
    idempotency: 'required',
    missing: 'cart_not_found',
    errors: [
      'idempotency_in_progress',
      'cart_closed',
      'cart_empty',
      'item_unavailable',
      'email_required',
      'shipping_address_required',
      'shipping_method_required',
      'shipping_method_unavailable',
      'coupon_invalid',
      'total_changed',
      'conflict',
      'order_not_payable',
      ...payable,
    ],
    input: input({ body: CheckoutInput }),
    rpc: orderRpc.checkout,
    request: ({ body }, { idempotencyKey = '', language }) => ({ idempotencyKey, input: body, language }),
    headers: (answer) => ({
      location: `/api/v1/orders/track/${encodeURIComponent(answer.order.orderNo)}`,
      ...replayed(answer),
    }),
    languageOf,
  }),
  defineRoute({
    ...checkout,
    method: 'POST',
    path: '/checkout/:orderNo/confirm',
    summary: 'Ask how the payment stands',
    description: 'For the page the buyer comes back to. Applies what the provider says, as its webhook would.',
    errors: ['payment_provider_error', 'payment_provider_unavailable'],
    input: input({ params: ByNumber }),
    rpc: orderRpc.confirm,
    request: ({ params }) => params,
  }),
  defineRoute({
    ...checkout,
    method: 'POST',
    path: '/checkout/:orderNo/payment',
    summary: 'Pay once more, or another way',
    description:
      'While the draft lives. The answer is that of a checkout, with the new payment. The price of the order stands: a way ' +
      'to pay that would change it is refused with `total_changed`.',
    status: 201,
    idempotency: 'required',
    errors: ['idempotency_in_progress', 'order_not_payable', 'total_changed', ...payable],
    input: input({ params: ByNumber, body: AnotherPayment }),
    rpc: orderRpc.retryPayment,
    request: ({ params, body }, { idempotencyKey = '', language }) => ({
      ...params,
      idempotencyKey,
      payment: body.payment,
      language,
    }),
    headers: replayed,
    languageOf,
  }),
  defineRoute({
    ...checkout,
    method: 'POST',
    path: '/checkout/:orderNo/cancel',
    summary: 'Give the order up',
    description: 'While it is not paid. Its stock is free again at once.',
    errors: ['order_not_cancellable'],
    input: input({ params: ByNumber }),
    rpc: orderRpc.cancel,
    request: ({ params }) => params,
  }),
  defineRoute({
    ...tracking,
    method: 'GET',
    path: '/orders/track/:orderNo',
    summary: 'Follow an order',
    description: 'Nothing personal but a masked name and the city.',
    input: input({ params: ByNumber }),
    rpc: orderRpc.track,
    request: ({ params }) => params,
    present: presentTracking,
    view: TrackingView,
  }),
  defineRoute({
    ...tracking,
    method: 'POST',
    path: '/orders/track/:orderNo/verify',
    summary: 'Read the whole order',
    description: 'For whoever knows the number and the e-mail address it was ordered with.',
    input: input({ params: ByNumber, body: EmailProof }),
    rpc: orderRpc.verify,
    request: ({ params, body }) => ({ ...params, ...body }),
    present: presentBuyersOrder,
    view: BuyersOrderView,
  }),
];
