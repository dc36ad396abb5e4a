import type { Considered, Reason, ShippingMethod } from '@kervan/contracts';
import type { Specificity } from '../geozones/place.ts';
import { isCloser } from '../geozones/place.ts';
import { freeFromReason, REASONS } from '../rules/reason.ts';

type Rate = ShippingMethod['rates'][number];

/** What a price of shipping is reckoned on: grams of what is shipped, and goods after discount in minor units. */
export type Parcel = { readonly currency: string; readonly weight: number; readonly goods: number };

/** What a method costs this cart, or why it is not offered. `considered` tells of every rate and band looked at. */
export type Offer = { readonly considered: readonly Considered[] } & (
  | { readonly available: true; readonly method: ShippingMethod; readonly amount: number }
  | { readonly available: false; readonly reason: Reason }
);

const row = (rule: string, reason: Reason): Considered => ({ rule, kind: 'shipping', applied: false, reason });

const refused = (code: string, reason: Reason, considered: readonly Considered[] = []): Offer => ({
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
  if (!enabled) return refused(code, REASONS.methodDisabled);
  if (currency !== parcel.currency) return refused(code, REASONS.otherCurrency);
  if (zones === null) return refused(code, REASONS.noAddress);

  const rate = closestRate(rates, zones);
  const considered: Considered[] = [];
  for (const other of rates) {
    if (other === rate) continue;
    considered.push(row(rateName(code, other), zones.has(other.geozoneId) ? REASONS.closerZone : REASONS.outsideZone));
  }
  if (rate === null) return refused(code, REASONS.outsideZone, considered);

  const value = measure(rate, parcel);
  const band = rate.bands.find(({ from, to }) => value >= from && value < (to ?? Infinity));
  const freeFrom = rate.freeFrom ?? null;
  const free = freeFrom !== null && parcel.goods >= freeFrom;
  for (const one of rate.bands) {
    const rule = bandName(code, rate, one);
    if (one !== band) considered.push(row(rule, REASONS.outsideBand));
    else if (free) considered.push(row(rule, freeFromReason(freeFrom, currency)));
    else considered.push({ rule, kind: 'shipping', applied: true, amount: one.amount });
  }
  if (band === undefined) return refused(code, REASONS.outsideBands, considered);

  const amount = free ? 0 : band.amount;
  considered.push({ rule: code, kind: 'shipping', applied: true, amount });
  return { available: true, method, amount, considered };
};
