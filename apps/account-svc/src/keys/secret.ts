import { hash, randomBytes } from 'node:crypto';

/** A new secret of a key: `sk_` and 32 random bytes. Nobody can guess it, so a fast hash is enough to keep it by. */
export const newSecret = (): string => `sk_${randomBytes(32).toString('base64url')}`;

/** What is kept of a secret, and what travels to ask about it: its SHA-256 in lower-case hex. */
export const hashOf = (secret: string): string => hash('sha256', secret);

/** The beginning of a secret, by which people tell keys apart: `sk_` and 6 of 43 characters. */
export const prefixOf = (secret: string): string => secret.slice(0, 9);
