import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkInvariants, startStack, violationText, type Stack } from '@kervan/testing';
import { codeOf } from '../src/http.ts';
import { addProduct, fillCart, listOrders, openShop, readCheckout, stockOf, tryCheckout, untilStock, type Shop } from '../src/shop.ts';

let stack: Stack;
let shop: Shop;

beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack);
}, 120_000);
afterAll(async () => {
  await stack.stop();
}, 60_000);

/** Runs the work of many with so many under way at once. */
const sideBySide = async <Item, Done>(items: readonly Item[], width: number, work: (item: Item) => Promise<Done>): Promise<Done[]> => {
  const done: Done[] = [];
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) done.push(await work(item));
  };
  await Promise.all(Array.from({ length: width }, worker));
  return done;
};

describe('a thousand buyers for a hundred pieces', () => {
  it('make exactly a hundred orders and nine hundred clean refusals', async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 100 });
    const carts = await sideBySide(Array.from({ length: 1_000 }), 50, async () => (await fillCart(shop, [{ variantId }])).id);
    const replies = await Promise.all(carts.map((cartId) => tryCheckout(shop, cartId)));
    expect(replies.filter((reply) => reply.status === 201)).toHaveLength(100);
    const refused = replies.filter((reply) => reply.status !== 201);
    expect(new Set(refused.map((reply) => `${reply.status} ${codeOf(reply)}`))).toEqual(new Set(['409 out_of_stock']));
    expect(refused[0]?.body).toMatchObject({ lines: [{ sku, requested: 1, available: 0 }] });
    expect(await stockOf(shop, sku)).toMatchObject({ onHand: 100, reserved: 100, available: 0 });
    expect(await listOrders(shop, '?status=draft')).toHaveLength(100);
  }, 180_000);
});

describe('carts of two lines in opposite orders', () => {
  it('get all of their goods or none, without waiting for each other', async () => {
    const left = await addProduct(shop, { stock: 30 });
    const right = await addProduct(shop, { stock: 30 });
    const ways = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? [left, right] : [right, left]));
    const carts = await sideBySide(ways, 20, async (goods) => (await fillCart(shop, goods)).id);
    const replies = await Promise.all(carts.map((cartId) => tryCheckout(shop, cartId)));
    expect(replies.filter((reply) => reply.status === 201)).toHaveLength(30);
    expect(replies.filter((reply) => codeOf(reply) === 'out_of_stock')).toHaveLength(30);
    for (const { sku } of [left, right]) expect(await stockOf(shop, sku)).toMatchObject({ onHand: 30, reserved: 30 });
    for (const reply of replies.filter(({ status }) => status === 201)) {
      await shop.buyer(`/checkout/${readCheckout(reply).order.orderNo}/cancel`, { method: 'POST' });
    }
    for (const { sku } of [left, right]) await untilStock(shop, sku, { onHand: 30, reserved: 0 });
    expect(violationText(await checkInvariants(stack.backends.mongo.uri))).toBe('');
  }, 120_000);
});
