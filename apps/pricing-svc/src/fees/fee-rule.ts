import type { FeeRule, FieldProblem } from '@kervan/contracts';
import { unknownGeozone } from '../geozones/geozone.ts';
import type { RuleSet } from '../rules/rule-set.ts';

/** The code of the fee that paying in installments adds; no rule of a shop may look like it. */
export const INSTALLMENTS_CODE = 'installments';

type Known = Pick<RuleSet, 'geozones' | 'shippingMethods'>;

const checkAmount = ({ amount, rate, min, max }: FeeRule): FieldProblem[] => {
  const problems: FieldProblem[] = [];
  if (amount === null && rate === null) {
    problems.push({
      path: 'amount',
      code: 'amount_or_rate_required',
      message: { tr: 'Bir ücretin tutarı ya da oranı olur', en: 'A fee has an amount or a rate' },
    });
  }
  if (amount !== null && rate !== null) {
    const message = {
      tr: 'Bir ücretin tutarı ya da oranı olur, ikisi birden olmaz: null birini kaldırır',
      en: 'A fee has an amount or a rate, not both: null takes one away',
    };
    problems.push(...['amount', 'rate'].map((path) => ({ path, code: 'amount_and_rate', message })));
  }
  if (rate === null) {
    const message = {
      tr: 'Alt ve üst sınır yalnızca oranlı bir ücrette olur',
      en: 'Only a fee with a rate has a least and a most',
    };
    if (min !== null) problems.push({ path: 'min', code: 'rate_required', message });
    if (max !== null) problems.push({ path: 'max', code: 'rate_required', message });
  }
  if (min !== null && max !== null && min > max) {
    problems.push({
      path: 'max',
      code: 'limits_reversed',
      message: { tr: 'max, min değerinden küçük olamaz', en: 'max is at least min' },
    });
  }
  return problems;
};

const checkConditions = (when: FeeRule['when'], { geozones, shippingMethods }: Known): FieldProblem[] => {
  const { geozoneId, shippingMethod, minSubtotal, maxSubtotal } = when;
  const problems: FieldProblem[] = [];
  if (geozoneId !== null && !geozones.some(({ id }) => id === geozoneId)) {
    problems.push(unknownGeozone('when.geozoneId'));
  }
  if (shippingMethod !== null && !shippingMethods.some(({ code }) => code === shippingMethod)) {
    const message = { tr: 'Bu kodla bir kargo yöntemi yok', en: 'There is no shipping method with this code' };
    problems.push({ path: 'when.shippingMethod', code: 'unknown_shipping_method', message });
  }
  if (minSubtotal !== null && maxSubtotal !== null && minSubtotal > maxSubtotal) {
    const message = {
      tr: 'maxSubtotal, minSubtotal değerinden küçük olamaz',
      en: 'maxSubtotal is at least minSubtotal',
    };
    problems.push({ path: 'when.maxSubtotal', code: 'limits_reversed', message });
  }
  return problems;
};

/**
 * What a fee rule must not be saved with, seen with the rules that are there: a code of the system, neither or both of
 * amount and rate, limits without a rate or in the wrong order, unknown geozones and shipping methods.
 */
export const checkFeeRule = (rule: FeeRule, known: Known): FieldProblem[] => {
  const problems: FieldProblem[] = [];
  if (rule.code === INSTALLMENTS_CODE) {
    problems.push({
      path: 'code',
      code: 'code_reserved',
      message: { tr: 'Bu kod taksit farkı için ayrılmıştır', en: 'This code is that of the fee for installments' },
    });
  }
  return [...problems, ...checkAmount(rule), ...checkConditions(rule.when, known)];
};
