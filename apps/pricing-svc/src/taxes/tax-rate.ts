import type { FieldProblem, TaxRate } from '@kervan/contracts';
import { unknownGeozone } from '../geozones/geozone.ts';
import type { RuleSet } from '../rules/rule-set.ts';

/** With these, every tax of an amount in range is a safe integer, and no shop needs more. */
const MOST_RATES = 5;
const MOST_COMPOUND = 2;

/**
 * What a tax rate must not be saved with, seen with the rules that are there: an unknown geozone, too many rates of one
 * class in one geozone, above all compound ones.
 */
export const checkTaxRate = (
  rate: TaxRate,
  { geozones, taxRates }: Pick<RuleSet, 'geozones' | 'taxRates'>,
): FieldProblem[] => {
  const problems: FieldProblem[] = [];
  if (!geozones.some(({ id }) => id === rate.geozoneId)) {
    problems.push(unknownGeozone('geozoneId'));
  }
  const together = taxRates.filter(
    ({ id, geozoneId, taxClass }) => id !== rate.id && geozoneId === rate.geozoneId && taxClass === rate.taxClass,
  );
  if (together.length >= MOST_RATES) {
    const message = {
      tr: `Bir bölgede bir vergi sınıfının en çok ${MOST_RATES} oranı olabilir`,
      en: `A geozone has at most ${MOST_RATES} rates of one tax class`,
    };
    problems.push({ path: 'taxClass', code: 'too_many_rates', message });
  }
  if (rate.compound && together.filter(({ compound }) => compound).length >= MOST_COMPOUND) {
    const message = {
      tr: `Bir bölgede bir vergi sınıfının en çok ${MOST_COMPOUND} bileşik oranı olabilir`,
      en: `A geozone has at most ${MOST_COMPOUND} compound rates of one tax class`,
    };
    problems.push({ path: 'compound', code: 'too_many_compound_rates', message });
  }
  return problems;
};
