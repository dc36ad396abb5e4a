import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ServiceName } from '@kervan/contracts';
import { checkInvariants, eventually, startStack, violationText, type Stack } from '@kervan/testing';
import { addProduct, fillCart, listOrders, openShop, pay, readCheckout, stockOf, tryCheckout, type Shop } from '../src/shop.ts';

let stack: Stack;
let shop: Shop;

beforeAll(async () => {
  stack = await startStack({ env: { RESERVATION_TTL_S: '25', RESERVATION_SWEEP_S: '0.5', RECONCILE_S: '2' } });
  shop = await openShop(stack);
}, 120_000);
afterAll(async () => {
  await stack.stop();
}, 60_000);

const CHECKOUTS = 100;
const ENDED = new Set(['confirmed', 'expired', 'cancelled']);

/** A buyer who wants the goods: tries again under the same key after an answer that got lost, then pays. */
const buyStubbornly = async (cartId: string): Promise<void> => {
  const key = randomBytes(12).toString('hex');
  for (let tries = 0; tries < 12; tries++) {
    const reply = await tryCheckout(shop, cartId, { key }).catch(() => null);
    if (reply?.status === 201) {
      const secret = readCheckout(reply).payment.clientSecret;
      if (secret !== null) await payStubbornly(secret);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
};

const payStubbornly = async (secret: string): Promise<void> => {
  for (let tries = 0; tries < 12; tries++) {
    const reply = await pay(shop, secret).catch(() => null);
    if (reply !== null && reply.status < 500) return;
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
};

describe.each<ServiceName>(['order-svc', 'inventory-svc', 'payment-svc'])('%s killed in the middle of a hundred checkouts', (victim) => {
  it('loses nothing: every order ends and the numbers hold', async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 1_000 });
    const carts: string[] = [];
    for (let from = 0; from < CHECKOUTS; from += 20) {
      const filled = await Promise.all(Array.from({ length: 20 }, () => fillCart(shop, [{ variantId }])));
      carts.push(...filled.map((cart) => cart.id));
    }
    const buyers = carts.map(async (cartId, index) => {
      await new Promise((resolve) => setTimeout(resolve, index * 8));
      await buyStubbornly(cartId);
    });
    await new Promise((resolve) => setTimeout(resolve, 350));
    await stack.kill(victim);
    await stack.restart(victim);
    await Promise.all(buyers);

    await eventually(
      async () => {
        const orders = await listOrders(shop);
        expect(orders.filter((order) => !ENDED.has(order.status)).map((order) => order.orderNo)).toEqual([]);
        expect(violationText(await checkInvariants(stack.backends.mongo.uri))).toBe('');
      },
      { withinMs: 90_000, everyMs: 500 },
    );
    const confirmed = (await listOrders(shop, '?status=confirmed')).filter((order) => order.items[0]?.sku === sku);
    expect(confirmed.length).toBeGreaterThanOrEqual(CHECKOUTS * 0.9);
    expect(await stockOf(shop, sku)).toMatchObject({ onHand: 1_000 - confirmed.length, reserved: 0 });
  }, 240_000);
});
