import {
  accountEvents,
  accountRpc,
  type ApiKey,
  type Context,
  emit,
  fail,
  Id,
  invalid,
  ok,
  type Page,
  type Result,
} from '@kervan/contracts';
import { groupCommit, keep, refuse, write, type Collection, type KeyedIds } from '@kervan/store';
import type { z } from 'zod';
import type { TenantDocument } from '../tenants/tenant.ts';
import { isLive, keyView, makeKey, MOST_KEYS, MOST_REVOKED, problemsOfKey, type Key } from './key.ts';
import type { KeyUses } from './key-uses.ts';
import { secretOf } from './secret.ts';

type Rpc = typeof accountRpc;
type Request<Method extends keyof Rpc> = z.output<Rpc[Method]['request']>;
type Deps = { readonly tenants: Collection<TenantDocument>; readonly clock: () => Date };

/** Who holds the secret with this hash, and what it opens. unauthorized */
export const verifyKey = ({ tenants, clock, uses }: Deps & { readonly uses: KeyUses }) => {
  const findByHash = groupCommit<string, TenantDocument | null>({
    run: async (hashes) => {
      const found = await tenants.acrossTenants.find(
        { 'keys.hash': { $in: [...new Set(hashes)] } },
        { limit: hashes.length },
      );
      return hashes.map((hash) => found.find(({ keys }) => keys.some((key) => key.hash === hash)) ?? null);
    },
  });

  return async ({ hash }: Request<'verifyKey'>): Promise<Result<z.input<Rpc['verifyKey']['reply']>>> => {
    const document = await findByHash(hash);
    const key = document?.keys.find((candidate) => candidate.hash === hash);
    const now = clock();
    if (document === null || key === undefined || !isLive(key, now)) return fail('unauthorized');
    uses.note({ tenant: document._id, keyId: key.id, at: now }, document.keyUses[key.id]);
    const { id: keyId, permissions, expiresAt } = key;
    return ok({ keyId, tenant: document._id, permissions, expiresAt: expiresAt?.toISOString() ?? null });
  };
};

/** A new key of the caller's shop; the secret is in this answer and nowhere else. invalid_input, conflict */
export const createKey =
  ({ tenants, clock, keyedId }: Deps & { readonly keyedId: KeyedIds }) =>
  async (
    request: Request<'createKey'>,
    context: Pick<Context, 'tenant' | 'traceId'>,
  ): Promise<Result<ApiKey & { secret: string }>> => {
    const keyed = await keyedId('apiKey', accountRpc.createKey, request, context);
    if (!keyed.ok) return keyed;
    const { id, seed, input } = keyed.value;
    const now = clock();
    const problems = problemsOfKey(input, now);
    if (problems.length > 0) return invalid(problems);
    const secret = secretOf(seed, request.idempotencyKey);
    const key = makeKey(input, { id, secret, now });
    const { tenant, traceId } = context;
    const created = await tenants.update(
      tenant,
      tenant,
      (document) => {
        const made = document.keys.find((other) => other.id === id);
        if (made !== undefined) return keep(made);
        if (document.revokedKeys?.includes(id)) return refuse('not_found');
        if (document.keys.length >= MOST_KEYS) {
          return refuse('conflict', { reason: 'too_many_keys', most: MOST_KEYS });
        }
        return write({ ...document, keys: [...document.keys, key] }, key, [
          emit(accountEvents.keyCreated, { keyId: id }),
        ]);
      },
      traceId,
    );
    return created.ok ? ok({ ...keyView(created.value, created.document.keyUses[id]), secret }) : created;
  };

/** The keys of the caller's shop, oldest first, a page at a time. not_found, invalid_cursor */
export const listKeys =
  ({ tenants }: Deps) =>
  async (
    { limit, cursor }: Request<'listKeys'>,
    { tenant }: Pick<Context, 'tenant'>,
  ): Promise<Result<Page<ApiKey>>> => {
    const after = cursor === undefined ? null : Id.safeParse(Buffer.from(cursor, 'base64url').toString());
    if (after?.success === false) return fail('invalid_cursor');
    const document = await tenants.get(tenant, tenant);
    if (document === null) return fail('not_found');
    // Ids sort by age, and a key that was revoked meanwhile is still a place in the order.
    const rest = document.keys.filter(({ id }) => after === null || id > after.data).sort(byId);
    const data = rest.slice(0, limit);
    const last = data.at(-1);
    return ok({
      data: data.map((key) => keyView(key, document.keyUses[key.id])),
      nextCursor: rest.length > limit && last !== undefined ? Buffer.from(last.id).toString('base64url') : null,
    });
  };

const byId = (one: Key, other: Key): number => (one.id < other.id ? -1 : 1);

/** Ends a key at once. not_found */
export const revokeKey =
  ({ tenants }: Deps) =>
  async (
    { id }: Request<'revokeKey'>,
    { tenant, traceId }: Pick<Context, 'tenant' | 'traceId'>,
  ): Promise<Result<{ id: string }>> => {
    const revoked = await tenants.update(
      tenant,
      tenant,
      (document) => {
        const keys = document.keys.filter((key) => key.id !== id);
        if (keys.length === document.keys.length) return refuse('not_found');
        const keyUses = Object.fromEntries(Object.entries(document.keyUses).filter(([keyId]) => keyId !== id));
        const revokedKeys = [...(document.revokedKeys ?? []), id].slice(-MOST_REVOKED);
        return write({ ...document, keys, keyUses, revokedKeys }, { id }, [
          emit(accountEvents.keyRevoked, { keyId: id }),
        ]);
      },
      traceId,
    );
    return revoked.ok ? ok(revoked.value) : revoked;
  };
