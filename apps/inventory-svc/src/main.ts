import { runService } from '@kervan/service';
import { groupChanges } from './books/group.ts';
import { ledger, openCollections, reservations, stock } from './collections.ts';
import { environment } from './config.ts';
import { sweepJob } from './reservations/sweep.ts';
import { surface } from './surface.ts';

await runService({
  name: 'inventory-svc',
  environment,
  collections: [stock, reservations, ledger],
  start: async ({ env, log, store, clock }) => {
    const deps = { ...openCollections(store), store, log, submit: groupChanges({ store, clock, log }) };
    return { entries: surface(deps), jobs: [sweepJob({ ...deps, clock, everySeconds: env.RESERVATION_SWEEP_S })] };
  },
});
