import { invalid, ok, type QuoteRequest, type Result } from '@kervan/contracts';
import type { Rules } from '../rules/compiled-rules.ts';
import { type ExplainedQuote, quoteOf } from './quote-of.ts';
import type { Standing } from './standing.ts';
import { billOfCart, checkBill, checkLines } from './steps.ts';

/**
 * Prices a cart by the rules of its shop and by what is used up of them. The same request, rules, standing and time give the
 * same quote, and neither the order of lines nor that of codes changes an amount. invalid_input when the cart is worth or
 * weighs more than can be reckoned exactly.
 */
export const priceCart = (
  request: QuoteRequest,
  rules: Rules,
  standing: Standing,
  now: Date,
): Result<ExplainedQuote> => {
  const tooBig = checkLines(request);
  if (tooBig.length > 0) return invalid(tooBig);
  const bill = billOfCart(request, rules, standing, now);
  const problems = checkBill(bill);
  return problems.length > 0 ? invalid(problems) : ok(quoteOf(bill));
};
