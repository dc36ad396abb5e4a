import { hash, randomBytes } from 'node:crypto';
import { fail, newId, ok, type IdKind, type Result } from '@kervan/contracts';
import { z } from 'zod';
import type { Collection } from './collection.ts';
import { defineCollection, type Stored } from './spec.ts';

/** What a key stands for: the id of the thing, and random text from which what cannot be kept of it is derived. */
type Given = { readonly id: string; readonly seed: string };
/** The same with the call's input, without the key. */
export type KeyedCall<Input> = Given & { readonly input: Input };

/**
 * Gives the thing a call makes its id: a new one, or under an idempotency key the one that the first call under it was
 * given, as long as keys are kept. The maker inserts under that id, and whoever comes second finds it there: so a key
 * makes one thing, however often and wherever it is asked for and whoever is killed meanwhile. The keys of different
 * calls are apart. idempotency_key_reused when the request is not the same as the first one.
 */
export type KeyedIds = <Request extends { readonly idempotencyKey?: string | undefined }>(
  kind: IdKind,
  call: { readonly subject: string },
  request: Request,
  context: { readonly tenant: string },
) => Promise<Result<KeyedCall<Omit<Request, 'idempotencyKey'>>>>;

/** What a key was given. The key itself is not kept: its hash is the id. */
export type KeyedIdDocument = Stored & Given & { requestHash: string; expiresAt: Date };

const KeyedIdDocument: z.ZodType<KeyedIdDocument> = z.object({
  _id: z.string(),
  tenant: z.string(),
  version: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
  id: z.string(),
  seed: z.string(),
  requestHash: z.string(),
  expiresAt: z.date(),
});

/** The keys of a service whose calls make things. */
export const keyedIdCollection = defineCollection<KeyedIdDocument>({
  name: 'idempotency_keys',
  schema: KeyedIdDocument,
  indexes: [{ key: { expiresAt: 1 }, expireAfterSeconds: 0, acrossTenants: true }],
});

/** Opens the keys of a service; they are kept for `ttlMs` milliseconds. */
export const openKeyedIds = (
  keys: Pick<Collection<KeyedIdDocument>, 'insert' | 'get'>,
  { clock, ttlMs }: { readonly clock: () => Date; readonly ttlMs: number },
): KeyedIds => {
  const keyedId: KeyedIds = async (kind, call, request, context) => {
    const { idempotencyKey: key, ...input } = request;
    const now = clock();
    const given = { id: newId(kind, now.getTime()), seed: randomBytes(32).toString('base64url') };
    if (key === undefined) return ok({ ...given, input });
    const { tenant } = context;
    const _id = keyHash(tenant, call.subject, key);
    const expiresAt = new Date(now.getTime() + ttlMs);
    // Hashed together with the key, which nobody has but the caller: an input may hold credentials.
    const row = { _id, tenant, ...given, requestHash: requestHash([key, input]), expiresAt };
    if ((await keys.insert(row)) !== null) return ok({ ...given, input });
    const first = await keys.get(tenant, _id);
    // Its time ended between the two: the key is free again.
    if (first === null) return keyedId(kind, call, request, context);
    return first.requestHash === row.requestHash
      ? ok({ id: first.id, seed: first.seed, input })
      : fail('idempotency_key_reused');
  };
  return keyedId;
};

/** Stands for an idempotency key: per tenant and kind of call, of fixed length whatever the caller chose as a key. */
export const keyHash = (tenant: string, scope: string, key: string): string =>
  hash('sha256', `${tenant}\n${scope}\n${key}`, 'base64url');

/** The hash of a parsed request: the same for the same content in any order of fields. */
export const requestHash = (request: unknown): string => hash('sha256', canonical(request), 'base64url');

const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, held]) => held !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${fields.map(([name, held]) => `${JSON.stringify(name)}:${canonical(held)}`).join(',')}}`;
};
