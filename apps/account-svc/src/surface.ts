import { answer, type Entry } from '@kervan/bus';
import { accountRpc } from '@kervan/contracts';
import type { Collection, KeyedIds } from '@kervan/store';
import type { KeyUses } from './keys/key-uses.ts';
import { createKey, listKeys, revokeKey, verifyKey } from './keys/key.handlers.ts';
import { createTenant, getTenant, listTenants, resolveTenant, updateTenant } from './tenants/tenant.handlers.ts';
import type { TenantDocument } from './tenants/tenant.ts';

/** Everything account-svc answers. It hears nobody. */
export const surface = (deps: {
  readonly tenants: Collection<TenantDocument>;
  readonly uses: KeyUses;
  readonly keyedId: KeyedIds;
  readonly clock: () => Date;
}): Entry[] => [
  answer(accountRpc.createTenant, createTenant(deps)),
  answer(accountRpc.listTenants, listTenants(deps)),
  answer(accountRpc.getTenant, getTenant(deps)),
  answer(accountRpc.updateTenant, updateTenant(deps)),
  answer(accountRpc.resolveTenant, resolveTenant(deps)),
  answer(accountRpc.verifyKey, verifyKey(deps)),
  answer(accountRpc.createKey, createKey(deps)),
  answer(accountRpc.listKeys, listKeys(deps)),
  answer(accountRpc.revokeKey, revokeKey(deps)),
];
