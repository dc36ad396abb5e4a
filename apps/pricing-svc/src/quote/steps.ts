import type { FieldProblem, QuoteRequest } from '@kervan/contracts';
import type { Rules } from '../rules/compiled-rules.ts';
import { type Bill, openBill, type Step, totalsOf } from './bill.ts';
import { answerCoupons } from './coupons.step.ts';
import { addFees } from './fees.step.ts';
import { giveFreeShipping } from './free-shipping.step.ts';
import { addInstallments } from './installments.step.ts';
import { priceItems } from './items.step.ts';
import { applyPromotions } from './promotions.step.ts';
import { gramsOf, priceShipping } from './shipping.step.ts';
import type { Standing } from './standing.ts';
import { addTax } from './tax.step.ts';
import { showTaxes } from './tax-rows.step.ts';

/** How a total is made, in this order: what settles the goods, on which the price of shipping depends, … */
const GOODS: readonly Step[] = [priceItems, applyPromotions];
/** … what else does not depend on how it is paid, … */
const DELIVERY: readonly Step[] = [priceShipping, giveFreeShipping, answerCoupons];
/** … what does, … */
const PAYMENT: readonly Step[] = [addFees, addTax];
/** … what paying in installments adds to all of that, and how the taxes are shown. */
const END: readonly Step[] = [addInstallments, showTaxes];

const run = (steps: readonly Step[], bill: Bill): Bill => steps.reduce((before, step) => step(before), bill);

/** What a cart is priced by: the rules of its shop, what is used up of them, and the time. */
type Grounds = readonly [rules: Rules, standing: Standing, now: Date];

/** The bill of a cart up to its goods. */
export const billOfGoods = (request: QuoteRequest, ...grounds: Grounds): Bill =>
  run(GOODS, openBill(request, ...grounds));
/** The bill of a cart up to its delivery: all that is the same for every way to pay. */
export const billOfDelivery = (request: QuoteRequest, ...grounds: Grounds): Bill =>
  run(DELIVERY, billOfGoods(request, ...grounds));
/** The whole bill of a cart. */
export const billOfCart = (request: QuoteRequest, ...grounds: Grounds): Bill =>
  run([...PAYMENT, ...END], billOfDelivery(request, ...grounds));

type Payment = NonNullable<QuoteRequest['payment']>;
const payBy = (bill: Bill, payment: Payment): Bill => ({ ...bill, request: { ...bill.request, payment } });

/** A bill up to its delivery with what one way to pay adds, before installments. */
export const withPayment = (bill: Bill, payment: Payment): Bill => run(PAYMENT, payBy(bill, payment));
/** A bill with a way to pay, with what so many installments add. */
export const withInstallments = (bill: Bill, payment: Payment): Bill => addInstallments(payBy(bill, payment));

/** The largest amount the contract carries (`Amount`), and with it the largest that is priced; also for grams. */
export const LARGEST = 1_000_000_000_000;

/** Lines beyond what is priced: within these bounds the sums of 200 lines are exact. */
export const checkLines = ({ lines }: QuoteRequest): FieldProblem[] => {
  const problems: FieldProblem[] = [];
  lines.forEach((line, index) => {
    if (line.unitPrice * line.quantity > LARGEST) {
      problems.push({
        path: `lines.${index}.unitPrice`,
        code: 'too_big',
        message: { tr: 'Satırın tutarı çok yüksek', en: 'The line is worth too much' },
      });
    }
    if (gramsOf(line) > LARGEST) {
      problems.push({
        path: `lines.${index}.weightGrams`,
        code: 'too_big',
        message: { tr: 'Satır çok ağır', en: 'The line weighs too much' },
      });
    }
  });
  return problems;
};

/** A bill whose amounts are beyond what is priced. */
export const checkBill = (bill: Bill): FieldProblem[] => {
  const { total, discount, taxAdded, taxIncluded, fees } = totalsOf(bill);
  const bases = bill.taxes.map(({ base }) => base);
  const largest = Math.max(total, bill.subtotal, discount, taxAdded + taxIncluded, fees, ...bases);
  if (largest <= LARGEST) return [];
  return [
    { path: 'lines', code: 'too_big', message: { tr: 'Sepetin tutarı çok yüksek', en: 'The cart is worth too much' } },
  ];
};
