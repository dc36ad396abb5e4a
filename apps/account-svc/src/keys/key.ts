import { type ApiKey, type ApiKeyInput, type FieldProblem, Permission } from '@kervan/contracts';
import { z } from 'zod';
import { hashOf, prefixOf } from './secret.ts';

/** A key as it lies in its tenant's document. The secret itself is nowhere. */
export const Key = z.object({
  id: z.string(),
  name: z.string(),
  prefix: z.string(),
  hash: z.string(),
  permissions: z.array(Permission),
  expiresAt: z.date().nullable(),
  createdAt: z.date(),
});
export type Key = z.infer<typeof Key>;

/** The most keys a tenant has: they share one document with it. */
export const MOST_KEYS = 100;
/** The most revoked keys a tenant remembers. */
export const MOST_REVOKED = 1_000;

/** What is wrong with the input of a new key beyond its shape. */
export const problemsOfKey = (input: z.output<typeof ApiKeyInput>, now: Date): FieldProblem[] =>
  typeof input.expiresAt === 'string' && Date.parse(input.expiresAt) <= now.getTime()
    ? [{ path: 'expiresAt', code: 'in_the_past', message: { tr: 'gelecekte olmalı', en: 'must be in the future' } }]
    : [];

/** A new key of a secret. */
export const makeKey = (
  input: z.output<typeof ApiKeyInput>,
  { id, secret, now }: { id: string; secret: string; now: Date },
): Key => ({
  id,
  name: input.name,
  prefix: prefixOf(secret),
  hash: hashOf(secret),
  permissions: [...new Set(input.permissions)],
  expiresAt: typeof input.expiresAt === 'string' ? new Date(input.expiresAt) : null,
  createdAt: now,
});

/** Whether a key still opens anything. */
export const isLive = (key: Key, now: Date): boolean => key.expiresAt === null || key.expiresAt > now;

/** A key as callers see it. */
export const keyView = (key: Key, lastUsedAt: Date | undefined): ApiKey => ({
  id: key.id,
  name: key.name,
  prefix: key.prefix,
  permissions: key.permissions,
  expiresAt: key.expiresAt?.toISOString() ?? null,
  lastUsedAt: lastUsedAt?.toISOString() ?? null,
  createdAt: key.createdAt.toISOString(),
});
