import {
  fail,
  isTemporary,
  ok,
  type Context,
  type inventoryEvents,
  type orderRpc,
  type Payment,
  type Received,
} from '@kervan/contracts';
import { retry, type Handler, type Retry } from '@kervan/bus';
import { keep, write } from '@kervan/store';
import type { Log } from '@kervan/service';
import type { z } from 'zod';
import { cancelForMissingGoods } from './end.ts';
import { readOrderNo } from './order-no.ts';
import { toOrder, type OrderDocument, type OrderStore } from './order.store.ts';
import { settle, type SettleDeps } from './settle.ts';

type ListRequest = z.output<typeof orderRpc.list.request>;

/** Orders of a shop, newest first unless asked otherwise. */
export const listOrders =
  ({ orders }: { orders: OrderStore }): Handler<typeof orderRpc.list> =>
  async (request, { tenant }) => {
    const sort = { createdAt: request.sort === 'newest' ? (-1 as const) : (1 as const) };
    const page = await orders.list(tenant, filterOf(request), { sort, limit: request.limit, cursor: request.cursor });
    return page.ok ? ok({ data: page.value.data.map(toOrder), nextCursor: page.value.nextCursor }) : page;
  };

/** One order by its public number. */
export const getOrder =
  ({ orders }: { orders: OrderStore }): Handler<typeof orderRpc.get> =>
  async ({ orderNo }, { tenant }) => {
    const order = await orders.findBy(tenant, 'orderNo', readOrderNo(orderNo));
    return order === null ? fail('order_not_found') : ok(toOrder(order));
  };

/** A fact about a payment: brings its order to what the payment says. */
export const onPayment =
  (deps: SettleDeps & { log: Log }) =>
  async (event: Received<Payment>, context: Context): Promise<Retry | undefined> => {
    const settled = await settle(deps, context, event.data);
    if (settled.ok) return undefined;
    if (isTemporary(settled.error.code)) return retry();
    if (settled.error.code !== 'not_found') throw new Error(`cannot settle ${event.type}: ${settled.error.code}`);
    deps.log.warn(
      { tenant: context.tenant, traceId: context.traceId, orderId: event.data.orderId },
      'a payment without an order',
    );
    return undefined;
  };

/** Inventory could not give a confirmed order its goods: the sale is taken back and paid out. */
export const onCommitFailed =
  ({ orders, clock, log }: { orders: OrderStore; clock: () => Date; log: Log }) =>
  async (
    event: Received<z.output<typeof inventoryEvents.commitFailed.data>>,
    context: Context,
  ): Promise<Retry | undefined> => {
    const cancelled = await orders.update<boolean>(
      context.tenant,
      event.data.orderId,
      (order: OrderDocument) => {
        const ending = cancelForMissingGoods(order, clock());
        return ending === null ? keep(false) : write({ ...order, ...ending.order }, true, ending.events);
      },
      context.traceId,
    );
    if (!cancelled.ok) {
      const { code } = cancelled.error;
      if (isTemporary(code)) return retry();
      if (code !== 'not_found') throw new Error(`cannot cancel an order without goods: ${code}`);
    } else if (cancelled.value) {
      log.warn(
        { tenant: context.tenant, traceId: context.traceId, orderId: event.data.orderId },
        'a confirmed order lost its goods and was cancelled',
      );
    }
    return undefined;
  };

const filterOf = (request: ListRequest): Record<string, unknown> => ({
  ...(request.status === undefined ? {} : { status: request.status }),
  ...(request.paymentStatus === undefined ? {} : { 'payment.status': request.paymentStatus }),
  ...(request.email === undefined ? {} : { email: request.email.trim().toLowerCase() }),
  ...(request.cartId === undefined ? {} : { cartId: request.cartId }),
  ...(request.q === undefined ? {} : { $or: meanings(request.q.trim()) }),
  ...(request.from === undefined && request.to === undefined
    ? {}
    : {
        createdAt: {
          ...(request.from === undefined ? {} : { $gte: new Date(request.from) }),
          ...(request.to === undefined ? {} : { $lt: new Date(request.to) }),
        },
      }),
});

/** What a search may mean: the beginning of a number or of an e-mail address, or a SKU of the order. */
const meanings = (text: string): Record<string, unknown>[] => [
  { orderNo: startsWith(readOrderNo(text)) },
  { email: startsWith(text.toLowerCase()) },
  { 'items.sku': text },
];

// Only what means something in a pattern is escaped: the index is read from a plain beginning.
const startsWith = (text: string): { $regex: string } => ({
  $regex: `^${text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}`,
});
