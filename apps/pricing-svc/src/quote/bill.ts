import type {
  BreakdownRow,
  Considered,
  FeeRule,
  LineTax,
  Quote,
  QuoteLine,
  QuoteRequest,
  QuoteTax,
  Reason,
  ShippingMethod,
  TaxRate,
} from '@kervan/contracts';
import type { GivenCode } from '../promotions/candidate.ts';
import type { Outcome } from '../promotions/outcome.ts';
import { localityOf, type Locality, type Rules } from '../rules/compiled-rules.ts';
import type { Standing } from './standing.ts';

/**
 * The tax of a line, of shipping or of a fee. `added` is the part of it that comes on top of the price, `exempt` the tax in
 * the price that a company does not pay and `exemptions` the same by rate. Minor units.
 */
export type Taxed = {
  readonly tax: LineTax;
  readonly added: number;
  readonly exempt: number;
  readonly exemptions: QuoteLine['discounts'];
};

/** A line of the cart while it is priced; minor units. */
export type BillLine = Taxed & {
  readonly asked: QuoteRequest['lines'][number];
  /** Which line of the cart it was. */
  readonly place: number;
  /** `unitPrice * quantity` */
  readonly subtotal: number;
  /** What promotions take off. */
  readonly discount: number;
  readonly discounts: QuoteLine['discounts'];
};

/** How the goods travel; `listed` as the method prices it, `discount` what promotions take off that. */
export type BillShipping = Taxed & {
  readonly method: ShippingMethod;
  readonly listed: number;
  readonly discount: number;
};

/** A fee; `amount` without tax that is added. `ofPayment`: only this way to pay has it. */
export type BillFee = Taxed &
  Pick<FeeRule, 'code' | 'name' | 'taxClass' | 'refundable'> & {
    readonly amount: number;
    readonly ofPayment: boolean;
  };

/** What a rate comes to over the whole cart: what is paid, and what a company does not pay of the prices. */
export type RateTotal = { readonly base: number; readonly amount: number; readonly exempt: number };

/** A bill on its way to a quote: each step reads what the ones before it found and adds its part. */
export type Bill = {
  readonly request: QuoteRequest;
  readonly rules: Rules;
  readonly standing: Standing;
  readonly now: Date;
  readonly locality: Locality;
  /** In canonical order: by SKU, then by id, so that the order in the cart changes no amount. */
  readonly lines: readonly BillLine[];
  /** Sum of the lines, and of what promotions take off them. */
  readonly subtotal: number;
  readonly discount: number;
  readonly codes: readonly GivenCode[];
  readonly outcomes: readonly Outcome[];
  /** The promotions that do not apply and that no code brings, in the order in which they would act. */
  readonly passedOver: readonly Considered[];
  readonly shipping: BillShipping | null;
  readonly fees: readonly BillFee[];
  readonly extras: Quote['extras'];
  /** Every rate that something in the cart falls under. */
  readonly rateTotals: ReadonlyMap<TaxRate, RateTotal>;
  readonly taxes: readonly QuoteTax[];
  readonly coupons: Quote['coupons'];
  readonly uses: Quote['uses'];
  readonly unknown: Quote['unknown'];
  readonly breakdown: readonly BreakdownRow[];
  readonly considered: readonly Considered[];
  readonly problems: readonly Reason[];
};

/** A pure step from bill to bill. */
export type Step = (bill: Bill) => Bill;

/** No rate applies. */
export const NO_TAX: Taxed = {
  tax: { rate: 0, amount: 0, included: false },
  added: 0,
  exempt: 0,
  exemptions: [],
};

/** An empty bill for a request. */
export const openBill = (request: QuoteRequest, rules: Rules, standing: Standing, now: Date): Bill => ({
  request,
  rules,
  standing,
  now,
  locality: localityOf(rules, request.destination),
  lines: [],
  subtotal: 0,
  discount: 0,
  codes: [],
  outcomes: [],
  passedOver: [],
  shipping: null,
  fees: [],
  extras: [],
  rateTotals: new Map(),
  taxes: [],
  coupons: [],
  uses: [],
  unknown: [],
  breakdown: [],
  considered: [],
  problems: [],
});

/** What the parts of a bill come to, in minor units. */
export type Totals = {
  /** What is taken off the goods: by promotions, and tax that a company does not pay. */
  readonly discount: number;
  readonly shipping: number;
  readonly fees: number;
  /** Tax on top of the prices, and in them. */
  readonly taxAdded: number;
  readonly taxIncluded: number;
  readonly total: number;
};

/** Adds up a bill. */
export const totalsOf = ({ lines, subtotal, discount, shipping, fees, rateTotals }: Bill): Totals => {
  let taxAdded = 0;
  let taxIncluded = 0;
  for (const [{ included }, { amount }] of rateTotals) {
    if (included) taxIncluded += amount;
    else taxAdded += amount;
  }
  let goodsOff = discount;
  for (const { exempt } of lines) goodsOff += exempt;
  const paidShipping = shipping === null ? 0 : shipping.listed - shipping.discount - shipping.exempt;
  let paidFees = 0;
  for (const { amount, exempt } of fees) paidFees += amount - exempt;
  const total = subtotal - goodsOff + paidShipping + paidFees + taxAdded;
  return { discount: goodsOff, shipping: paidShipping, fees: paidFees, taxAdded, taxIncluded, total };
};
