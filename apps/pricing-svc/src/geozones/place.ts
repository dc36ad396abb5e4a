import type { Geozone, QuoteDestination } from '@kervan/contracts';

/** Where goods go, in comparable form: upper case, the region without its country, the postal code without separators. */
export type Destination = {
  readonly country: string;
  readonly region: string | null;
  readonly postalCode: string | null;
};

/** Postal codes of one pattern: exactly one, all that begin alike, or a range of as many leading digits as its bounds. */
export type PostalPattern =
  | { readonly kind: 'exact'; readonly code: string }
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'range'; readonly from: string; readonly to: string };

/** A place of a geozone, ready to be compared. `null` = the whole country, or every postal code. */
export type CompiledPlace = {
  readonly country: string;
  readonly region: string | null;
  readonly postalCodes: readonly PostalPattern[] | null;
};

/** How closely a place describes a destination: the level first, then the fewer postal codes it covers the closer. */
export type Specificity = { readonly level: 1 | 2 | 3; readonly covered: number };
const COUNTRY: Specificity = { level: 1, covered: 0 };
const REGION: Specificity = { level: 2, covered: 0 };

/** Postal codes are compared without spaces and hyphens, in upper case: `sw1a 1aa` is `SW1A1AA`. */
export const normalizePostalCode = (code: string): string => code.replace(/[^0-9A-Za-z]/g, '').toUpperCase();

/** Regions are compared without their country: `TR-34`, `tr-34` and `34` are the same region of TR. */
export const normalizeRegion = (country: string, region: string): string => {
  const upper = region.trim().toUpperCase();
  return upper.startsWith(`${country}-`) ? upper.slice(country.length + 1) : upper;
};

/** Brings a destination into comparable form. */
export const normalizeDestination = ({ country, region, postalCode }: QuoteDestination): Destination => ({
  country,
  region: region ? normalizeRegion(country, region) || null : null,
  postalCode: postalCode ? normalizePostalCode(postalCode) || null : null,
});

const RANGE = /^([0-9]+)-([0-9]+)$/;

/**
 * Reads a postal code pattern: `34*` (prefix), `35000-35999` (range, both ends included), `34710` (one code). Digits on
 * both sides of a hyphen are a range only when they are equally many: `00-950` and `12345-6789` are codes as Poland and
 * the United States write them.
 */
export const readPostalPattern = (pattern: string): PostalPattern => {
  const range = RANGE.exec(pattern.trim());
  if (range?.[1] !== undefined && range[2] !== undefined && range[1].length === range[2].length) {
    return { kind: 'range', from: range[1], to: range[2] };
  }
  const code = normalizePostalCode(pattern);
  return pattern.endsWith('*') ? { kind: 'prefix', prefix: code } : { kind: 'exact', code };
};

/** Makes a place of a geozone ready to be compared. An empty list of postal codes narrows nothing. */
export const compilePlace = ({ country, region, postalCodes }: Geozone['includes'][number]): CompiledPlace => ({
  country,
  region: region ? normalizeRegion(country, region) : null,
  postalCodes: postalCodes && postalCodes.length > 0 ? postalCodes.map(readPostalPattern) : null,
});

const DIGITS = /^[0-9]+$/;

/** How many postal codes of this length the pattern covers; null when it does not cover this one. */
const coveredBy = (pattern: PostalPattern, code: string): number | null => {
  switch (pattern.kind) {
    case 'exact':
      return pattern.code === code ? 1 : null;
    case 'prefix':
      return code.startsWith(pattern.prefix) ? 10 ** (code.length - pattern.prefix.length) : null;
    case 'range': {
      // Bounds and head are digits of the same length, so that their order as text is their order as numbers.
      const head = code.slice(0, pattern.from.length);
      if (head.length < pattern.from.length || !DIGITS.test(head) || head < pattern.from || head > pattern.to)
        return null;
      return (Number(pattern.to) - Number(pattern.from) + 1) * 10 ** (code.length - head.length);
    }
  }
};

/** How closely a place describes the destination; null when it does not. */
export const matchPlace = (place: CompiledPlace, destination: Destination): Specificity | null => {
  if (place.country !== destination.country) return null;
  if (place.region !== null && place.region !== destination.region) return null;
  if (place.postalCodes === null) return place.region === null ? COUNTRY : REGION;
  if (destination.postalCode === null) return null;
  let fewest = Infinity;
  for (const pattern of place.postalCodes) {
    fewest = Math.min(fewest, coveredBy(pattern, destination.postalCode) ?? Infinity);
  }
  return fewest === Infinity ? null : { level: 3, covered: fewest };
};

/** Whether `a` is closer than `b`: postal code before region before country; then the fewer codes covered. */
export const isCloser = (a: Specificity, b: Specificity): boolean =>
  a.level === b.level ? a.covered < b.covered : a.level > b.level;
