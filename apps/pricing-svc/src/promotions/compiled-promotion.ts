import type { Considered, PromotionRule, ReasonCode } from '@kervan/contracts';
import { isCounted } from '../redemptions/tally.ts';
import { compare } from '../rules/order.ts';

/** A promotion ready to be looked at; times in milliseconds, open ends infinite, `null` for a list that narrows nothing. */
export type CompiledPromotion = {
  readonly rule: PromotionRule;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly productIds: ReadonlySet<string> | null;
  readonly brandIds: ReadonlySet<string> | null;
  readonly categoryIds: ReadonlySet<string> | null;
  /** Whether only some lines match. */
  readonly isNarrow: boolean;
  /** Whether it carries an amount, which is of its own currency. */
  readonly hasAmount: boolean;
  /** Whether there is only so much of it, in total or for one customer, without any coupon. */
  readonly isLimited: boolean;
  /** Its rows in `considered` when it does not apply, by reason, so that each is made once. Used by `refuse` only. */
  readonly refusedRows: Map<ReasonCode, Considered>;
};

const setOf = (ids: readonly string[]): ReadonlySet<string> | null => (ids.length === 0 ? null : new Set(ids));

/** Makes a promotion ready to be looked at. */
export const compilePromotion = (rule: PromotionRule): CompiledPromotion => {
  const { kind, conditions, maxDiscount, startsAt, endsAt } = rule;
  const productIds = setOf(conditions.productIds);
  const brandIds = setOf(conditions.brandIds);
  const categoryIds = setOf(conditions.categoryIds);
  return {
    rule,
    startsAt: startsAt === null ? -Infinity : Date.parse(startsAt),
    endsAt: endsAt === null ? Infinity : Date.parse(endsAt),
    productIds,
    brandIds,
    categoryIds,
    isNarrow: productIds !== null || brandIds !== null || categoryIds !== null,
    hasAmount: kind === 'fixed' || conditions.minSubtotal !== null || maxDiscount !== null,
    isLimited: isCounted(rule, null),
    refusedRows: new Map(),
  };
};

/** In which order promotions act: lower priority first, the id decides between equals. */
export const inOrder = ({ rule: a }: CompiledPromotion, { rule: b }: CompiledPromotion): number =>
  a.priority - b.priority || compare(a.id, b.id);
