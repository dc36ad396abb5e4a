import type { ShippingMethod } from '@kervan/contracts';
import type { Problem } from '../rules/problem.ts';

type Rate = ShippingMethod['rates'][number];

/** Bands stand side by side: the first from 0, each from where the one before ends, only the last without an end. */
const checkBands = ({ basis, bands }: Rate, path: string): Problem[] => {
  const problems: Problem[] = [];
  if (basis === 'flat' && (bands.length > 1 || (bands[0]?.to ?? null) !== null)) {
    problems.push({ path, code: 'flat_has_bands', message: 'A flat rate is one band from 0 without an end' });
  }
  let expected: number | null = 0;
  bands.forEach(({ from, to = null }, index) => {
    const at = `${path}.${index}`;
    if (expected === null) {
      problems.push({ path: at, code: 'band_after_open', message: 'Only the last band may have no end' });
    } else if (from > expected) {
      problems.push({ path: `${at}.from`, code: 'band_gap', message: `Nothing covers ${expected} to ${from}` });
    } else if (from < expected) {
      problems.push({ path: `${at}.from`, code: 'band_overlap', message: `${from} to ${expected} is covered twice` });
    }
    if (to !== null && to <= from) {
      problems.push({ path: `${at}.to`, code: 'band_empty', message: 'A band ends after it begins' });
    }
    expected = to;
  });
  return problems;
};

/** What a shipping method must not be saved with; `knownGeozones` are the ids of the shop's geozones. */
export const checkShippingMethod = (
  { rates, minDays, maxDays }: Pick<ShippingMethod, 'rates' | 'minDays' | 'maxDays'>,
  knownGeozones: ReadonlySet<string>,
): Problem[] => {
  const problems: Problem[] = [];
  if (minDays > maxDays) {
    problems.push({ path: 'maxDays', code: 'days_reversed', message: 'maxDays is at least minDays' });
  }
  const seen = new Set<string>();
  rates.forEach((rate, index) => {
    const path = `rates.${index}`;
    if (!knownGeozones.has(rate.geozoneId)) {
      problems.push({ path: `${path}.geozoneId`, code: 'unknown_geozone', message: 'There is no such geozone' });
    } else if (seen.has(rate.geozoneId)) {
      const message = 'A method has one rate for each geozone';
      problems.push({ path: `${path}.geozoneId`, code: 'duplicate_geozone', message });
    }
    seen.add(rate.geozoneId);
    problems.push(...checkBands(rate, `${path}.bands`));
  });
  return problems;
};
