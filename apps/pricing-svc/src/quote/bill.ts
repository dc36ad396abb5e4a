import type {
  BreakdownRow,
  Considered,
  LineTax,
  Quote,
  QuoteLine,
  QuoteRequest,
  QuoteTax,
  Reason,
  ShippingMethod,
} from '@kervan/contracts';
import { localityOf, type Locality, type Rules } from '../rules/compiled-rules.ts';

/** The tax of a line or of shipping; `added` is the part of it that comes on top of the price. Minor units. */
export type Taxed = { readonly tax: LineTax; readonly added: number };

/** A line of the cart while it is priced; minor units. */
export type BillLine = Taxed & {
  readonly asked: QuoteRequest['lines'][number];
  /** `unitPrice * quantity` */
  readonly subtotal: number;
  readonly discount: number;
  readonly discounts: QuoteLine['discounts'];
};

/** How the goods travel; `amount` as the method prices it. */
export type BillShipping = Taxed & { readonly method: ShippingMethod; readonly amount: number };

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
  readonly taxes: readonly QuoteTax[];
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
export const NO_TAX: Taxed = { tax: { rate: 0, amount: 0, included: false }, added: 0 };

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
