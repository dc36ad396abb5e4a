import { describe, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import type { ProviderErrorCode } from '../provider-error.ts';
import { mayTryAgain, providerError, ProviderRefusal } from '../provider-error.ts';
import { failureOf, mapStripeError } from './error.ts';

const { errors } = Stripe;
const card = (code: string, decline_code?: string) =>
  new errors.StripeCardError({
    type: 'card_error',
    code,
    message: 'refused',
    statusCode: 402,
    ...(decline_code === undefined ? {} : { decline_code }),
  });
const invalid = (statusCode: number, code?: string, message = 'wrong') =>
  new errors.StripeInvalidRequestError({
    type: 'invalid_request_error',
    message,
    statusCode,
    ...(code === undefined ? {} : { code }),
  });

const ROWS: [string, Error, ProviderErrorCode, 'refused' | 'unknown'][] = [
  ['insufficient funds', card('card_declined', 'insufficient_funds'), 'insufficient_funds', 'refused'],
  ['a plain decline', card('card_declined', 'generic_decline'), 'declined', 'refused'],
  ['do not honor', card('card_declined', 'do_not_honor'), 'declined', 'refused'],
  ['a reason we do not know', card('card_declined', 'made_up_tomorrow'), 'declined', 'refused'],
  ['a lost card', card('card_declined', 'lost_card'), 'declined', 'refused'],
  ['fraud', card('card_declined', 'fraudulent'), 'declined', 'refused'],
  ['too often', card('card_declined', 'card_velocity_exceeded'), 'limit_exceeded', 'refused'],
  ['expired', card('expired_card'), 'card_expired', 'refused'],
  ['wrong cvc', card('incorrect_cvc'), 'invalid_cvc', 'refused'],
  ['wrong number', card('incorrect_number'), 'invalid_card', 'refused'],
  ['3-D Secure needed', card('authentication_required'), 'authentication_required', 'refused'],
  ['3-D Secure failed', card('payment_intent_authentication_failure'), 'authentication_failed', 'refused'],
  ['the bank is away', card('processing_error'), 'provider_unavailable', 'refused'],
  [
    '401',
    new errors.StripeAuthenticationError({ type: 'api_error', statusCode: 401 }),
    'invalid_credentials',
    'refused',
  ],
  ['403', new errors.StripePermissionError({ type: 'api_error', statusCode: 403 }), 'invalid_credentials', 'refused'],
  ['404', invalid(404, 'resource_missing'), 'not_found', 'refused'],
  ['a wrong parameter', invalid(400, 'parameter_unknown'), 'invalid_request', 'refused'],
  ['another state', invalid(400, 'payment_intent_unexpected_state'), 'invalid_state', 'refused'],
  ['refunded before', invalid(400, 'charge_already_refunded'), 'refund_not_allowed', 'refused'],
  [
    'more than is left',
    invalid(400, undefined, 'Refund amount (5) is greater than unrefunded amount on charge (1)'),
    'refund_not_allowed',
    'refused',
  ],
  ['an empty account', invalid(400, 'balance_insufficient'), 'merchant_balance_insufficient', 'refused'],
  [
    'a key used for something else',
    new errors.StripeIdempotencyError({ type: 'idempotency_error', statusCode: 400 }),
    'duplicate_request',
    'refused',
  ],
  [
    'a key in use',
    new errors.StripeIdempotencyError({ type: 'idempotency_error', statusCode: 409 }),
    'duplicate_request',
    'refused',
  ],
  ['429', new errors.StripeRateLimitError({ type: 'rate_limit_error', statusCode: 429 }), 'rate_limited', 'refused'],
  ['a lock', invalid(429, 'lock_timeout'), 'rate_limited', 'refused'],
  ['500', new errors.StripeAPIError({ type: 'api_error', statusCode: 500 }), 'provider_unavailable', 'unknown'],
  ['503', new errors.StripeAPIError({ type: 'api_error', statusCode: 503 }), 'provider_unavailable', 'unknown'],
  ['424', invalid(424), 'provider_unavailable', 'refused'],
  ['no answer', new errors.StripeConnectionError({ message: 'gone' }), 'provider_unavailable', 'unknown'],
];

describe('errors of the SDK in our words', () => {
  test.each(ROWS)('%s', (_what, error, code, outcome) => {
    expect(mapStripeError(error)).toMatchObject({ code, outcome });
  });

  test('keep what support asks for', () => {
    const raw = { type: 'card_error', code: 'card_declined', decline_code: 'lost_card', statusCode: 402 } as const;
    const error = new errors.StripeCardError({ ...raw, message: 'lost', requestId: 'req_1' });
    expect(mapStripeError(error)).toEqual({
      code: 'declined',
      outcome: 'refused',
      declineCode: 'lost_card',
      providerCode: 'card_declined',
      providerMessage: 'lost',
      httpStatus: 402,
      requestId: 'req_1',
    });
  });

  test('our own refusals go through, bugs are none of them', () => {
    const own = providerError('unsupported_operation', { outcome: 'not_sent' });
    expect(mapStripeError(new ProviderRefusal(own))).toBe(own);
    for (const bug of [new TypeError('x'), { type: 'StripeCardError' }, null, 'StripeError']) {
      expect(mapStripeError(bug)).toBeNull();
    }
  });

  test('only what may be better later is tried again', () => {
    const again = ROWS.filter(([, error]) => mayTryAgain(mapStripeError(error) ?? providerError('declined')));
    expect(again.map(([what]) => what)).toEqual([
      'the bank is away',
      'a key in use',
      '429',
      'a lock',
      '500',
      '503',
      '424',
      'no answer',
    ]);
  });
});

test('of cards that may be stolen nothing is told', () => {
  for (const hidden of ['lost_card', 'stolen_card', 'pickup_card', 'fraudulent']) {
    expect(failureOf('card_declined', hidden, 'Your card was reported stolen')).toEqual({
      code: 'declined',
      message: null,
    });
  }
  expect(failureOf('expired_card', null, 'Your card has expired.')).toEqual({
    code: 'card_expired',
    message: 'Your card has expired.',
  });
  expect(failureOf(undefined, undefined, undefined)).toEqual({ code: 'declined', message: null });
});
