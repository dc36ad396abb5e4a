import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startStack, type Stack } from '@kervan/testing';
import {
  addProduct,
  fillCart,
  listOrders,
  listPayments,
  openShop,
  readCart,
  readCheckout,
  type Shop,
  sideBySide,
  tallyReplies,
  stockOf,
  tryCheckout,
  untilStock,
} from '@kervan/testing/shop';
import { untilSound } from '../src/sound.ts';

let stack: Stack;
let shop: Shop;

beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack);
}, 120_000);
afterAll(async () => {
  await stack.stop();
}, 60_000);

describe('a thousand buyers for a hundred pieces', () => {
  it('make exactly a hundred orders and nine hundred clean refusals', async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 100 });
    const carts = await sideBySide(
      Array.from({ length: 1_000 }, () => variantId),
      50,
      async (id) => (await fillCart(shop, [{ variantId: id }])).id,
    );
    const replies = await Promise.all(carts.map((cartId) => tryCheckout(shop, cartId)));
    expect(tallyReplies(replies)).toEqual({ '201 ok': 100, '409 out_of_stock': 900 });
    const refused = replies.find((reply) => reply.status === 409);
    expect(refused?.body).toMatchObject({ lines: [{ sku, requested: 1, available: 0 }] });
    expect(await stockOf(shop, sku)).toMatchObject({ onHand: 100, reserved: 100, available: 0 });
    expect(await listOrders(shop, '?status=draft')).toHaveLength(100);
    expect(await listPayments(shop)).toHaveLength(100);
    // Whoever came too late may go on with the cart.
    const late = carts.filter((_, index) => replies[index]?.status === 409);
    const statuses = await sideBySide(late, 20, async (cartId) => (await readCart(shop, cartId)).status);
    expect(new Set(statuses)).toEqual(new Set(['open']));
    await untilSound(stack);
  }, 180_000);
});

describe('carts of two lines in opposite orders', () => {
  it('get all of their goods or none, without waiting for each other', async () => {
    const left = await addProduct(shop, { stock: 30 });
    const right = await addProduct(shop, { stock: 30 });
    const ways = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? [left, right] : [right, left]));
    const carts = await sideBySide(ways, 20, async (goods) => (await fillCart(shop, goods)).id);
    const replies = await Promise.all(carts.map((cartId) => tryCheckout(shop, cartId)));
    expect(tallyReplies(replies)).toEqual({ '201 ok': 30, '409 out_of_stock': 30 });
    for (const { sku } of [left, right]) expect(await stockOf(shop, sku)).toMatchObject({ onHand: 30, reserved: 30 });
    for (const reply of replies.filter(({ status }) => status === 201)) {
      await shop.buyer(`/checkout/${readCheckout(reply).order.orderNo}/cancel`, { method: 'POST' });
    }
    for (const { sku } of [left, right]) await untilStock(shop, sku, { onHand: 30, reserved: 0 });
    await untilSound(stack);
  }, 120_000);
});
