import { job, runService } from '@kervan/service';
import { keyedIdCollection, openKeyedIds } from '@kervan/store';
import { environment } from './config.ts';
import { openKeyUses } from './keys/key-uses.ts';
import { surface } from './surface.ts';
import { tenantCollection } from './tenants/tenant.store.ts';

await runService({
  name: 'account-svc',
  environment,
  collections: [tenantCollection, keyedIdCollection],
  start: async ({ env, store, clock }) => {
    const tenants = store.collection(tenantCollection);
    const uses = openKeyUses(store);
    const keyedId = openKeyedIds(store.collection(keyedIdCollection), { clock, ttlMs: env.IDEMPOTENCY_TTL_S * 1_000 });
    return {
      entries: surface({ tenants, uses, keyedId, clock }),
      jobs: [job({ name: 'key-uses', everySeconds: env.KEY_USES_S, run: () => uses.flush() })],
      stop: () => uses.flush(),
    };
  },
});
