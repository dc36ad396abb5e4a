import { hash, timingSafeEqual } from 'node:crypto';
import { fail, ok } from '@kervan/contracts';
import type { Result, Tenant } from '@kervan/contracts';
import type { Route } from '../route.ts';
import { GUEST, mayDo, PLATFORM_OPERATOR } from './caller.ts';
import type { Caller } from './caller.ts';
import type { Directory, KnownKey } from './directory.ts';

/** What a request says about whose it is. */
export type Claims = {
  readonly tenantHeader: string | undefined;
  readonly host: string | undefined;
  readonly authorization: string | undefined;
};
/** In whose shop a request works, and as whom. */
export type Admission = { readonly tenant: Tenant; readonly caller: Caller };

/** In the place of a shop for what belongs to none. */
export const NO_TENANT: Tenant = {
  id: 'platform',
  slug: 'platform',
  name: 'Platform',
  hosts: [],
  defaultCurrency: 'TRY',
  currencies: [],
  languages: ['en', 'tr'],
  defaultLanguage: 'en',
  status: 'active',
  settings: {},
  version: 1,
  createdAt: '1970-01-01T00:00:00.000Z',
  updatedAt: '1970-01-01T00:00:00.000Z',
};

const BEARER = /^bearer +([\x21-\x7e]{1,500})$/i;
const MACHINE_KEY = /^sk_[\x21-\x7e]{8,}$/;

/**
 * Decides in whose shop and as whom requests work. The shop: `X-Tenant`, else the host name, else the key's own; a key
 * of another shop than the one named is refused. A credential that is sent has to be good, on public routes too.
 */
export const createAdmission = (
  directory: Directory,
  options: { readonly platformKey: string | undefined; readonly now: () => number },
) => {
  const platformHash = options.platformKey === undefined ? null : sha256(options.platformKey);

  const admitOperator = (secret: string | null): Result<Admission> => {
    if (secret === null) return fail('unauthorized');
    // Both are hashed first, so that the comparison takes the same time whatever is sent.
    if (platformHash !== null && timingSafeEqual(sha256(secret), platformHash)) {
      return ok({ tenant: NO_TENANT, caller: PLATFORM_OPERATOR });
    }
    return fail(MACHINE_KEY.test(secret) ? 'forbidden' : 'unauthorized');
  };

  const findKey = async (secret: string): Promise<Result<KnownKey>> => {
    const key = MACHINE_KEY.test(secret) ? await directory.keyBySecret(secret) : fail('unauthorized');
    return key.ok && key.value.expiresAt <= options.now() ? fail('unauthorized') : key;
  };

  return async (route: Pick<Route, 'who' | 'permission'>, claims: Claims): Promise<Result<Admission>> => {
    const secret = claims.authorization === undefined ? null : BEARER.exec(claims.authorization)?.[1];
    if (secret === undefined) return fail('unauthorized');
    if (route.who === 'platform') return admitOperator(secret);
    if (route.who === 'machine' && secret === null) return fail('unauthorized');

    const key = secret === null ? null : await findKey(secret);
    if (key !== null && !key.ok) return key;
    const tenant = await findTenant(directory, claims, key?.value.tenant);
    if (!tenant.ok) return tenant;
    if (key !== null && key.value.tenant !== tenant.value.slug) return fail('tenant_mismatch');
    if (tenant.value.status === 'suspended') return fail('tenant_suspended');

    const caller: Caller = key === null ? GUEST : { kind: 'machine', ...key.value };
    if (route.permission !== null && !mayDo(caller, route.permission)) {
      return fail('forbidden', { permission: route.permission });
    }
    return ok({ tenant: tenant.value, caller });
  };
};

/** The shop that the request names; a host name that is no shop's names none, so that a key alone is enough. */
const findTenant = async (directory: Directory, claims: Claims, ofKey: string | undefined): Promise<Result<Tenant>> => {
  if (claims.tenantHeader !== undefined) return directory.tenantBySlug(claims.tenantHeader);
  const byHost = claims.host === undefined ? fail('tenant_not_found') : await directory.tenantByHost(claims.host);
  return !byHost.ok && ofKey !== undefined ? directory.tenantBySlug(ofKey) : byHost;
};

const sha256 = (text: string): Buffer => hash('sha256', text, 'buffer');
