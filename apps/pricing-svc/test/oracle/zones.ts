import type { Geozone, QuoteRequest } from '@kervan/contracts';
import type { RuleSet } from '../../src/rules/rule-set.ts';

type Place = Geozone['includes'][number];
type Where = NonNullable<QuoteRequest['destination']>;
/** Postal codes have three digits here and are tried one by one. */
const CODES = Array.from({ length: 1_000 }, (_, code) => String(code).padStart(3, '0'));

const isCovered = (pattern: string, code: string): boolean => {
  if (pattern.endsWith('*')) return code.startsWith(pattern.slice(0, -1));
  const [from = '', to] = pattern.split('-');
  return to === undefined ? code === from : Number(code) >= Number(from) && Number(code) <= Number(to);
};

/** Smaller is closer: `[level, codes covered]`; null when the place does not hold the address. */
const distance = ({ country, region, postalCodes }: Place, where: Where): readonly [number, number] | null => {
  if (country !== where.country || (region && region !== where.region)) return null;
  if (!postalCodes?.length) return [region ? 2 : 3, 0];
  const code = where.postalCode;
  const fitting = code ? postalCodes.filter((pattern) => isCovered(pattern, code)) : [];
  const sizes = fitting.map((pattern) => CODES.filter((one) => isCovered(pattern, one)).length);
  return sizes.length === 0 ? null : [1, Math.min(...sizes)];
};

const zoneDistance = ({ includes, excludes }: Geozone, where: Where): readonly [number, number] | null => {
  if (excludes.some((place) => distance(place, where) !== null)) return null;
  const found = includes.map((place) => distance(place, where)).filter((one) => one !== null);
  return found.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])[0] ?? null;
};

/** The ids of the geozones that hold an address, the closest first; those listed first among equals. Without one: null. */
export const zonesOf = (rules: RuleSet, where: Where | null): readonly string[] | null => {
  if (where === null) return null;
  const found = rules.geozones.map((zone) => ({ id: zone.id, at: zoneDistance(zone, where) }));
  const near = found.flatMap(({ id, at }) => (at === null ? [] : [{ id, at }]));
  return near.toSorted((a, b) => a.at[0] - b.at[0] || a.at[1] - b.at[1]).map(({ id }) => id);
};
