import {
  type Considered,
  couponProblem,
  type PromotionUse,
  type Quote,
  type QuoteCoupon,
  type Reason,
  reasonOf,
} from '@kervan/contracts';
import type { GivenCode } from '../promotions/candidate.ts';
import { type Outcome, rowOfRefused } from '../promotions/outcome.ts';
import { isCounted } from '../redemptions/tally.ts';
import { couponExhausted, couponInvalid, type Refusal, refusedRow } from '../rules/reason.ts';
import type { Bill } from './bill.ts';

const promotionRow = ({ promotion, reason, amount }: Outcome): Considered =>
  reason === null
    ? { rule: promotion.rule.id, kind: 'promotion', applied: true, amount }
    : rowOfRefused(promotion, reason);

const refusalOf = ({ key }: GivenCode, outcome: Outcome | undefined): Refusal | null => {
  if (outcome === undefined) return { code: 'coupon_unknown' };
  const { code, reason, exhausted } = outcome;
  return exhausted.get(key) ?? reason ?? (code?.key === key ? null : { code: 'already_applied' });
};

/** What became of a code; `amount` is what its promotion takes off, 0 when it does not count. */
type SettledCode = { readonly given: GivenCode; readonly refusal: Refusal | null; readonly amount: number };

const settle = (given: GivenCode, outcomes: readonly Outcome[]): SettledCode => {
  const outcome = outcomes.find(({ promotion }) => promotion === given.promotion);
  const refusal = refusalOf(given, outcome);
  return { given, refusal, amount: refusal === null ? (outcome?.amount ?? 0) : 0 };
};

const couponRow = ({ given: { code }, refusal, amount }: SettledCode): Considered =>
  refusal === null ? { rule: code, kind: 'coupon', applied: true, amount } : refusedRow('coupon', code, refusal);

const answer = ({ given: { code, promotion }, refusal, amount }: SettledCode, currency: string): QuoteCoupon => {
  const coupon = { code, applied: refusal === null, promotionId: promotion?.rule.id ?? null, amount };
  return refusal === null ? coupon : { ...coupon, reason: reasonOf(refusal, currency) };
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
export const unknownIn = ({ outcomes, passedOver }: Pick<Bill, 'outcomes' | 'passedOver'>): Quote['unknown'] => {
  const waits = ({ reason }: Pick<Outcome | Considered, 'reason'>): boolean => reason?.code === 'first_order_unknown';
  return outcomes.some(waits) || passedOver.some(waits) ? ['firstOrder'] : [];
};

/** Between the steps: every promotion and every code is answered, now that all of them are settled. */
export const answerCoupons = (bill: Bill): Bill => {
  const { codes, outcomes, passedOver } = bill;
  if (outcomes.length === 0 && passedOver.length === 0 && codes.length === 0) return bill;
  const settled = codes.map((given) => settle(given, outcomes));
  const coupons = settled.map((code) => answer(code, bill.request.currency));
  return {
    ...bill,
    coupons,
    uses: outcomes.filter(isUse).map(useOf),
    unknown: unknownIn(bill),
    considered: [...outcomes.map(promotionRow), ...passedOver, ...settled.map(couponRow), ...bill.considered],
    problems: [...coupons.flatMap(problemsOf), ...bill.problems],
  };
};
