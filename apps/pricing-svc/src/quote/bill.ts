import type { BreakdownRow, Considered, Quote, QuoteRequest, Reason, ShippingMethod } from '@kervan/contracts';
import { localityOf, type Locality, type Rules } from '../rules/rules.ts';

type LineTax = Quote['lines'][number]['tax'];

/** A line of the cart while it is priced; minor units. */
export type BillLine = {
  readonly asked: QuoteRequest['lines'][number];
  /** `unitPrice * quantity` */
  readonly subtotal: number;
  readonly discount: number;
  readonly discounts: Quote['lines'][number]['discounts'];
  readonly tax: LineTax;
};

/** How the goods travel; `amount` as the method prices it. */
export type BillShipping = { readonly method: ShippingMethod; readonly amount: number; readonly tax: LineTax };

/** A bill on its way to a quote: each step reads what the ones before it found and adds its part. */
export type Bill = {
  readonly request: QuoteRequest;
  readonly rules: Rules;
  readonly locality: Locality;
  readonly lines: readonly BillLine[];
  /** Sum of the lines, and of their discounts. */
  readonly subtotal: number;
  readonly discount: number;
  readonly shipping: BillShipping | null;
  readonly taxes: Quote['tax'];
  /** Sum of tax that comes on top, and of tax inside the prices. */
  readonly taxAdded: number;
  readonly taxIncluded: number;
  readonly coupons: Quote['coupons'];
  readonly breakdown: readonly BreakdownRow[];
  readonly considered: readonly Considered[];
  readonly problems: readonly Reason[];
};

/** A pure step from bill to bill. */
export type Step = (bill: Bill) => Bill;

/** No rate applies. */
export const NO_TAX: LineTax = { rate: 0, amount: 0, included: false };

/** An empty bill for a request. */
export const openBill = (request: QuoteRequest, rules: Rules): Bill => ({
  request,
  rules,
  locality: localityOf(rules, request.destination),
  lines: [],
  subtotal: 0,
  discount: 0,
  shipping: null,
  taxes: [],
  taxAdded: 0,
  taxIncluded: 0,
  coupons: [],
  breakdown: [],
  considered: [],
  problems: [],
});
