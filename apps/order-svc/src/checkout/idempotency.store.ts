import { CheckoutAnswer } from '@kervan/contracts';
import { defineCollection, type Collection, type Stored } from '@kervan/store';
import { z } from 'zod';

/**
 * The claim of an idempotency key: who works on it until when, and which order it is for. `orderId` is fixed with the
 * claim, so that whoever goes on after a crash does every step under the same id.
 */
export type ClaimDocument = Stored & { hash: string; orderId: string; lockedUntil: Date; expiresAt: Date };

/**
 * Refusals that depend on the request alone: ids are never given twice, so a cart that is not there will never be. All
 * others depend on the cart, on goods, prices and providers of the moment, and the same key may try again.
 */
export const FINAL_REFUSALS = ['cart_not_found'] as const;

/** What a key has come to for good. */
const Outcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('answered'), answer: CheckoutAnswer }),
  z.object({ kind: z.literal('refused'), code: z.enum(FINAL_REFUSALS) }),
]);
export type Outcome = z.infer<typeof Outcome>;

/** The outcome of a key; a row of its own, since an insert costs a third of an update. */
export type OutcomeDocument = Stored & { hash: string; outcome: Outcome; expiresAt: Date };

const stored = {
  _id: z.string(),
  tenant: z.string(),
  version: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
};

export const claimCollection = defineCollection<ClaimDocument>({
  name: 'idempotency_claims',
  schema: z.object({ ...stored, hash: z.string(), orderId: z.string(), lockedUntil: z.date(), expiresAt: z.date() }),
  indexes: [{ key: { expiresAt: 1 }, expireAfterSeconds: 0, acrossTenants: true }],
});
export const outcomeCollection = defineCollection<OutcomeDocument>({
  name: 'idempotency_outcomes',
  schema: z.object({ ...stored, hash: z.string(), outcome: Outcome, expiresAt: z.date() }),
  indexes: [{ key: { expiresAt: 1 }, expireAfterSeconds: 0, acrossTenants: true }],
});

export type ClaimStore = Collection<ClaimDocument>;
export type OutcomeStore = Collection<OutcomeDocument>;
