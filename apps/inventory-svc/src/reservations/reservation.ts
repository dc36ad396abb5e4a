import { ReservationLine, ReservationStatus, type Reservation as ReservationReply } from '@kervan/contracts';
import { z } from 'zod';

/**
 * The goods of one order as they are stored; `_id` is the order's id. `generation` counts how often the order took its
 * goods (0: it was released before it ever did), `takenAt` is when it last did. `orderSequence` is the last event of the
 * order that was applied. `commitFailed`: the order's owner has been told that the goods of a confirmed order are gone.
 */
export const Reservation = z.object({
  _id: z.string(),
  tenant: z.string(),
  status: ReservationStatus,
  lines: z.array(ReservationLine),
  expiresAt: z.date(),
  generation: z.number().int(),
  takenAt: z.date(),
  orderSequence: z.number().int(),
  commitFailed: z.boolean(),
  version: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
});
export type Reservation = z.infer<typeof Reservation>;

/** Which order of which shop, and who asks (as ledger rows name actors). */
export type OrderRef = { readonly tenant: string; readonly orderId: string; readonly actor: string };

/** The event of the order that caused a command: its place in the order's life, and its time. */
export type OrderMoment = { readonly sequence: number; readonly occurredAt: Date };

/** The most pieces of one SKU in one reservation. */
export const MOST_PIECES = 999_000;

/** Whether goods are still held although their time is over. */
export const hasLapsed = (reservation: Reservation, now: Date): boolean =>
  reservation.status === 'held' && reservation.expiresAt.getTime() < now.getTime();

/** Whether a reservation has come to an end and holds nothing. */
export const hasEnded = (reservation: Reservation): boolean =>
  reservation.status === 'released' || reservation.status === 'expired';

/** Lines with each SKU once, sorted by SKU: the same rows in the same order whoever asks. */
export const sumLines = (lines: readonly ReservationLine[]): ReservationLine[] => {
  const sums = new Map<string, number>();
  for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity);
  return [...sums].map(([sku, quantity]) => ({ sku, quantity })).sort((one, other) => (one.sku < other.sku ? -1 : 1));
};

/** A reservation as callers see it. */
export const reservationReply = (reservation: Reservation): ReservationReply => ({
  orderId: reservation._id,
  status: reservation.status,
  lines: reservation.lines,
  expiresAt: reservation.expiresAt.toISOString(),
  createdAt: reservation.createdAt.toISOString(),
  updatedAt: reservation.updatedAt.toISOString(),
});
