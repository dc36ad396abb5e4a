import { Currency as IsoCurrency } from '@kervan/contracts';
import type { PaymentFailure } from '@kervan/contracts';
import { z } from 'zod';
import type { DisputeSnapshot, IntentSnapshot, ProviderStatus, RefundSnapshot } from '../snapshot.ts';
import { fromStripeAmount } from './amount.ts';
import { failureOf } from './error.ts';

const Amount = z.number().int();
const Currency = z.string().toUpperCase().pipe(IsoCurrency);
const Reference = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]);
const Metadata = z.record(z.string(), z.string()).nullish();

const LastError = z.object({
  code: z.string().nullish(),
  decline_code: z.string().nullish(),
  message: z.string().nullish(),
  charge: z.string().nullish(),
});

/** What we read of a PaymentIntent, in an answer or inside an event. */
export const Intent = z.object({
  id: z.string(),
  amount: Amount,
  amount_received: Amount.nullish(),
  currency: Currency,
  status: z.string().nullish(),
  last_payment_error: LastError.nullish(),
  latest_charge: Reference.nullish(),
  metadata: Metadata,
});
export type Intent = z.output<typeof Intent>;

export const Charge = z.object({ payment_intent: Reference.nullish(), amount_refunded: Amount, currency: Currency });

export const Refund = z.object({
  id: z.string(),
  amount: Amount,
  currency: Currency,
  status: z.string().nullish(),
  payment_intent: Reference.nullish(),
  reason: z.string().nullish(),
  failure_reason: z.string().nullish(),
  metadata: Metadata,
});
export type Refund = z.output<typeof Refund>;

export const Dispute = z.object({
  id: z.string(),
  amount: Amount,
  currency: Currency,
  status: z.string(),
  payment_intent: Reference.nullish(),
});
export type Dispute = z.output<typeof Dispute>;

/** The states of a PaymentIntent in our words; back at `requires_payment_method` with an error means a card was refused. */
export const INTENT_STATUSES: Readonly<Record<string, ProviderStatus>> = {
  requires_payment_method: 'pending',
  requires_confirmation: 'pending',
  requires_action: 'requires_action',
  processing: 'processing',
  requires_capture: 'authorized',
  succeeded: 'paid',
  canceled: 'cancelled',
};

const REFUND_STATUSES: Readonly<Record<string, RefundSnapshot['status']>> = {
  pending: 'pending',
  requires_action: 'pending',
  succeeded: 'succeeded',
  failed: 'failed',
  canceled: 'failed',
};

const DISPUTE_STATUSES: Readonly<Record<string, DisputeSnapshot['status']>> = {
  won: 'won',
  warning_closed: 'won',
  prevented: 'won',
  lost: 'lost',
};

/** How an intent stands as the answer to our question. */
export const intentStatus = ({ status, last_payment_error: error }: Intent): ProviderStatus => {
  const known = INTENT_STATUSES[status ?? ''] ?? 'pending';
  return known === 'pending' && error !== null && error !== undefined ? 'failed' : known;
};

/** An intent in our words. `status` comes from the event's type, or from the intent when it was asked. */
export const intentSnapshot = (intent: Intent, status: ProviderStatus): IntentSnapshot => {
  const { currency, last_payment_error: error } = intent;
  const received = intent.amount_received ?? intent.amount;
  return {
    status,
    amount: fromStripeAmount(intent.amount, currency),
    currency,
    captured: status === 'paid' ? fromStripeAmount(received, currency) : 0,
    failure: status === 'failed' ? failureOf(error?.code, error?.decline_code, error?.message) : null,
    attemptRef: (status === 'failed' ? error?.charge : null) ?? intent.latest_charge ?? null,
  };
};

/** A refund in our words. `refundId` is ours, from the metadata we sent with it. */
export const refundSnapshot = (refund: Refund): RefundSnapshot => ({
  providerRef: refund.id,
  refundId: refund.metadata?.['refundId'] ?? null,
  status: REFUND_STATUSES[refund.status ?? ''] ?? 'pending',
  amount: fromStripeAmount(refund.amount, refund.currency),
  reason: refund.reason ?? null,
  failure: refundFailure(refund),
});

const refundFailure = ({ status, failure_reason: reason }: Refund): PaymentFailure | null =>
  REFUND_STATUSES[status ?? ''] === 'failed' ? { code: reason ?? 'refund_failed', message: null } : null;

/** A dispute in our words; inquiries (`warning_…`) and appeals are disputes that are open. */
export const disputeSnapshot = (dispute: Dispute): DisputeSnapshot => ({
  providerRef: dispute.id,
  status: DISPUTE_STATUSES[dispute.status] ?? 'open',
  amount: fromStripeAmount(dispute.amount, dispute.currency),
});
