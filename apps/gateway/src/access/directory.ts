import { hash } from 'node:crypto';
import { accountRpc, fail, PLATFORM_TENANT, TenantSlug } from '@kervan/contracts';
import type { Context, Permission, Result, Tenant } from '@kervan/contracts';
import type { Bus } from '@kervan/bus';
import { traceIdOf } from '../input/trace.ts';
import { createCache } from './cache.ts';

const FRESH_MS = 30_000;
const REFUSED_MS = 5_000;
const MOST = 10_000;
const HOST = /^[a-z0-9.-]{1,253}(?::[0-9]{1,5})?$/;

/** A key of a tenant, as account-svc knows it. */
export type KnownKey = {
  readonly keyId: string;
  readonly tenant: string;
  readonly permissions: ReadonlySet<Permission>;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
};

type Found<T> = Result<T> | Promise<Result<T>>;
/** Who there is: shops by slug and host, keys by their secret. Kept in memory, dropped when account-svc says so. */
export type Directory = {
  readonly tenantBySlug: (slug: string) => Found<Tenant>;
  readonly tenantByHost: (host: string) => Found<Tenant>;
  readonly keyBySecret: (secret: string) => Found<KnownKey>;
  readonly forget: () => void;
};

/** The directory over account-svc. */
export const createDirectory = (bus: Bus, clock: () => Date): Directory => {
  const context = (): Context => ({
    tenant: PLATFORM_TENANT,
    traceId: traceIdOf(undefined),
    deadline: Date.now() + accountRpc.resolveTenant.timeoutMs,
    language: 'en',
    actor: { kind: 'system' },
  });
  const options = { freshMs: FRESH_MS, refusedMs: REFUSED_MS, most: MOST, now: () => clock().getTime() };
  const slugs = createCache<Tenant>({
    ...options,
    load: (slug) => bus.call(accountRpc.resolveTenant, context(), { slug }),
  });
  const hosts = createCache<Tenant>({
    ...options,
    load: (host) => bus.call(accountRpc.resolveTenant, context(), { host }),
  });
  const keys = createCache<KnownKey>({
    ...options,
    load: async (sha256) => {
      const result = await bus.call(accountRpc.verifyKey, context(), { hash: sha256 });
      if (!result.ok) return result;
      const { keyId, tenant, permissions, expiresAt } = result.value;
      const until = expiresAt === null ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
      return { ok: true, value: { keyId, tenant, permissions: new Set(permissions), expiresAt: until } };
    },
  });
  const forget = (): void => {
    slugs.clear();
    hosts.clear();
    keys.clear();
  };

  return {
    tenantBySlug: (slug) => (TenantSlug.safeParse(slug).success ? slugs.get(slug) : fail('tenant_not_found')),
    tenantByHost: (host) => {
      const name = host.toLowerCase();
      return HOST.test(name) ? hosts.get(name) : fail('tenant_not_found');
    },
    // The secret itself is not kept: only its hash is a key of the cache.
    keyBySecret: (secret) => keys.get(hash('sha256', secret)),
    forget,
  };
};
