import {
  type Considered,
  couponProblem,
  type PromotionUse,
  type Quote,
  type QuoteCoupon,
  type Reason,
} from '@kervan/contracts';
import type { GivenCode } from '../promotions/candidates.ts';
import type { Outcome } from '../promotions/outcome.ts';
import { isCounted } from '../redemptions/tally.ts';
import { couponExhausted, couponInvalid, REASONS } from '../rules/reason.ts';
import type { Bill } from './bill.ts';

const row = (rule: string, kind: 'promotion' | 'coupon', reason: Reason | null, amount: number): Considered =>
  reason === null ? { rule, kind, applied: true, amount } : { rule, kind, applied: false, reason };

const reasonOf = ({ key }: GivenCode, outcome: Outcome | undefined): Reason | null => {
  if (outcome === undefined) return REASONS.couponUnknown;
  const { code, reason, exhausted } = outcome;
  return exhausted.get(key) ?? reason ?? (code?.key === key ? null : REASONS.alreadyApplied);
};

const answer = (given: GivenCode, outcome: Outcome | undefined): QuoteCoupon => {
  const reason = reasonOf(given, outcome);
  const promotionId = given.promotion?.rule.id ?? null;
  const { code } = given;
  if (reason === null) return { code, applied: true, promotionId, amount: outcome?.amount ?? 0 };
  return { code, applied: false, promotionId, amount: 0, reason };
};

const problemsOf = ({ code, reason }: QuoteCoupon): Reason[] => {
  const problem = reason === undefined ? null : couponProblem(reason.code);
  if (reason === undefined || problem === null) return [];
  return [problem === 'coupon_exhausted' ? couponExhausted(code, reason) : couponInvalid(code, reason)];
};

const isUse = ({ promotion: { rule }, code, reason }: Outcome): boolean =>
  reason === null && isCounted(rule, code?.coupon ?? null);

const useOf = ({ promotion: { rule }, code }: Outcome): PromotionUse => ({
  promotionId: rule.id,
  couponId: code?.coupon.id ?? null,
  code: code?.code ?? null,
});

/** What would have to be known of the buyer to settle these. */
export const unknownIn = (outcomes: readonly Outcome[]): Quote['unknown'] =>
  outcomes.some(({ reason }) => reason === REASONS.firstOrderUnknown) ? ['firstOrder'] : [];

/** Between the steps: every promotion and every code is answered, now that all of them are settled. */
export const answerCoupons = (bill: Bill): Bill => {
  const { codes, outcomes } = bill;
  if (outcomes.length === 0 && codes.length === 0) return bill;
  const coupons = codes.map((given) =>
    answer(
      given,
      outcomes.find(({ promotion }) => promotion === given.promotion),
    ),
  );
  return {
    ...bill,
    coupons,
    uses: outcomes.filter(isUse).map(useOf),
    unknown: unknownIn(outcomes),
    considered: [
      ...outcomes.map(({ promotion, reason, amount }) => row(promotion.rule.id, 'promotion', reason, amount)),
      ...coupons.map(({ code, reason = null, amount }) => row(code, 'coupon', reason, amount)),
      ...bill.considered,
    ],
    problems: [...coupons.flatMap(problemsOf), ...bill.problems],
  };
};
