import { ok, type Quote, type QuoteRequest, type Result } from '@kervan/contracts';
import { invalid } from '../rules/problem.ts';
import type { Rules } from '../rules/compiled-rules.ts';
import type { Bill } from './bill.ts';
import { billOfCart, checkLines, LARGEST } from './steps.ts';

const LIFETIME_MS = 15 * 60_000;

const toQuote = (bill: Bill, now: Date): Quote => {
  const { request, shipping, subtotal, discount, taxAdded, taxIncluded } = bill;
  const shippingAmount = shipping?.amount ?? 0;
  return {
    currency: request.currency,
    lines: bill.lines.map(({ asked, subtotal, discount, discounts, tax, added }) => ({
      lineId: asked.lineId,
      sku: asked.sku,
      quantity: asked.quantity,
      unitPrice: asked.unitPrice,
      subtotal,
      discount,
      discounts,
      tax,
      total: subtotal - discount + added,
    })),
    subtotal,
    discount,
    shipping: shippingAmount,
    shippingMethod: shipping && {
      id: shipping.method.id,
      code: shipping.method.code,
      name: shipping.method.name,
      carrier: shipping.method.carrier,
      minDays: shipping.method.minDays,
      maxDays: shipping.method.maxDays,
      amount: shipping.amount,
      tax: shipping.tax,
    },
    fees: [],
    feesTotal: 0,
    tax: [...bill.taxes],
    taxTotal: taxAdded + taxIncluded,
    taxIncluded,
    total: subtotal - discount + shippingAmount + taxAdded,
    breakdown: [...bill.breakdown],
    considered: [...bill.considered],
    coupons: bill.coupons,
    problems: [...bill.problems],
    expiresAt: new Date(now.getTime() + LIFETIME_MS).toISOString(),
  };
};

/**
 * Prices a cart by the rules of its shop. The same request, rules and time give the same quote, and the order of lines
 * changes no amount. invalid_input when it is worth or weighs more than can be reckoned exactly.
 */
export const priceCart = (request: QuoteRequest, rules: Rules, now: Date): Result<Quote> => {
  const problems = checkLines(request);
  if (problems.length > 0) return invalid(problems);
  const quote = toQuote(billOfCart(request, rules), now);
  if (Math.max(quote.total, quote.taxTotal) > LARGEST) {
    return invalid([{ path: 'lines', code: 'too_big', message: 'The cart is worth too much' }]);
  }
  return ok(quote);
};
