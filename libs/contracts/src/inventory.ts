import { z } from 'zod';
import { deadLetterRpc } from './dead-letter.ts';
import { defineEvent } from './event.ts';
import { saying } from './field-problem.ts';
import { Id } from './ids.ts';
import { defineRpc, Keyed } from './rpc.ts';
import { Instant, PageQuery, pageOf, Sku } from './values.ts';

const Pieces = z.number().int().min(0).max(10_000_000);

/** Stock of one SKU. `available = onHand - reserved`; below zero only with `backorder`. */
export const StockItem = z.object({
  sku: Sku,
  onHand: z.number().int(),
  reserved: z.number().int(),
  available: z.number().int(),
  backorder: z.boolean(),
  lowStockAt: Pieces.nullable(),
  updatedAt: Instant,
});
export type StockItem = z.infer<typeof StockItem>;

export const LedgerType = z.enum(['receive', 'adjust', 'reserve', 'release', 'commit', 'return', 'count']);
/** One movement, append-only: the sum of `onHandDelta` is `onHand`, of `reservedDelta` is `reserved`. */
export const LedgerRow = z.object({
  id: Id,
  sku: Sku,
  at: Instant,
  type: LedgerType,
  onHandDelta: z.number().int(),
  reservedDelta: z.number().int(),
  orderId: Id.nullable(),
  actor: z.string(),
  reason: z.string().nullable(),
  balance: z.object({ onHand: z.number().int(), reserved: z.number().int() }),
});
export type LedgerRow = z.infer<typeof LedgerRow>;

export const ReservationStatus = z.enum(['held', 'committed', 'released', 'expired']);
export const ReservationLine = z.object({ sku: Sku, quantity: z.number().int().min(1).max(999_000) });
export type ReservationLine = z.infer<typeof ReservationLine>;
export const Reservation = z.object({
  orderId: Id,
  status: ReservationStatus,
  lines: z.array(ReservationLine),
  expiresAt: Instant,
  createdAt: Instant,
  updatedAt: Instant,
});
export type Reservation = z.infer<typeof Reservation>;

/** What `out_of_stock` carries in `details.lines`. */
export const Shortage = z.object({ sku: Sku, requested: z.number().int(), available: z.number().int() });
export type Shortage = z.infer<typeof Shortage>;

/** Either a difference or a count of what is on the shelf; never both. */
export const StockAdjustment = z
  .strictObject({
    delta: z.number().int().min(-10_000_000).max(10_000_000).optional(),
    count: Pieces.optional(),
    reason: z.string().trim().min(1).max(200),
    note: z.string().trim().max(500).nullish(),
    backorder: z.boolean().optional(),
    lowStockAt: Pieces.nullish(),
  })
  .refine((body) => (body.delta === undefined) !== (body.count === undefined), {
    ...saying({ tr: 'ya delta ya da count verilir', en: 'give either delta or count' }),
    path: ['delta'],
  });

const OrderRef = z.object({ orderId: Id });

export const inventoryRpc = {
  listStock: defineRpc({
    owner: 'inventory',
    method: 'stock.list',
    request: PageQuery.extend({ sku: z.string().max(64).optional(), level: z.enum(['low', 'out']).optional() }),
    reply: pageOf(StockItem),
  }),
  /** Unknown SKUs are left out. */
  getStock: defineRpc({
    owner: 'inventory',
    method: 'stock.get',
    request: z.object({ skus: z.array(Sku).max(500) }),
    reply: z.object({ items: z.array(StockItem) }),
  }),
  /** Makes rows for SKUs that have none, with a first `receive` of `onHand`; rows that are there stay as they are. */
  ensureStock: defineRpc({
    owner: 'inventory',
    method: 'stock.ensure',
    request: z.object({
      items: z
        .array(z.object({ sku: Sku, onHand: Pieces.default(0), backorder: z.boolean().default(false) }))
        .max(1_000),
    }),
    reply: z.object({ created: z.number().int() }),
    timeoutMs: 15_000,
  }),
  /** sku_not_found, stock_below_zero. With an idempotency key the same call changes stock once. */
  adjustStock: defineRpc({
    owner: 'inventory',
    method: 'stock.adjust',
    request: z.object({ sku: Sku, adjustment: StockAdjustment, ...Keyed }),
    reply: StockItem,
  }),
  /** Compares stock with the sums of its ledger; with `repair` the ledger wins. */
  recomputeStock: defineRpc({
    owner: 'inventory',
    method: 'stock.recompute',
    request: z.object({ sku: Sku.optional(), repair: z.boolean().default(false) }),
    reply: z.object({
      checked: z.number().int(),
      drift: z.array(
        z.object({
          sku: Sku,
          stock: z.object({ onHand: z.number().int(), reserved: z.number().int() }),
          ledger: z.object({ onHand: z.number().int(), reserved: z.number().int() }),
          repaired: z.boolean(),
        }),
      ),
    }),
    timeoutMs: 60_000,
  }),
  /** sku_not_found; newest first */
  listLedger: defineRpc({
    owner: 'inventory',
    method: 'ledger.list',
    request: PageQuery.extend({ sku: Sku }),
    reply: pageOf(LedgerRow),
  }),
  listReservations: defineRpc({
    owner: 'inventory',
    method: 'reservations.list',
    request: PageQuery.extend({ orderId: Id.optional(), status: ReservationStatus.optional() }),
    reply: pageOf(Reservation),
  }),
  /**
   * All lines or none, idempotent by order id. out_of_stock (`details.lines`: Shortage[]), reservation_closed when this
   * order's reservation has ended, unless `again` asks to take the goods once more (a payment that came late).
   */
  reserve: defineRpc({
    owner: 'inventory',
    method: 'reservations.reserve',
    request: OrderRef.extend({
      lines: z.array(ReservationLine).min(1).max(200),
      expiresAt: Instant,
      again: z.boolean().default(false),
    }),
    reply: Reservation,
  }),
  /** Moves `expiresAt` later, never earlier. not_found, reservation_closed */
  extend: defineRpc({
    owner: 'inventory',
    method: 'reservations.extend',
    request: OrderRef.extend({ expiresAt: Instant }),
    reply: Reservation,
  }),
  /** Gives back what is held; goods already committed come back as a `return`. Unknown orders are remembered as released. */
  release: defineRpc({
    owner: 'inventory',
    method: 'reservations.release',
    request: OrderRef.extend({ reason: z.string().max(100) }),
    reply: Reservation,
  }),
  /** Takes held goods off the shelf. out_of_stock when the reservation lapsed and the goods are gone, not_found */
  commit: defineRpc({ owner: 'inventory', method: 'reservations.commit', request: OrderRef, reply: Reservation }),
  ...deadLetterRpc('inventory'),
} as const;

export const inventoryEvents = {
  stockLow: defineEvent({
    owner: 'inventory',
    type: 'stock.low',
    data: z.object({ sku: Sku, available: z.number().int(), lowStockAt: z.number().int() }),
  }),
  stockOut: defineEvent({ owner: 'inventory', type: 'stock.out', data: z.object({ sku: Sku }) }),
  /** A confirmed order's reservation had lapsed and the goods are gone: the order's owner cancels and refunds. */
  commitFailed: defineEvent({
    owner: 'inventory',
    type: 'reservation.commit_failed',
    data: z.object({ orderId: Id, lines: z.array(Shortage) }),
  }),
} as const;
