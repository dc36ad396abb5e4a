import { ok, type QuoteRequest, type Result, type ShippingOption } from '@kervan/contracts';
import { invalid } from '../rules/problem.ts';
import type { Rules } from '../rules/compiled-rules.ts';
import { offerOf } from '../shipping/offer.ts';
import { REASONS } from '../rules/reason.ts';
import { parcelOf } from './shipping.step.ts';
import { billOfGoods, checkLines } from './steps.ts';

/**
 * Every method that is switched on, each with its price for this cart or with the reason why it is not offered, in the
 * order the shop made them. invalid_input as for a quote.
 */
export const shippingOptionsOf = (request: QuoteRequest, rules: Rules): Result<ShippingOption[]> => {
  const problems = checkLines(request);
  if (problems.length > 0) return invalid(problems);
  const bill = billOfGoods(request, rules);
  const parcel = parcelOf(bill);
  const enabled = rules.shippingMethods.filter((method) => method.enabled);
  return ok(
    enabled.map((method): ShippingOption => {
      const { code, name, description, carrier, minDays, maxDays } = method;
      const shown = { code, name, description, carrier, minDays, maxDays };
      if (parcel === null) return { ...shown, available: false, amount: null, reason: REASONS.nothingToShip };
      const offer = offerOf(method, bill.locality.zones, parcel);
      return offer.available
        ? { ...shown, available: true, amount: offer.amount }
        : { ...shown, available: false, amount: null, reason: offer.reason };
    }),
  );
};
