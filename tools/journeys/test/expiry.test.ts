import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Coupon } from '@kervan/contracts';
import { eventually, startStack, type Stack } from '@kervan/testing';
import {
  addProduct,
  CARDS,
  checkout,
  codeOf,
  create,
  expectCart,
  expectReply,
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

/** A coupon of one use, of a promotion like this. */
const issueOnce = async (promotion: object): Promise<string> => {
  const name = { tr: 'Kampanya', en: 'Campaign' };
  const promotionId = await create(shop, '/admin/promotions', { name, ...promotion });
  const code = `ONCE-${promotionId}`;
  await create(shop, '/admin/coupons', { code, promotionId, maxUses: 1 });
  return code;
};
const usesOf = async (code: string) => {
  const { usedCount, heldCount } = expectReply(await shop.staff(`/admin/coupons/${code}`), 200, Coupon);
  return { usedCount, heldCount };
};
const put = (cartId: string, code: string) =>
  shop.buyer(`/carts/${cartId}/coupons`, { method: 'POST', body: { code } });
const couponed = async (variantId: string, code: string): Promise<string> => {
  const { id } = await fillCart(shop, [{ variantId }]);
  expect((await put(id, code)).status).toBe(200);
  return id;
};

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

  it('gives its coupon back, and somebody else has it', async () => {
    const { variantId } = await addProduct(shop, { stock: 10 });
    const code = await issueOnce({ kind: 'percentage', value: 1_000 });
    const { order } = await checkout(shop, await couponed(variantId, code));
    const next = (await fillCart(shop, [{ variantId }])).id;
    expect(codeOf(await put(next, code))).toBe('coupon_exhausted');
    await untilOrder(shop, order.orderNo, 'expired', 20_000);
    await eventually(async () => expect((await put(next, code)).status).toBe(200));
    const { payment, order: sold } = await checkout(shop, next);
    await pay(shop, payment.clientSecret ?? '');
    await untilOrder(shop, sold.orderNo, 'confirmed');
    await eventually(async () => expect(await usesOf(code)).toEqual({ usedCount: 1, heldCount: 0 }));
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

describe('a payment that succeeds after its order expired and gave its coupon back', () => {
  const paidUnheard = async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 10 });
    const code = await issueOnce({ kind: 'fixed', value: 1_000 });
    const { order, payment } = await checkout(shop, await couponed(variantId, code));
    expect((await pay(shop, payment.clientSecret ?? '', CARDS.silent)).status).toBe(200);
    return { sku, code, order };
  };

  it('uses it again when it is still free', async () => {
    const { code, order } = await paidUnheard();
    await eventually(
      async () => {
        const { status, timeline } = await readOrder(shop, order.orderNo);
        expect(status).toBe('confirmed');
        expect(timeline.map(({ type }) => type)).toContain('order.expired');
      },
      { withinMs: 30_000 },
    );
    await eventually(async () => expect(await usesOf(code)).toEqual({ usedCount: 1, heldCount: 0 }));
  });

  it('is refunded when it is used up, and its goods are free', async () => {
    const { sku, code, order } = await paidUnheard();
    await stack.kill('payment-svc');
    await untilOrder(shop, order.orderNo, 'expired', 20_000);
    // Somebody gets something for nothing with it meanwhile.
    const gift = { sku: `GIFT-${sku}`, price: 1_000, requiresShipping: false, stock: 1 };
    await create(shop, '/admin/products', { title: 'Gift', variants: [gift] });
    await untilStock(shop, gift.sku, { onHand: 1, reserved: 0 });
    const made = await shop.buyer('/carts', { method: 'POST', body: { items: [{ sku: gift.sku }] } });
    const { id: cartId } = expectCart(made, 201);
    await eventually(async () => expect((await put(cartId, code)).status).toBe(200));
    expect((await checkout(shop, cartId)).order).toMatchObject({ status: 'confirmed', amount: 0 });
    await eventually(async () => expect(await usesOf(code)).toEqual({ usedCount: 1, heldCount: 0 }));

    await stack.restart('payment-svc');
    await eventually(
      async () => {
        const stored = await readOrder(shop, order.orderNo);
        expect(stored).toMatchObject({
          status: 'expired',
          refunds: [{ status: 'succeeded', amount: stored.totals.total, reason: 'coupon_exhausted' }],
        });
        expect(stored.timeline.map(({ type }) => type)).toContain('order.coupon_exhausted');
      },
      { withinMs: 40_000 },
    );
    await untilStock(shop, sku, { onHand: 10, reserved: 0 });
    expect(await usesOf(code)).toEqual({ usedCount: 1, heldCount: 0 });
  }, 120_000);
});

describe('after all that', () => {
  it('the numbers hold', () => untilSound(stack));
});
