import { type QuoteRequest, type Reason, reasonOf } from '@kervan/contracts';
import { sum } from '@kervan/money';
import { type Offer, offerOf, type Parcel } from '../shipping/offer.ts';
import { type Bill, NO_TAX } from './bill.ts';
import { methodUnavailable, PROBLEMS, type Refusal, refusedRow } from '../rules/reason.ts';
import { inBothLanguages } from './text.ts';

/** Whether anything of a cart is shipped. */
export const isShipped = ({ lines }: QuoteRequest): boolean => lines.some(({ requiresShipping }) => requiresShipping);

/** What is shipped of a cart, and what its goods are worth after discount; null when nothing is shipped. */
export const parcelOf = (bill: Bill): Parcel | null => {
  const { lines, currency } = bill.request;
  if (!isShipped(bill.request)) return null;
  const weight = sum(lines.map(gramsOf));
  return { currency, weight, goods: bill.subtotal - bill.discount };
};

/** What a line adds to the weight of the parcel, in grams. */
export const gramsOf = ({ requiresShipping, weightGrams, quantity }: QuoteRequest['lines'][number]): number =>
  requiresShipping ? weightGrams * quantity : 0;

/** What the method that was asked for costs by what has been taken off so far; null when none was asked for. */
export const offerFor = (bill: Bill): Offer | null => {
  const code = bill.request.shippingMethod;
  if (code === null) return null;
  const refused = (reason: Refusal): Offer => ({
    available: false,
    reason,
    considered: [refusedRow('shipping', code, reason)],
  });
  const parcel = parcelOf(bill);
  if (parcel === null) return refused({ code: 'nothing_to_ship' });
  const method = bill.rules.shippingMethodByCode.get(code);
  return method === undefined ? refused({ code: 'method_unknown' }) : offerOf(method, bill.locality.zones, parcel);
};

/** Whether goods are shipped, and their shipping has no price yet because the buyer has not said how or where to. */
export const waitsForShipping = (bill: Bill): boolean => {
  if (!isShipped(bill.request)) return false;
  const offer = offerFor(bill);
  return offer === null || (!offer.available && offer.reason.code === 'no_address');
};

const problemOf = (reason: Refusal, currency: string): Reason | null => {
  if (reason.code === 'nothing_to_ship') return null;
  return reason.code === 'no_address' ? PROBLEMS.addressRequired : methodUnavailable(reasonOf(reason, currency));
};

/** Step 3: the method that was asked for, priced by what is shipped and by the goods after discount. */
export const priceShipping = (bill: Bill): Bill => {
  const offer = offerFor(bill);
  if (offer === null) return bill;
  const considered = [...bill.considered, ...offer.considered];
  if (!offer.available) {
    const problem = problemOf(offer.reason, bill.request.currency);
    return { ...bill, considered, problems: problem === null ? bill.problems : [...bill.problems, problem] };
  }
  const { method, amount } = offer;
  const row = {
    rule: method.code,
    kind: 'shipping',
    target: 'shipping',
    amount,
    note: inBothLanguages(method.name),
  } as const;
  return {
    ...bill,
    shipping: { method, listed: amount, discount: 0, ...NO_TAX },
    breakdown: [...bill.breakdown, row],
    considered,
  };
};
