import { ApiKeyInput, TenantInput, type Context, type Tenant } from '@kervan/contracts';
import { keyedIdCollection, openKeyedIds, openStore, type Store } from '@kervan/store';
import { startMongo, testDatabase, type Mongo } from '@kervan/testing';
import type { z } from 'zod';
import { openKeyUses } from '../src/keys/key-uses.ts';
import { createKey, listKeys, revokeKey, verifyKey } from '../src/keys/key.handlers.ts';
import { createTenant, getTenant, listTenants, resolveTenant, updateTenant } from '../src/tenants/tenant.handlers.ts';
import { tenantCollection } from '../src/tenants/tenant.store.ts';

const SILENT = { warn: () => undefined, error: () => undefined };

/** The handlers over a real database, with a clock that the test may put forward. */
export const openShops = async () => {
  const mongo = await startMongo();
  const store = await openStore({ uri: mongo.uri, database: testDatabase('account'), log: SILENT });
  const opened = await over(store);
  return { ...opened, mongo, stop: () => closeAll(store, mongo) };
};

const closeAll = async (store: Store, mongo: Mongo): Promise<void> => {
  await store.close();
  await mongo.stop();
};

const over = async (store: Store) => {
  let aheadMs = 0;
  const tenants = store.collection(tenantCollection);
  const keys = store.collection(keyedIdCollection);
  await store.createIndexes();
  const uses = openKeyUses(store);
  const clock = () => new Date(Date.now() + aheadMs);
  const deps = { tenants, uses, clock, keyedId: openKeyedIds(keys, { clock, ttlMs: 259_200_000 }) };
  return {
    store,
    uses,
    putForward: (ms: number) => {
      aheadMs += ms;
    },
    create: createTenant(deps),
    list: listTenants(deps),
    get: getTenant(deps),
    update: updateTenant(deps),
    resolve: resolveTenant(deps),
    verify: verifyKey(deps),
    makeKey: createKey(deps),
    keys: listKeys(deps),
    revoke: revokeKey(deps),
  };
};
export type Shops = Awaited<ReturnType<typeof openShops>>;

let count = 0;
/** A slug nobody else uses in this test file. */
export const newSlug = (): string => `shop-${++count}`;

export const contextOf = (tenant: string): Context => ({
  tenant,
  traceId: 'test',
  deadline: Date.now() + 5_000,
  language: 'en',
  actor: { kind: 'platform' },
});

export const tenantInput = (slug: string, fields: Partial<z.input<typeof TenantInput>> = {}) =>
  TenantInput.parse({ slug, name: slug, ...fields });
export const keyInput = (fields: Partial<z.input<typeof ApiKeyInput>> = {}) =>
  ApiKeyInput.parse({ name: 'Shop', permissions: ['catalog:read'], ...fields });

/** A new shop, or the test fails. */
export const newShop = async (
  shops: Shops,
  fields: Partial<z.input<typeof TenantInput>> = {},
): Promise<Tenant & { apiKey: string }> => {
  const slug = newSlug();
  const made = await shops.create(tenantInput(slug, fields), contextOf('platform'));
  if (!made.ok) throw new Error(made.error.code);
  return made.value;
};
