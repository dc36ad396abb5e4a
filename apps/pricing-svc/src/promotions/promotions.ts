import type { PromotionRule } from '@kervan/contracts';
import type { Candidate } from './candidate.ts';
import { type CompiledPromotion, compilePromotion, inOrder } from './compiled-promotion.ts';
import { indexPromotions, type PromotionIndex } from './matching.ts';

/** The promotions of a shop that are switched on, ready for quotes. */
export type Promotions = {
  readonly byId: ReadonlyMap<string, CompiledPromotion>;
  /** Those that need no code, in the order in which they act; among them those of which there is only so much. */
  readonly automatic: readonly Candidate[];
  readonly limited: readonly Candidate[];
  readonly index: PromotionIndex;
};

/** Makes the promotions of a shop ready for quotes. */
export const compilePromotions = (rules: readonly PromotionRule[]): Promotions => {
  const enabled = rules
    .filter(({ enabled }) => enabled)
    .map(compilePromotion)
    .toSorted(inOrder);
  const automatic = enabled
    .filter(({ rule }) => rule.automatic)
    .map((promotion): Candidate => ({ promotion, codes: [] }));
  return {
    byId: new Map(enabled.map((promotion) => [promotion.rule.id, promotion])),
    automatic,
    limited: automatic.filter(({ promotion }) => promotion.isLimited),
    index: indexPromotions(automatic.map(({ promotion }) => promotion)),
  };
};
