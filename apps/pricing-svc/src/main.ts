import { runService } from '@kervan/service';
import { keyedIdCollection, openKeyedIds } from '@kervan/store';
import { environment } from './config.ts';
import { openDeps } from './deps.ts';
import { ruleSetCollection } from './rules/rule-set.store.ts';
import { surface } from './surface.ts';

await runService({
  name: 'pricing-svc',
  environment,
  collections: [ruleSetCollection, keyedIdCollection],
  start: async ({ env, store, clock }) => {
    const ruleSets = store.collection(ruleSetCollection);
    const keyedId = openKeyedIds(store.collection(keyedIdCollection), { clock, ttlMs: env.IDEMPOTENCY_TTL_S * 1_000 });
    return { entries: surface(openDeps({ ruleSets, keyedId, clock, rulesTtlMs: env.PRICING_RULES_TTL_S * 1_000 })) };
  },
});
