import { ok, type Quote, type QuoteRequest, type Result, type ShippingOption } from '@kervan/contracts';
import { invalid } from '../rules/problem.ts';
import type { Rules } from '../rules/compiled-rules.ts';
import { deliveryWindowOf } from '../shipping/delivery-window.ts';
import { offerOf } from '../shipping/offer.ts';
import { REASONS } from '../rules/reason.ts';
import { unknownIn } from './coupons.step.ts';
import { parcelOf } from './shipping.step.ts';
import type { Standing } from './standing.ts';
import { billOfGoods, checkLines } from './steps.ts';

/**
 * Every method that is switched on, each with its price for this cart or with the reason why it is not offered, in the
 * order the shop made them; what free shipping would take off is not in it. `unknown` as in a quote. invalid_input as for a
 * quote.
 */
export const shippingOptionsOf = (
  request: QuoteRequest,
  rules: Rules,
  standing: Standing,
  now: Date,
): Result<{ options: ShippingOption[]; unknown: Quote['unknown'] }> => {
  const problems = checkLines(request);
  if (problems.length > 0) return invalid(problems);
  const bill = billOfGoods(request, rules, standing, now);
  const parcel = parcelOf(bill);
  const enabled = rules.shippingMethods.filter((method) => method.enabled);
  const options = enabled.map((method): ShippingOption => {
    const { code, kind, name, description, carrier, minDays, maxDays } = method;
    const deliveryWindow = deliveryWindowOf(method);
    const shown = { code, kind, name, description, carrier, minDays, maxDays, deliveryWindow };
    if (parcel === null) return { ...shown, available: false, amount: null, reason: REASONS.nothingToShip };
    const offer = offerOf(method, bill.locality.zones, parcel);
    return offer.available
      ? { ...shown, available: true, amount: offer.amount }
      : { ...shown, available: false, amount: null, reason: offer.reason };
  });
  return ok({ options, unknown: unknownIn(bill.outcomes) });
};
