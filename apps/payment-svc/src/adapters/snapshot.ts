import { PaymentFailure } from '@kervan/contracts';
import { z } from 'zod';

/** The states of a payment on its way that a provider can report; refunds and disputes are told apart from it. */
export const PROVIDER_STATUSES = [
  'pending',
  'requires_action',
  'processing',
  'authorized',
  'paid',
  'failed',
  'cancelled',
] as const;
export const ProviderStatus = z.enum(PROVIDER_STATUSES);
export type ProviderStatus = z.infer<typeof ProviderStatus>;

/** How a payment itself stands. Amounts in minor units of `currency` (ISO 4217, upper case), ours, not the provider's. */
export const IntentSnapshot = z.object({
  status: ProviderStatus,
  amount: z.number().int(),
  currency: z.string(),
  captured: z.number().int(),
  failure: PaymentFailure.nullable(),
  /** Names the card tried last, so that one try told twice is one try; null when the provider has no name for it. */
  attemptRef: z.string().nullable(),
});
export type IntentSnapshot = z.infer<typeof IntentSnapshot>;

export const RefundSnapshot = z.object({
  providerRef: z.string(),
  /** Our refund's id when we asked for it; null for one made at the provider's own desk. */
  refundId: z.string().nullable(),
  status: z.enum(['pending', 'succeeded', 'failed']),
  amount: z.number().int(),
  reason: z.string().nullable(),
  failure: PaymentFailure.nullable(),
});
export type RefundSnapshot = z.infer<typeof RefundSnapshot>;

export const DisputeSnapshot = z.object({
  providerRef: z.string(),
  status: z.enum(['open', 'won', 'lost']),
  amount: z.number().int(),
});
export type DisputeSnapshot = z.infer<typeof DisputeSnapshot>;

/** What a provider says about one payment: the parts it speaks of. */
export const Snapshot = z.object({
  providerRef: z.string(),
  intent: IntentSnapshot.optional(),
  /** Some of the payment's refunds, or all when it was asked. */
  refunds: z.array(RefundSnapshot).optional(),
  /** The sum of what was given back, where the provider says just that. */
  refundedTotal: z.number().int().optional(),
  dispute: DisputeSnapshot.optional(),
});
export type Snapshot = z.infer<typeof Snapshot>;
