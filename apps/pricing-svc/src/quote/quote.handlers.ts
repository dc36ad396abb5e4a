import {
  type Context,
  couponKey,
  ok,
  type PaymentPrice,
  type Quote,
  type QuoteRequest,
  type Result,
  type ShippingOption,
} from '@kervan/contracts';
import { couponId } from '../coupons/coupon.store.ts';
import type { Deps, RequestOf } from '../deps.ts';
import type { KnownCoupons } from '../promotions/candidate.ts';
import type { Rules } from '../rules/compiled-rules.ts';
import { paymentPricesOf } from './payment-prices.ts';
import { priceCart } from './price.ts';
import { answered } from './quote-of.ts';
import { shippingOptionsOf } from './shipping-options.ts';
import { NOTHING_USED, type Standing, talliesWanted } from './standing.ts';

type Loads = {
  readonly rulesCache: Pick<Deps['rulesCache'], 'rulesOf'>;
  readonly coupons: Pick<Deps['coupons'], 'getMany'>;
  readonly uses: Pick<Deps['uses'], 'takenFor'>;
  readonly clock: Deps['clock'];
};
/** Everything a quote rests on beside its request. */
type Grounds = { readonly rules: Rules; readonly standing: Standing; readonly now: Date };

const knownCoupons = async ({ coupons }: Loads, tenant: string, codes: readonly string[]): Promise<KnownCoupons> => {
  if (codes.length === 0) return NOTHING_USED.coupons;
  const found = await coupons.getMany(tenant, [...new Set(codes.map((code) => couponId(tenant, code)))]);
  return new Map(found.map(({ _id: id, ...coupon }) => [couponKey(coupon.code), { id, ...coupon }]));
};

/**
 * The shop's rules, and of coupons and uses what this cart has to know: nothing is read for a cart without coupons in a
 * shop without limits.
 */
const groundsOf = async (deps: Loads, tenant: string, request: QuoteRequest): Promise<Grounds> => {
  const rules = await deps.rulesCache.rulesOf(tenant);
  const now = deps.clock();
  const coupons = await knownCoupons(deps, tenant, request.coupons);
  const taken = await deps.uses.takenFor(tenant, talliesWanted(request, rules, coupons, now), request.orderId);
  return { rules, standing: { coupons, taken }, now };
};

/** The price of a cart by the shop's rules of this moment. invalid_input when it is beyond what is priced. */
export const quote =
  (deps: Loads) =>
  async (request: QuoteRequest, { tenant }: Context): Promise<Result<Quote>> => {
    const { rules, standing, now } = await groundsOf(deps, tenant, request);
    const priced = priceCart(request, rules, standing, now);
    return priced.ok ? ok(answered(priced.value)) : priced;
  };

/** What each shipping method costs this cart, or why it is not offered. */
export const shippingOptions =
  (deps: Loads) =>
  async (
    request: QuoteRequest,
    { tenant }: Context,
  ): Promise<Result<{ options: ShippingOption[]; unknown: Quote['unknown'] }>> => {
    const { rules, standing, now } = await groundsOf(deps, tenant, request);
    return shippingOptionsOf(request, rules, standing, now);
  };

/** What this cart comes to with each way to pay. */
export const paymentPrices =
  (deps: Loads) =>
  async (
    { cart, choices }: RequestOf<'paymentPrices'>,
    { tenant }: Context,
  ): Promise<Result<{ prices: PaymentPrice[]; unknown: Quote['unknown'] }>> => {
    const { rules, standing, now } = await groundsOf(deps, tenant, cart);
    return paymentPricesOf(cart, choices, rules, standing, now);
  };
