import { z } from 'zod';
import { expectReply, send } from '../shop/http.ts';
import type { ApiFacts } from './facts.ts';
import { SHOWN } from './rules/api.ts';

/** Where the admin API is, and a key of each shop that is looked at. */
export type ApiAccess = {
  readonly gateway: string;
  readonly tenants: readonly { readonly slug: string; readonly apiKey: string }[];
};

const Line = z.object({ sku: z.string(), quantity: z.number() });
const Order = z.object({
  id: z.string(),
  orderNo: z.string(),
  status: z.string(),
  totals: z.object({ total: z.number() }).transform(({ total }) => total),
  payment: z.object({ status: z.string(), captured: z.number(), refunded: z.number() }),
});
const Payment = z.object({
  id: z.string(),
  orderId: z.string(),
  status: z.string(),
  amount: z.number(),
  captured: z.number(),
  refunded: z.number(),
});
const Reservation = z.object({ orderId: z.string(), status: z.string(), lines: z.array(Line) });
const Stock = z.object({ sku: z.string(), onHand: z.number(), reserved: z.number() });
const Letter = z.object({ service: z.string(), stream: z.string(), sequence: z.number(), subject: z.string() });

/** All of a list of the admin API, page by page, as texts by id. */
const listAll = async <Item extends z.ZodType>(
  url: string,
  apiKey: string,
  item: Item,
  entryOf: (item: z.output<Item>) => [string, string],
): Promise<Map<string, string>> => {
  const page = z.object({ data: z.array(item), page: z.object({ nextCursor: z.string().nullable() }) });
  const entries = new Map<string, string>();
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: '100', ...(cursor === null ? {} : { cursor }) });
    const reply = await send(`${url}?${query.toString()}`, { headers: { authorization: `Bearer ${apiKey}` } });
    const found: z.output<typeof page> = expectReply(reply, 200, page);
    for (const each of found.data) entries.set(...entryOf(each));
    cursor = found.page.nextCursor;
  } while (cursor !== null);
  return entries;
};

/** Reads a shop through the front door as its staff do. Rejects when the API does not answer. */
export const readApi = ({ gateway, tenants }: ApiAccess): Promise<ApiFacts[]> =>
  Promise.all(
    tenants.map(async ({ slug: tenant, apiKey }) => {
      const list = <Item extends z.ZodType>(
        path: string,
        item: Item,
        entryOf: (item: z.output<Item>) => [string, string],
      ) => listAll(`${gateway}/api/v1/admin/${path}`, apiKey, item, entryOf);
      const [orders, payments, reservations, stock, letters] = await Promise.all([
        list('orders', Order, ({ totals: total, ...order }) => [order.id, SHOWN.orders.line({ ...order, total })]),
        list('payments', Payment, (payment) => [payment.id, SHOWN.payments.line(payment)]),
        list('reservations', Reservation, (row) => [row.orderId, SHOWN.reservations.line(row)]),
        list('stock', Stock, (row) => [row.sku, SHOWN.stock.line(row)]),
        list('dead-letters', Letter, ({ stream, sequence, ...letter }) => [
          `${letter.service} ${stream}:${sequence}`,
          SHOWN.letters.line(letter),
        ]),
      ]);
      return { tenant, lists: { orders, payments, reservations, stock, letters } };
    }),
  );
