import { portion } from '@kervan/money';
import { INSTALLMENTS_CODE } from '../fees/fee-rule.ts';
import { rateOf } from '../installments/installment-rate.ts';
import { PROBLEMS } from '../rules/reason.ts';
import { type Bill, type BillFee, NO_TAX, totalsOf } from './bill.ts';
import { feeRefused, feeRow } from './fees.step.ts';
import { openTaxBook } from './taxing.ts';

const NAME = { tr: 'Taksit farkı', en: 'Installment fee' };

/** Step 7: what paying in installments adds to the total so far, as a fee with a tax of its own. */
export const addInstallments = (bill: Bill): Bill => {
  const { payment, currency } = bill.request;
  const table = bill.rules.installmentTables.get(payment?.provider ?? '');
  if (payment === null || payment.installments === 1 || table === undefined) return bill;

  const { total } = totalsOf(bill);
  const rate = rateOf(table, payment.installments, { total, currency });
  if (rate === null) {
    const row = feeRefused(INSTALLMENTS_CODE, { code: 'installments_unavailable' });
    const problems = [...bill.problems, PROBLEMS.installmentsUnavailable];
    return { ...bill, considered: [...bill.considered, row], problems };
  }
  const amount = portion(total, rate);
  if (amount === 0) {
    return { ...bill, considered: [...bill.considered, feeRefused(INSTALLMENTS_CODE, { code: 'zero' })] };
  }
  const { taxClass } = table;
  const book = openTaxBook(bill);
  const fee: BillFee = {
    code: INSTALLMENTS_CODE,
    name: NAME,
    taxClass,
    refundable: true,
    amount,
    ofPayment: true,
    ...NO_TAX,
    ...book.tax(amount, taxClass),
  };
  return {
    ...bill,
    fees: [...bill.fees, fee],
    rateTotals: book.totals,
    breakdown: [...bill.breakdown, feeRow(fee)],
    considered: [...bill.considered, { rule: INSTALLMENTS_CODE, kind: 'fee', applied: true, amount }],
  };
};
