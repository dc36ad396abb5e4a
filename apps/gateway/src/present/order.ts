import {
  Address,
  BillingAddress,
  BreakdownView,
  DiscountView,
  FeeView,
  MoneyView,
  PaymentStatus,
  Provider,
  TrackingView,
} from '@kervan/contracts';
import type { CheckoutAnswer, CheckoutView, Order, TimelineEntry, TrackedOrder } from '@kervan/contracts';
import { money } from '@kervan/money';
import { z } from 'zod';
import type { View } from '../route.ts';
import { presentBreakdown, presentDiscounts, presentFee, presentTotals } from './quote.ts';
import { textIn, wordsFor } from './text.ts';

/** Where an order is followed. */
const trackingUrl = (orderNo: string): string => `/api/v1/orders/track/${encodeURIComponent(orderNo)}`;

/** What a checkout answers. */
export const presentCheckout = (answer: CheckoutAnswer, view: View): z.input<typeof CheckoutView> => {
  const { order, payment } = answer;
  return {
    order: {
      orderNo: order.orderNo,
      status: order.status,
      ...money(order.amount, order.currency, view.language),
      reservedUntil: order.reservedUntil,
      totals: presentTotals(order.totals, order.currency, view),
      trackingUrl: trackingUrl(order.orderNo),
    },
    payment: {
      provider: payment.provider,
      clientSecret: payment.clientSecret,
      status: payment.status,
      nextAction: payment.nextAction,
    },
  };
};

const presentShippingMethod = (method: TrackedOrder['shippingMethod'], view: View) =>
  method === null
    ? null
    : { code: method.code, name: textIn(method.name, view), minDays: method.minDays, maxDays: method.maxDays };

const presentTimeline = (timeline: readonly Pick<TimelineEntry, 'at' | 'type' | 'from' | 'to'>[], view: View) =>
  timeline.map(({ at, type, from, to }) => ({
    at,
    type,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    text: wordsFor(type, view),
  }));

/** The public part of an order. */
export const presentTracking = (order: TrackedOrder, view: View): z.input<typeof TrackingView> => ({
  orderNo: order.orderNo,
  status: order.status,
  fulfilment: order.fulfilment,
  paymentStatus: order.paymentStatus,
  createdAt: order.createdAt,
  ...money(order.totals.total, order.currency, view.language),
  summary: {
    items: order.items.map((item) => ({
      title: textIn(item.title, view),
      options: item.options,
      quantity: item.quantity,
      total: money(item.total, order.currency, view.language),
    })),
    totals: presentTotals(order.totals, order.currency, view),
    shippingMethod: presentShippingMethod(order.shippingMethod, view),
    shipTo: order.shipTo,
  },
  shipments: order.shipments,
  timeline: presentTimeline(order.timeline, view),
});

/** The whole order, for its buyer. */
export const BuyersOrderView = TrackingView.extend({
  email: z.string(),
  phone: z.string().nullable(),
  items: z.array(
    z.object({
      lineId: z.string(),
      sku: z.string(),
      title: z.string(),
      options: z.record(z.string(), z.string()),
      image: z.string().nullable(),
      quantity: z.number().int(),
      unitPrice: MoneyView,
      discounts: z.array(DiscountView),
      total: MoneyView,
    }),
  ),
  breakdown: BreakdownView,
  fees: z.array(FeeView),
  coupons: z.array(z.object({ code: z.string(), amount: MoneyView })),
  shippingAddress: Address.nullable(),
  billingAddress: BillingAddress.nullable(),
  payment: z.object({
    provider: Provider.nullable(),
    method: z.string(),
    installments: z.number().int(),
    status: PaymentStatus,
    captured: MoneyView,
    refunded: MoneyView,
  }),
  note: z.string().nullable(),
});

/** The whole order, without what is for staff only: who did what, provider references, versions. */
export const presentBuyersOrder = (order: Order, view: View): z.input<typeof BuyersOrderView> => {
  const show = (amount: number) => money(amount, order.currency, view.language);
  const { shippingAddress: to } = order;
  const tracked = presentTracking(
    {
      ...order,
      paymentStatus: order.payment.status,
      shipTo: to === null ? null : { name: `${to.firstName} ${to.lastName}`, city: to.city, country: to.country },
      timeline: order.timeline.filter((entry) => entry.public),
    },
    view,
  );
  return {
    ...tracked,
    email: order.email,
    phone: order.phone,
    items: order.items.map((item) => ({
      lineId: item.lineId,
      sku: item.sku,
      title: textIn(item.title, view),
      options: item.options,
      image: item.image,
      quantity: item.quantity,
      unitPrice: show(item.unitPrice),
      discounts: presentDiscounts(item.discounts, order.currency, view),
      total: show(item.total),
    })),
    breakdown: presentBreakdown(order.totals.breakdown, order.currency, view),
    fees: order.fees.map((fee) => presentFee(fee, order.currency, view)),
    coupons: order.coupons.map(({ code, amount }) => ({ code, amount: show(amount) })),
    shippingAddress: order.shippingAddress,
    billingAddress: order.billingAddress,
    payment: {
      provider: order.payment.provider,
      method: order.payment.method,
      installments: order.payment.installments,
      status: order.payment.status,
      captured: show(order.payment.captured),
      refunded: show(order.payment.refunded),
    },
    note: order.note,
  };
};
