import type { PaymentFailure } from '@kervan/contracts';
import Stripe from 'stripe';
import { providerError, ProviderRefusal } from '../provider-error.ts';
import type { ProviderError, ProviderErrorCode } from '../provider-error.ts';

/** Stripe's reasons in our words, decline codes before error codes. Source: docs.stripe.com/error-codes, /declines/codes. */
export const REASONS: Readonly<Record<string, ProviderErrorCode>> = {
  insufficient_funds: 'insufficient_funds',
  generic_decline: 'declined',
  do_not_honor: 'declined',
  // What hints at theft is shown as any other refusal.
  lost_card: 'declined',
  stolen_card: 'declined',
  pickup_card: 'declined',
  fraudulent: 'declined',
  card_velocity_exceeded: 'limit_exceeded',
  withdrawal_count_limit_exceeded: 'limit_exceeded',
  expired_card: 'card_expired',
  incorrect_cvc: 'invalid_cvc',
  invalid_cvc: 'invalid_cvc',
  incorrect_number: 'invalid_card',
  invalid_number: 'invalid_card',
  invalid_expiry_month: 'invalid_card',
  invalid_expiry_year: 'invalid_card',
  authentication_required: 'authentication_required',
  payment_intent_authentication_failure: 'authentication_failed',
  processing_error: 'provider_unavailable',
  charge_already_refunded: 'refund_not_allowed',
  charge_disputed: 'refund_not_allowed',
  payment_intent_unexpected_state: 'invalid_state',
  resource_missing: 'not_found',
  lock_timeout: 'rate_limited',
  card_declined: 'declined',
};

const HIDDEN: ReadonlySet<string> = new Set(['lost_card', 'stolen_card', 'pickup_card', 'fraudulent']);

/** Why a card was refused, as it may be shown: of cards that may be stolen nothing is told. */
export const failureOf = (
  code: string | null | undefined,
  declineCode: string | null | undefined,
  message: string | null | undefined,
): PaymentFailure => ({
  code: REASONS[declineCode ?? ''] ?? REASONS[code ?? ''] ?? 'declined',
  message: HIDDEN.has(declineCode ?? '') ? null : (message ?? null),
});

/** By HTTP status, where the error's own code says nothing. */
const codeOfStatus = (status: number): ProviderErrorCode => {
  if (status === 401 || status === 403) return 'invalid_credentials';
  if (status === 404) return 'not_found';
  if (status === 409) return 'duplicate_request';
  if (status === 402) return 'declined';
  if (status === 429) return 'rate_limited';
  return status >= 500 || status === 424 ? 'provider_unavailable' : 'invalid_request';
};

/** What an error of the SDK means; null for anything that is not one. A lost answer leaves the outcome unknown. */
export const mapStripeError = (raw: unknown): ProviderError | null => {
  if (raw instanceof ProviderRefusal) return raw.error;
  if (!(raw instanceof Stripe.errors.StripeError)) return null;
  const details = {
    declineCode: raw.decline_code ?? null,
    providerCode: raw.code ?? raw.rawType ?? null,
    providerMessage: raw.message,
    httpStatus: raw.statusCode ?? null,
    requestId: raw.requestId ?? null,
  };
  if (raw instanceof Stripe.errors.StripeConnectionError || raw.statusCode === undefined) {
    return providerError('provider_unavailable', { ...details, outcome: 'unknown' });
  }
  if (raw.rawType === 'idempotency_error') return providerError('duplicate_request', details);
  const isOversizedRefund = raw.code === undefined && /greater than (?:the )?un-?refunded/i.test(raw.message);
  if (isOversizedRefund) return providerError('refund_not_allowed', details);
  const code = REASONS[raw.decline_code ?? ''] ?? REASONS[raw.code ?? ''] ?? codeOfStatus(raw.statusCode);
  return providerError(code, { ...details, outcome: raw.statusCode >= 500 ? 'unknown' : 'refused' });
};
