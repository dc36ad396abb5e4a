import type { BreakdownRow, Considered, Quote } from '@kervan/contracts';
import { amountOfFee, type FeeCart, refusalOfFee } from '../fees/fee-offer.ts';
import { type Refusal, refusedRow } from '../rules/reason.ts';
import { type Bill, type BillFee, NO_TAX } from './bill.ts';
import { inBothLanguages } from './text.ts';

/** The row of a fee, at the price it has before a company's exemption. */
export const feeRow = ({ code, name, amount }: BillFee): BreakdownRow => ({
  rule: code,
  kind: 'fee',
  target: 'fees',
  amount,
  note: inBothLanguages(name),
});

/** The row of a fee that was looked at and does not apply. */
export const feeRefused = (rule: string, reason: Refusal): Considered => refusedRow('fee', rule, reason);

const cartOf = ({ request, locality, subtotal, discount, shipping }: Bill): FeeCart => ({
  currency: request.currency,
  payment: request.payment,
  zones: locality.zones,
  subtotal,
  goods: subtotal - discount,
  shippingMethod: shipping?.method.code ?? null,
});

/** Step 5: every fee whose conditions hold, in the order of codes; an optional one if the buyer asked for it. */
export const addFees = (bill: Bill): Bill => {
  const { feeRules } = bill.rules;
  if (feeRules.length === 0) return bill;
  const cart = cartOf(bill);
  const fees: BillFee[] = [];
  const extras: Quote['extras'] = [];
  const considered = [...bill.considered];
  for (const rule of feeRules) {
    const { code, name, taxClass, refundable, optional } = rule;
    const refuse = (reason: Refusal): number => considered.push(feeRefused(code, reason));
    const refusal = refusalOfFee(rule, cart);
    if (refusal !== null) {
      refuse(refusal);
      continue;
    }
    const amount = amountOfFee(rule, cart);
    const chosen = bill.request.extras.includes(code);
    if (optional) extras.push({ code, name, amount, chosen });
    if (optional && !chosen) refuse({ code: 'not_chosen' });
    else if (amount === 0) refuse({ code: 'zero' });
    else {
      const ofPayment = rule.when.paymentMethod !== null;
      fees.push({ code, name, taxClass, refundable, amount, ofPayment, ...NO_TAX });
      considered.push({ rule: code, kind: 'fee', applied: true, amount });
    }
  }
  return { ...bill, fees, extras, considered, breakdown: [...bill.breakdown, ...fees.map(feeRow)] };
};
