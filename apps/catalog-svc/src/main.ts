import { runService } from '@kervan/service';
import { keyedIdCollection, openKeyedIds } from '@kervan/store';
import { brandCollection } from './brands/brand.store.ts';
import { environment } from './config.ts';
import { importCollection, importPartCollection } from './imports/import.store.ts';
import { openShelves } from './memory/shelves.ts';
import { productCollection } from './products/product.store.ts';
import { openPassOn, passOnJob } from './stock/pass-on.ts';
import { surface } from './surface.ts';

await runService({
  name: 'catalog-svc',
  environment,
  collections: [productCollection, brandCollection, importCollection, importPartCollection, keyedIdCollection],
  start: async ({ env, log, store, bus, clock }) => {
    const products = store.collection(productCollection);
    const passOn = openPassOn({ bus, store, log });
    const deps = {
      products,
      brands: store.collection(brandCollection),
      imports: store.collection(importCollection),
      parts: store.collection(importPartCollection),
      shelves: openShelves(env.CATALOG_FRESH_S * 1_000),
      keyedId: openKeyedIds(store.collection(keyedIdCollection), { clock, ttlMs: env.IDEMPOTENCY_TTL_S * 1_000 }),
      store,
      passOn,
      clock,
    };
    return {
      entries: surface(deps),
      jobs: [passOnJob({ products, passOn, clock, everySeconds: env.STOCK_PASS_ON_S })],
    };
  },
});
