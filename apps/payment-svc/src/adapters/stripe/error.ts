import type { PaymentFailure } from '@kervan/contracts';
import { z } from 'zod';
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
  balance_insufficient: 'merchant_balance_insufficient',
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

/** What we read of an error of the SDK. Known by its fields, not by its class: that would load the SDK, see `client.ts`. */
const SdkError = z.object({
  type: z.string().startsWith('Stripe'),
  message: z.string(),
  rawType: z.string().optional(),
  code: z.string().optional(),
  decline_code: z.string().optional(),
  /** Missing when no answer came. */
  statusCode: z.number().int().optional(),
  requestId: z.string().optional(),
  headers: z.record(z.string(), z.unknown()).optional(),
});

const readSdkError = (raw: unknown): z.output<typeof SdkError> | null =>
  raw instanceof Error ? (SdkError.safeParse(raw).data ?? null) : null;

/** What an error of the SDK means; null for anything that is not one. A lost answer leaves the outcome unknown. */
export const mapStripeError = (raw: unknown): ProviderError | null => {
  if (raw instanceof ProviderRefusal) return raw.error;
  const error = readSdkError(raw);
  if (error === null) return null;
  const { type, message, rawType, code, decline_code: declineCode, statusCode, requestId } = error;
  const details = {
    declineCode: declineCode ?? null,
    providerCode: code ?? rawType ?? null,
    providerMessage: message,
    httpStatus: statusCode ?? null,
    requestId: requestId ?? null,
  };
  if (type === 'StripeConnectionError' || statusCode === undefined) {
    return providerError('provider_unavailable', { ...details, outcome: 'unknown' });
  }
  if (rawType === 'idempotency_error') return providerError('duplicate_request', details);
  const isOversizedRefund = code === undefined && /greater than (?:the )?un-?refunded/i.test(message);
  if (isOversizedRefund) return providerError('refund_not_allowed', details);
  const reason = REASONS[declineCode ?? ''] ?? REASONS[code ?? ''] ?? codeOfStatus(statusCode);
  return providerError(reason, { ...details, outcome: statusCode >= 500 ? 'unknown' : 'refused' });
};

/** Whether Stripe has only given again the 500 that it remembers under this key: the key is spent. */
export const isRememberedFailure = (raw: unknown): boolean => {
  const error = readSdkError(raw);
  return (error?.statusCode ?? 0) >= 500 && error?.headers?.['idempotent-replayed'] === 'true';
};

/** Whether the first call under this key is still running. */
export const isStillRunning = (raw: unknown): boolean => readSdkError(raw)?.statusCode === 409;
