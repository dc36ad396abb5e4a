import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { emit, newId, orderEvents, type Payment, paymentRpc } from '@kervan/contracts';
import { eventually } from '@kervan/testing';
import { openShop, type PaymentService, postTo, type Shop, startPaymentService, valueOf } from './service.ts';

let service: PaymentService;
let shop: Shop;

beforeAll(async () => {
  service = await startPaymentService({ RECONCILE_S: '3600' }, { copies: 2 });
});
afterAll(() => service.stop());
beforeEach(async () => {
  service.stripe.clearFaults();
  shop = await openShop(service);
  service.stripe.delivery(shop.secretKey, { drop: true });
});

const WITHIN_MS = 40_000;
const stripe = () => service.stripe;
const collection = (name: string) =>
  service.mongo.db('payment_svc').collection<{ _id: string; tenant: string; status: string; eventId: string }>(name);
const copies = () => [service.stack, ...service.others];
/** Kills every copy at once, or the first so many. */
const killAll = (count = 2) =>
  Promise.all(
    copies()
      .slice(0, count)
      .map((copy) => copy.kill('payment-svc')),
  );
const restartAll = async (count = 2) => {
  await Promise.all(
    copies()
      .slice(0, count)
      .map((copy) => copy.restart('payment-svc')),
  );
  await hurry();
};
/** What a survivor does after some seconds (a dead one's lease ends, its work is taken over) is due at once. */
const hurry = async () => {
  await collection('leases').deleteMany({});
  for (const name of ['webhook_events', 'sandbox_intents']) {
    await collection(name).updateMany({ dueAt: { $type: 'date' } }, { $set: { dueAt: new Date() } });
  }
};
const lastEvent = (type: string, about = '') => {
  const found = stripe()
    .events(shop.secretKey)
    .findLast((event) => event.type === type && JSON.stringify(event.object).includes(about));
  if (found === undefined) throw new Error(`${type} has not happened`);
  return found;
};
/** Waits until Stripe has been asked about this payment. */
const untilAsked = ({ providerRef }: Payment) =>
  eventually(() => {
    const asked = stripe().requests.some(
      ({ call, id }) => call === 'GET /v1/payment_intents/:id' && id === providerRef,
    );
    if (!asked) throw new Error('Stripe has not been asked');
  });
const statusOf = async (eventId: string) => (await collection('webhook_events').findOne({ eventId }))?.status;
const openMany = (count: number, provider: 'stripe' | 'sandbox' = 'stripe') =>
  Promise.all(Array.from({ length: count }, () => shop.open({ provider })));
const isPaidOnce = async ({ id }: Payment) => {
  const paid = await shop.until(id, ({ status }) => expect(status).toBe('paid'), WITHIN_MS);
  expect(paid.attempts).toHaveLength(1);
  await eventually(() => expect(shop.eventsOf(id)).toEqual(['payment.succeeded']), { withinMs: WITHIN_MS });
};
const CARD = { number: '4242424242424242', expMonth: 12, expYear: 2035, cvc: '123' };
const confirm = (clientSecret: string, number: string) => {
  const body = JSON.stringify({ clientSecret, card: { ...CARD, number } });
  return postTo(`${service.url}/sandbox/confirm`, body, { 'content-type': 'application/json' });
};

describe('killed between storing an event and handling it', () => {
  test('what was stored is handled after the restart', async () => {
    const { payment } = await shop.open();
    stripe().pay(payment.providerRef);
    const refund = new URLSearchParams({ payment_intent: payment.providerRef, amount: '990' });
    const headers = { authorization: `Bearer ${shop.secretKey}` };
    await fetch(`${stripe().url}/v1/refunds`, { method: 'POST', headers, body: refund });
    // A refund before its payment: Stripe is asked, and does not answer. The event is stored, and its handling hangs.
    stripe().fault({ on: 'GET /v1/payment_intents/:id', does: 'hang' });
    const { event, status } = await stripe().send(shop.secretKey, lastEvent('refund.created'));
    expect(status).toBe(200);
    await untilAsked(payment);
    await killAll();
    expect(await statusOf(event.id)).toBe('received');
    await restartAll();
    const refunded = await shop.until(payment.id, ({ refunded: sum }) => expect(sum).toBe(990), WITHIN_MS);
    expect(refunded).toMatchObject({ status: 'partially_refunded', captured: 129_990 });
    await eventually(async () => expect(await statusOf(event.id)).toBe('handled'), { withinMs: WITHIN_MS });
  });

  test('the other copy takes over when one dies and does not come back', async () => {
    const { payment } = await shop.open();
    stripe().pay(payment.providerRef);
    stripe().dispute(payment.providerRef);
    stripe().fault({ on: 'GET /v1/payment_intents/:id', does: 'hang' });
    const { status } = await stripe().send(shop.secretKey, lastEvent('charge.dispute.created'));
    expect(status).toBe(200);
    await untilAsked(payment);
    await killAll(1);
    await hurry();
    await shop.until(payment.id, ({ status: state }) => expect(state).toBe('disputed'), WITHIN_MS);
    await restartAll(1);
  });

  test('in the middle of many, three times: each one that was answered with 200 has its effect, once', async () => {
    for (let round = 0; round < 3; round++) {
      const opened = await openMany(60);
      for (const { payment } of opened) stripe().pay(payment.providerRef);
      let answered = 0;
      let killing: Promise<unknown> | undefined;
      const send = async (payment: Payment) => {
        const event = lastEvent('payment_intent.succeeded', payment.providerRef);
        const { status } = await stripe().send(shop.secretKey, event);
        if (status === 200 && ++answered === 5 + 20 * round) killing = killAll();
        return { payment, event, isStored: status === 200 };
      };
      const sent = await Promise.all(opened.map(({ payment }) => send(payment)));
      await killing;
      await restartAll();
      for (const { isStored, event } of sent) {
        if (isStored) expect(await statusOf(event.id)).toBeDefined();
        // Stripe sends again what was not acknowledged.
        else expect((await stripe().send(shop.secretKey, event)).status).toBe(200);
      }
      await Promise.all(sent.map(({ payment }) => isPaidOnce(payment)));
      await eventually(
        async () =>
          expect(await collection('webhook_events').countDocuments({ tenant: shop.tenant, status: 'received' })).toBe(
            0,
          ),
        { withinMs: WITHIN_MS },
      );
    }
  });
});

describe('two copies', () => {
  test('get the same event at the same time, many times: one effect', async () => {
    const opened = await openMany(40);
    for (const { payment } of opened) stripe().pay(payment.providerRef);
    const sent = opened.flatMap(({ payment }) => {
      const event = lastEvent('payment_intent.succeeded', payment.providerRef);
      return copies().map(async (copy) => {
        const url = `${copy.payments}/webhooks/stripe/${shop.tenant}`;
        return stripe().send(shop.secretKey, event, { to: url });
      });
    });
    for (const { status } of await Promise.all(sent)) expect(status).toBe(200);
    await Promise.all(opened.map(({ payment }) => isPaidOnce(payment)));
    expect(await collection('webhook_events').countDocuments({ tenant: shop.tenant })).toBe(40);
  });

  test('handle the same stored events, all at once and again: one effect', async () => {
    const opened = await openMany(20);
    for (const { payment } of opened) stripe().pay(payment.providerRef);
    for (const { payment } of opened) {
      await stripe().send(shop.secretKey, lastEvent('payment_intent.succeeded', payment.providerRef));
    }
    const ids = (await shop.events()).map(({ id }) => id);
    const replays = ids.flatMap((id) =>
      Array.from({ length: 6 }, () => service.bus.call(paymentRpc.replayWebhookEvent, shop.context, { id })),
    );
    // The sweep of either copy finds them due at the same time.
    await collection('webhook_events').updateMany({ tenant: shop.tenant }, { $set: { dueAt: new Date() } });
    for (const answer of await Promise.all(replays)) expect(valueOf(answer)).toMatchObject({ status: 'handled' });
    await Promise.all(opened.map(({ payment }) => isPaidOnce(payment)));
  });
});

describe('killed while it talks to Stripe', () => {
  test('opening: the same call afterwards finds the very intent', async () => {
    const request = shop.request();
    stripe().fault({ on: 'POST /v1/payment_intents', does: 'slow', delayMs: 400 });
    const impatient = { ...shop.context, deadline: Date.now() + 3_000 };
    const opening = service.bus.call(paymentRpc.open, impatient, request).catch(() => null);
    await eventually(() => expect(stripe().intents(shop.secretKey)).toHaveLength(1));
    await killAll();
    await restartAll();
    await opening;
    const { payment } = await eventually(() => shop.open(request), { withinMs: WITHIN_MS, everyMs: 200 });
    expect(stripe().intents(shop.secretKey)).toMatchObject([{ id: payment.providerRef }]);
  });

  test.each(['slow', 'hang'] as const)('giving money back (%s): given back once, and taken down', async (does) => {
    const { payment } = await shop.open();
    stripe().pay(payment.providerRef);
    await stripe().send(shop.secretKey, lastEvent('payment_intent.succeeded'));
    await isPaidOnce(payment);
    stripe().fault({ on: 'POST /v1/refunds', does, delayMs: 400 });
    const refundId = newId('refund');
    const fact = { orderId: payment.orderId, orderNo: payment.orderNo, refundId, paymentId: payment.id };
    const asked = emit(orderEvents.refundRequested, { ...fact, amount: 7_000, currency: 'TRY', reason: 'test' });
    await shop.publish(asked, payment.orderId);
    await eventually(() => expect(stripe().refunds(shop.secretKey)).toHaveLength(1));
    await killAll();
    const kept = await collection('payments').findOne({ _id: payment.id });
    expect(kept).toMatchObject({ refunds: [{ refundId, providerRef: null, status: 'pending' }] });
    await restartAll();
    // What the reconciler would come to by itself after a while.
    await collection('payments').updateOne({ _id: payment.id }, { $set: { checkAt: new Date() } });
    const done = await shop.until(payment.id, ({ refunded }) => expect(refunded).toBe(7_000), WITHIN_MS);
    expect(done.refunds).toMatchObject([{ refundId, status: 'succeeded' }]);
    expect(stripe().refunds(shop.secretKey)).toHaveLength(1);
  });
});

describe('the sandbox', () => {
  test('killed in the middle of many payments, three times: what it has charged it tells', async () => {
    for (let round = 0; round < 3; round++) {
      const opened = await openMany(60, 'sandbox');
      let answered = 0;
      let killing: Promise<unknown> | undefined;
      const buy = async ({ payment, clientSecret }: { payment: Payment; clientSecret: string }) => {
        const reply = await confirm(clientSecret, CARD.number).catch(() => null);
        if (reply?.status === 200 && ++answered === 3 + 15 * round) killing = killAll();
        return { payment, clientSecret, isCharged: reply?.status === 200 };
      };
      const bought = await Promise.all(opened.map(buy));
      await killing;
      await restartAll();
      for (const { clientSecret, isCharged } of bought) {
        // The buyer's page tries again under the same client secret.
        if (!isCharged) expect((await confirm(clientSecret, CARD.number)).status).toBe(200);
      }
      await Promise.all(bought.map(({ payment }) => isPaidOnce(payment)));
    }
  });

  test('a slow payment goes through after the restart; a step that was asked for can still be done', async () => {
    const [slow, step] = await openMany(2, 'sandbox');
    if (slow === undefined || step === undefined) throw new Error('nothing opened');
    expect(await confirm(slow.clientSecret, '4000000000000077')).toMatchObject({ body: { status: 'processing' } });
    expect(await confirm(step.clientSecret, '4000000000003220')).toMatchObject({ body: { status: 'requires_action' } });
    await killAll();
    await restartAll();
    const body = JSON.stringify({ clientSecret: step.clientSecret, step: 'pass' });
    expect(await postTo(`${service.url}/sandbox/confirm`, body, { 'content-type': 'application/json' })).toMatchObject({
      status: 200,
      body: { status: 'succeeded' },
    });
    for (const { payment } of [slow, step]) {
      const paid = await shop.until(payment.id, ({ status }) => expect(status).toBe('paid'), WITHIN_MS);
      expect(paid.captured).toBe(129_990);
    }
  });
});
