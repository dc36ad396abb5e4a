import type { Considered } from '@kervan/contracts';
import type { Bill } from './bill.ts';
import { couponInvalid, REASONS } from '../rules/reason.ts';

/** Step 2: every code that was given is answered. */
export const answerCoupons = (bill: Bill): Bill => {
  const codes = bill.request.coupons;
  if (codes.length === 0) return bill;
  const reason = REASONS.couponUnknown;
  return {
    ...bill,
    coupons: codes.map((code) => ({ code, applied: false, reason })),
    considered: [
      ...bill.considered,
      ...codes.map((rule): Considered => ({ rule, kind: 'coupon', applied: false, reason })),
    ],
    problems: [...bill.problems, ...codes.map((code) => couponInvalid(code, reason))],
  };
};
