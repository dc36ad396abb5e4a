import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, startStack, startStripeFake, type Stack, type StripeFake } from '@kervan/testing';
import {
  buy,
  listOrders,
  listPayments,
  openStripeShop,
  payByCard,
  readOrder,
  sideBySide,
  type StripeShop,
  untilOrder,
  untilStock,
} from '@kervan/testing/shop';
import { untilSound } from '../src/sound.ts';

let stack: Stack;
let stripe: StripeFake;
let shop: StripeShop;

beforeAll(async () => {
  stripe = await startStripeFake();
  const quick = { RECONCILE_S: '1', RESERVATION_TTL_S: '30', RESERVATION_SWEEP_S: '0.3' };
  stack = await startStack({ env: { ...quick, STRIPE_API_BASE: stripe.url, LOG_LEVEL: 'error' } });
  shop = await openStripeShop(stack, stripe);
}, 120_000);
afterAll(async () => {
  await stack.stop();
  await stripe.stop();
}, 60_000);

describe('webhooks that never come', () => {
  it('lose nothing: the reconciler asks Stripe and confirms', async () => {
    stripe.delivery(shop.secretKey, { drop: true });
    const bought = await sideBySide(Array.from({ length: 10 }), 5, () => buy(shop));
    for (const each of bought) expect((await payByCard(shop, each)).status).toBe(200);
    for (const { order, sku } of bought) {
      await untilOrder(shop, order.orderNo, 'confirmed', 30_000);
      await untilStock(shop, sku, { onHand: 4, reserved: 0 });
    }
  });

  it('of a card that was refused as well', async () => {
    stripe.delivery(shop.secretKey, { drop: true });
    const bought = await buy(shop);
    await payByCard(shop, bought, 'pm_card_chargeDeclined');
    await eventually(
      async () => expect((await readOrder(shop, bought.order.orderNo)).payment).toMatchObject({ status: 'failed' }),
      { withinMs: 20_000 },
    );
    expect((await readOrder(shop, bought.order.orderNo)).status).toBe('draft');
  });
});

describe('payment-svc killed in the middle of many payments', () => {
  it('loses none: every one that was paid is confirmed, once, whatever its webhook came to', async () => {
    stripe.delivery(shop.secretKey, {});
    const bought = await sideBySide(Array.from({ length: 40 }), 8, () => buy(shop));
    const paying = sideBySide(bought, 8, async (each, index) => {
      if (index === 15) await stack.kill('payment-svc');
      return payByCard(shop, each);
    });
    for (const { status } of await paying) expect(status).toBe(200);
    await stack.restart('payment-svc');
    await stripe.idle();
    for (const { order } of bought) await untilOrder(shop, order.orderNo, 'confirmed', 60_000);
    const orders = await listOrders(shop, '?status=confirmed');
    for (const { order } of bought) expect(orders.filter(({ orderNo }) => orderNo === order.orderNo)).toHaveLength(1);
    const payments = await listPayments(shop, '?status=paid');
    expect(new Set(payments.map(({ orderId }) => orderId)).size).toBe(payments.length);
    expect(stripe.refunds(shop.secretKey)).toEqual([]);
  }, 120_000);
});

describe('after all that', () => {
  it('the numbers hold', () => untilSound(stack));
});
