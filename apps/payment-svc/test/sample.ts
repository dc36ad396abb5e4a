import type { IntentSnapshot, Snapshot } from '../src/adapters/snapshot.ts';
import { newPayment, type PaymentDocument } from '../src/payments/payment.ts';

/** A payment of 100.00 TRY for tests. */
export const samplePayment = (more: Partial<PaymentDocument> = {}): PaymentDocument => {
  const at = new Date('2026-11-22T10:00:00.000Z');
  const request = {
    orderId: 'ord_1',
    orderNo: 'AAAA-BBBB',
    attempt: 1,
    provider: 'stripe',
    method: 'card',
    amount: 10_000,
    currency: 'TRY',
    returnUrl: null,
    installments: 1,
    email: 'ayse@example.com',
    shippingAddress: null,
  } as const;
  const created = {
    providerRef: 'pi_1',
    clientSecret: 'pi_1_secret_x',
    nextAction: { type: 'none', url: null, html: null },
  } as const;
  return { ...newPayment('shop', request, created, at), version: 1, createdAt: at, updatedAt: at, ...more };
};

/** What a provider says of that payment. */
export const intentTold = (status: IntentSnapshot['status'], more: Partial<IntentSnapshot> = {}): Snapshot => ({
  providerRef: 'pi_1',
  intent: {
    status,
    amount: 10_000,
    currency: 'TRY',
    captured: status === 'paid' ? 10_000 : 0,
    failure: status === 'failed' ? { code: 'declined', message: null } : null,
    attemptRef: status === 'failed' ? 'ch_failed' : 'ch_1',
    ...more,
  },
});
