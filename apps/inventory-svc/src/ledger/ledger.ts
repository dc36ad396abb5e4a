import { createHash } from 'node:crypto';
import { LedgerType, type LedgerRow } from '@kervan/contracts';
import { z } from 'zod';

/**
 * One movement of one SKU as it is stored; never changed afterwards. `sequence` counts the movements of the SKU from 1,
 * `createdAt` is when it happened.
 */
export const Movement = z.object({
  _id: z.string(),
  tenant: z.string(),
  sku: z.string(),
  sequence: z.number().int(),
  type: LedgerType,
  onHandDelta: z.number().int(),
  reservedDelta: z.number().int(),
  orderId: z.string().nullable(),
  actor: z.string(),
  reason: z.string().nullable(),
  balance: z.object({ onHand: z.number().int(), reserved: z.number().int() }),
  version: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
});
export type Movement = z.infer<typeof Movement>;
export type MovementType = Movement['type'];

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 27);

/** Order ids up to this length stand in the ids of their movements as they are (an id has at most 80 characters). */
const LONGEST_PLAIN_ORDER_ID = 60;

/**
 * The id of what an order did to one of its lines. `generation` counts how often the order has taken its goods, so that
 * the same movement has the same id however often it is tried.
 */
export const orderMovementId = (orderId: string, type: MovementType, generation: number, line: number): string =>
  `${orderId.length <= LONGEST_PLAIN_ORDER_ID ? orderId : digest(orderId)}:${type}${String(generation)}.${String(line)}`;

/** The id of a movement that happens once for whatever `key` names, within one shop. */
export const onceMovementId = (tenant: string, sku: string, key: string): string =>
  `led_${digest(JSON.stringify([tenant, sku, key]))}`;

/** A movement as callers see it. */
export const ledgerRow = (movement: Movement): LedgerRow => ({
  id: movement._id,
  sku: movement.sku,
  at: movement.createdAt.toISOString(),
  type: movement.type,
  onHandDelta: movement.onHandDelta,
  reservedDelta: movement.reservedDelta,
  orderId: movement.orderId,
  actor: movement.actor,
  reason: movement.reason,
  balance: movement.balance,
});
