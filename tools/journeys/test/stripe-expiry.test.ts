import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { StaffsOrderView } from '@kervan/contracts';
import { eventually, startStack, startStripeFake, type Stack, type StripeFake } from '@kervan/testing';
import {
  type Bought,
  buy,
  comeBack,
  eventOf,
  intentOf,
  listPayments,
  openStripeShop,
  payByCard,
  readCart,
  readOrder,
  type StripeShop,
  track,
  untilEvent,
  untilOrder,
  untilStock,
} from '@kervan/testing/shop';
import { untilSound } from '../src/sound.ts';

let stack: Stack;
let stripe: StripeFake;
let shop: StripeShop;

beforeAll(async () => {
  stripe = await startStripeFake();
  // The reconcilers stay out of it: what is tested is the end of a draft's time, not the provider's being asked.
  stack = await startStack({
    env: {
      STRIPE_API_BASE: stripe.url,
      RESERVATION_TTL_S: '3',
      RESERVATION_SWEEP_S: '0.3',
      RECONCILE_S: '3600',
      LOG_LEVEL: 'error',
    },
  });
}, 120_000);
afterAll(async () => {
  await stack.stop();
  await stripe.stop();
}, 60_000);
beforeEach(async () => {
  stripe.clearFaults();
  shop = await openStripeShop(stack, stripe);
});

const SOON = { withinMs: 30_000, everyMs: 100 };
const timelineOf = (order: StaffsOrderView): string[] => order.timeline.map(({ type }) => type);
const until = (bought: Bought, want: (order: StaffsOrderView) => void): Promise<StaffsOrderView> =>
  eventually(async () => {
    const order = await readOrder(shop, bought.order.orderNo);
    want(order);
    return order;
  }, SOON);
const untilExpired = (bought: Bought) => untilOrder(shop, bought.order.orderNo, 'expired', 20_000);
/** Stripe cannot be told that the order is over: its intent stays payable. */
const deafToCancelling = () =>
  stripe.fault({ on: 'POST /v1/payment_intents/:id/cancel', does: 'rate_limit', times: 100 });
const sellElsewhere = async ({ sku }: Bought) => {
  await untilStock(shop, sku, { onHand: 5, reserved: 0 });
  const body = { count: 0, reason: 'sold over the counter' };
  expect((await shop.staff(`/admin/stock/${sku}/adjust`, { method: 'POST', body })).status).toBe(200);
};
const expectConfirmedLate = async (bought: Bought) => {
  const order = await until(bought, ({ status }) => expect(status).toBe('confirmed'));
  const ways = timelineOf(order).filter((type) => type.startsWith('order.'));
  expect(ways).toEqual(['order.created', 'order.expired', 'order.confirmed']);
  expect(order.payment).toMatchObject({ status: 'paid', captured: bought.order.amount, refunded: 0 });
  await untilStock(shop, bought.sku, { onHand: 4, reserved: 0 });
  expect(stripe.refunds(shop.secretKey)).toEqual([]);
};
const expectRefunded = async (bought: Bought, reason: string, status: StaffsOrderView['status']) => {
  const { amount, orderNo } = bought.order;
  const order = await until(bought, (found) =>
    expect(found).toMatchObject({ status, refunds: [{ status: 'succeeded', amount, reason }] }),
  );
  const types = timelineOf(order);
  expect(types.filter((type) => type.startsWith('refund.'))).toEqual(['refund.requested', 'refund.succeeded']);
  expect(order.timeline.filter(({ type }) => type.startsWith('refund.')).every((entry) => entry.public)).toBe(true);
  expect(types).not.toContain('order.confirmed');
  const [refund, ...more] = stripe.refunds(shop.secretKey);
  expect(more).toEqual([]);
  expect(refund).toMatchObject({
    amount,
    payment_intent: bought.intentId,
    metadata: { refundId: order.refunds[0]?.id },
  });
  await eventually(async () => {
    const [payment] = await listPayments(shop, `?orderNo=${orderNo}`);
    expect(payment).toMatchObject({ status: 'refunded', captured: amount, refunded: amount });
  }, SOON);
};

describe('a draft that is left alone', () => {
  it('expires: its goods come back, its intent is cancelled at Stripe, its cart is open', async () => {
    const bought = await buy(shop);
    await untilExpired(bought);
    await untilStock(shop, bought.sku, { onHand: 5, reserved: 0 });
    await eventually(() => expect(intentOf(shop, bought)).toMatchObject({ status: 'canceled' }), SOON);
    expect(intentOf(shop, bought).cancellation_reason).toBe('abandoned');
    await until(bought, ({ payment }) => expect(payment.status).toBe('cancelled'));
    await eventually(async () => expect((await readCart(shop, bought.cartId)).status).toBe('open'), SOON);
    expect((await payByCard(shop, bought)).status).toBe(400);
  });

  it('and whose second attempt is open too: both are cancelled', async () => {
    const bought = await buy(shop);
    const again = await shop.buyer(`/checkout/${bought.order.orderNo}/payment`, {
      method: 'POST',
      headers: { 'idempotency-key': `again-${bought.order.orderNo}` },
      body: { payment: { provider: 'stripe', method: 'card' } },
    });
    expect(again.status).toBe(201);
    await untilExpired(bought);
    const statuses = () => stripe.intents(shop.secretKey).map(({ status }) => status);
    await eventually(() => expect(statuses()).toEqual(['canceled', 'canceled']), SOON);
  });

  it('is given time once while a delayed method is at work', async () => {
    const bought = await buy(shop);
    const promised = Date.parse(bought.order.reservedUntil ?? '');
    expect((await payByCard(shop, bought, 'pm_delayed')).body).toMatchObject({ status: 'processing' });
    const order = await until(bought, ({ payment, reservedUntil }) => {
      expect(payment.status).toBe('processing');
      expect(Date.parse(reservedUntil ?? '')).toBeGreaterThan(promised);
    });
    expect(Date.parse(order.reservedUntil ?? '') - Date.parse(order.createdAt)).toBeLessThanOrEqual(3_600_000);
    stripe.finish(bought.intentId, true);
    await until(bought, ({ status }) => expect(status).toBe('confirmed'));
    await untilStock(shop, bought.sku, { onHand: 4, reserved: 0 });
  });
});

describe('a payment that succeeds after the draft has expired', () => {
  it('heard of by its webhook: confirmed again when the goods are there', async () => {
    deafToCancelling();
    const bought = await buy(shop);
    await untilExpired(bought);
    expect((await payByCard(shop, bought)).status).toBe(200);
    await expectConfirmedLate(bought);
    const tracked = await track(shop, bought.order.orderNo);
    expect(tracked).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
  });

  it('heard of by its webhook: refunded when they are gone, and the timeline says so', async () => {
    deafToCancelling();
    const bought = await buy(shop);
    await untilExpired(bought);
    await sellElsewhere(bought);
    expect((await payByCard(shop, bought)).status).toBe(200);
    await expectRefunded(bought, 'order_expired', 'expired');
    await untilStock(shop, bought.sku, { onHand: 0, reserved: 0 });
  });

  it('found when the intent was to be cancelled: no webhook is needed', async () => {
    stripe.delivery(shop.secretKey, { drop: true });
    const bought = await buy(shop);
    await payByCard(shop, bought);
    await expectConfirmedLate(bought);
    // The webhook that comes at last changes nothing.
    const { version } = await readOrder(shop, bought.order.orderNo);
    const { event, status } = await stripe.send(shop.secretKey, eventOf(shop, bought, 'payment_intent.succeeded'));
    expect(status).toBe(200);
    await untilEvent(shop, event.id, 'handled');
    expect((await readOrder(shop, bought.order.orderNo)).version).toBe(version);
  });

  it('told by the buyer who comes back late: confirmed all the same', async () => {
    deafToCancelling();
    stripe.delivery(shop.secretKey, { drop: true });
    const bought = await buy(shop);
    await untilExpired(bought);
    await payByCard(shop, bought);
    const back = await comeBack(shop, bought);
    expect(back).toMatchObject({ status: 200, body: { order: { status: 'confirmed' } } });
    await expectConfirmedLate(bought);
  });

  it('told by webhook and buyer at once, ten times: confirmed once or refunded once, never both', async () => {
    stripe.delivery(shop.secretKey, { drop: true });
    deafToCancelling();
    const many = await Promise.all(Array.from({ length: 10 }, () => buy(shop)));
    for (const bought of many) await untilExpired(bought);
    for (const [index, bought] of many.entries()) if (index % 2 === 0) await sellElsewhere(bought);
    for (const bought of many) await payByCard(shop, bought);
    await Promise.all(
      many.flatMap((bought) => [
        stripe.send(shop.secretKey, eventOf(shop, bought, 'payment_intent.succeeded')),
        comeBack(shop, bought),
        comeBack(shop, bought),
      ]),
    );
    for (const [index, bought] of many.entries()) {
      const gone = index % 2 === 0;
      const order = await until(bought, ({ status, refunds }) => {
        expect(status).toBe(gone ? 'expired' : 'confirmed');
        expect(refunds.map((refund) => refund.status)).toEqual(gone ? ['succeeded'] : []);
      });
      expect(timelineOf(order).filter((type) => type === 'order.confirmed')).toHaveLength(gone ? 0 : 1);
    }
    expect(stripe.refunds(shop.secretKey)).toHaveLength(5);
  });

  it('with a wrong amount: never confirmed, and what was taken is given back', async () => {
    deafToCancelling();
    stripe.delivery(shop.secretKey, { drop: true });
    const bought = await buy(shop);
    await untilExpired(bought);
    stripe.pay(bought.intentId);
    const received = bought.order.amount - 100;
    const object = { ...intentOf(shop, bought), amount_received: received };
    await stripe.send(shop.secretKey, { type: 'payment_intent.succeeded', object });
    const order = await until(bought, ({ refunds }) =>
      expect(refunds.map(({ status }) => status)).toEqual(['succeeded']),
    );
    expect(order).toMatchObject({ status: 'expired', refunds: [{ amount: received, reason: 'order_expired' }] });
    expect(timelineOf(order)).toEqual(expect.arrayContaining(['payment.mismatched', 'refund.succeeded']));
    await untilStock(shop, bought.sku, { onHand: 5, reserved: 0 });
  });
});

describe('a payment that succeeds after the order was cancelled', () => {
  it('is refunded, though the goods are there', async () => {
    deafToCancelling();
    const bought = await buy(shop);
    const cancelled = await shop.buyer(`/checkout/${bought.order.orderNo}/cancel`, { method: 'POST' });
    expect(cancelled.status).toBe(200);
    await payByCard(shop, bought);
    await expectRefunded(bought, 'order_cancelled', 'cancelled');
    await untilStock(shop, bought.sku, { onHand: 5, reserved: 0 });
  });

  it('also while Stripe fails at first: refunded once', async () => {
    deafToCancelling();
    const bought = await buy(shop);
    await shop.buyer(`/checkout/${bought.order.orderNo}/cancel`, { method: 'POST' });
    stripe.fault({ on: 'POST /v1/refunds', does: 'error_after' });
    await payByCard(shop, bought);
    await expectRefunded(bought, 'order_cancelled', 'cancelled');
  });
});

describe('after all that', () => {
  it('the numbers hold', () => untilSound(stack));
});
