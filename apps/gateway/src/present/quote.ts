import {
  consideredRows,
  type OrderTotals,
  type Quote,
  type QuoteView,
  reasonOf,
  type Text,
  type TotalsView,
} from '@kervan/contracts';
import { money } from '@kervan/money';
import type { z } from 'zod';
import type { View } from '../route.ts';
import { presentReason, textIn } from './text.ts';

type Taxes = Quote['tax'];
type Fee = { readonly code: string; readonly name: Text; readonly amount: number };

const presentTaxes = (taxes: Taxes, currency: string, view: View) =>
  taxes.map((tax) => ({
    name: textIn(tax.name, view),
    rate: tax.rate,
    included: tax.included,
    base: money(tax.base, currency, view.language),
    amount: money(tax.amount, currency, view.language),
  }));

/** A fee as a line of its own. */
export const presentFee = ({ code, name, amount }: Fee, currency: string, view: View) => ({
  code,
  name: textIn(name, view),
  amount: money(amount, currency, view.language),
});

/** What each rule takes off a line. */
export const presentDiscounts = (discounts: Quote['lines'][number]['discounts'], currency: string, view: View) =>
  discounts.map(({ rule, amount }) => ({ rule, amount: money(amount, currency, view.language) }));

/** Why a total is what it is, row by row. */
export const presentBreakdown = (breakdown: Quote['breakdown'], currency: string, view: View) =>
  breakdown.map(({ rule, kind, target, amount, included, note }) => ({
    rule,
    kind,
    target,
    amount: money(amount, currency, view.language),
    ...(included === undefined ? {} : { included: money(included, currency, view.language) }),
    note: textIn(note, view),
  }));

/** The coupons of a cart: what each takes off, or why it does not count. */
export const presentCoupons = (coupons: Quote['coupons'], currency: string, view: View) =>
  coupons.map(({ code, applied, amount, reason }) => ({
    code,
    applied,
    amount: money(amount, currency, view.language),
    ...(reason === undefined ? {} : { reason: presentReason(reason, view) }),
  }));

/** An order's totals with every amount as money. */
export const presentTotals = (totals: OrderTotals, currency: string, view: View): z.input<typeof TotalsView> => {
  const show = (amount: number) => money(amount, currency, view.language);
  return {
    subtotal: show(totals.subtotal),
    discount: show(totals.discount),
    shipping: show(totals.shipping),
    fees: show(totals.fees),
    tax: show(totals.tax),
    total: show(totals.total),
    taxes: presentTaxes(totals.taxes, currency, view),
  };
};

/** The price of a cart with every amount as money and every reason in words. */
export const presentQuote = (quote: Quote, view: View): z.input<typeof QuoteView> => {
  const show = (amount: number) => money(amount, quote.currency, view.language);
  const { shippingMethod } = quote;
  return {
    currency: quote.currency,
    lines: quote.lines.map((line) => ({
      lineId: line.lineId,
      sku: line.sku,
      quantity: line.quantity,
      unitPrice: show(line.unitPrice),
      subtotal: show(line.subtotal),
      discount: show(line.discount),
      discounts: presentDiscounts(line.discounts, quote.currency, view),
      tax: { rate: line.tax.rate, included: line.tax.included, amount: show(line.tax.amount) },
      total: show(line.total),
    })),
    subtotal: show(quote.subtotal),
    discount: show(quote.discount),
    shipping: show(quote.shipping),
    shippingMethod:
      shippingMethod === null
        ? null
        : {
            code: shippingMethod.code,
            name: textIn(shippingMethod.name, view),
            kind: shippingMethod.kind,
            carrier: shippingMethod.carrier,
            minDays: shippingMethod.minDays,
            maxDays: shippingMethod.maxDays,
            deliveryWindow: textIn(shippingMethod.deliveryWindow, view),
            price: show(shippingMethod.amount),
            discount: show(shippingMethod.discount),
          },
    fees: quote.fees.map((fee) => presentFee(fee, quote.currency, view)),
    feesTotal: show(quote.feesTotal),
    extras: quote.extras.map(({ chosen, ...fee }) => ({ ...presentFee(fee, quote.currency, view), chosen })),
    tax: presentTaxes(quote.tax, quote.currency, view),
    taxTotal: show(quote.taxTotal),
    taxIncluded: show(quote.taxIncluded),
    total: show(quote.total),
    breakdown: presentBreakdown(quote.breakdown, quote.currency, view),
    considered: consideredRows(quote.considered).map((rule) => ({
      rule: rule.rule,
      kind: rule.kind,
      applied: rule.applied,
      ...(rule.reason === undefined ? {} : { reason: presentReason(reasonOf(rule.reason, quote.currency), view) }),
      ...(rule.amount === undefined ? {} : { amount: show(rule.amount) }),
    })),
    coupons: presentCoupons(quote.coupons, quote.currency, view),
    problems: quote.problems.map((problem) => presentReason(problem, view)),
    expiresAt: quote.expiresAt,
  };
};
