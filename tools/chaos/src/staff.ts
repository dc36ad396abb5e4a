import { setTimeout as wait } from 'node:timers/promises';
import { newKey, type Reply, type Shop } from '@kervan/testing/shop';
import { z } from 'zod';
import type { Random } from './load/random.ts';

const PATIENCE_MS = 6_000;
const PAUSE_MS = 150;

const WithId = z.looseObject({ id: z.string() });

/** What staff make all day: it keeps the services busy that a buyer only reads from. */
const WORK: readonly ((shop: Shop, name: string) => Promise<unknown>)[] = [
  (shop, name) => post(shop, '/admin/brands', { name: { tr: name, en: name }, slug: name }),
  (shop, name) =>
    post(shop, '/admin/products', { title: name, variants: [{ sku: name, price: 1_000, weightGrams: 100, stock: 1 }] }),
  (shop, name) => post(shop, '/admin/geozones', { name, includes: [{ country: 'NL' }] }),
  async (shop, name) => {
    const made = WithId.safeParse((await post(shop, '/admin/api-keys', { name, permissions: ['orders:read'] })).body);
    // A shop has only so many keys.
    if (made.success)
      await shop.staff(`/admin/api-keys/${made.data.id}`, { method: 'DELETE', patienceMs: PATIENCE_MS });
  },
];

const post = (shop: Shop, path: string, body: unknown): Promise<Reply> =>
  shop.staff(path, { method: 'POST', body, patienceMs: PATIENCE_MS, headers: { 'idempotency-key': newKey() } });

/** Lets staff make brands, products, zones and keys until told otherwise; what fails is left. */
export const startStaff = (shop: Shop, random: Random): { stop: () => Promise<void> } => {
  let stopped = false;
  const work = async (): Promise<void> => {
    while (!stopped) {
      const name = `thing-${newKey().slice(0, 10)}`;
      await random
        .pick(WORK)(shop, name)
        .catch(() => undefined);
      await wait(PAUSE_MS);
    }
  };
  const working = work();
  return {
    stop: () => {
      stopped = true;
      return working;
    },
  };
};
