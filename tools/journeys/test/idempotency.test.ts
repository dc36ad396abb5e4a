import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startStack, type Stack } from '@kervan/testing';
import {
  addProduct,
  checkout,
  checkoutBody,
  codeOf,
  fillCart,
  listOrders,
  listPayments,
  newKey,
  openShop,
  type Shop,
  stockOf,
  tryCheckout,
} from '@kervan/testing/shop';

let stack: Stack;
let shop: Shop;

beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack);
}, 120_000);
afterAll(async () => {
  await stack.stop();
}, 60_000);

describe('the same key', () => {
  it('fifty times at once gives one order, one intent and the same answer', async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 100 });
    const cart = await fillCart(shop, [{ variantId }]);
    const idempotencyKey = newKey();
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => tryCheckout(shop, cart.id, { key: idempotencyKey })),
    );
    expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([201]));
    expect(new Set(replies.map((reply) => JSON.stringify(reply.body))).size).toBe(1);
    expect(replies.filter((reply) => reply.headers.get('idempotent-replayed') === 'true')).toHaveLength(49);
    const orders = await listOrders(shop, `?cartId=${cart.id}`);
    expect(orders).toHaveLength(1);
    expect(await listPayments(shop, `?orderId=${orders[0]?.id ?? ''}`)).toHaveLength(1);
    expect(await stockOf(shop, sku)).toMatchObject({ onHand: 100, reserved: 1 });
    const later = await tryCheckout(shop, cart.id, { key: idempotencyKey });
    expect(later.body).toEqual(replies[0]?.body);
    expect(later.headers.get('idempotent-replayed')).toBe('true');
  });

  it('with another body is refused and does nothing', async () => {
    const { variantId } = await addProduct(shop, { stock: 5 });
    const cart = await fillCart(shop, [{ variantId }]);
    const idempotencyKey = newKey();
    expect((await tryCheckout(shop, cart.id, { key: idempotencyKey })).status).toBe(201);
    const changed = await shop.buyer('/checkout', {
      method: 'POST',
      headers: { 'idempotency-key': idempotencyKey },
      body: { ...checkoutBody(cart.id), note: 'another' },
    });
    expect([changed.status, codeOf(changed)]).toEqual([422, 'idempotency_key_reused']);
    expect(await listOrders(shop, `?cartId=${cart.id}`)).toHaveLength(1);
  });

  it('gets a refusal again that depends on the request alone, and may try again after any other', async () => {
    const key = newKey();
    const unknown = await tryCheckout(shop, 'cart_00000000000000000000000000', { key });
    expect([unknown.status, codeOf(unknown), unknown.headers.get('idempotent-replayed')]).toEqual([
      404,
      'cart_not_found',
      null,
    ]);
    const again = await tryCheckout(shop, 'cart_00000000000000000000000000', { key });
    expect([again.status, codeOf(again), again.headers.get('idempotent-replayed')]).toEqual([
      404,
      'cart_not_found',
      'true',
    ]);
    const { variantId } = await addProduct(shop, { stock: 5 });
    const cart = await fillCart(shop, [{ variantId }]);
    expect(codeOf(await tryCheckout(shop, cart.id, { key }))).toBe('idempotency_key_reused');

    const another = newKey();
    const shown = { key: another, expectedTotal: 2 * 12_990 + 4_990 };
    expect(codeOf(await tryCheckout(shop, cart.id, shown))).toBe('total_changed');
    await shop.buyer(`/carts/${cart.id}/items`, { method: 'POST', body: { variantId, quantity: 1 } });
    const ordered = await tryCheckout(shop, cart.id, shown);
    expect([ordered.status, ordered.headers.get('idempotent-replayed')]).toEqual([201, null]);
  });

  it('opens another payment once, fifty times at once', async () => {
    const { variantId } = await addProduct(shop, { stock: 5 });
    const { order } = await checkout(shop, (await fillCart(shop, [{ variantId }])).id);
    const key = newKey();
    const again = (provider = 'sandbox') =>
      shop.buyer(`/checkout/${order.orderNo}/payment`, {
        method: 'POST',
        headers: { 'idempotency-key': key },
        body: { payment: { provider } },
      });
    const replies = await Promise.all(Array.from({ length: 50 }, () => again()));
    expect(new Set(replies.map((reply) => reply.status))).toEqual(new Set([201]));
    expect(new Set(replies.map((reply) => JSON.stringify(reply.body))).size).toBe(1);
    expect(replies.filter((reply) => reply.headers.get('idempotent-replayed') === 'true')).toHaveLength(49);
    expect(await listPayments(shop, `?orderNo=${order.orderNo}`)).toHaveLength(2);
    expect(codeOf(await again('stripe'))).toBe('idempotency_key_reused');
  });

  it('in two shops is two keys', async () => {
    const other = await openShop(stack);
    const idempotencyKey = newKey();
    for (const each of [shop, other]) {
      const { variantId } = await addProduct(each, { stock: 5 });
      const cart = await fillCart(each, [{ variantId }]);
      expect((await tryCheckout(each, cart.id, { key: idempotencyKey })).status).toBe(201);
    }
  });

  it('must be given, and be readable', async () => {
    const { variantId } = await addProduct(shop, { stock: 5 });
    const cart = await fillCart(shop, [{ variantId }]);
    const without = await shop.buyer('/checkout', { method: 'POST', body: checkoutBody(cart.id) });
    expect([without.status, codeOf(without)]).toEqual([400, 'idempotency_key_required']);
    const long = await tryCheckout(shop, cart.id, { key: 'k'.repeat(256) });
    expect([long.status, codeOf(long)]).toEqual([400, 'idempotency_key_invalid']);
  });

  it('may try again after the goods were short', async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 1 });
    const cart = await fillCart(shop, [{ variantId, quantity: 2 }]);
    const idempotencyKey = newKey();
    const short = await tryCheckout(shop, cart.id, { key: idempotencyKey });
    expect([short.status, codeOf(short)]).toEqual([409, 'out_of_stock']);
    await shop.staff(`/admin/stock/${sku}/adjust`, { method: 'POST', body: { delta: 5, reason: 'found some' } });
    expect((await tryCheckout(shop, cart.id, { key: idempotencyKey })).status).toBe(201);
    expect((await listOrders(shop, `?cartId=${cart.id}`)).map((order) => order.status).sort()).toEqual([
      'cancelled',
      'draft',
    ]);
  });
});

describe('two keys on one cart at once', () => {
  it('give one order, twenty times over', async () => {
    const { variantId } = await addProduct(shop, { stock: 1_000 });
    for (let round = 0; round < 20; round++) {
      const cart = await fillCart(shop, [{ variantId }]);
      const replies = await Promise.all(Array.from({ length: 4 }, () => tryCheckout(shop, cart.id)));
      expect(replies.map((reply) => reply.status).sort()).toEqual([201, 409, 409, 409]);
      expect(replies.filter((reply) => reply.status === 409).map(codeOf)).toEqual([
        'cart_closed',
        'cart_closed',
        'cart_closed',
      ]);
      expect(await listOrders(shop, `?cartId=${cart.id}`)).toHaveLength(1);
    }
  });
});

describe('two adds to one cart at once', () => {
  it('both count', async () => {
    const { variantId } = await addProduct(shop, { stock: 1_000 });
    const cart = await fillCart(shop, []);
    const adds = Array.from({ length: 40 }, () =>
      shop.buyer(`/carts/${cart.id}/items`, { method: 'POST', body: { variantId, quantity: 1 } }),
    );
    expect(new Set((await Promise.all(adds)).map((reply) => reply.status))).toEqual(new Set([200]));
    const read = await shop.buyer(`/carts/${cart.id}`);
    expect(read.body).toMatchObject({ items: [{ quantity: 40 }] });
  });
});
