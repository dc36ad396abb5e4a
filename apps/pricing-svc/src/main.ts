import { runService } from '@kervan/service';
import { environment } from './config.ts';
import { openDeps } from './deps.ts';
import { ruleSetCollection } from './rules/rule-set.store.ts';
import { surface } from './surface.ts';

await runService({
  name: 'pricing-svc',
  environment,
  collections: [ruleSetCollection],
  start: async ({ env, store, clock }) => {
    const ruleSets = store.collection(ruleSetCollection);
    return { entries: surface(openDeps({ ruleSets, clock, rulesTtlMs: env.PRICING_RULES_TTL_S * 1_000 })) };
  },
});
