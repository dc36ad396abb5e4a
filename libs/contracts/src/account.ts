import { z } from 'zod';
import { TenantSlug } from './context.ts';
import { defineEvent } from './event.ts';
import { Id } from './ids.ts';
import { defineRpc, Keyed } from './rpc.ts';
import { Currency, Instant, Language, PageQuery, pageOf } from './values.ts';

const Host = z
  .string()
  .max(253)
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*(?::[0-9]{1,5})?$/);

/** What a shop may set for itself; unknown settings are kept as they are for newer versions. */
export const TenantSettings = z.looseObject({
  /** Origins a browser may call from, beside the tenant's own hosts. */
  corsOrigins: z.array(z.url().max(300)).max(50).optional(),
  /** Put before the public order number, e.g. `MODA-7K3M-9QX2-TB4F`. */
  orderPrefix: z
    .string()
    .regex(/^[A-Z0-9]{1,6}$/)
    .optional(),
});

/** A shop. `slug` is its key everywhere and never changes. */
export const Tenant = z.object({
  id: Id,
  slug: TenantSlug,
  name: z.string(),
  hosts: z.array(z.string()),
  defaultCurrency: Currency,
  currencies: z.array(Currency),
  languages: z.array(Language),
  defaultLanguage: Language,
  status: z.enum(['active', 'suspended']),
  settings: TenantSettings,
  version: z.number().int(),
  createdAt: Instant,
  updatedAt: Instant,
});
export type Tenant = z.infer<typeof Tenant>;

export const TenantInput = z.strictObject({
  slug: TenantSlug,
  name: z.string().trim().min(1).max(200),
  hosts: z.array(Host).max(50).default([]),
  defaultCurrency: Currency.default('TRY'),
  currencies: z.array(Currency).min(1).max(50).optional(),
  languages: z.array(Language).min(1).max(20).default(['tr', 'en']),
  defaultLanguage: Language.optional(),
  settings: TenantSettings.default({}),
});
export const TenantPatch = z.strictObject({
  name: z.string().trim().min(1).max(200).optional(),
  hosts: z.array(Host).max(50).optional(),
  defaultCurrency: Currency.optional(),
  currencies: z.array(Currency).min(1).max(50).optional(),
  languages: z.array(Language).min(1).max(20).optional(),
  defaultLanguage: Language.optional(),
  status: z.enum(['active', 'suspended']).optional(),
  settings: TenantSettings.optional(),
});

/** What a key may do: `<area>:<read|write>`, or `*` for everything. */
export const PERMISSIONS = [
  '*',
  'catalog:read',
  'catalog:write',
  'stock:read',
  'stock:write',
  'pricing:read',
  'pricing:write',
  'orders:read',
  'orders:write',
  'payments:read',
  'payments:write',
  'keys:read',
  'keys:write',
  'dead-letters:read',
  'dead-letters:write',
] as const;
export const Permission = z.enum(PERMISSIONS);
export type Permission = z.infer<typeof Permission>;

/** A key of a machine; the secret itself is shown once, only its SHA-256 is kept. */
export const ApiKey = z.object({
  id: Id,
  name: z.string(),
  prefix: z.string(),
  permissions: z.array(Permission),
  expiresAt: Instant.nullable(),
  lastUsedAt: Instant.nullable(),
  createdAt: Instant,
});
export type ApiKey = z.infer<typeof ApiKey>;
export const ApiKeyInput = z.strictObject({
  name: z.string().trim().min(1).max(100),
  permissions: z.array(Permission).min(1).max(PERMISSIONS.length),
  expiresAt: Instant.nullish(),
});
const ApiKeyWithSecret = ApiKey.extend({ secret: z.string() });

export const accountRpc = {
  /** slug_taken, host_taken. `apiKey` is the secret of a key with all permissions, shown once. */
  createTenant: defineRpc({
    owner: 'account',
    method: 'tenants.create',
    request: TenantInput.extend(Keyed),
    reply: Tenant.extend({ apiKey: z.string() }),
  }),
  listTenants: defineRpc({ owner: 'account', method: 'tenants.list', request: PageQuery, reply: pageOf(Tenant) }),
  /** not_found */
  getTenant: defineRpc({
    owner: 'account',
    method: 'tenants.get',
    request: z.object({ slug: TenantSlug }),
    reply: Tenant,
  }),
  /** not_found, host_taken, precondition_failed */
  updateTenant: defineRpc({
    owner: 'account',
    method: 'tenants.update',
    request: z.object({ slug: TenantSlug, patch: TenantPatch, expectedVersion: z.number().int().optional() }),
    reply: Tenant,
  }),
  /** tenant_not_found. By slug or by host name (with port or without). */
  resolveTenant: defineRpc({
    owner: 'account',
    method: 'tenants.resolve',
    request: z.union([z.object({ slug: z.string().max(64) }), z.object({ host: z.string().max(260) })]),
    reply: Tenant,
  }),
  /** unauthorized. `hash` is the SHA-256 of the secret in lower-case hex: the secret does not travel. */
  verifyKey: defineRpc({
    owner: 'account',
    method: 'keys.verify',
    request: z.object({ hash: z.string().regex(/^[0-9a-f]{64}$/) }),
    reply: z.object({ keyId: Id, tenant: TenantSlug, permissions: z.array(Permission), expiresAt: Instant.nullable() }),
  }),
  createKey: defineRpc({
    owner: 'account',
    method: 'keys.create',
    request: ApiKeyInput.extend(Keyed),
    reply: ApiKeyWithSecret,
  }),
  listKeys: defineRpc({ owner: 'account', method: 'keys.list', request: PageQuery, reply: pageOf(ApiKey) }),
  /** not_found */
  revokeKey: defineRpc({
    owner: 'account',
    method: 'keys.revoke',
    request: z.object({ id: Id }),
    reply: z.object({ id: Id }),
  }),
} as const;

export const accountEvents = {
  tenantCreated: defineEvent({ owner: 'account', type: 'tenant.created', data: z.object({ slug: TenantSlug }) }),
  tenantUpdated: defineEvent({ owner: 'account', type: 'tenant.updated', data: z.object({ slug: TenantSlug }) }),
  keyCreated: defineEvent({ owner: 'account', type: 'key.created', data: z.object({ keyId: Id }) }),
  keyRevoked: defineEvent({ owner: 'account', type: 'key.revoked', data: z.object({ keyId: Id }) }),
} as const;
