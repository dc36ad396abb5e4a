import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, startStack, type Stack } from '@kervan/testing';
import {
  addProduct,
  ADDRESS,
  answerStep,
  CARDS,
  checkout,
  codeOf,
  fillCart,
  listPayments,
  newKey,
  openShop,
  pay,
  readCart,
  readCheckout,
  readOrder,
  type Shop,
  stockOf,
  track,
  tryCheckout,
  untilOrder,
  untilStock,
} from '@kervan/testing/shop';
import { untilSound } from '../src/sound.ts';

let stack: Stack;
let shop: Shop;

beforeAll(async () => {
  stack = await startStack({ env: { RECONCILE_S: '1', RESERVATION_SWEEP_S: '0.5' } });
  shop = await openShop(stack);
}, 120_000);
afterAll(async () => {
  await stack.stop();
}, 60_000);

describe('a buyer’s way from a cart to a confirmed order', () => {
  it('takes the goods off the shelf, closes the cart and explains every kuruş', async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 10, price: 12_990 });
    const cart = await fillCart(shop, [{ variantId, quantity: 2 }]);
    expect(cart.quote.subtotal).toEqual({ amount: 25_980, currency: 'TRY', formatted: '₺259,80' });

    const { order, payment } = await checkout(shop, cart.id);
    expect(order).toMatchObject({ status: 'draft', amount: 25_980 + 4_990, currency: 'TRY', formatted: '₺309,70' });
    expect((await readCart(shop, cart.id)).status).toBe('checkout');
    expect(await stockOf(shop, sku)).toMatchObject({ onHand: 10, reserved: 2, available: 8 });

    expect((await pay(shop, payment.clientSecret ?? '')).status).toBe(200);
    await untilOrder(shop, order.orderNo, 'confirmed');
    await untilStock(shop, sku, { onHand: 8, reserved: 0 });

    const stored = await readOrder(shop, order.orderNo);
    const shown = await shop.staff(`/admin/orders/${order.orderNo}`);
    expect(shown.headers.get('etag')).toBe(`"${stored.version}"`);
    expect(stored.payment).toMatchObject({ status: 'paid', captured: 30_970, provider: 'sandbox' });
    expect(stored.totals.breakdown.reduce((sum, row) => sum + row.amount, 0)).toBe(stored.totals.total);
    expect(stored.totals.tax).toBe(Math.round((25_980 * 2_000) / 12_000) + Math.round((4_990 * 2_000) / 12_000));
    expect((await readCart(shop, cart.id)).status).toBe('completed');
    const [row] = await listPayments(shop, `?orderNo=${order.orderNo}`);
    expect(row).toMatchObject({ status: 'paid', amount: 30_970, captured: 30_970, orderNo: order.orderNo });
  });

  it('shows the public part of the order to whoever has its number, and the whole to its buyer', async () => {
    const { variantId } = await addProduct(shop, { stock: 1 });
    const { order } = await checkout(shop, (await fillCart(shop, [{ variantId }])).id);
    const tracked = await shop.buyer(`/orders/track/${order.orderNo.toLowerCase()}`);
    expect(tracked.body).toMatchObject({
      status: 'draft',
      paymentStatus: 'pending',
      summary: { shipTo: { name: 'A*** Y***', city: 'İstanbul' } },
    });
    expect(JSON.stringify(tracked.body)).not.toMatch(/ayse|Bağdat|530111/);
    const verify = (email: string) =>
      shop.buyer(`/orders/track/${order.orderNo}/verify`, { method: 'POST', body: { email } });
    expect((await verify('ayse@example.com')).status).toBe(200);
    expect(codeOf(await verify('mehmet@example.com'))).toBe('order_not_found');
  });

  it('may take a second try after a declined card', async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 1 });
    const { order, payment } = await checkout(shop, (await fillCart(shop, [{ variantId }])).id);
    const declined = await pay(shop, payment.clientSecret ?? '', CARDS.declined);
    expect([declined.status, codeOf(declined)]).toEqual([402, 'card_declined']);
    expect((await track(shop, order.orderNo)).status).toBe('draft');
    await pay(shop, payment.clientSecret ?? '');
    await untilOrder(shop, order.orderNo, 'confirmed');
    await untilStock(shop, sku, { onHand: 0, reserved: 0 });
  });

  it('may ask for a step at the bank', async () => {
    const { variantId } = await addProduct(shop, { stock: 2 });
    const { order, payment } = await checkout(shop, (await fillCart(shop, [{ variantId }])).id);
    const secret = payment.clientSecret ?? '';
    expect((await pay(shop, secret, CARDS.asks)).body).toMatchObject({ status: 'requires_action' });
    expect((await track(shop, order.orderNo)).status).toBe('draft');
    await answerStep(shop, secret, 'pass');
    await untilOrder(shop, order.orderNo, 'confirmed');
  });

  it('is confirmed by the reconciler when the webhook never comes', async () => {
    const { variantId } = await addProduct(shop, { stock: 2 });
    const { order, payment } = await checkout(shop, (await fillCart(shop, [{ variantId }])).id);
    expect((await pay(shop, payment.clientSecret ?? '', CARDS.silent)).status).toBe(200);
    await untilOrder(shop, order.orderNo, 'confirmed', 30_000);
  });

  it('is confirmed by the buyer’s own return when the webhook never comes', async () => {
    const { variantId } = await addProduct(shop, { stock: 2 });
    const { order, payment } = await checkout(shop, (await fillCart(shop, [{ variantId }])).id);
    await pay(shop, payment.clientSecret ?? '', CARDS.silent);
    const confirmed = await shop.buyer(`/checkout/${order.orderNo}/confirm`, { method: 'POST' });
    expect(confirmed.body).toMatchObject({
      order: { status: 'confirmed' },
      payment: { status: 'paid', clientSecret: null },
    });
  });

  it('ends when the buyer gives up: the goods are free and the cart is open again', async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 3 });
    const cart = await fillCart(shop, [{ variantId, quantity: 3 }]);
    const { order } = await checkout(shop, cart.id);
    const given = await shop.buyer(`/checkout/${order.orderNo}/cancel`, { method: 'POST' });
    expect(given.body).toMatchObject({ order: { status: 'cancelled' } });
    await untilStock(shop, sku, { onHand: 3, reserved: 0 });
    expect((await readCart(shop, cart.id)).status).toBe('open');
    const again = await checkout(shop, cart.id);
    expect(again.order.orderNo).not.toBe(order.orderNo);
  });

  it('pays with another attempt while the draft lives', async () => {
    const { variantId } = await addProduct(shop, { stock: 2 });
    const { order, payment } = await checkout(shop, (await fillCart(shop, [{ variantId }])).id);
    const another = await shop.buyer(`/checkout/${order.orderNo}/payment`, {
      method: 'POST',
      headers: { 'idempotency-key': 'second' },
      body: { payment: { provider: 'sandbox', method: 'card' } },
    });
    const { order: same, payment: second } = readCheckout(another);
    expect(same.orderNo).toBe(order.orderNo);
    expect(second.clientSecret).not.toBe(payment.clientSecret);
    await pay(shop, second.clientSecret ?? '');
    await untilOrder(shop, order.orderNo, 'confirmed');
  });

  it('pays once, and gets back what was paid twice', async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 2 });
    const { order, payment } = await checkout(shop, (await fillCart(shop, [{ variantId }])).id);
    const another = await shop.buyer(`/checkout/${order.orderNo}/payment`, {
      method: 'POST',
      headers: { 'idempotency-key': newKey() },
      body: { payment: { provider: 'sandbox' } },
    });
    const secrets = [payment.clientSecret ?? '', readCheckout(another).payment.clientSecret ?? ''];
    await Promise.all(secrets.map((secret) => pay(shop, secret)));
    await untilOrder(shop, order.orderNo, 'confirmed');
    await eventually(
      async () => {
        const { refunds, payment: kept } = await readOrder(shop, order.orderNo);
        expect(refunds).toMatchObject([{ status: 'succeeded', amount: order.amount, reason: 'paid_twice' }]);
        expect(refunds[0]?.paymentId).not.toBe(kept.paymentId);
        const payments = await listPayments(shop, `?orderNo=${order.orderNo}`);
        expect(payments.map(({ status }) => status).sort()).toEqual(['paid', 'refunded']);
      },
      { withinMs: 20_000 },
    );
    await untilStock(shop, sku, { onHand: 1, reserved: 0 });
  });

  it('stops before an order when the price is not the one that was shown', async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 2, price: 10_000 });
    const cart = await fillCart(shop, [{ variantId }]);
    const refused = await tryCheckout(shop, cart.id, { expectedTotal: 1 });
    expect([refused.status, codeOf(refused)]).toEqual([409, 'total_changed']);
    expect(refused.body).toMatchObject({ expected: 1, amount: 14_990, totals: { total: { formatted: '₺149,90' } } });
    expect(await stockOf(shop, sku)).toMatchObject({ reserved: 0 });
    expect((await readCart(shop, cart.id)).status).toBe('open');
  });

  it('names what is missing', async () => {
    const { variantId } = await addProduct(shop, { stock: 2 });
    const cart = await fillCart(shop, [{ variantId }]);
    const ask = (body: object) =>
      shop.buyer('/checkout', {
        method: 'POST',
        headers: { 'idempotency-key': newKey() },
        body: { cartId: cart.id, ...body },
      });
    expect(codeOf(await ask({}))).toBe('email_required');
    expect(codeOf(await ask({ email: 'a@b.co' }))).toBe('shipping_address_required');
    expect(codeOf(await ask({ email: 'a@b.co', shippingAddress: ADDRESS }))).toBe('shipping_method_required');
    const ships = { email: 'a@b.co', shippingAddress: ADDRESS, shippingMethod: 'standard' };
    expect(codeOf(await ask(ships))).toBe('payment_method_required');
    expect(codeOf(await ask({ ...ships, shippingMethod: 'pigeon' }))).toBe('shipping_method_unavailable');
    expect(codeOf(await ask({ ...ships, payment: { provider: 'stripe' } }))).toBe('payment_method_unavailable');
    const empty = await fillCart(shop, []);
    expect(codeOf(await tryCheckout(shop, empty.id))).toBe('cart_empty');
    expect(codeOf(await tryCheckout(shop, 'cart_unknown'))).toBe('cart_not_found');
  });

  it('leaves numbers that hold', () => untilSound(stack));
});
