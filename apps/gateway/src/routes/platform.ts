import { accountRpc, Tenant, TenantInput, TenantPatch, TenantSlug } from '@kervan/contracts';
import { z } from 'zod';
import { defineRoute, input, pageView, presentPage, versionTag } from '../route.ts';
import { listQuery } from './inputs.ts';

const platform = { who: 'platform', area: 'Platform' } as const;
const BySlug = z.object({ slug: TenantSlug });

/** Making and keeping tenants: for the operator of the platform only. */
export const platformRoutes = [
  defineRoute({
    ...platform,
    method: 'POST',
    path: '/platform/tenants',
    summary: 'Make a tenant',
    description: '`apiKey` is the secret of a key with all permissions. It is shown here once and never again.',
    status: 201,
    idempotency: 'accepted',
    errors: ['slug_taken', 'host_taken'],
    changesAccess: true,
    input: input({ body: TenantInput }),
    rpc: accountRpc.createTenant,
    request: ({ body }, { idempotencyKey }) => ({ ...body, idempotencyKey }),
    headers: (tenant) => ({ location: `/api/v1/platform/tenants/${tenant.slug}`, ...versionTag(tenant) }),
    view: Tenant.extend({ apiKey: z.string() }),
  }),
  defineRoute({
    ...platform,
    method: 'GET',
    path: '/platform/tenants',
    summary: 'List tenants',
    input: input({ query: listQuery({}) }),
    rpc: accountRpc.listTenants,
    request: ({ query }) => query,
    present: (page) => presentPage(page, (tenant) => tenant),
    view: pageView(Tenant),
  }),
  defineRoute({
    ...platform,
    method: 'GET',
    path: '/platform/tenants/:slug',
    summary: 'Read a tenant',
    concurrency: 'answers',
    input: input({ params: BySlug }),
    rpc: accountRpc.getTenant,
    request: ({ params }) => params,
    headers: versionTag,
    view: Tenant,
  }),
  defineRoute({
    ...platform,
    method: 'PATCH',
    path: '/platform/tenants/:slug',
    summary: 'Change a tenant',
    description: 'The slug never changes. A suspended tenant is answered with `tenant_suspended` everywhere.',
    concurrency: 'checks',
    errors: ['host_taken'],
    changesAccess: true,
    input: input({ params: BySlug, body: TenantPatch }),
    rpc: accountRpc.updateTenant,
    request: ({ params, body }, { expectedVersion }) => ({ ...params, patch: body, expectedVersion }),
    headers: versionTag,
    view: Tenant,
  }),
];
