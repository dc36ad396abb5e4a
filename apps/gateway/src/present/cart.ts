import type { Cart, CartItem, CartPaymentOption, CartView, ShippingOption } from '@kervan/contracts';
import { money } from '@kervan/money';
import type { z } from 'zod';
import type { View } from '../route.ts';
import { presentCoupons, presentFee, presentQuote } from './quote.ts';
import { optionalTextIn, presentReason, textIn, wordsFor } from './text.ts';

const presentItem = (item: CartItem, currency: string, view: View) => ({
  lineId: item.lineId,
  productId: item.productId,
  variantId: item.variantId,
  sku: item.sku,
  title: textIn(item.title, view),
  options: item.options,
  image: item.image,
  quantity: item.quantity,
  unitPrice: money(item.unitPrice, currency, view.language),
  total: money(item.total, currency, view.language),
  snapshotAt: item.snapshotAt,
  notices: item.notices.map((notice) => ({
    code: notice.code,
    text: wordsFor(notice.code, view),
    ...(notice.was === undefined ? {} : { was: money(notice.was, currency, view.language) }),
    ...(notice.now === undefined ? {} : { now: money(notice.now, currency, view.language) }),
  })),
});

/** The whole cart with its quote, as every cart route answers it. */
export const presentCart = (cart: Cart, view: View): z.input<typeof CartView> => ({
  id: cart.id,
  status: cart.status,
  currency: cart.currency,
  locale: cart.locale,
  items: cart.items.map((item) => presentItem(item, cart.currency, view)),
  email: cart.email,
  shippingAddress: cart.shippingAddress,
  billingAddress: cart.billingAddress,
  shippingMethod: cart.shippingMethod,
  payment: cart.payment,
  coupons: presentCoupons(cart.coupons, cart.currency, view),
  extras: cart.extras,
  note: cart.note,
  quote: presentQuote(cart.quote, view),
  version: cart.version,
  updatedAt: cart.updatedAt,
});

/** A shipping method as a buyer may choose it; without a price it says why it cannot be chosen. */
export const presentShippingOption = (option: ShippingOption, currency: string, view: View) => ({
  code: option.code,
  kind: option.kind,
  name: textIn(option.name, view),
  description: optionalTextIn(option.description, view),
  carrier: option.carrier,
  minDays: option.minDays,
  maxDays: option.maxDays,
  deliveryWindow: textIn(option.deliveryWindow, view),
  available: option.available,
  price: option.amount === null ? null : money(option.amount, currency, view.language),
  discount: option.discount === null ? null : money(option.discount, currency, view.language),
  ...(option.reason === undefined ? {} : { reason: presentReason(option.reason, view) }),
});

/** A way to pay as a buyer may choose it, and what the cart comes to then. */
export const presentPaymentOption = (option: CartPaymentOption, currency: string, view: View) => {
  const show = (amount: number) => money(amount, currency, view.language);
  return {
    provider: option.provider,
    methods: option.methods,
    displayName: textIn(option.displayName, view),
    prices: option.prices.map(({ method, total, fees, installments }) => ({
      method,
      total: show(total),
      fees: fees.map((fee) => presentFee(fee, currency, view)),
      installments: installments.map((row) => ({
        installments: row.installments,
        fee: show(row.fee),
        first: show(row.first),
        total: show(row.total),
      })),
    })),
  };
};
