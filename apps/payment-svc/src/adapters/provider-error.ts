/**
 * What can go wrong at a provider, in our own words: each adapter maps its provider's errors to these. The codes for a
 * refused card stand on payments and are shown; the rest decides who may try again.
 */
export const PROVIDER_ERROR_CODES = [
  // The issuer says no: another card may work.
  'declined',
  'insufficient_funds',
  'limit_exceeded',
  // The card's data is wrong: may be corrected.
  'card_expired',
  'invalid_card',
  'invalid_cvc',
  'authentication_required',
  'authentication_failed',
  // Ask how it stands first.
  'duplicate_request',
  'invalid_state',
  'not_found',
  'refund_not_allowed',
  // The shop has to fill its account at the provider first.
  'merchant_balance_insufficient',
  // Our bug, or the provider cannot do it.
  'invalid_request',
  'unsupported_operation',
  // The tenant has to act.
  'invalid_credentials',
  // Later again.
  'rate_limited',
  'provider_unavailable',
] as const;
export type ProviderErrorCode = (typeof PROVIDER_ERROR_CODES)[number];

/** An error of a provider. Everything but `code` and `declineCode` is for logs and staff, never for buyers. */
export type ProviderError = {
  readonly code: ProviderErrorCode;
  /** Whether the provider may have done it all the same: then the same call is made again under the same key. */
  readonly outcome: 'refused' | 'not_sent' | 'unknown';
  readonly declineCode: string | null;
  readonly providerCode: string | null;
  readonly providerMessage: string | null;
  readonly httpStatus: number | null;
  readonly requestId: string | null;
};

/** A provider error of which only the code is known, refused unless told otherwise. */
export const providerError = (code: ProviderErrorCode, more: Partial<ProviderError> = {}): ProviderError => ({
  code,
  outcome: 'refused',
  declineCode: null,
  providerCode: null,
  providerMessage: null,
  httpStatus: null,
  requestId: null,
  ...more,
});

/** What an adapter throws when it refuses something itself, before or without a provider's answer. */
export class ProviderRefusal extends Error {
  readonly error: ProviderError;

  constructor(error: ProviderError) {
    super(error.providerMessage ?? error.code);
    this.error = error;
  }
}

/**
 * Whether the same call may be made again later: the provider is down, busy, or still at the first one. A key used
 * before for another call never will do.
 */
export const mayTryAgain = ({ code, httpStatus }: ProviderError): boolean =>
  code === 'provider_unavailable' || code === 'rate_limited' || (code === 'duplicate_request' && httpStatus === 409);
