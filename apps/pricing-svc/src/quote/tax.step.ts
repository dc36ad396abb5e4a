import type { Bill } from './bill.ts';
import { openTaxBook } from './taxing.ts';

/** Step 6: tax of each line, of shipping and of each fee by its class, rounded there. */
export const addTax = (bill: Bill): Bill => {
  const book = openTaxBook(bill);
  const { shipping } = bill;
  return {
    ...bill,
    lines: bill.lines.map((line) => ({ ...line, ...book.tax(line.subtotal - line.discount, line.asked.taxClass) })),
    shipping: shipping && {
      ...shipping,
      ...book.tax(shipping.listed - shipping.discount, shipping.method.taxClass),
    },
    fees: bill.fees.map((fee) => ({ ...fee, ...book.tax(fee.amount, fee.taxClass) })),
    rateTotals: book.totals,
  };
};
