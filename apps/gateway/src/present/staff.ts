import {
  consideredRows,
  type Order,
  type Quote,
  reasonOf,
  type StaffsOrderView,
  type StaffsQuoteView,
} from '@kervan/contracts';
import type { z } from 'zod';

const presentConsidered = (considered: Quote['considered'], currency: string): StaffsQuoteView['considered'] =>
  consideredRows(considered).map(({ reason, ...row }) =>
    reason === undefined ? row : { ...row, reason: reasonOf(reason, currency) },
  );

/** The quote as its owner answers it, with a row for each rule and the reasons in full. */
export const presentStaffsQuote = (quote: Quote): z.input<typeof StaffsQuoteView> => ({
  ...quote,
  considered: presentConsidered(quote.considered, quote.currency),
});

/** The order as its owner answers it, with a row for each rule and the reasons in full. */
export const presentStaffsOrder = (order: Order): z.input<typeof StaffsOrderView> => ({
  ...order,
  considered: presentConsidered(order.considered, order.currency),
});
