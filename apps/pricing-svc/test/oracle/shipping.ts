import type { QuoteRequest } from '@kervan/contracts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { sum } from './fraction.ts';

/** The method asked for: its list price in minor units, or null and what is wrong with it; everything looked at by name. */
export type Shipped = {
  readonly price: bigint | null;
  readonly taxClass: string | null;
  /** Not chosen, or no address yet: it may have a price later. */
  readonly waits: boolean;
  readonly problem: string | null;
  readonly looked: readonly string[];
};

/** Prices shipping for goods of this worth (after discount). */
export const shippingOf = (
  request: QuoteRequest,
  rules: RuleSet,
  zones: readonly string[] | null,
  goods: bigint,
): Shipped => {
  const code = request.shippingMethod;
  const refused = { price: null, taxClass: null, waits: false, problem: null, looked: code === null ? [] : [code] };
  if (code === null) return { ...refused, waits: true };
  const shipped = request.lines.filter(({ requiresShipping }) => requiresShipping);
  if (shipped.length === 0) return refused;
  const unavailable = { ...refused, problem: 'shipping_method_unavailable' };
  const method = rules.shippingMethods.find((one) => one.code === code);
  if (!method?.enabled || method.currency !== request.currency) return unavailable;
  if (zones === null) return { ...refused, waits: true, problem: 'shipping_address_required' };
  const rate = zones.flatMap((id) => method.rates.filter(({ geozoneId }) => geozoneId === id))[0];
  const others = method.rates.filter((one) => one !== rate).map(({ geozoneId }) => `${code}/${geozoneId}`);
  if (rate === undefined) return { ...unavailable, looked: [...others, code] };
  const bands = rate.bands.map(({ from, to }) => `${code}/${rate.geozoneId}/${from}-${to ?? ''}`);
  const looked = [...others, ...bands, code];
  const weight = sum(shipped.map((line) => BigInt(line.weightGrams) * BigInt(line.quantity)));
  const value = { flat: 0n, weight, price: goods }[rate.basis];
  const band = rate.bands.filter(
    ({ from, to }) => value >= BigInt(from) && (to === null || to === undefined || value < BigInt(to)),
  )[0];
  if (band === undefined) return { ...unavailable, looked };
  const isFree = typeof rate.freeFrom === 'number' && goods >= BigInt(rate.freeFrom);
  const price = isFree ? 0n : BigInt(band.amount);
  return { price, taxClass: method.taxClass, waits: false, problem: null, looked };
};
