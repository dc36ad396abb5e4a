import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, startStack, type Stack } from '@kervan/testing';
import {
  addProduct,
  fillCart,
  listOrders,
  newKey,
  openShop,
  pay,
  readCheckout,
  type Shop,
  sideBySide,
  tryCheckout,
  untilStock,
} from '@kervan/testing/shop';
import { insist } from '../src/insist.ts';
import { untilSound } from '../src/sound.ts';

let stack: Stack;
const shops: { shop: Shop; sku: string }[] = [];

beforeAll(async () => {
  // Long enough for a buyer who comes back, short enough for those who do not.
  stack = await startStack({ env: { RESERVATION_TTL_S: '15', RESERVATION_SWEEP_S: '0.5', RECONCILE_S: '2' } });
}, 120_000);
afterAll(async () => {
  await stack.stop();
}, 60_000);

const CHECKOUTS = 100;
const STOCK = 1_000;
/** Whoever waits longer for an answer takes it for lost. */
const PATIENCE_MS = 2_000;
const ENDED = new Set(['confirmed', 'expired', 'cancelled']);

/** A buyer who wants the goods: comes back under the same key until the order is there, then pays until it is paid. */
const buyStubbornly = async (shop: Shop, cartId: string): Promise<void> => {
  const key = newKey();
  const reply = await insist(() => tryCheckout(shop, cartId, { key, patienceMs: PATIENCE_MS }));
  const { clientSecret } = readCheckout(reply).payment;
  await insist(() => pay(shop, clientSecret ?? '', undefined, PATIENCE_MS));
};

/** A buyer who takes the first answer as it comes, and goes away when there is none. */
const buyCarelessly = async (shop: Shop, cartId: string): Promise<void> => {
  const reply = await tryCheckout(shop, cartId, { patienceMs: PATIENCE_MS }).catch(() => null);
  if (reply?.status !== 201) return;
  const { clientSecret } = readCheckout(reply).payment;
  await pay(shop, clientSecret ?? '', undefined, PATIENCE_MS).catch(() => null);
};

const isCareless = (index: number): boolean => index % 5 === 4;

const VICTIMS: [string, (stack: Stack) => Promise<void>][] = [
  ['order-svc', (of) => of.restart('order-svc')],
  ['inventory-svc', (of) => of.restart('inventory-svc')],
  ['payment-svc', (of) => of.restart('payment-svc')],
  ['gateway', (of) => of.restart('gateway')],
  ['nats-server', (of) => of.backends.nats.restart()],
  ['mongod', (of) => of.backends.mongo.restart()],
];

describe.each(VICTIMS)('%s killed in the middle of a hundred checkouts', (_name, killAndRestart) => {
  it('costs nobody who comes back an order, and the numbers hold', async () => {
    const shop = await openShop(stack);
    const { sku, variantId } = await addProduct(shop, { stock: STOCK });
    shops.push({ shop, sku });
    const carts = await sideBySide(
      Array.from({ length: CHECKOUTS }, () => variantId),
      20,
      async (id) => (await fillCart(shop, [{ variantId: id }])).id,
    );
    let begun = 0;
    const buyers = carts.map(async (cartId, index) => {
      await wait(index * 10);
      begun += 1;
      await (isCareless(index) ? buyCarelessly(shop, cartId) : buyStubbornly(shop, cartId));
    });
    await eventually(() => expect(begun).toBeGreaterThan(CHECKOUTS * 0.4), { everyMs: 1 });
    await killAndRestart(stack);
    await Promise.all(buyers);

    // What a dead process had in hand is delivered anew after half a minute.
    await untilSound(stack, 60_000);
    const stubborn = new Set(carts.filter((_, index) => !isCareless(index)));
    await eventually(
      async () => {
        const confirmed = (await listOrders(shop, '?status=confirmed')).filter(({ cartId }) => stubborn.has(cartId));
        expect(confirmed).toHaveLength(stubborn.size);
      },
      { withinMs: 30_000, everyMs: 200 },
    );
  }, 150_000);
});

describe('after all that', () => {
  it('every order has ended, and all goods are sold or on the shelf', async () => {
    for (const { shop, sku } of shops) {
      const orders = await eventually(
        async () => {
          const all = await listOrders(shop);
          const alive = all.filter((order) => !ENDED.has(order.status)).map((order) => order.orderNo);
          expect(alive).toEqual([]);
          return all;
        },
        { withinMs: 60_000, everyMs: 500 },
      );
      const sold = orders.filter((order) => order.status === 'confirmed').length;
      await untilStock(shop, sku, { onHand: STOCK - sold, reserved: 0 });
    }
    await untilSound(stack);
  }, 120_000);
});
