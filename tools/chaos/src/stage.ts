import { join } from 'node:path';
import { addProduct, type Shop } from '@kervan/testing/shop';
import { startLoad } from './load/load.ts';
import { openHistory, type History } from './load/history.ts';
import { prepareShops, type Shops } from './load/shops.ts';
import { createRandom, type Random } from './load/random.ts';
import type { Scene } from './faults.ts';
import type { Options } from './options.ts';
import { startSystem, type System } from './system.ts';

/** A running system with shops in it, and everything that is written down about it. */
export type Stage = {
  readonly system: System;
  readonly shops: Shops;
  /** Goods that never end, for whoever wants to see whether things can be bought. */
  readonly probe: { readonly shop: Shop; readonly variantId: string };
  readonly history: History;
  readonly random: Random;
  readonly scene: Scene;
  /** Buyers come until told otherwise; the promise settles when the last one has gone. */
  readonly startBuyers: (buyers: number) => { stop: () => Promise<void> };
  readonly close: () => Promise<void>;
};

/** Starts a system in a folder, with two shops whose goods last. */
export const openStage = async (
  folder: string,
  { seed, webhooks }: Pick<Options, 'seed' | 'webhooks'>,
): Promise<Stage> => {
  const system = await startSystem(folder);
  const random = createRandom(seed);
  const shops = await prepareShops({ place: system, stripe: system.stripe, random: random.fork('shops') });
  const shop = shops.shops.find(({ provider }) => provider === 'sandbox');
  if (shop === undefined) throw new Error('no shop takes the sandbox');
  const { variantId } = await addProduct(shop, { stock: 1_000_000 });
  const history = openHistory(join(folder, 'history.jsonl'));
  if (!webhooks) for (const { secretKey } of shops.accounts) system.stripe.endpoint(secretKey, null);
  let rounds = 0;
  return {
    system,
    shops,
    probe: { shop, variantId },
    history,
    random,
    scene: {
      system,
      random: random.fork('faults'),
      accounts: shops.accounts,
      tenants: shops.tenants.map(({ slug }) => slug),
      provoked: [],
    },
    startBuyers: (buyers) => startLoad({ shops, random: random.fork(`round ${(rounds += 1)}`), history, buyers }),
    close: async () => {
      await history.close();
      await system.stop();
    },
  };
};
