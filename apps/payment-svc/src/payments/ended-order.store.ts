import { defineCollection, type Collection, type Stored } from '@kervan/store';
import { z } from 'zod';

/** That an order has ended without a sale: nothing may be paid for it any more. Its id is the order's. */
export type EndedOrderDocument = Stored & { expiresAt: Date };

/** How long that is remembered, in milliseconds: far longer than any draft lives and any call is under way. */
export const REMEMBERED_MS = 86_400_000;

/**
 * Ended orders. The news that an order has ended may overtake the opening of its payment: whoever ends writes here and
 * then takes back what payments there are; the reconciler looks here for the others, so that opening costs nothing more.
 */
export const endedOrderCollection = defineCollection<EndedOrderDocument>({
  name: 'ended_orders',
  schema: z.object({
    _id: z.string(),
    tenant: z.string(),
    version: z.number().int(),
    createdAt: z.date(),
    updatedAt: z.date(),
    expiresAt: z.date(),
  }),
  indexes: [{ key: { expiresAt: 1 }, expireAfterSeconds: 0, acrossTenants: true }],
});
export type EndedOrderStore = Collection<EndedOrderDocument>;
