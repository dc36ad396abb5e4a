import { defineCollection } from '@kervan/store';
import { TenantDocument } from './tenant.ts';

/**
 * Shops with their keys. Host names and key hashes are found without knowing the shop, and are unique over all of
 * them; documents without any are left out of those indexes, where they would collide on "none".
 */
export const tenantCollection = defineCollection<TenantDocument>({
  name: 'tenants',
  schema: TenantDocument,
  outbox: 'account',
  indexes: [
    { key: { hosts: 1 }, unique: true, partial: { hosts: { $gt: '' } }, acrossTenants: true, name: 'hosts' },
    {
      key: { 'keys.hash': 1 },
      unique: true,
      partial: { 'keys.hash': { $gt: '' } },
      acrossTenants: true,
      name: 'key_hashes',
    },
  ],
});
