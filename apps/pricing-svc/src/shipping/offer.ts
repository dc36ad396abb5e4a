import type { Considered, ShippingMethod } from '@kervan/contracts';
import type { Specificity } from '../geozones/place.ts';
import { isCloser } from '../geozones/place.ts';
import { type Refusal, refusedRow } from '../rules/reason.ts';

type Rate = ShippingMethod['rates'][number];

/** What a price of shipping is reckoned on: grams of what is shipped, and goods after discount in minor units. */
export type Parcel = { readonly currency: string; readonly weight: number; readonly goods: number };

/** What a method costs this cart, or why it is not offered. `considered` tells of every rate and band looked at. */
export type Offer = { readonly considered: readonly Considered[] } & (
  | { readonly available: true; readonly method: ShippingMethod; readonly amount: number }
  | { readonly available: false; readonly reason: Refusal }
);

const row = (rule: string, reason: Refusal): Considered => refusedRow('shipping', rule, reason);

const refused = (code: string, reason: Refusal, considered: readonly Considered[] = []): Offer => ({
  available: false,
  reason,
  considered: [...considered, row(code, reason)],
});

/** The names under which rates and bands stand in `considered`: `standard/zone_…`, `standard/zone_…/0-1000`. */
const rateName = (code: string, { geozoneId }: Rate): string => `${code}/${geozoneId}`;
const bandName = (code: string, rate: Rate, { from, to }: Rate['bands'][number]): string =>
  `${rateName(code, rate)}/${from}-${to ?? ''}`;

/** The rate of the closest geozone; among equals of the one that was made first, as for taxes. */
const closestRate = (rates: readonly Rate[], zones: ReadonlyMap<string, Specificity>): Rate | null => {
  let best: { rate: Rate; zone: Specificity } | null = null;
  for (const [id, zone] of zones) {
    if (best !== null && !isCloser(zone, best.zone)) continue;
    const rate = rates.find(({ geozoneId }) => geozoneId === id);
    if (rate !== undefined) best = { rate, zone };
  }
  return best?.rate ?? null;
};

const measure = ({ basis }: Rate, { weight, goods }: Parcel): number =>
  basis === 'weight' ? weight : basis === 'price' ? goods : 0;

/**
 * Prices a method for a parcel. `zones` are the geozones of the destination, null while there is no address.
 * Amounts in minor units of the parcel's currency.
 */
export const offerOf = (
  method: ShippingMethod,
  zones: ReadonlyMap<string, Specificity> | null,
  parcel: Parcel,
): Offer => {
  const { code, currency, enabled, rates } = method;
  if (!enabled) return refused(code, { code: 'method_disabled' });
  if (currency !== parcel.currency) return refused(code, { code: 'other_currency' });
  if (zones === null) return refused(code, { code: 'no_address' });

  const rate = closestRate(rates, zones);
  const considered: Considered[] = [];
  for (const other of rates) {
    if (other === rate) continue;
    considered.push(row(rateName(code, other), { code: zones.has(other.geozoneId) ? 'closer_zone' : 'outside_zone' }));
  }
  if (rate === null) return refused(code, { code: 'outside_zone' }, considered);

  const value = measure(rate, parcel);
  const band = rate.bands.find(({ from, to }) => value >= from && value < (to ?? Infinity));
  const freeFrom = rate.freeFrom ?? null;
  const free = freeFrom !== null && parcel.goods >= freeFrom;
  for (const one of rate.bands) {
    const rule = bandName(code, rate, one);
    if (one !== band) considered.push(row(rule, { code: 'outside_band' }));
    else if (free) considered.push(row(rule, { code: 'free_from_reached', amount: freeFrom }));
    else considered.push({ rule, kind: 'shipping', applied: true, amount: one.amount });
  }
  if (band === undefined) return refused(code, { code: 'outside_bands' }, considered);

  const amount = free ? 0 : band.amount;
  considered.push({ rule: code, kind: 'shipping', applied: true, amount });
  return { available: true, method, amount, considered };
};
