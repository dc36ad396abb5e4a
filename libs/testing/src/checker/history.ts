import { z } from 'zod';

/**
 * One call of a buyer or of staff, and what came of it. `ok`: 2xx. `refused`: 4xx. `unknown`: no answer in time, a
 * connection that broke, a 5xx, or a 4xx that puts the caller off (408, 429, `idempotency_in_progress`): it may have been
 * done or not.
 */
export const HistoryEntry = z.object({
  /** What was asked: `cart`, `add`, `checkout`, `retryPayment`, `confirm`, `pay`, `cancel`, `track`, `adjust`, … */
  call: z.string(),
  tenant: z.string(),
  /** Who called: one buyer's calls carry one name. */
  by: z.string(),
  /** Epoch milliseconds. */
  start: z.number(),
  end: z.number(),
  outcome: z.enum(['ok', 'refused', 'unknown']),
  /** HTTP status; null without an answer. */
  status: z.number().nullable(),
  /** The problem's stable code, or how the connection ended. */
  code: z.string().nullable(),
  /** The `Idempotency-Key` it was sent with. */
  key: z.string().optional(),
  cartId: z.string().optional(),
  /** The order that was asked about or answered. */
  orderNo: z.string().optional(),
  /** The order's status and payment status in the answer. */
  orderStatus: z.string().optional(),
  paymentStatus: z.string().optional(),
  /** The provider that was paid at, its own id of the payment and its own status in the answer. */
  provider: z.string().optional(),
  intentId: z.string().optional(),
  intentStatus: z.string().optional(),
  /** The order's total in the answer, in minor units. */
  amount: z.number().optional(),
  sku: z.string().optional(),
  /** Pieces: added to a cart, or moved by an adjustment (negative: taken out). */
  quantity: z.number().optional(),
});
export type HistoryEntry = z.infer<typeof HistoryEntry>;
