import { Id, Instant, orderRpc, OrderStatus, PaymentStatus, StaffsOrderView } from '@kervan/contracts';
import { z } from 'zod';
import { presentStaffsOrder } from '../present/staff.ts';
import { defineRoute, input, pageView, presentPage, versionTag } from '../route.ts';
import { listQuery } from './inputs.ts';

const admin = { who: 'machine', area: 'Admin: orders', permission: 'orders:read' } as const;

/** Orders, for staff and machines. */
export const orderRoutes = [
  defineRoute({
    ...admin,
    method: 'GET',
    path: '/admin/orders',
    summary: 'List orders',
    description: '`q` looks for an order number or an e-mail address; `from` and `to` bound the time of creation.',
    input: input({
      query: listQuery({
        status: OrderStatus.optional(),
        paymentStatus: PaymentStatus.optional(),
        email: z.string().max(254).optional(),
        cartId: Id.optional(),
        q: z.string().max(100).optional(),
        from: Instant.optional(),
        to: Instant.optional(),
        sort: z.enum(['newest', 'oldest']).default('newest'),
      }),
    }),
    rpc: orderRpc.list,
    request: ({ query }) => query,
    present: (page) => presentPage(page, presentStaffsOrder),
    view: pageView(StaffsOrderView),
  }),
  defineRoute({
    ...admin,
    method: 'GET',
    path: '/admin/orders/:orderNo',
    summary: 'Read an order',
    concurrency: 'answers',
    missing: 'order_not_found',
    input: input({ params: z.object({ orderNo: z.string().max(40) }) }),
    rpc: orderRpc.get,
    request: ({ params }) => params,
    present: presentStaffsOrder,
    headers: versionTag,
    view: StaffsOrderView,
  }),
];
