import { type Context, ok, type Quote, type QuoteRequest, type Result, type ShippingOption } from '@kervan/contracts';
import type { Deps } from '../deps.ts';
import { priceCart } from './price.ts';
import { shippingOptionsOf } from './shipping-options.ts';

/** The price of a cart by the shop's rules of this moment. invalid_input when it is beyond what is priced. */
export const quote =
  ({ rulesCache, clock }: Pick<Deps, 'rulesCache' | 'clock'>) =>
  async (request: QuoteRequest, { tenant }: Context): Promise<Result<Quote>> =>
    priceCart(request, await rulesCache.rulesOf(tenant), clock());

/** What each shipping method costs this cart, or why it is not offered. */
export const shippingOptions =
  ({ rulesCache }: Pick<Deps, 'rulesCache'>) =>
  async (request: QuoteRequest, { tenant }: Context): Promise<Result<{ options: ShippingOption[] }>> => {
    const options = shippingOptionsOf(request, await rulesCache.rulesOf(tenant));
    return options.ok ? ok({ options: options.value }) : options;
  };
