import type { pricingRpc } from '@kervan/contracts';
import type { Bus } from '@kervan/bus';
import type { Log } from '@kervan/service';
import type { Collection, KeyedIds } from '@kervan/store';
import type { z } from 'zod';
import type { CouponStore } from './coupons/coupon.store.ts';
import type { openUses } from './redemptions/redemption.store.ts';
import type { RuleSetDocument } from './rules/rule-set.ts';
import { changeRulesOf, readRulesOf } from './rules/rule-set.store.ts';
import { openRulesCache } from './rules/rules-cache.ts';

/** What the handlers of this service work with. `rulesTtlMs` in milliseconds. */
export const openDeps = ({
  ruleSets,
  coupons,
  uses,
  keyedId,
  deadLetters,
  log,
  clock,
  rulesTtlMs,
}: {
  ruleSets: Collection<RuleSetDocument>;
  coupons: CouponStore;
  uses: ReturnType<typeof openUses>;
  keyedId: KeyedIds;
  deadLetters: Bus['deadLetters'];
  log: Log;
  clock: () => Date;
  rulesTtlMs: number;
}) => {
  const readRules = readRulesOf(ruleSets);
  const rulesCache = openRulesCache({ read: readRules, clock, ttlMs: rulesTtlMs });
  const changeRules = changeRulesOf(ruleSets, rulesCache.drop);
  return { readRules, changeRules, coupons, uses, keyedId, deadLetters, log, rulesCache, clock };
};
export type Deps = ReturnType<typeof openDeps>;

/** The parsed request of a call this service answers. */
export type RequestOf<Call extends keyof typeof pricingRpc> = z.output<(typeof pricingRpc)[Call]['request']>;
