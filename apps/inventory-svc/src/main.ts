import { runService } from '@kervan/service';
import { keyedIdCollection, openKeyedIds } from '@kervan/store';
import { groupBooks } from './books/group.ts';
import { ledger, openCollections, reservations, stock } from './collections.ts';
import { environment } from './config.ts';
import { sweepJob } from './reservations/sweep.ts';
import { surface } from './surface.ts';

await runService({
  name: 'inventory-svc',
  environment,
  collections: [stock, reservations, ledger, keyedIdCollection],
  start: async ({ env, log, store, bus, clock }) => {
    const keyedId = openKeyedIds(store.collection(keyedIdCollection), { clock, ttlMs: env.IDEMPOTENCY_TTL_S * 1_000 });
    const deps = { ...openCollections(store), bus, store, log, keyedId, submit: groupBooks(store) };
    return { entries: surface(deps), jobs: [sweepJob({ ...deps, clock, everySeconds: env.RESERVATION_SWEEP_S })] };
  },
});
