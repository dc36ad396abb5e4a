import {
  type Considered,
  groupConsidered,
  type Quote,
  type QuoteFee,
  type QuoteLine,
  type QuoteShipping,
} from '@kervan/contracts';
import { deliveryWindowOf } from '../shipping/delivery-window.ts';
import { type Bill, type BillFee, type BillLine, type BillShipping, totalsOf } from './bill.ts';

/** A quote with a row for each rule that was looked at. */
export type ExplainedQuote = Omit<Quote, 'considered'> & { readonly considered: readonly Considered[] };

const LIFETIME_MS = 15 * 60_000;

const lineOf = (line: BillLine): QuoteLine => {
  const { asked, subtotal, tax, added, exempt } = line;
  const discount = line.discount + exempt;
  return {
    lineId: asked.lineId,
    sku: asked.sku,
    quantity: asked.quantity,
    unitPrice: asked.unitPrice,
    subtotal,
    discount,
    discounts: exempt === 0 ? line.discounts : [...line.discounts, ...line.exemptions],
    tax,
    total: subtotal - discount + added,
  };
};

const shippingOf = ({ method, listed, discount, exempt, tax }: BillShipping): QuoteShipping => {
  const { id, code, name, carrier, kind, minDays, maxDays } = method;
  const deliveryWindow = deliveryWindowOf(method);
  const amount = listed - discount - exempt;
  return { id, code, name, carrier, kind, minDays, maxDays, deliveryWindow, amount, discount, tax };
};

/** A fee as buyers see it. */
export const feeOf = ({ code, name, amount, exempt, tax, refundable }: BillFee): QuoteFee => ({
  code,
  name,
  amount: amount - exempt,
  tax,
  refundable,
});

/** The quote that a finished bill says, its lines in the order of the cart. */
export const quoteOf = (bill: Bill): ExplainedQuote => {
  const { discount, shipping, fees, taxAdded, taxIncluded, total } = totalsOf(bill);
  const lines = new Array<QuoteLine>(bill.lines.length);
  for (const line of bill.lines) lines[line.place] = lineOf(line);
  return {
    currency: bill.request.currency,
    lines,
    subtotal: bill.subtotal,
    discount,
    shipping,
    shippingMethod: bill.shipping && shippingOf(bill.shipping),
    fees: bill.fees.map(feeOf),
    feesTotal: fees,
    extras: bill.extras,
    tax: [...bill.taxes],
    taxTotal: taxAdded + taxIncluded,
    taxIncluded,
    total,
    breakdown: [...bill.breakdown],
    considered: bill.considered,
    coupons: bill.coupons,
    uses: bill.uses,
    unknown: bill.unknown,
    problems: [...bill.problems],
    expiresAt: new Date(bill.now.getTime() + LIFETIME_MS).toISOString(),
  };
};

/** The quote as it is answered. */
export const answered = (quote: ExplainedQuote): Quote => ({
  ...quote,
  considered: groupConsidered(quote.considered),
});
