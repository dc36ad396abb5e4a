/** What a test card does. */
export type CardBehaviour =
  | { readonly does: 'succeed'; readonly later?: 'dispute' | 'refund_pending' | 'refund_fail' }
  | { readonly does: 'authenticate' }
  | { readonly does: 'process' }
  | { readonly does: 'decline'; readonly code: string; readonly declineCode?: string };

const declined = (declineCode: string): CardBehaviour => ({ does: 'decline', code: 'card_declined', declineCode });

/** Stripe's test cards, by payment method and by number. */
const CARDS: Readonly<Record<string, CardBehaviour>> = {
  pm_card_visa: { does: 'succeed' },
  '4242424242424242': { does: 'succeed' },
  pm_card_mastercard: { does: 'succeed' },
  '5555555555554444': { does: 'succeed' },
  pm_card_chargeDeclined: declined('generic_decline'),
  pm_card_visa_chargeDeclined: declined('generic_decline'),
  '4000000000000002': declined('generic_decline'),
  pm_card_visa_chargeDeclinedInsufficientFunds: declined('insufficient_funds'),
  '4000000000009995': declined('insufficient_funds'),
  pm_card_visa_chargeDeclinedLostCard: declined('lost_card'),
  '4000000000009987': declined('lost_card'),
  pm_card_visa_chargeDeclinedStolenCard: declined('stolen_card'),
  '4000000000009979': declined('stolen_card'),
  pm_card_chargeDeclinedExpiredCard: { does: 'decline', code: 'expired_card' },
  '4000000000000069': { does: 'decline', code: 'expired_card' },
  pm_card_chargeDeclinedIncorrectCvc: { does: 'decline', code: 'incorrect_cvc' },
  '4000000000000127': { does: 'decline', code: 'incorrect_cvc' },
  pm_card_chargeDeclinedProcessingError: { does: 'decline', code: 'processing_error' },
  '4000000000000119': { does: 'decline', code: 'processing_error' },
  pm_card_visa_chargeDeclinedVelocityLimitExceeded: declined('card_velocity_exceeded'),
  '4000000000006975': declined('card_velocity_exceeded'),
  pm_card_authenticationRequired: { does: 'authenticate' },
  '4000002500003155': { does: 'authenticate' },
  '4000000000003220': { does: 'authenticate' },
  pm_card_createDispute: { does: 'succeed', later: 'dispute' },
  '4000000000000259': { does: 'succeed', later: 'dispute' },
  pm_card_pendingRefund: { does: 'succeed', later: 'refund_pending' },
  pm_card_refundFail: { does: 'succeed', later: 'refund_fail' },
  '4000000000005126': { does: 'succeed', later: 'refund_fail' },
  // A method that takes days (a bank debit): `settle` ends it.
  pm_delayed: { does: 'process' },
};

/** What a card does, by payment method or number; undefined for one Stripe does not know. */
export const cardOf = (name: string): CardBehaviour | undefined =>
  Object.hasOwn(CARDS, name) ? CARDS[name] : undefined;
