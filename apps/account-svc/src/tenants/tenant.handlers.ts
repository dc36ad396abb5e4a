import {
  accountEvents,
  accountRpc,
  type Context,
  emit,
  fail,
  invalid,
  newId,
  ok,
  type Page,
  type Result,
  type Tenant,
  TenantSlug,
} from '@kervan/contracts';
import { keep, refuse, write, type Collection, type KeyedIds } from '@kervan/store';
import type { z } from 'zod';
import { makeKey, MOST_KEYS } from '../keys/key.ts';
import { hashOf, secretOf } from '../keys/secret.ts';
import {
  factsOf,
  hostNames,
  lostItsAnswer,
  makeTenant,
  patchTenant,
  problemsOfFacts,
  problemsOfSlug,
  tenantView,
  type TenantDocument,
} from './tenant.ts';

type Request<Method extends keyof typeof accountRpc> = z.output<(typeof accountRpc)[Method]['request']>;
type Tenants = { readonly tenants: Collection<TenantDocument> };
type Clock = { readonly clock: () => Date };

/**
 * Makes a shop and its first key in one write. Asked again under the same idempotency key it answers the same; without
 * one, after the answer got lost, it gives the shop another key. slug_taken, host_taken, invalid_input
 */
export const createTenant =
  ({ tenants, clock, keyedId }: Tenants & Clock & { readonly keyedId: KeyedIds }) =>
  async (
    request: Request<'createTenant'>,
    context: Pick<Context, 'tenant' | 'traceId'>,
  ): Promise<Result<Tenant & { apiKey: string }>> => {
    const keyed = await keyedId('apiKey', accountRpc.createTenant, request, context);
    if (!keyed.ok) return keyed;
    const { id: keyId, seed, input } = keyed.value;
    const { traceId } = context;
    const { slug } = input;
    const facts = factsOf(input);
    const problems = [...problemsOfSlug(slug), ...problemsOfFacts(facts)];
    if (problems.length > 0) return invalid(problems);

    const now = clock();
    const secret = secretOf(seed, request.idempotencyKey);
    const key = makeKey({ name: 'First key', permissions: ['*'] }, { id: keyId, secret, now });
    const created = emit(accountEvents.keyCreated, { keyId: key.id });
    const outcome = await tenants.insert(
      makeTenant(slug, facts, { tenantId: newId('tenant'), key }),
      [emit(accountEvents.tenantCreated, { slug }), created],
      traceId,
    );
    const existing = await tenants.get(slug, slug);
    if (existing === null) return fail('host_taken');
    const isOurs = existing.keys.some(({ id, hash }) => id === keyId && hash === hashOf(secret));
    if (outcome !== null || isOurs) return ok({ ...tenantView(existing), apiKey: secret });

    const again = await tenants.update(
      slug,
      slug,
      (document) =>
        lostItsAnswer(document, facts, now) && document.keys.length < MOST_KEYS
          ? write({ ...document, keys: [...document.keys, key] }, null, [created])
          : refuse('slug_taken'),
      traceId,
    );
    return again.ok ? ok({ ...tenantView(again.document), apiKey: secret }) : again;
  };

/** All shops by slug, a page at a time. invalid_cursor */
export const listTenants =
  ({ tenants }: Tenants) =>
  async ({ limit, cursor }: Request<'listTenants'>): Promise<Result<Page<Tenant>>> => {
    const after = cursor === undefined ? null : TenantSlug.safeParse(Buffer.from(cursor, 'base64url').toString());
    if (after?.success === false) return fail('invalid_cursor');
    const filter = after === null ? {} : { _id: { $gt: after.data } };
    const found = await tenants.acrossTenants.find(filter, { sort: { _id: 1 }, limit: limit + 1 });
    const data = found.slice(0, limit);
    const last = data.at(-1);
    const nextCursor = found.length > limit && last !== undefined ? Buffer.from(last._id).toString('base64url') : null;
    return ok({ data: data.map(tenantView), nextCursor });
  };

/** One shop by its slug. not_found */
export const getTenant =
  ({ tenants }: Tenants) =>
  async ({ slug }: Request<'getTenant'>): Promise<Result<Tenant>> => {
    const document = await tenants.get(slug, slug);
    return document === null ? fail('not_found') : ok(tenantView(document));
  };

/** Changes a shop; its slug stays. not_found, host_taken, precondition_failed, invalid_input */
export const updateTenant =
  ({ tenants }: Tenants) =>
  async (
    { slug, patch, expectedVersion }: Request<'updateTenant'>,
    { traceId }: Pick<Context, 'traceId'>,
  ): Promise<Result<Tenant>> => {
    const updated = await tenants.update(
      slug,
      slug,
      (document) => {
        if (expectedVersion !== undefined && expectedVersion !== document.version) return refuse('precondition_failed');
        const patched = patchTenant(document, patch);
        if (patched === document) return keep(null);
        const problems = problemsOfFacts(patched);
        if (problems.length > 0) return { refuse: invalid(problems).error };
        return write(patched, null, [emit(accountEvents.tenantUpdated, { slug })]);
      },
      traceId,
    );
    if (updated.ok) return ok(tenantView(updated.document));
    // The only unique thing a change can collide on.
    return updated.error.code === 'conflict' ? fail('host_taken') : updated;
  };

/** The shop a request is about, by its slug or by the host it came to. Suspended ones too. tenant_not_found */
export const resolveTenant =
  ({ tenants }: Tenants) =>
  async (request: Request<'resolveTenant'>): Promise<Result<Tenant>> => {
    const document =
      'slug' in request ? await tenants.get(request.slug, request.slug) : await findByHost(tenants, request.host);
    return document === null ? fail('tenant_not_found') : ok(tenantView(document));
  };

const findByHost = async (tenants: Collection<TenantDocument>, host: string): Promise<TenantDocument | null> => {
  const names = hostNames(host);
  const found = await tenants.acrossTenants.find({ hosts: { $in: names } }, { limit: names.length });
  const named = names.map((name) => found.find(({ hosts }) => hosts.includes(name)));
  return named.find((document) => document !== undefined) ?? null;
};
