import type { FieldProblem, ShippingMethod } from '@kervan/contracts';
import { unknownGeozone } from '../geozones/geozone.ts';

type Rate = ShippingMethod['rates'][number];

/** Bands stand side by side: the first from 0, each from where the one before ends, only the last without an end. */
const checkBands = ({ basis, bands }: Rate, path: string): FieldProblem[] => {
  const problems: FieldProblem[] = [];
  if (basis === 'flat' && (bands.length > 1 || (bands[0]?.to ?? null) !== null)) {
    problems.push({
      path,
      code: 'flat_has_bands',
      message: {
        tr: 'Sabit ücret, 0 ile başlayan ve sonu olmayan tek bir aralıktır',
        en: 'A flat rate is one band from 0 without an end',
      },
    });
  }
  let expected: number | null = 0;
  bands.forEach(({ from, to = null }, index) => {
    const at = `${path}.${index}`;
    if (expected === null) {
      problems.push({
        path: at,
        code: 'band_after_open',
        message: { tr: 'Yalnızca son aralığın sonu olmayabilir', en: 'Only the last band may have no end' },
      });
    } else if (from > expected) {
      problems.push({
        path: `${at}.from`,
        code: 'band_gap',
        message: {
          tr: `${expected} ile ${from} arasını hiçbir aralık kapsamıyor`,
          en: `Nothing covers ${expected} to ${from}`,
        },
      });
    } else if (from < expected) {
      problems.push({
        path: `${at}.from`,
        code: 'band_overlap',
        message: {
          tr: `${from} ile ${expected} arası iki kez kapsanıyor`,
          en: `${from} to ${expected} is covered twice`,
        },
      });
    }
    if (to !== null && to <= from) {
      problems.push({
        path: `${at}.to`,
        code: 'band_empty',
        message: { tr: 'Bir aralık başladığı yerden sonra biter', en: 'A band ends after it begins' },
      });
    }
    expected = to;
  });
  return problems;
};

/** What a shipping method must not be saved with; `knownGeozones` are the ids of the shop's geozones. */
export const checkShippingMethod = (
  { rates, minDays, maxDays }: Pick<ShippingMethod, 'rates' | 'minDays' | 'maxDays'>,
  knownGeozones: ReadonlySet<string>,
): FieldProblem[] => {
  const problems: FieldProblem[] = [];
  if (minDays > maxDays) {
    problems.push({
      path: 'maxDays',
      code: 'days_reversed',
      message: { tr: 'maxDays, minDays değerinden küçük olamaz', en: 'maxDays is at least minDays' },
    });
  }
  const seen = new Set<string>();
  rates.forEach((rate, index) => {
    const path = `rates.${index}`;
    if (!knownGeozones.has(rate.geozoneId)) {
      problems.push(unknownGeozone(`${path}.geozoneId`));
    } else if (seen.has(rate.geozoneId)) {
      const message = {
        tr: 'Bir yöntemin her bölge için tek bir tarifesi olur',
        en: 'A method has one rate for each geozone',
      };
      problems.push({ path: `${path}.geozoneId`, code: 'duplicate_geozone', message });
    }
    seen.add(rate.geozoneId);
    problems.push(...checkBands(rate, `${path}.bands`));
  });
  return problems;
};
