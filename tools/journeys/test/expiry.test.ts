import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, startStack, type Stack } from '@kervan/testing';
import {
  addProduct,
  CARDS,
  checkout,
  fillCart,
  listPayments,
  openShop,
  pay,
  readCart,
  readOrder,
  untilOrder,
  untilStock,
  type Shop,
} from '@kervan/testing/shop';
import { untilSound } from '../src/sound.ts';

let stack: Stack;
let shop: Shop;

beforeAll(async () => {
  // The reconcilers stay out of it: what is tested is the end of a draft's time, not the provider's being asked.
  stack = await startStack({ env: { RESERVATION_TTL_S: '3', RESERVATION_SWEEP_S: '0.3', RECONCILE_S: '3600' } });
  shop = await openShop(stack);
}, 120_000);
afterAll(async () => {
  await stack.stop();
}, 60_000);

const paymentOf = async (orderNo: string) => (await listPayments(shop, `?orderNo=${orderNo}`))[0];

describe('a draft that is left alone', () => {
  it('expires on time: its goods come back, its intent is cancelled, its cart is open', async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 4 });
    const cart = await fillCart(shop, [{ variantId, quantity: 4 }]);
    const { order, payment } = await checkout(shop, cart.id);
    const promised = Date.parse(order.reservedUntil ?? '');
    await untilOrder(shop, order.orderNo, 'expired', 20_000);
    const stored = await readOrder(shop, order.orderNo);
    expect(Date.parse(stored.expiredAt ?? '')).toBeGreaterThanOrEqual(promised);
    expect(Date.parse(stored.expiredAt ?? '') - promised).toBeLessThan(10_000);
    await untilStock(shop, sku, { onHand: 4, reserved: 0 });
    await eventually(async () => expect((await paymentOf(order.orderNo))?.status).toBe('cancelled'));
    await eventually(async () => expect((await readCart(shop, cart.id)).status).toBe('open'));
    const late = await pay(shop, payment.clientSecret ?? '');
    expect(late.status).toBeGreaterThanOrEqual(400);
    expect((await readOrder(shop, order.orderNo)).status).toBe('expired');
  });
});

describe('a payment that succeeds after its order expired', () => {
  it('confirms when the goods are still there', async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 2 });
    const { order, payment } = await checkout(shop, (await fillCart(shop, [{ variantId }])).id);
    // The money is taken and nobody hears of it: the webhook of this card never comes.
    expect((await pay(shop, payment.clientSecret ?? '', CARDS.silent)).status).toBe(200);
    await eventually(
      async () => {
        const stored = await readOrder(shop, order.orderNo);
        expect(stored.timeline.map((entry) => entry.type)).toEqual(
          expect.arrayContaining(['order.expired', 'order.confirmed']),
        );
        expect(stored).toMatchObject({ status: 'confirmed', payment: { status: 'paid' } });
      },
      { withinMs: 30_000 },
    );
    await untilStock(shop, sku, { onHand: 1, reserved: 0 });
  });

  it('is refunded when the goods are gone, and the timeline says so', async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 1 });
    const { order, payment } = await checkout(shop, (await fillCart(shop, [{ variantId }])).id);
    expect((await pay(shop, payment.clientSecret ?? '', CARDS.silent)).status).toBe(200);
    // The shelf is emptied as soon as the goods are free, before the money is heard of: kill the one who would tell.
    await stack.kill('payment-svc');
    await untilOrder(shop, order.orderNo, 'expired', 20_000);
    await untilStock(shop, sku, { onHand: 1, reserved: 0 });
    await shop.staff(`/admin/stock/${sku}/adjust`, {
      method: 'POST',
      body: { count: 0, reason: 'sold over the counter' },
    });
    await stack.restart('payment-svc');
    await eventually(
      async () => {
        const stored = await readOrder(shop, order.orderNo);
        expect(stored.status).toBe('expired');
        expect(stored.refunds).toMatchObject([
          { status: 'succeeded', amount: stored.totals.total, reason: 'order_expired' },
        ]);
        expect(stored.timeline.map((entry) => entry.type)).toEqual(
          expect.arrayContaining(['refund.requested', 'refund.succeeded']),
        );
      },
      { withinMs: 40_000 },
    );
    await eventually(async () =>
      expect(await paymentOf(order.orderNo)).toMatchObject({ status: 'refunded', refunded: order.amount }),
    );
    await untilStock(shop, sku, { onHand: 0, reserved: 0 });
  }, 120_000);
});

describe('after all that', () => {
  it('the numbers hold', () => untilSound(stack));
});
