import type { pricingRpc } from '@kervan/contracts';
import type { Collection, KeyedIds } from '@kervan/store';
import type { z } from 'zod';
import type { RuleSetDocument } from './rules/rule-set.ts';
import { changeRulesOf, readRulesOf } from './rules/rule-set.store.ts';
import { openRulesCache } from './rules/rules-cache.ts';

/** What the handlers of this service work with. `rulesTtlMs` in milliseconds. */
export const openDeps = ({
  ruleSets,
  keyedId,
  clock,
  rulesTtlMs,
}: {
  ruleSets: Collection<RuleSetDocument>;
  keyedId: KeyedIds;
  clock: () => Date;
  rulesTtlMs: number;
}) => {
  const readRules = readRulesOf(ruleSets);
  const rulesCache = openRulesCache({ read: readRules, clock, ttlMs: rulesTtlMs });
  return { readRules, changeRules: changeRulesOf(ruleSets, rulesCache.drop), keyedId, rulesCache, clock };
};
export type Deps = ReturnType<typeof openDeps>;

/** The parsed request of a call this service answers. */
export type RequestOf<Call extends keyof typeof pricingRpc> = z.output<(typeof pricingRpc)[Call]['request']>;
