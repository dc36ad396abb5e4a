import { timingSafeEqual } from 'node:crypto';
import { hash } from 'node:crypto';
import { fail, ok } from '@kervan/contracts';
import type { Failure, Result, Tenant } from '@kervan/contracts';
import type { Route, Who } from '../route.ts';
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
type Maybe<T> = T | Promise<T>;

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

const MACHINE_KEY = /^sk_[\x21-\x7e]{8,200}$/;
const BEARER = /^bearer +([\x21-\x7e]+)$/i;

/**
 * Decides in whose shop and as whom a request works. The shop: `X-Tenant`, else the host name, else the key's own; a
 * key of another shop than the one named is refused. Answers at once when the directory has it in memory.
 */
export const createAdmission = (directory: Directory, platformKey: string | undefined, now: () => number) => {
  const platformHash = platformKey === undefined ? null : digest(platformKey);
  const isPlatformKey = (secret: string): boolean =>
    platformHash !== null && timingSafeEqual(digest(secret), platformHash);

  const admitPlatform = (secret: string | null): Result<Admission> => {
    if (secret === null) return fail('unauthorized');
    if (isPlatformKey(secret)) return ok({ tenant: NO_TENANT, caller: PLATFORM_OPERATOR });
    return fail(MACHINE_KEY.test(secret) ? 'forbidden' : 'unauthorized');
  };

  const admitNamed = (named: Result<Tenant> | null, key: KnownKey | null): Maybe<Result<Admission>> => {
    if (named === null) return fail('tenant_not_found');
    if (!named.ok) return named;
    if (key !== null && key.tenant !== named.value.slug) return fail('tenant_mismatch');
    if (named.value.status === 'suspended') return fail('tenant_suspended');
    const caller: Caller =
      key === null ? GUEST : { kind: 'machine', keyId: key.keyId, permissions: key.permissions };
    return ok({ tenant: named.value, caller });
  };

  return (route: Pick<Route, 'who' | 'permission'>, claims: Claims): Maybe<Result<Admission>> => {
    const secret = secretOf(claims.authorization);
    if (!secret.ok) return secret;
    if (route.who === 'platform') return admitPlatform(secret.value);

    const key = keyOf(directory, secret.value, route.who, now);
    return then(key, (known) => {
      if (!known.ok) return known;
      return then(tenantNamed(directory, claims, known.value), (named) =>
        then(admitNamed(named, known.value), (admitted) => {
          if (!admitted.ok || route.permission === null || mayDo(admitted.value.caller, route.permission)) return admitted;
          return { ok: false, error: missingPermission(route.permission) };
        }),
      );
    });
  };
};

const missingPermission = (permission: string): Failure => ({ code: 'forbidden', details: { permission } });
