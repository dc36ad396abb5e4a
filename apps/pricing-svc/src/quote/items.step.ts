import { sum } from '@kervan/money';
import { type Bill, type BillLine, NO_TAX } from './bill.ts';

const ITEMS = { tr: 'Ürünler', en: 'Items' };

/** Step 1: what the goods cost before anything is taken off or put on. */
export const priceItems = (bill: Bill): Bill => {
  const lines = bill.request.lines.map((asked): BillLine => ({
    asked,
    subtotal: asked.unitPrice * asked.quantity,
    discount: 0,
    discounts: [],
    ...NO_TAX,
  }));
  const subtotal = sum(lines.map((line) => line.subtotal));
  const row = { rule: 'items', kind: 'items', target: 'order', amount: subtotal, note: ITEMS } as const;
  return { ...bill, lines, subtotal, breakdown: [...bill.breakdown, row] };
};
