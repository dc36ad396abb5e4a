import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startStack, type Stack } from '@kervan/testing';
import { codeOf } from '../src/http.ts';
import {
  addProduct,
  checkoutBody,
  fillCart,
  listOrders,
  listPayments,
  openShop,
  stockOf,
  tryCheckout,
  type Shop,
} from '../src/shop.ts';

let stack: Stack;
let shop: Shop;

beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack);
}, 120_000);
afterAll(async () => {
  await stack.stop();
}, 60_000);

const key = (): string => randomBytes(12).toString('hex');

describe('the same key', () => {
  it('fifty times at once gives one order, one intent and the same answer', async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 100 });
    const cart = await fillCart(shop, [{ variantId }]);
    const idempotencyKey = key();
    const replies = await Promise.all(Array.from({ length: 50 }, () => tryCheckout(shop, cart.id, { key: idempotencyKey })));
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
    const idempotencyKey = key();
    expect((await tryCheckout(shop, cart.id, { key: idempotencyKey })).status).toBe(201);
    const changed = await shop.buyer('/checkout', {
      method: 'POST',
      headers: { 'idempotency-key': idempotencyKey },
      body: { ...checkoutBody(cart.id), note: 'another' },
    });
    expect([changed.status, codeOf(changed)]).toEqual([422, 'idempotency_key_reused']);
    expect(await listOrders(shop, `?cartId=${cart.id}`)).toHaveLength(1);
  });

  it('in two shops is two keys', async () => {
    const other = await openShop(stack);
    const idempotencyKey = key();
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
    const idempotencyKey = key();
    const short = await tryCheckout(shop, cart.id, { key: idempotencyKey });
    expect([short.status, codeOf(short)]).toEqual([409, 'out_of_stock']);
    await shop.staff(`/admin/stock/${sku}/adjust`, { method: 'POST', body: { delta: 5, reason: 'found some' } });
    expect((await tryCheckout(shop, cart.id, { key: idempotencyKey })).status).toBe(201);
    expect((await listOrders(shop, `?cartId=${cart.id}`)).map((order) => order.status).sort()).toEqual(['cancelled', 'draft']);
  });
});

describe('two keys on one cart at once', () => {
  it('give one order, twenty times over', async () => {
    const { variantId } = await addProduct(shop, { stock: 1_000 });
    for (let round = 0; round < 20; round++) {
      const cart = await fillCart(shop, [{ variantId }]);
      const replies = await Promise.all(Array.from({ length: 4 }, () => tryCheckout(shop, cart.id)));
      expect(replies.map((reply) => reply.status).sort()).toEqual([201, 409, 409, 409]);
      expect(replies.filter((reply) => reply.status === 409).map(codeOf)).toEqual(['cart_closed', 'cart_closed', 'cart_closed']);
      expect(await listOrders(shop, `?cartId=${cart.id}`)).toHaveLength(1);
    }
  });
});

describe('two adds to one cart at once', () => {
  it('both count', async () => {
    const { variantId } = await addProduct(shop, { stock: 1_000 });
    const cart = await fillCart(shop, []);
    const adds = Array.from({ length: 40 }, () => shop.buyer(`/carts/${cart.id}/items`, { method: 'POST', body: { variantId, quantity: 1 } }));
    expect(new Set((await Promise.all(adds)).map((reply) => reply.status))).toEqual(new Set([200]));
    const read = await shop.buyer(`/carts/${cart.id}`);
    expect(read.body).toMatchObject({ items: [{ quantity: 40 }] });
  });
});
