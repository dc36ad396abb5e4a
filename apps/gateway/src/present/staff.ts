import { Considered, consideredRows, Order, Quote, Reason, reasonOf } from '@kervan/contracts';
import { z } from 'zod';

/** Every rule that was looked at for a price, the reasons in full. */
const ConsideredView = z.array(Considered.extend({ reason: Reason.optional() }));

const presentConsidered = (considered: Quote['considered'], currency: string): z.input<typeof ConsideredView> =>
  consideredRows(considered).map(({ reason, ...row }) =>
    reason === undefined ? row : { ...row, reason: reasonOf(reason, currency) },
  );

/** The price of a cart, for staff and machines. */
export const StaffsQuoteView = Quote.extend({ considered: ConsideredView });

/** The quote as its owner answers it, with the reasons in full. */
export const presentStaffsQuote = (quote: Quote): z.input<typeof StaffsQuoteView> => ({
  ...quote,
  considered: presentConsidered(quote.considered, quote.currency),
});

/** The whole order, for staff and machines. */
export const StaffsOrderView = Order.extend({ considered: ConsideredView.default([]) });

/** The order as its owner answers it, with the reasons in full. */
export const presentStaffsOrder = (order: Order): z.input<typeof StaffsOrderView> => ({
  ...order,
  considered: presentConsidered(order.considered, order.currency),
});
