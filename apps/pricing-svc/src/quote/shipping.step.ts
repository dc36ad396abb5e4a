import type { Considered, QuoteRequest, Reason } from '@kervan/contracts';
import { sum } from '@kervan/money';
import { offerOf, type Parcel } from '../shipping/offer.ts';
import { type Bill, NO_TAX } from './bill.ts';
import { methodUnavailable, PROBLEMS, REASONS } from '../rules/reason.ts';
import { inBothLanguages } from './text.ts';

/** What is shipped of a cart, and what its goods are worth after discount; null when nothing is shipped. */
export const parcelOf = (bill: Bill): Parcel | null => {
  const { lines, currency } = bill.request;
  if (!lines.some(({ requiresShipping }) => requiresShipping)) return null;
  const weight = sum(lines.map(gramsOf));
  return { currency, weight, goods: bill.subtotal - bill.discount };
};

/** What a line adds to the weight of the parcel, in grams. */
export const gramsOf = ({ requiresShipping, weightGrams, quantity }: QuoteRequest['lines'][number]): number =>
  requiresShipping ? weightGrams * quantity : 0;

const without = (bill: Bill, rows: readonly Considered[], problem: Reason | null): Bill => ({
  ...bill,
  considered: [...bill.considered, ...rows],
  problems: problem === null ? bill.problems : [...bill.problems, problem],
});

/** Step 3: the method that was asked for, priced by what is shipped and by the goods after discount. */
export const priceShipping = (bill: Bill): Bill => {
  const code = bill.request.shippingMethod;
  if (code === null) return bill;
  const refusedRow = (reason: Reason): Considered => ({ rule: code, kind: 'shipping', applied: false, reason });

  const parcel = parcelOf(bill);
  if (parcel === null) return without(bill, [refusedRow(REASONS.nothingToShip)], null);
  const method = bill.rules.shippingMethodByCode.get(code);
  if (method === undefined) {
    const reason = REASONS.methodUnknown;
    return without(bill, [refusedRow(reason)], methodUnavailable(reason));
  }
  const offer = offerOf(method, bill.locality.zones, parcel);
  if (!offer.available) {
    const problem = offer.reason === REASONS.noAddress ? PROBLEMS.addressRequired : methodUnavailable(offer.reason);
    return without(bill, offer.considered, problem);
  }
  const { amount } = offer;
  const row = { rule: code, kind: 'shipping', target: 'shipping', amount, note: inBothLanguages(method.name) } as const;
  return {
    ...bill,
    shipping: { method, amount, ...NO_TAX },
    breakdown: [...bill.breakdown, row],
    considered: [...bill.considered, ...offer.considered],
  };
};
