import { runService } from '@kervan/service';
import { keyedIdCollection, openKeyedIds } from '@kervan/store';
import { environment } from './config.ts';
import { couponCollection } from './coupons/coupon.store.ts';
import { openDeps } from './deps.ts';
import { openUses, redemptionCollection, tallyCollection } from './redemptions/redemption.store.ts';
import { ruleSetCollection } from './rules/rule-set.store.ts';
import { surface } from './surface.ts';

await runService({
  name: 'pricing-svc',
  environment,
  collections: [ruleSetCollection, couponCollection, redemptionCollection, tallyCollection, keyedIdCollection],
  start: async ({ env, log, store, bus, clock }) => {
    const ruleSets = store.collection(ruleSetCollection);
    const keyedId = openKeyedIds(store.collection(keyedIdCollection), { clock, ttlMs: env.IDEMPOTENCY_TTL_S * 1_000 });
    const deps = openDeps({
      ruleSets,
      coupons: store.collection(couponCollection),
      uses: openUses(store),
      keyedId,
      deadLetters: bus.deadLetters,
      log,
      clock,
      rulesTtlMs: env.PRICING_RULES_TTL_S * 1_000,
    });
    return { entries: surface(deps) };
  },
});
