import { createHmac, hash } from 'node:crypto';

/**
 * The secret of a new key: `sk_` and 32 bytes nobody can guess, so a fast hash is enough to keep it by. It follows from
 * the 32 random bytes of the call's `seed` and the caller's idempotency key, so that the same call again can answer the
 * same secret although nobody kept it.
 */
export const secretOf = (seed: string, idempotencyKey = ''): string =>
  `sk_${createHmac('sha256', seed).update(idempotencyKey).digest('base64url')}`;

/** What is kept of a secret, and what travels to ask about it: its SHA-256 in lower-case hex. */
export const hashOf = (secret: string): string => hash('sha256', secret);

/** The beginning of a secret, by which people tell keys apart: `sk_` and 6 of 43 characters. */
export const prefixOf = (secret: string): string => secret.slice(0, 9);
