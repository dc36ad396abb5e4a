import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PaymentRef, ProviderContext } from '../src/adapters/adapter.ts';
import { stripeAdapter } from '../src/adapters/stripe/stripe.ts';
import { findStripeMock, startStripeMock, STRIPE_MOCK_FOLDERS } from './stripe-mock.ts';

const command = findStripeMock();

/** A second opinion on what we send: Stripe's own mock server refuses every parameter that its API does not have. */
const secondOpinion = (path: string) => {
  let mock: Awaited<ReturnType<typeof startStripeMock>>;
  beforeAll(async () => {
    mock = await startStripeMock(path);
  });
  afterAll(() => mock.stop());

  const adapter = () => stripeAdapter({ apiBase: mock.url });
  const context = (capture: 'automatic' | 'manual' = 'automatic'): ProviderContext => ({
    settings: { tenant: 'shop', mode: 'test', capture, credentials: { secretKey: 'sk_test_123' } },
    deadline: Date.now() + 10_000,
  });
  const PAYMENT: PaymentRef = { providerRef: 'pi_123', orderId: 'ord_1', attempt: 1, amount: 129_990, currency: 'TRY' };
  const request = { orderId: 'ord_1', orderNo: 'AAAA-BBBB-CCCC', attempt: 1, amount: 129_990, currency: 'TRY' };

  test.each(['automatic', 'manual'] as const)('opening a payment, capture %s', async (capture) => {
    const opened = await adapter().createPayment(context(capture), request);
    expect(opened.providerRef).toMatch(/^pi_/);
    expect(opened.clientSecret).toMatch(/_secret_/);
  });
  test.each(['getStatus', 'confirm', 'capture', 'cancel'] as const)('%s', async (call) => {
    expect(await adapter()[call](context(), PAYMENT)).toMatchObject({ providerRef: 'pi_123', intent: {} });
  });
  test('capturing less', async () => {
    expect(await adapter().capture(context(), PAYMENT, 1_000)).toMatchObject({ providerRef: 'pi_123' });
  });
  test('a refund, and how it stands', async () => {
    const refund = { refundId: 'ref_1', amount: 990, reason: 'order_expired' };
    const made = await adapter().refund(context(), PAYMENT, refund);
    expect(made.providerRef).toMatch(/^re_/);
    expect(await adapter().getRefundStatus(context(), PAYMENT, 're_123')).toMatchObject({ providerRef: 're_123' });
  });
  test('trying the credentials', async () => {
    await expect(adapter().checkCredentials(context())).resolves.toBeUndefined();
  });

  test('and it does refuse what the API does not have', async () => {
    const body = new URLSearchParams({ amount: '5', currency: 'try', colour: 'red' });
    const headers = { authorization: 'Bearer sk_test_123' };
    const refused = await fetch(`${mock.url}/v1/payment_intents`, { method: 'POST', headers, body });
    expect(refused.status).toBe(400);
  });
};

if (command === null) {
  test('did not run: there is no stripe-mock on the PATH or in ~/go/bin', () => {
    expect(STRIPE_MOCK_FOLDERS.length).toBeGreaterThan(0);
    expect(findStripeMock()).toBeNull();
  });
} else describe('request shapes, by stripe-mock', () => secondOpinion(command));
