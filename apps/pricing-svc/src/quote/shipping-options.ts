import {
  invalid,
  ok,
  type Quote,
  type QuoteRequest,
  reasonOf,
  type Result,
  type ShippingOption,
} from '@kervan/contracts';
import type { Rules } from '../rules/compiled-rules.ts';
import { deliveryWindowOf } from '../shipping/delivery-window.ts';
import { offerOf } from '../shipping/offer.ts';
import type { Refusal } from '../rules/reason.ts';
import { unknownIn } from './coupons.step.ts';
import { parcelOf } from './shipping.step.ts';
import type { Standing } from './standing.ts';
import { billOfDelivery, billOfGoods, checkLines } from './steps.ts';

/**
 * Every method that is switched on, each with what this cart would pay for it or with the reason why it is not offered, in
 * the order the shop made them. Each is priced as if it were chosen, because that may decide which promotion counts.
 * `unknown` as in a quote. invalid_input as for a quote.
 */
export const shippingOptionsOf = (
  request: QuoteRequest,
  rules: Rules,
  standing: Standing,
  now: Date,
): Result<{ options: ShippingOption[]; unknown: Quote['unknown'] }> => {
  const problems = checkLines(request);
  if (problems.length > 0) return invalid(problems);
  const goods = billOfGoods(request, rules, standing, now);
  const enabled = rules.shippingMethods.filter((method) => method.enabled);
  const options = enabled.map((method): ShippingOption => {
    const { code, kind, name, description, carrier, minDays, maxDays } = method;
    const deliveryWindow = deliveryWindowOf(method);
    const shown = { code, kind, name, description, carrier, minDays, maxDays, deliveryWindow };
    const refused = (refusal: Refusal): ShippingOption => {
      const reason = reasonOf(refusal, request.currency);
      return { ...shown, available: false, amount: null, discount: null, reason };
    };
    const bill = billOfDelivery({ ...request, shippingMethod: code }, rules, standing, now);
    const parcel = parcelOf(bill);
    if (parcel === null) return refused({ code: 'nothing_to_ship' });
    const offer = offerOf(method, bill.locality.zones, parcel);
    if (!offer.available) return refused(offer.reason);
    const discount = bill.shipping?.discount ?? 0;
    return { ...shown, available: true, amount: offer.amount - discount, discount };
  });
  return ok({ options, unknown: unknownIn(goods) });
};
