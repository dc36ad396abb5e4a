import {
  Id,
  inventoryRpc,
  LedgerRow,
  Reservation,
  ReservationStatus,
  Sku,
  StockAdjustment,
  StockItem,
} from '@kervan/contracts';
import { z } from 'zod';
import { defineRoute, input, pageView, presentPage } from '../route.ts';
import { listQuery } from './inputs.ts';

const admin = { who: 'machine', area: 'Admin: stock' } as const;
const BySku = z.object({ sku: Sku });
const recompute = inventoryRpc.recomputeStock;
const RecomputeInput = z.strictObject(recompute.request.shape);

/** Stock, its ledger and what is reserved. */
export const stockRoutes = [
  defineRoute({
    ...admin,
    permission: 'stock:read',
    method: 'GET',
    path: '/admin/stock',
    summary: 'List stock',
    description: '`level=low`: at or below its `lowStockAt`. `level=out`: nothing available.',
    input: input({
      query: listQuery({ sku: z.string().max(64).optional(), level: z.enum(['low', 'out']).optional() }),
    }),
    rpc: inventoryRpc.listStock,
    request: ({ query }) => query,
    present: (page) => presentPage(page, (item) => item),
    view: pageView(StockItem),
  }),
  defineRoute({
    ...admin,
    permission: 'stock:write',
    method: 'POST',
    path: '/admin/stock/:sku/adjust',
    summary: 'Change what is on the shelf',
    description: 'Either by a difference (`delta`) or to a count. With an `Idempotency-Key` the same call counts once.',
    idempotency: 'accepted',
    missing: 'sku_not_found',
    errors: ['stock_below_zero'],
    input: input({ params: BySku, body: StockAdjustment }),
    rpc: inventoryRpc.adjustStock,
    request: ({ params, body }, { idempotencyKey }) => ({ ...params, adjustment: body, idempotencyKey }),
    view: StockItem,
  }),
  defineRoute({
    ...admin,
    permission: 'stock:read',
    method: 'GET',
    path: '/admin/stock/:sku/ledger',
    summary: 'List the movements of a SKU, newest first',
    missing: 'sku_not_found',
    input: input({ params: BySku, query: listQuery({}) }),
    rpc: inventoryRpc.listLedger,
    request: ({ params, query }) => ({ ...query, ...params }),
    present: (page) => presentPage(page, (row) => row),
    view: pageView(LedgerRow),
  }),
  defineRoute({
    ...admin,
    permission: 'stock:write',
    method: 'POST',
    path: '/admin/stock/recompute',
    summary: 'Compare stock with its ledger',
    description: 'Of one SKU or all. With `repair` the ledger wins.',
    input: input({ body: RecomputeInput.prefault({}) }),
    rpc: recompute,
    request: ({ body }) => body,
    view: recompute.reply,
  }),
  defineRoute({
    ...admin,
    permission: 'stock:read',
    method: 'GET',
    path: '/admin/reservations',
    summary: 'List reservations',
    input: input({ query: listQuery({ orderId: Id.optional(), status: ReservationStatus.optional() }) }),
    rpc: inventoryRpc.listReservations,
    request: ({ query }) => query,
    present: (page) => presentPage(page, (reservation) => reservation),
    view: pageView(Reservation),
  }),
];
