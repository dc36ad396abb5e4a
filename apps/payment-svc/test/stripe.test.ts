import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { emit, newId, orderEvents, paymentRpc } from '@kervan/contracts';
import { eventually } from '@kervan/testing';
import { contextOf, openShop, type PaymentService, type Shop, startPaymentService, valueOf } from './service.ts';

let service: PaymentService;
let shop: Shop;

beforeAll(async () => {
  service = await startPaymentService({ RECONCILE_S: '2' });
});
afterAll(() => service.stop());
beforeEach(async () => {
  service.stripe.clearFaults();
  shop = await openShop(service);
});

const stripe = () => service.stripe;
const ended = (orderId: string) => ({
  orderId,
  orderNo: 'AAAA-BBBB-CCCC',
  cartId: 'cart_1',
  from: 'draft' as const,
  status: 'expired' as const,
  amount: 129_990,
  currency: 'TRY',
  lines: [],
});
const refundOf = (payment: { id: string; orderId: string }, amount: number, refundId = newId('refund')) =>
  emit(orderEvents.refundRequested, {
    orderId: payment.orderId,
    orderNo: 'AAAA-BBBB-CCCC',
    refundId,
    paymentId: payment.id,
    amount,
    currency: 'TRY',
    reason: 'test',
  });
const paidPayment = async (card?: string) => {
  const { payment } = await shop.open();
  stripe().pay(payment.providerRef, card);
  return shop.until(payment.id, ({ status }) => expect(status).toBe('paid'));
};

describe('opening', () => {
  test('makes an intent with our metadata and key, and answers its client secret', async () => {
    const { payment, clientSecret } = await shop.open();
    const [intent] = stripe().intents(shop.secretKey);
    expect(intent).toMatchObject({
      id: payment.providerRef,
      amount: 129_990,
      currency: 'try',
      client_secret: clientSecret,
    });
    expect(intent?.metadata).toMatchObject({ tenant: shop.tenant, orderId: payment.orderId, orderNo: payment.orderNo });
    const asked = stripe().requests.find(({ form }) => JSON.stringify(form).includes(payment.orderId));
    expect(asked).toMatchObject({ idempotencyKey: `${payment.orderId}:intent:1`, version: '2026-10-28.endive' });
    expect(payment).toMatchObject({ status: 'pending', captured: 0, attempt: 1 });
    expect(JSON.stringify(await shop.payment(payment.id))).not.toContain(clientSecret);
  });

  test('fifty times at once is one intent and the same answer for all', async () => {
    const request = shop.request();
    // Stripe refuses a key while its first call runs: whoever comes second waits for the first one's answer.
    stripe().fault({ on: 'POST /v1/payment_intents', does: 'slow', delayMs: 250 });
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => service.bus.call(paymentRpc.open, shop.context, request)),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(valueOf(answer)))).size).toBe(1);
    expect(stripe().intents(shop.secretKey)).toHaveLength(1);
    const statuses = stripe()
      .requests.filter(({ idempotencyKey }) => idempotencyKey === `${request.orderId}:intent:1`)
      .map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 409]));
  });

  test('another attempt is another intent; other words for the same attempt are refused', async () => {
    const { payment } = await shop.open();
    const { orderId } = payment;
    const second = await shop.open({ orderId, attempt: 2 });
    expect(second.payment.providerRef).not.toBe(payment.providerRef);
    const other = shop.request({ orderId, amount: 1 });
    expect(await service.bus.call(paymentRpc.open, shop.context, other)).toMatchObject({ error: { code: 'conflict' } });
    expect((await shop.refresh(orderId)).map(({ attempt }) => attempt)).toEqual([2, 1]);
  });

  test('a connection that closes before the answer: asked once more under the same key, and nobody notices', async () => {
    stripe().fault({ on: 'POST /v1/payment_intents', does: 'lost' });
    const request = shop.request();
    const { payment } = await shop.open(request);
    const asked = stripe().requests.filter(({ form }) => JSON.stringify(form).includes(request.orderId));
    const keyed = { idempotencyKey: `${request.orderId}:intent:1`, status: 200 };
    expect(asked).toMatchObject([keyed, keyed]);
    expect(stripe().intents(shop.secretKey)).toMatchObject([{ id: payment.providerRef }]);
  });

  test.each([
    ['answers that were lost, twice in a row', 'lost', 2],
    ['an answer that never comes', 'hang', 1],
    ['a 500 although it was done', 'error_after', 1],
    ['a 500', 'error_before', 1],
    ['a rate limit', 'rate_limit', 1],
  ] as const)('after %s the same call goes on', async (_what, does, times) => {
    stripe().fault({ on: 'POST /v1/payment_intents', does, times });
    const request = shop.request();
    const impatient = { ...shop.context, deadline: Date.now() + (does === 'hang' ? 2_500 : 20_000) };
    const first = await service.bus.call(paymentRpc.open, impatient, request);
    expect(first).toMatchObject({
      ok: false,
      error: { code: 'payment_provider_unavailable', details: { provider: 'stripe' } },
    });
    const opened = valueOf(await service.bus.call(paymentRpc.open, shop.context, request));
    stripe().pay(opened.payment.providerRef);
    await shop.until(opened.payment.id, ({ status }) => expect(status).toBe('paid'));
    const charged = stripe()
      .intents(shop.secretKey)
      .filter(({ status }) => status === 'succeeded');
    expect(charged).toHaveLength(1);
  });

  test('a key that Stripe does not take is an error of the provider, told without its words', async () => {
    const wrong = await openShop(service);
    stripe().revoke(wrong.secretKey);
    const answer = await service.bus.call(paymentRpc.open, wrong.context, wrong.request());
    expect(answer).toEqual({
      ok: false,
      error: {
        code: 'payment_provider_error',
        details: { provider: 'stripe', reason: 'invalid_credentials' },
      },
    });
  });

  test('an amount that Stripe cannot express', async () => {
    // Of a dinar's thousandths the last has to be zero.
    const request = shop.request({ currency: 'KWD', amount: 1_234 });
    expect(await service.bus.call(paymentRpc.open, shop.context, request)).toMatchObject({
      error: { code: 'payment_method_unavailable' },
    });
    expect(stripe().intents(shop.secretKey)).toHaveLength(0);
  });

  test('a provider, method, currency or amount that the shop does not take', async () => {
    const limited = await openShop(service, { currencies: ['EUR'], minAmount: 100, maxAmount: 1_000 });
    for (const more of [{}, { currency: 'EUR', amount: 99 }, { currency: 'EUR', amount: 1_001 }]) {
      const answer = await service.bus.call(paymentRpc.open, limited.context, limited.request(more));
      expect(answer).toMatchObject({ error: { code: 'payment_method_unavailable' } });
    }
    const method = shop.request({ method: 'carrier_pigeon' });
    expect(await service.bus.call(paymentRpc.open, shop.context, method)).toMatchObject({
      error: { code: 'payment_method_unavailable' },
    });
    const nobody = contextOf('no-such-shop');
    expect(await service.bus.call(paymentRpc.open, nobody, shop.request())).toMatchObject({
      error: { code: 'payment_method_unavailable' },
    });
  });
});

describe('a payment on its way', () => {
  test('paid by webhook', async () => {
    const payment = await paidPayment();
    expect(payment).toMatchObject({ captured: 129_990, refunded: 0 });
    await shop.until(payment.id, () => expect(shop.eventsOf(payment.id)).toEqual(['payment.succeeded']));
  });

  test('webhook and refresh at once, many times: one change, one event', async () => {
    for (let round = 0; round < 20; round++) {
      const { payment } = await shop.open();
      stripe().pay(payment.providerRef);
      const refreshed = await Promise.all(Array.from({ length: 5 }, () => shop.refresh(payment.orderId)));
      for (const [found] of refreshed) expect(found?.status).toBe('paid');
      await stripe().idle();
      await shop.until(payment.id, () => expect(shop.eventsOf(payment.id)).toEqual(['payment.succeeded']));
      expect(await shop.payment(payment.id)).toMatchObject({ status: 'paid', version: 2, attempts: [{}] });
    }
  });

  test('a refused card, a step, and paid after all', async () => {
    const { payment } = await shop.open();
    const { providerRef, id } = payment;
    stripe().pay(providerRef, 'pm_card_visa_chargeDeclinedStolenCard');
    const failed = await shop.until(id, ({ status }) => expect(status).toBe('failed'));
    expect(failed.failure).toEqual({ code: 'declined', message: null });
    stripe().pay(providerRef, 'pm_card_authenticationRequired');
    await shop.until(id, ({ status }) => expect(status).toBe('requires_action'));
    stripe().finish(providerRef, true);
    const paid = await shop.until(id, ({ status }) => expect(status).toBe('paid'));
    expect(paid.attempts.map(({ status }) => status)).toEqual(['failed', 'paid']);
  });

  test('all events in the wrong order and three times each', async () => {
    stripe().delivery(shop.secretKey, { hold: true, reverse: true, copies: 3 });
    const { payment } = await shop.open();
    stripe().pay(payment.providerRef, 'pm_card_chargeDeclined');
    stripe().pay(payment.providerRef);
    await stripe().flush(shop.secretKey);
    const paid = await shop.until(payment.id, ({ attempts }) => expect(attempts).toHaveLength(2));
    expect(paid).toMatchObject({ status: 'paid', captured: 129_990 });
  });

  test('webhooks that never come: the reconciler asks', async () => {
    stripe().delivery(shop.secretKey, { drop: true });
    const { payment } = await shop.open();
    stripe().pay(payment.providerRef);
    await shop.until(payment.id, ({ status }) => expect(status).toBe('paid'));
  });

  test('a delayed method', async () => {
    const { payment } = await shop.open();
    stripe().pay(payment.providerRef, 'pm_delayed');
    await shop.until(payment.id, ({ status }) => expect(status).toBe('processing'));
    stripe().finish(payment.providerRef, false);
    await shop.until(payment.id, ({ status }) => expect(status).toBe('failed'));
  });

  test('authorized where the shop captures later', async () => {
    const manual = await openShop(service, { capture: 'manual' });
    const { payment } = await manual.open();
    stripe().pay(payment.providerRef);
    expect(await manual.until(payment.id, ({ status }) => expect(status).toBe('authorized'))).toMatchObject({
      captured: 0,
    });
  });
});

describe('the order has ended', () => {
  test('what could still be paid is cancelled', async () => {
    const { payment } = await shop.open();
    const second = await shop.open({ orderId: payment.orderId, attempt: 2 });
    await shop.publish(emit(orderEvents.expired, ended(payment.orderId)), payment.orderId);
    for (const { id } of [payment, second.payment]) {
      await shop.until(id, ({ status }) => expect(status).toBe('cancelled'));
      await shop.until(id, () => expect(shop.eventsOf(id)).toEqual(['payment.cancelled']));
    }
    expect(
      stripe()
        .intents(shop.secretKey)
        .map(({ status }) => status),
    ).toEqual(['canceled', 'canceled']);
  });

  test('while its payment is being opened: what was opened is taken back, whoever was first', async () => {
    const opening = Array.from({ length: 20 }, async (_, index) => {
      const request = shop.request({ provider: index % 2 === 0 ? 'stripe' : 'sandbox' });
      const opened = service.bus.call(paymentRpc.open, shop.context, request);
      await shop.publish(emit(orderEvents.expired, ended(request.orderId)), request.orderId);
      valueOf(await opened);
      return `${request.orderId.replace('ord_', 'pay_')}_1`;
    });
    for (const id of await Promise.all(opening)) await shop.until(id, ({ status }) => expect(status).toBe('cancelled'));
  });

  test('before its payment was opened: taken back by the reconciler, once the provider can be asked', async () => {
    const request = shop.request();
    await shop.publish(emit(orderEvents.expired, ended(request.orderId)), request.orderId);
    const marked = service.mongo.db('payment_svc').collection<{ _id: string }>('ended_orders');
    await eventually(async () => expect(await marked.findOne({ _id: request.orderId })).not.toBeNull());
    stripe().fault({ on: 'POST /v1/payment_intents/:id/cancel', does: 'error_before', times: 2 });
    valueOf(await service.bus.call(paymentRpc.open, shop.context, request));
    await eventually(() => expect(stripe().intents(shop.secretKey)).toMatchObject([{ status: 'canceled' }]), {
      withinMs: 20_000,
    });
  });

  test('paid in the meantime: found so, and told', async () => {
    stripe().delivery(shop.secretKey, { drop: true });
    const { payment } = await shop.open();
    stripe().pay(payment.providerRef);
    await shop.publish(
      emit(orderEvents.cancelled, { ...ended(payment.orderId), status: 'cancelled' }),
      payment.orderId,
    );
    await shop.until(payment.id, ({ status }) => expect(status).toBe('paid'));
    await shop.until(payment.id, () => expect(shop.eventsOf(payment.id)).toEqual(['payment.succeeded']));
  });

  test('the sandbox cancels as well, and takes no card after that', async () => {
    const { payment, clientSecret } = await shop.open({ provider: 'sandbox' });
    await shop.publish(emit(orderEvents.expired, ended(payment.orderId)), payment.orderId);
    await shop.until(payment.id, ({ status }) => expect(status).toBe('cancelled'));
    const card = { number: '4242424242424242', expMonth: 1, expYear: 2035, cvc: '123' };
    const response = await fetch(`${service.url}/sandbox/confirm`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ clientSecret, card }),
    });
    expect([response.status, await response.json()]).toMatchObject([409, { code: 'order_not_payable' }]);
  });
});

describe('refunds', () => {
  test('asked for by the order: once, under its own key, whatever comes twice', async () => {
    const payment = await paidPayment();
    const refundId = newId('refund');
    for (let time = 0; time < 3; time++) await shop.publish(refundOf(payment, 30_000, refundId), payment.orderId);
    const refunded = await shop.until(payment.id, ({ status }) => expect(status).toBe('partially_refunded'));
    expect(refunded).toMatchObject({ refunded: 30_000, refunds: [{ refundId, status: 'succeeded', amount: 30_000 }] });
    await stripe().idle();
    expect(stripe().refunds(shop.secretKey)).toMatchObject([
      { amount: 30_000, metadata: { refundId, tenant: shop.tenant } },
    ]);
    expect(stripe().requests.find(({ idempotencyKey }) => idempotencyKey === `${refundId}:refund`)).toBeDefined();
    await shop.publish(refundOf(payment, 99_990), payment.orderId);
    await shop.until(payment.id, ({ status }) => expect(status).toBe('refunded'));
  });

  test('many at once never give back more than was captured', async () => {
    const payment = await paidPayment();
    await Promise.all(Array.from({ length: 10 }, () => shop.publish(refundOf(payment, 50_000), payment.orderId)));
    const done = await shop.until(payment.id, ({ refunds }) => {
      expect(refunds).toHaveLength(10);
      for (const { status } of refunds) expect(status).not.toBe('pending');
    });
    expect(done).toMatchObject({ refunded: 100_000, status: 'partially_refunded' });
    expect(done.refunds.filter(({ failure }) => failure?.code === 'refund_too_large')).toHaveLength(8);
    expect(stripe().refunds(shop.secretKey)).toHaveLength(2);
  });

  test.each([
    ['done, but its answer was lost', 'lost'],
    ['done, but answered by a 500', 'error_after'],
    ['refused by a rate limit', 'rate_limit'],
  ] as const)('%s: asked for again, given back once', async (_what, does) => {
    const payment = await paidPayment();
    stripe().delivery(shop.secretKey, { drop: true });
    stripe().fault({ on: 'POST /v1/refunds', does });
    await shop.publish(refundOf(payment, 10_000), payment.orderId);
    await shop.until(payment.id, ({ refunded }) => expect(refunded).toBe(10_000));
    expect(stripe().refunds(shop.secretKey)).toHaveLength(1);
  });

  test('made in the dashboard: taken over from the webhook', async () => {
    const payment = await paidPayment();
    await fetch(`${stripe().url}/v1/refunds`, {
      method: 'POST',
      headers: { authorization: `Bearer ${shop.secretKey}` },
      body: new URLSearchParams({
        payment_intent: payment.providerRef,
        amount: '990',
        reason: 'requested_by_customer',
      }),
    });
    const refunded = await shop.until(payment.id, ({ status }) => expect(status).toBe('partially_refunded'));
    expect(refunded.refunds).toMatchObject([
      { refundId: null, amount: 990, reason: 'requested_by_customer', status: 'succeeded' },
    ]);
  });

  test('refused by the provider for good: recorded as failed, and told', async () => {
    const payment = await paidPayment();
    stripe().delivery(shop.secretKey, { drop: true });
    // Everything was given back where we cannot see it.
    await fetch(`${stripe().url}/v1/refunds`, {
      method: 'POST',
      headers: { authorization: `Bearer ${shop.secretKey}` },
      body: new URLSearchParams({ payment_intent: payment.providerRef }),
    });
    await shop.publish(refundOf(payment, 1_000), payment.orderId);
    const failed = await shop.until(payment.id, ({ refunds }) => expect(refunds[0]?.status).toBe('failed'));
    expect(failed.refunds[0]?.failure?.code).toBe('refund_not_allowed');
    expect(failed.status).toBe('paid');
  });

  test('the bank sends it back', async () => {
    const payment = await paidPayment('pm_card_refundFail');
    await shop.publish(refundOf(payment, 129_990), payment.orderId);
    const back = await shop.until(payment.id, ({ refunds }) => expect(refunds[0]?.status).toBe('failed'));
    expect(back).toMatchObject({ status: 'paid', refunded: 0 });
  });

  test('pending first, settled by the reconciler when no webhook comes', async () => {
    const payment = await paidPayment('pm_card_pendingRefund');
    await shop.publish(refundOf(payment, 5_000), payment.orderId);
    // It is pending from the moment it is asked for; what is finished below is what the provider has made of it.
    const made = { status: 'pending', providerRef: expect.any(String) };
    await shop.until(payment.id, ({ refunds }) => expect(refunds).toMatchObject([made]));
    await stripe().idle();
    const [refund] = stripe().refunds(shop.secretKey);
    stripe().delivery(shop.secretKey, { drop: true });
    stripe().finishRefund(refund?.id ?? '', true);
    const payments = service.mongo.db('payment_svc').collection<{ _id: string }>('payments');
    const refunded = async () => {
      await payments.updateOne({ _id: payment.id }, { $set: { checkAt: new Date() } });
      expect((await shop.payment(payment.id)).refunded).toBe(5_000);
    };
    await eventually(refunded, { everyMs: 500 });
  });

  test('of the sandbox', async () => {
    const { payment, clientSecret } = await shop.open({ provider: 'sandbox', amount: 5_000 });
    const card = { number: '4242424242424242', expMonth: 1, expYear: 2035, cvc: '123' };
    const body = JSON.stringify({ clientSecret, card });
    await fetch(`${service.url}/sandbox/confirm`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    await shop.until(payment.id, ({ status }) => expect(status).toBe('paid'));
    await shop.publish(refundOf(payment, 2_000), payment.orderId);
    await shop.publish(refundOf(payment, 3_000), payment.orderId);
    const refunded = await shop.until(payment.id, ({ status }) => expect(status).toBe('refunded'));
    expect(refunded).toMatchObject({ refunded: 5_000, refunds: [{ status: 'succeeded' }, { status: 'succeeded' }] });
  });
});

test('a dispute and its end', async () => {
  const payment = await paidPayment();
  const dispute = stripe().dispute(payment.providerRef).body;
  await shop.until(payment.id, ({ status }) => expect(status).toBe('disputed'));
  await stripe().idle();
  stripe().closeDispute('id' in dispute ? String(dispute.id) : '', 'lost');
  expect(await shop.until(payment.id, ({ status }) => expect(status).toBe('refunded'))).toMatchObject({
    refunded: 129_990,
  });
  await shop.until(payment.id, () =>
    expect(shop.eventsOf(payment.id)).toEqual(['payment.succeeded', 'payment.disputed', 'payment.dispute_closed']),
  );
});

test('a provider that is down: the breaker opens, nobody asks it any more, and it closes again', async () => {
  stripe().fault({ on: '*', does: 'error_before', times: 10_000 });
  const open = async () => service.bus.call(paymentRpc.open, shop.context, shop.request());
  const metrics = async () => (await fetch(`${service.url}/metrics`)).text();
  const asked = () => stripe().requests.length;
  await eventually(async () => {
    await Promise.all(Array.from({ length: 10 }, open));
    expect(await metrics()).toMatch(/kervan_provider_breaker_state\{provider="stripe"[^}]*\} [12]/);
  });
  const before = asked();
  for (let time = 0; time < 20; time++) {
    expect(await open()).toMatchObject({ error: { code: 'payment_provider_unavailable' } });
  }
  // One is let through now and then, to see whether it is back.
  expect(asked() - before).toBeLessThanOrEqual(2);
  stripe().clearFaults();
  await eventually(async () => expect((await open()).ok).toBe(true), { withinMs: 15_000, everyMs: 500 });
  expect(await metrics()).toMatch(/kervan_provider_breaker_state\{provider="stripe"[^}]*\} 0/);
});
