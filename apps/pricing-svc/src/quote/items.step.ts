import type { QuoteRequest } from '@kervan/contracts';
import { sum } from '@kervan/money';
import { compare } from '../rules/order.ts';
import { type Bill, type BillLine, NO_TAX } from './bill.ts';

const ITEMS = { tr: 'Ürünler', en: 'Items' };

type Line = QuoteRequest['lines'][number];
const canonical = (a: Line, b: Line): number => compare(a.sku, b.sku) || compare(a.lineId, b.lineId);

/** Step 1: what the goods cost before anything is taken off or put on. */
export const priceItems = (bill: Bill): Bill => {
  const lines = bill.request.lines
    .map((asked, place): BillLine => {
      const subtotal = asked.unitPrice * asked.quantity;
      return { asked, place, subtotal, discount: 0, discounts: [], ...NO_TAX };
    })
    .toSorted((a, b) => canonical(a.asked, b.asked));
  const subtotal = sum(lines.map((line) => line.subtotal));
  const row = { rule: 'items', kind: 'items', target: 'order', amount: subtotal, note: ITEMS } as const;
  return { ...bill, lines, subtotal, breakdown: [...bill.breakdown, row] };
};
