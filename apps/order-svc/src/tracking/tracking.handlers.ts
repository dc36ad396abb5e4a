import { createHash, timingSafeEqual } from 'node:crypto';
import { fail, ok, type orderRpc } from '@kervan/contracts';
import type { Handler } from '@kervan/bus';
import { readOrderNo } from '../order/order-no.ts';
import { toOrder, type OrderStore } from '../order/order.store.ts';
import { trackedOrder } from './tracking.ts';

/** The public part of an order. */
export const trackOrder =
  ({ orders }: { orders: OrderStore }): Handler<typeof orderRpc.track> =>
  async ({ orderNo }, { tenant }) => {
    const order = await orders.findBy(tenant, 'orderNo', readOrderNo(orderNo));
    return order === null ? fail('order_not_found') : ok(trackedOrder(order));
  };

/** The whole order for its buyer. An unknown number and a wrong e-mail cost the same and answer the same. */
export const verifyOrder =
  ({ orders }: { orders: OrderStore }): Handler<typeof orderRpc.verify> =>
  async ({ orderNo, email }, { tenant }) => {
    const order = await orders.findBy(tenant, 'orderNo', readOrderNo(orderNo));
    const matches = timingSafeEqual(digest(email), digest(order?.email ?? ''));
    return order === null || !matches ? fail('order_not_found') : ok(toOrder(order));
  };

const digest = (email: string): Uint8Array => createHash('sha256').update(email.trim().toLowerCase()).digest();
