import type { FieldProblem, Geozone } from '@kervan/contracts';
import { iso31661Alpha2ToAlpha3, iso31662 } from 'iso-3166';
import {
  compilePlace,
  type CompiledPlace,
  type Destination,
  isCloser,
  matchPlace,
  normalizeRegion,
  readPostalPattern,
  type Specificity,
} from './place.ts';

/** A geozone ready to be matched. */
export type CompiledGeozone = {
  readonly id: string;
  readonly countries: ReadonlySet<string>;
  readonly includes: readonly CompiledPlace[];
  readonly excludes: readonly CompiledPlace[];
};

/** Makes a geozone ready to be matched. */
export const compileGeozone = ({ id, includes, excludes }: Geozone): CompiledGeozone => ({
  id,
  countries: new Set(includes.map(({ country }) => country)),
  includes: includes.map(compilePlace),
  excludes: excludes.map(compilePlace),
});

/** How closely a geozone describes the destination, by its closest place; null when none does or an exclude does. */
export const matchGeozone = (zone: CompiledGeozone, destination: Destination): Specificity | null => {
  if (!zone.countries.has(destination.country)) return null;
  let closest: Specificity | null = null;
  for (const place of zone.includes) {
    const found = matchPlace(place, destination);
    if (found !== null && (closest === null || isCloser(found, closest))) closest = found;
  }
  if (closest === null) return null;
  return zone.excludes.some((place) => matchPlace(place, destination) !== null) ? null : closest;
};

const countries = new Set(Object.keys(iso31661Alpha2ToAlpha3));
/** Of a bound of a range. */
const MOST_DIGITS = 10;
const regions = new Set(iso31662.map(({ code }) => code));

/** Ranges of one place stand side by side: one that begins inside another is a mistake in one of the two. */
const checkRanges = (postalCodes: readonly string[], path: string): FieldProblem[] => {
  const ranges = postalCodes
    .map((text, index) => ({ text, index, pattern: readPostalPattern(text) }))
    .flatMap(({ text, index, pattern }) => {
      if (pattern.kind !== 'range' || pattern.from > pattern.to) return [];
      // A range of fewer digits holds all codes that begin so.
      return [{ text, index, from: pattern.from.padEnd(MOST_DIGITS, '0'), to: pattern.to.padEnd(MOST_DIGITS, '9') }];
    })
    .toSorted((one, other) => (one.from < other.from ? -1 : 1));
  const problems: FieldProblem[] = [];
  let [last] = ranges;
  for (const range of ranges.slice(1)) {
    if (last !== undefined && range.from <= last.to) {
      const message = { tr: `${range.text} ile ${last.text} çakışıyor`, en: `${range.text} and ${last.text} overlap` };
      problems.push({ path: `${path}.${Math.max(range.index, last.index)}`, code: 'range_overlap', message });
    }
    if (last === undefined || range.to > last.to) last = range;
  }
  return problems;
};

const checkPlace = (place: Geozone['includes'][number], path: string): FieldProblem[] => {
  const problems: FieldProblem[] = [];
  const { country, region, postalCodes = [] } = place;
  if (!countries.has(country)) {
    problems.push({
      path: `${path}.country`,
      code: 'unknown_country',
      message: { tr: `${country} bir ISO 3166-1 kodu değil`, en: `${country} is no ISO 3166-1 code` },
    });
  } else if (region && !regions.has(`${country}-${normalizeRegion(country, region)}`)) {
    const message = {
      tr: `${region}, ${country} için bir ISO 3166-2 bölgesi değil`,
      en: `${region} is no ISO 3166-2 region of ${country}`,
    };
    problems.push({ path: `${path}.region`, code: 'unknown_region', message });
  }
  problems.push(...checkRanges(postalCodes, `${path}.postalCodes`));
  postalCodes.forEach((text, index) => {
    const pattern = readPostalPattern(text);
    const at = `${path}.postalCodes.${index}`;
    if (pattern.kind === 'range' && pattern.from > pattern.to) {
      problems.push({
        path: at,
        code: 'range_reversed',
        message: { tr: 'Aralık başlamadan bitiyor', en: 'The range ends before it begins' },
      });
    }
    if ((pattern.kind === 'exact' && pattern.code === '') || (pattern.kind === 'prefix' && pattern.prefix === '')) {
      problems.push({
        path: at,
        code: 'empty_postal_code',
        message: { tr: 'Bu posta kodunda harf ya da rakam yok', en: 'There is no letter or digit in this postal code' },
      });
    }
  });
  return problems;
};

/**
 * What a geozone must not be saved with: unknown countries or regions (ISO 3166), postal codes that match nothing, ranges
 * that overlap.
 */
export const checkGeozone = ({ includes, excludes }: Pick<Geozone, 'includes' | 'excludes'>): FieldProblem[] => [
  ...includes.flatMap((place, index) => checkPlace(place, `includes.${index}`)),
  ...excludes.flatMap((place, index) => checkPlace(place, `excludes.${index}`)),
];

/** A rule names, at `path`, a geozone that the shop does not have. */
export const unknownGeozone = (path: string): FieldProblem => ({
  path,
  code: 'unknown_geozone',
  message: { tr: 'Böyle bir bölge yok', en: 'There is no such geozone' },
});
