import { type Coupon, type QuoteRequest, type Reason, reasonOf, type Result } from '@kervan/contracts';
import { priceCart } from '../src/quote/price.ts';
import type { ExplainedQuote } from '../src/quote/quote-of.ts';
import type { Taken } from '../src/redemptions/tally.ts';
import { compileRules } from '../src/rules/compiled-rules.ts';
import { NO_RULES, type RuleSet } from '../src/rules/rule-set.ts';
import { geozone, NOW, request, shippingMethod, standing, taxRate } from './builders.ts';

const VAT = { tr: 'KDV', en: 'VAT' };
export const turkey = geozone({ id: 'turkey' });
export const istanbul = geozone({ id: 'istanbul', includes: [{ country: 'TR', region: '34' }] });
export const germany = geozone({ id: 'germany', includes: [{ country: 'DE' }] });
export const kdv20 = taxRate({ id: 'kdv20', name: VAT });
export const kdv10 = taxRate({ id: 'kdv10', taxClass: 'reduced', rate: 1_000, name: VAT });
export const mwst = taxRate({ id: 'mwst', geozoneId: 'germany', rate: 1_900, included: false, name: 'MwSt.' });
export const berlin = { country: 'DE', region: 'BE', postalCode: '10115' };

/** A shop of Turkey and Germany: tax inside prices there, on top here, one flat way to ship in Turkey. */
export const shop = (given: Partial<RuleSet> = {}): RuleSet => ({
  ...NO_RULES,
  geozones: [turkey, istanbul, germany],
  taxRates: [kdv20, kdv10, mwst],
  shippingMethods: [shippingMethod({ code: 'standard' })],
  ...given,
});

/** What a result holds; a refusal is a failure of the test. */
export const valueOf = <Value>(result: Result<Value>): Value => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

/** The quote of a cart. */
export const quote = (
  given: Partial<QuoteRequest>,
  rules: RuleSet = shop(),
  { coupons = [], taken = new Map() }: { coupons?: readonly Coupon[]; taken?: Taken } = {},
): ExplainedQuote => valueOf(priceCart(request(given), compileRules(rules), standing(coupons, taken), NOW));

/** Why a rule did not apply, in full. */
export const reasonIn = ({ considered, currency }: ExplainedQuote, rule: string): Reason | undefined => {
  const reason = considered.find((row) => row.rule === rule)?.reason;
  return reason && reasonOf(reason, currency);
};

/** The code of that reason. */
export const whyNot = (answer: ExplainedQuote, rule: string): string | undefined => reasonIn(answer, rule)?.code;
