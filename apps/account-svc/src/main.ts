import { job, runService } from '@kervan/service';
import { environment } from './config.ts';
import { openKeyUses } from './keys/key-uses.ts';
import { surface } from './surface.ts';
import { tenantCollection } from './tenants/tenant.store.ts';

await runService({
  name: 'account-svc',
  environment,
  collections: [tenantCollection],
  start: async ({ env, store, clock }) => {
    const tenants = store.collection(tenantCollection);
    const uses = openKeyUses(store);
    return {
      entries: surface({ tenants, uses, clock }),
      jobs: [job({ name: 'key-uses', everySeconds: env.KEY_USES_S, run: () => uses.flush() })],
      stop: () => uses.flush(),
    };
  },
});
