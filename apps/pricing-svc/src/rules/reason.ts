import type { Considered, Reason, ReasonCode, ReasonRef } from '@kervan/contracts';

/** Why a rule does not apply, without texts: a row of the table of reasons, and the amount in its texts in minor units. */
export type Refusal = ReasonRef & { readonly code: ReasonCode };

/** The row of a rule that was looked at and does not apply. */
export const refusedRow = (kind: Considered['kind'], rule: string, reason: Refusal): Considered => ({
  rule,
  kind,
  applied: false,
  reason,
});

const problem = (code: string, en: string, tr: string): Reason => ({ code, tr, en });

/** Problems of a quote: codes of the error table, so that a checkout refuses with the same one. */
export const PROBLEMS = {
  addressRequired: problem(
    'shipping_address_required',
    'The price of shipping needs a delivery address',
    'Kargo ücreti için teslimat adresi gerekli',
  ),
  installmentsUnavailable: problem(
    'payment_method_unavailable',
    'This cart cannot be paid in so many installments',
    'Bu sepet bu taksit sayısıyla ödenemez',
  ),
} as const;

/** The method asked for is not offered to this cart. */
export const methodUnavailable = (why: Reason): Reason =>
  problem(
    'shipping_method_unavailable',
    `This shipping method cannot be used: ${why.en}`,
    `Bu kargo yöntemi kullanılamaz: ${why.tr}`,
  );

/** A coupon that was asked for does not count. */
export const couponInvalid = (code: string, why: Reason): Reason =>
  problem('coupon_invalid', `${code}: ${why.en}`, `${code}: ${why.tr}`);

/** A coupon that was asked for is used up. */
export const couponExhausted = (code: string, why: Reason): Reason =>
  problem('coupon_exhausted', `${code}: ${why.en}`, `${code}: ${why.tr}`);
