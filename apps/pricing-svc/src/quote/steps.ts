import type { QuoteRequest } from '@kervan/contracts';
import type { Problem } from '../rules/problem.ts';
import type { Rules } from '../rules/compiled-rules.ts';
import { type Bill, openBill, type Step } from './bill.ts';
import { answerCoupons } from './coupons.step.ts';
import { priceItems } from './items.step.ts';
import { gramsOf, priceShipping } from './shipping.step.ts';
import { addTax } from './tax.step.ts';

/** What settles the goods; the price of shipping depends on it. */
const GOODS: readonly Step[] = [priceItems, answerCoupons];
/** How a total is made, in this order. */
const STEPS: readonly Step[] = [...GOODS, priceShipping, addTax];

const run = (steps: readonly Step[], request: QuoteRequest, rules: Rules): Bill =>
  steps.reduce((bill, step) => step(bill), openBill(request, rules));

/** The bill of a cart up to its goods. */
export const billOfGoods = (request: QuoteRequest, rules: Rules): Bill => run(GOODS, request, rules);
/** The whole bill of a cart. */
export const billOfCart = (request: QuoteRequest, rules: Rules): Bill => run(STEPS, request, rules);

/** The largest amount the contract carries (`Amount`), and with it the largest that is priced; also for grams. */
export const LARGEST = 1_000_000_000_000;

/** Lines beyond what is priced: within these bounds the sums of 200 lines are exact. */
export const checkLines = ({ lines }: QuoteRequest): Problem[] => {
  const problems: Problem[] = [];
  lines.forEach((line, index) => {
    if (line.unitPrice * line.quantity > LARGEST) {
      problems.push({ path: `lines.${index}.unitPrice`, code: 'too_big', message: 'The line is worth too much' });
    }
    if (gramsOf(line) > LARGEST) {
      problems.push({ path: `lines.${index}.weightGrams`, code: 'too_big', message: 'The line weighs too much' });
    }
  });
  return problems;
};
