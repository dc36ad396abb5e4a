import type { TrackedOrder } from '@kervan/contracts';
import type { OrderDocument } from '../order/order.store.ts';

/** What anyone with the number may see of an order: nothing personal but a masked name and the city. */
export const trackedOrder = (order: OrderDocument): TrackedOrder => ({
  orderNo: order.orderNo,
  status: order.status,
  fulfilment: order.fulfilment,
  paymentStatus: order.payment.status,
  createdAt: order.createdAt.toISOString(),
  currency: order.currency,
  items: order.items.map(({ title, options, quantity, total }) => ({ title, options, quantity, total })),
  totals: order.totals,
  shippingMethod: order.shippingMethod,
  shipTo:
    order.shippingAddress === null
      ? null
      : {
          name: `${mask(order.shippingAddress.firstName)} ${mask(order.shippingAddress.lastName)}`,
          city: order.shippingAddress.city,
          country: order.shippingAddress.country,
        },
  shipments: order.shipments,
  timeline: order.timeline
    .filter((entry) => entry.public)
    .map(({ at, type, from, to }) => ({
      at,
      type,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    })),
});

/** The first letter and three stars, whatever the length. */
const mask = (name: string): string => `${[...name][0] ?? ''}***`;
