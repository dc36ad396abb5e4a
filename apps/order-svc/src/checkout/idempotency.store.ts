import { createHash } from 'node:crypto';
import { CheckoutAnswer } from '@kervan/contracts';
import { defineCollection, type Collection, type Stored } from '@kervan/store';
import { z } from 'zod';

/**
 * The claim of an idempotency key: who works on it until when, and which order it is for. `orderId` is fixed with the
 * claim, so that whoever goes on after a crash does every step under the same id.
 */
export type ClaimDocument = Stored & { hash: string; orderId: string; lockedUntil: Date; expiresAt: Date };

/** The answer of a key; a row of its own, since an insert costs a third of an update. */
export type AnswerDocument = Stored & { hash: string; answer: CheckoutAnswer; expiresAt: Date };

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
export const answerCollection = defineCollection<AnswerDocument>({
  name: 'idempotency_answers',
  schema: z.object({ ...stored, hash: z.string(), answer: CheckoutAnswer, expiresAt: z.date() }),
  indexes: [{ key: { expiresAt: 1 }, expireAfterSeconds: 0, acrossTenants: true }],
});

export type ClaimStore = Collection<ClaimDocument>;
export type AnswerStore = Collection<AnswerDocument>;

/** The id of a key: per tenant and per kind of call, of fixed length whatever the caller chose as a key. */
export const claimId = (tenant: string, scope: string, key: string): string =>
  createHash('sha256').update(`${tenant}\n${scope}\n${key}`).digest('base64url');

/** The hash of a parsed request: the same for the same content in any order of fields. */
export const requestHash = (request: unknown): string =>
  createHash('sha256').update(canonical(request)).digest('base64url');

const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, held]) => held !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${fields.map(([name, held]) => `${JSON.stringify(name)}:${canonical(held)}`).join(',')}}`;
};
