import type { TaxRate } from '@kervan/contracts';
import type { Problem } from '../rules/problem.ts';

/** With these, every tax of an amount in range is a safe integer, and no shop needs more. */
const MOST_RATES = 5;
const MOST_COMPOUND = 2;

/**
 * What a tax rate must not be saved with, seen with the rates that are there: too many of one class in one geozone,
 * above all compound ones. The geozone itself is checked by its list.
 */
export const checkTaxRate = (rate: TaxRate, others: readonly TaxRate[]): Problem[] => {
  const together = others.filter(
    ({ id, geozoneId, taxClass }) => id !== rate.id && geozoneId === rate.geozoneId && taxClass === rate.taxClass,
  );
  const problems: Problem[] = [];
  if (together.length >= MOST_RATES) {
    const message = `A geozone has at most ${MOST_RATES} rates of one tax class`;
    problems.push({ path: 'taxClass', code: 'too_many_rates', message });
  }
  if (rate.compound && together.filter(({ compound }) => compound).length >= MOST_COMPOUND) {
    const message = `A geozone has at most ${MOST_COMPOUND} compound rates of one tax class`;
    problems.push({ path: 'compound', code: 'too_many_compound_rates', message });
  }
  return problems;
};
