import { defineCollection } from '@kervan/store';
import type { Collection } from '@kervan/store';
import { PaymentDocument } from './payment.ts';

/** Payments by age and state for staff, by the provider's name for webhooks, by due time for the reconciler. */
export const paymentCollection = defineCollection<PaymentDocument>({
  name: 'payments',
  schema: PaymentDocument,
  outbox: 'payment',
  indexes: [
    { key: { providerRef: 1, provider: 1 }, unique: true },
    { key: { orderNo: 1 } },
    { key: { createdAt: -1 } },
    { key: { status: 1, createdAt: -1 } },
    { key: { checkAt: 1 }, partial: { checkAt: { $type: 'date' } }, acrossTenants: true, name: 'check_due' },
  ],
});
export type PaymentStore = Collection<PaymentDocument>;
