import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StaffsOrderView } from '@kervan/contracts';
import { eventually, signatureOf, startStack, startStripeFake, type Stack, type StripeFake } from '@kervan/testing';
import { z } from 'zod';
import {
  addProduct,
  type Bought,
  buy,
  codeOf,
  comeBack,
  eventOf,
  expectReply,
  fillCart,
  intentOf,
  listOrders,
  listPayments,
  newKey,
  openStripeShop,
  payByCard,
  readCart,
  readCheckout,
  readOrder,
  send,
  stockOf,
  type StripeShop,
  track,
  tryCheckout,
  untilEvent,
  untilOrder,
  untilStock,
  webhookEvents,
} from '@kervan/testing/shop';
import { untilSound } from '../src/sound.ts';

let stack: Stack;
let stripe: StripeFake;
/** Hears from Stripe by itself. */
let shop: StripeShop;
/** Hears from Stripe only what a test sends. */
let deaf: StripeShop;

beforeAll(async () => {
  stripe = await startStripeFake();
  // The reconcilers stay out of it: what is confirmed here was confirmed by a webhook or by the buyer's return.
  stack = await startStack({ env: { STRIPE_API_BASE: stripe.url, RECONCILE_S: '3600', LOG_LEVEL: 'warn' } });
  shop = await openStripeShop(stack, stripe);
  deaf = await openStripeShop(stack, stripe);
  stripe.delivery(deaf.secretKey, { drop: true });
}, 120_000);
afterAll(async () => {
  await stack.stop();
  await stripe.stop();
}, 60_000);

const Providers = z.object({ data: z.array(z.object({ id: z.string(), provider: z.string() })) });

const timelineOf = (order: StaffsOrderView): string[] => order.timeline.map(({ type }) => type);
const times = (order: StaffsOrderView, type: string): number =>
  timelineOf(order).filter((each) => each === type).length;
/** Sends an event that has happened to the intent; Stripe gets 200 for it. */
const tell = async (of: StripeShop, bought: Bought, type: string): Promise<string> => {
  const { status, event } = await stripe.send(of.secretKey, eventOf(of, bought, type));
  expect(status).toBe(200);
  return event.id;
};
/** The order is confirmed, once, its goods have left the shelf, its payment is paid, its cart is closed. */
const expectConfirmedOnce = async (of: StripeShop, bought: Bought, stock = 4): Promise<StaffsOrderView> => {
  const { orderNo, amount } = bought.order;
  await untilOrder(of, orderNo, 'confirmed');
  await untilStock(of, bought.sku, { onHand: stock, reserved: 0 });
  const order = await readOrder(of, orderNo);
  expect(order.payment).toMatchObject({ status: 'paid', captured: amount, refunded: 0, provider: 'stripe' });
  expect(times(order, 'order.confirmed')).toBe(1);
  expect(await listPayments(of, `?orderNo=${orderNo}`)).toMatchObject([{ status: 'paid', captured: amount, amount }]);
  await eventually(async () => expect((await readCart(of, bought.cartId)).status).toBe('completed'));
  return order;
};

describe('a buyer who pays through Stripe', () => {
  it('gets a confirmed order, and the goods leave the shelf', async () => {
    const bought = await buy(shop, { stock: 7, quantity: 2 });
    expect(bought).toMatchObject({
      order: { status: 'draft', currency: 'TRY' },
      payment: { provider: 'stripe', status: 'pending', nextAction: { type: 'none' } },
    });
    expect(await stockOf(shop, bought.sku)).toMatchObject({ onHand: 7, reserved: 2, available: 5 });
    const intent = intentOf(shop, bought);
    const { orderNo, amount } = bought.order;
    expect(intent).toMatchObject({ amount, currency: 'try', status: 'requires_payment_method' });
    const order = await readOrder(shop, orderNo);
    expect(intent.metadata).toMatchObject({ tenant: shop.tenant, orderId: order.id, orderNo });

    expect((await payByCard(shop, bought)).status).toBe(200);
    await expectConfirmedOnce(shop, bought, 5);
    expect(await track(shop, orderNo)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
    const types = (await webhookEvents(shop)).filter(({ orderId }) => orderId === order.id).map(({ type }) => type);
    expect(types.toSorted()).toEqual(['payment_intent.created', 'payment_intent.succeeded']);
    await eventually(async () => {
      for (const { status } of await webhookEvents(shop)) expect(['handled', 'ignored']).toContain(status);
    });
  });

  it('may try another card, and do the step the bank asks for', async () => {
    const bought = await buy(shop);
    const declined = await payByCard(shop, bought, 'pm_card_visa_chargeDeclinedInsufficientFunds');
    expect(declined.status).toBe(402);
    await eventually(async () => expect((await track(shop, bought.order.orderNo)).paymentStatus).toBe('failed'));
    expect((await track(shop, bought.order.orderNo)).status).toBe('draft');
    expect((await payByCard(shop, bought, 'pm_card_authenticationRequired')).body).toMatchObject({
      status: 'requires_action',
    });
    await eventually(async () =>
      expect((await track(shop, bought.order.orderNo)).paymentStatus).toBe('requires_action'),
    );
    stripe.finish(bought.intentId, true);
    const order = await expectConfirmedOnce(shop, bought);
    expect(timelineOf(order)).toEqual(expect.arrayContaining(['payment.failed', 'payment.requires_action']));
  });

  it('and a shop that captures later: confirmed as soon as the money is held', async () => {
    const manual = await openStripeShop(stack, stripe, { capture: 'manual' });
    const bought = await buy(manual);
    expect((await payByCard(manual, bought)).body).toMatchObject({ status: 'requires_capture' });
    await untilOrder(manual, bought.order.orderNo, 'confirmed');
    await untilStock(manual, bought.sku, { onHand: 4, reserved: 0 });
    expect((await readOrder(manual, bought.order.orderNo)).payment).toMatchObject({
      status: 'authorized',
      captured: 0,
    });
  });

  it('who gives up has nothing to pay any more', async () => {
    const bought = await buy(shop);
    expect((await shop.buyer(`/checkout/${bought.order.orderNo}/cancel`, { method: 'POST' })).status).toBe(200);
    await untilStock(shop, bought.sku, { onHand: 5, reserved: 0 });
    await eventually(() => expect(intentOf(shop, bought).status).toBe('canceled'));
    expect((await payByCard(shop, bought)).status).toBe(400);
    expect((await readOrder(shop, bought.order.orderNo)).status).toBe('cancelled');
  });

  it('whose payment is cancelled at Stripe has no order any more', async () => {
    const bought = await buy(shop);
    const cancelled = await send(`${stripe.url}/v1/payment_intents/${bought.intentId}/cancel`, {
      method: 'POST',
      headers: { authorization: `Bearer ${shop.secretKey}` },
    });
    expect(cancelled.status).toBe(200);
    await untilOrder(shop, bought.order.orderNo, 'cancelled');
    await untilStock(shop, bought.sku, { onHand: 5, reserved: 0 });
  });
});

describe('one key, fifty times at once', () => {
  it('is one order, one intent at Stripe and the same answer', async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 100 });
    const cart = await fillCart(shop, [{ variantId }]);
    const key = newKey();
    const before = stripe.intents(shop.secretKey).length;
    const ask = () => tryCheckout(shop, cart.id, { key, provider: 'stripe' });
    const replies = await Promise.all(Array.from({ length: 50 }, ask));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(replies.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(stripe.intents(shop.secretKey)).toHaveLength(before + 1);
    const [order, ...more] = await listOrders(shop, `?cartId=${cart.id}`);
    expect(more).toEqual([]);
    const keys = stripe.requests.filter(({ form }) => JSON.stringify(form).includes(order?.id ?? ''));
    expect(new Set(keys.map(({ idempotencyKey }) => idempotencyKey))).toEqual(new Set([`${order?.id}:intent:1`]));
    expect(await stockOf(shop, sku)).toMatchObject({ onHand: 100, reserved: 1 });
  });

  it('as often while Stripe fails at first: still one order and one intent to pay', async () => {
    for (const does of ['error_before', 'error_after', 'lost', 'rate_limit'] as const) {
      const { variantId } = await addProduct(shop, { stock: 100 });
      const cart = await fillCart(shop, [{ variantId }]);
      const key = newKey();
      stripe.fault({ on: 'POST /v1/payment_intents', does, times: does === 'lost' ? 2 : 1 });
      const ask = () => tryCheckout(shop, cart.id, { key, provider: 'stripe' });
      for (const { status } of await Promise.all(Array.from({ length: 10 }, ask))) expect([201, 503]).toContain(status);
      const { body } = await ask();
      const bought = readCheckout(await ask());
      expect(body).toEqual(bought);
      expect(await listOrders(shop, `?cartId=${cart.id}`)).toHaveLength(1);
      await payByCard(shop, bought);
      await untilOrder(shop, bought.order.orderNo, 'confirmed');
      stripe.clearFaults();
    }
  });
});

describe('webhook and buyer, whoever comes first', () => {
  it('the webhook: the buyer finds it done', async () => {
    const bought = await buy(deaf);
    await payByCard(deaf, bought);
    await tell(deaf, bought, 'payment_intent.succeeded');
    const before = await expectConfirmedOnce(deaf, bought);
    const back = await comeBack(deaf, bought);
    expect(back).toMatchObject({ status: 200, body: { order: { status: 'confirmed' }, payment: { status: 'paid' } } });
    expect((await readOrder(deaf, bought.order.orderNo)).version).toBe(before.version);
  });

  it('the buyer: the webhook changes nothing', async () => {
    const bought = await buy(deaf);
    await payByCard(deaf, bought);
    const back = await comeBack(deaf, bought);
    expect(back).toMatchObject({ status: 200, body: { order: { status: 'confirmed' }, payment: { status: 'paid' } } });
    const before = await expectConfirmedOnce(deaf, bought);
    const eventId = await tell(deaf, bought, 'payment_intent.succeeded');
    await untilEvent(deaf, eventId, 'handled');
    expect((await readOrder(deaf, bought.order.orderNo)).version).toBe(before.version);
  });

  it('the buyer before anything is paid: nothing happens', async () => {
    const bought = await buy(deaf);
    const back = await comeBack(deaf, bought);
    expect(back).toMatchObject({ status: 200, body: { order: { status: 'draft' } } });
  });

  it('both at once, twenty times', async () => {
    for (let round = 0; round < 20; round++) {
      const bought = await buy(deaf);
      await payByCard(deaf, bought);
      const [, ...backs] = await Promise.all([
        tell(deaf, bought, 'payment_intent.succeeded'),
        comeBack(deaf, bought),
        comeBack(deaf, bought),
      ]);
      for (const back of backs) expect(back).toMatchObject({ status: 200, body: { order: { status: 'confirmed' } } });
      await expectConfirmedOnce(deaf, bought);
    }
  });

  it('the same webhook twenty times at once', async () => {
    const bought = await buy(deaf);
    await payByCard(deaf, bought);
    await Promise.all(Array.from({ length: 20 }, () => tell(deaf, bought, 'payment_intent.succeeded')));
    const order = await expectConfirmedOnce(deaf, bought);
    expect(times(order, 'payment.paid')).toBe(1);
    const { id } = eventOf(deaf, bought, 'payment_intent.succeeded');
    expect((await webhookEvents(deaf)).filter(({ eventId }) => eventId === id)).toHaveLength(1);
  });

  it('all there is to tell, backwards and three times each', async () => {
    stripe.delivery(shop.secretKey, { hold: true, reverse: true, copies: 3 });
    const bought = await buy(shop);
    await payByCard(shop, bought, 'pm_card_chargeDeclined');
    await payByCard(shop, bought);
    await stripe.flush(shop.secretKey);
    stripe.delivery(shop.secretKey, {});
    await expectConfirmedOnce(shop, bought);
  });
});

describe('what makes no sense, or comes from nobody', () => {
  it('failed after succeeded: noted, and nothing else', async () => {
    const bought = await buy(deaf);
    await payByCard(deaf, bought, 'pm_card_chargeDeclined');
    await payByCard(deaf, bought);
    await tell(deaf, bought, 'payment_intent.succeeded');
    await expectConfirmedOnce(deaf, bought);
    await tell(deaf, bought, 'payment_intent.payment_failed');
    await eventually(async () =>
      expect(timelineOf(await readOrder(deaf, bought.order.orderNo))).toContain('payment.failed'),
    );
    const order = await expectConfirmedOnce(deaf, bought);
    expect(order.timeline.at(-1)).toMatchObject({ type: 'payment.failed', public: false });
  });

  it('an intent that is not known yet: the webhook has overtaken our own write', async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 5 });
    const cart = await fillCart(shop, [{ variantId }]);
    const before = new Set(stripe.intents(shop.secretKey).map(({ id }) => id));
    stripe.fault({ on: 'POST /v1/payment_intents', does: 'slow', delayMs: 800 });
    const checkingOut = tryCheckout(shop, cart.id, { provider: 'stripe' });
    const intent = await eventually(() => {
      const found = stripe.intents(shop.secretKey).find(({ id }) => !before.has(id));
      if (found === undefined) throw new Error('no intent yet');
      return found;
    });
    stripe.pay(intent.id);
    const event = await eventually(() => eventOf(shop, { intentId: intent.id }, 'payment_intent.succeeded'));
    await untilEvent(shop, event.id, 'unmatched');
    const answer = readCheckout(await checkingOut);
    const handled = await untilEvent(shop, event.id, 'handled');
    expect(handled.tries).toBeGreaterThan(1);
    await expectConfirmedOnce(shop, { ...answer, sku, variantId, cartId: cart.id, intentId: intent.id });
  });

  it.each([
    ['less than the order’s total was received', (amount: number) => ({ amount_received: amount - 1 })],
    ['another currency', () => ({ currency: 'eur' })],
  ])('%s: flagged for staff, never confirmed silently', async (_what, wrong) => {
    const bought = await buy(deaf);
    stripe.pay(bought.intentId);
    const object = { ...intentOf(deaf, bought), ...wrong(bought.order.amount) };
    const { event, status } = await stripe.send(deaf.secretKey, { type: 'payment_intent.succeeded', object });
    expect(status).toBe(200);
    await untilEvent(deaf, event.id, 'handled');
    const order = await eventually(async () => {
      const found = await readOrder(deaf, bought.order.orderNo);
      expect(found.payment.mismatch).toBe(true);
      return found;
    });
    expect(order.status).toBe('draft');
    expect(timelineOf(order)).toContain('payment.mismatched');
    expect(await stockOf(deaf, bought.sku)).toMatchObject({ onHand: 5, reserved: 1 });
    const [payment] = await listPayments(deaf, `?orderNo=${bought.order.orderNo}`);
    expect(payment?.mismatch).not.toBeNull();
    // The buyer's return does not slip it through either.
    expect((await comeBack(deaf, bought)).body).toMatchObject({ order: { status: 'draft' } });
  });

  it('a bad signature, an old one, one from the future, a body that was changed: 400, and nothing happens', async () => {
    const bought = await buy(deaf);
    stripe.pay(bought.intentId);
    const stored = (await webhookEvents(deaf)).length;
    const { object } = eventOf(deaf, bought, 'payment_intent.succeeded');
    const body = JSON.stringify({
      id: `evt_${newKey()}`,
      type: 'payment_intent.succeeded',
      created: Math.floor(Date.now() / 1_000),
      livemode: false,
      data: { object },
    });
    const now = Math.floor(Date.now() / 1_000);
    const attempts: [string, string | null][] = [
      [body, null],
      [body, 'nonsense'],
      [body, signatureOf(body, ['whsec_guessed'], now)],
      [body, signatureOf(body, [deaf.webhookSecret], now - 301)],
      [body, signatureOf(body, [deaf.webhookSecret], now + 330)],
      [`${body} `, signatureOf(body, [deaf.webhookSecret], now)],
    ];
    for (const [text, signature] of attempts) {
      const reply = await send(`${stack.payments}/webhooks/stripe/${deaf.tenant}`, {
        method: 'POST',
        body: text,
        headers: {
          'content-type': 'application/json',
          ...(signature === null ? {} : { 'stripe-signature': signature }),
        },
      });
      expect([reply.status, codeOf(reply)]).toEqual([400, 'signature_invalid']);
    }
    expect(await webhookEvents(deaf)).toHaveLength(stored);
    expect((await track(deaf, bought.order.orderNo)).status).toBe('draft');
    // Signed for another shop it is nothing either.
    const foreign = await send(`${stack.payments}/webhooks/stripe/${shop.tenant}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'stripe-signature': signatureOf(body, [deaf.webhookSecret], now) },
    });
    expect(foreign.status).toBe(400);
  });
});

describe('after the sale', () => {
  it('money given back at Stripe’s own desk stands on the order', async () => {
    const bought = await buy(shop);
    await payByCard(shop, bought);
    await expectConfirmedOnce(shop, bought);
    const refund = (amount: number) =>
      send(`${stripe.url}/v1/refunds`, {
        method: 'POST',
        headers: { authorization: `Bearer ${shop.secretKey}`, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ payment_intent: bought.intentId, amount: String(amount) }).toString(),
      });
    const { amount, orderNo } = bought.order;
    expect((await refund(1_000)).status).toBe(200);
    await eventually(async () =>
      expect(await readOrder(shop, orderNo)).toMatchObject({
        status: 'confirmed',
        payment: { status: 'partially_refunded', refunded: 1_000 },
        refunds: [{ status: 'succeeded', amount: 1_000 }],
      }),
    );
    expect((await refund(amount - 1_000)).status).toBe(200);
    await eventually(async () =>
      expect((await readOrder(shop, orderNo)).payment).toMatchObject({ status: 'refunded', refunded: amount }),
    );
    const order = await readOrder(shop, orderNo);
    expect(order.refunds).toHaveLength(2);
    expect(times(order, 'refund.succeeded')).toBe(2);
    // Whether goods come back is another matter.
    expect(await stockOf(shop, bought.sku)).toMatchObject({ onHand: 4, reserved: 0 });
  });

  it.each([
    ['won', 'paid', 0],
    ['lost', 'refunded', 1],
  ] as const)('a dispute that is %s: disputed, then %s', async (end, status, share) => {
    const bought = await buy(shop);
    await payByCard(shop, bought);
    await expectConfirmedOnce(shop, bought);
    const { body } = stripe.dispute(bought.intentId);
    const { orderNo, amount } = bought.order;
    await eventually(async () => expect((await readOrder(shop, orderNo)).payment.status).toBe('disputed'));
    stripe.closeDispute('id' in body ? String(body.id) : '', end);
    await eventually(async () =>
      expect((await readOrder(shop, orderNo)).payment).toMatchObject({ status, refunded: amount * share }),
    );
    const order = await readOrder(shop, orderNo);
    expect(order.status).toBe('confirmed');
    expect(times(order, 'payment.disputed')).toBe(1);
  });
});

describe('staff', () => {
  it('try the credentials, see what came in, and have it handled again', async () => {
    const providers = expectReply(await shop.staff('/admin/payment-providers'), 200, Providers).data;
    const id = providers.find(({ provider }) => provider === 'stripe')?.id ?? '';
    const tried = await shop.staff(`/admin/payment-providers/${id}/test`, { method: 'POST' });
    expect(tried).toMatchObject({ status: 200, body: { ok: true, reason: null } });
    expect(JSON.stringify(providers)).not.toMatch(/sk_test_|whsec_/);

    const [event] = await webhookEvents(shop, '?type=payment_intent.succeeded&status=handled');
    const before = await listPayments(shop);
    const replayed = await shop.staff(`/admin/webhook-events/${event?.id}/replay`, { method: 'POST' });
    expect(replayed).toMatchObject({ status: 200, body: { id: event?.id, status: 'handled', error: null } });
    expect(await listPayments(shop)).toEqual(before);
    const foreign = await deaf.staff(`/admin/webhook-events/${event?.id}/replay`, { method: 'POST' });
    const madeUp = await deaf.staff('/admin/webhook-events/whe_made_up/replay', { method: 'POST' });
    expect([foreign.status, codeOf(foreign)]).toEqual([404, 'not_found']);
    expect([madeUp.status, codeOf(madeUp)]).toEqual([404, 'not_found']);
  });
});

describe('after all that', () => {
  it('the numbers hold', () => untilSound(stack));
});
