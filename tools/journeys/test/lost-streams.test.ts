import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { check, type CheckInput, eventually, startStack, type Stack, untilQuiet, violationText } from '@kervan/testing';
import {
  addProduct,
  CARDS,
  fillCart,
  listOrders,
  newKey,
  openShop,
  pay,
  readCheckout,
  type Shop,
  sideBySide,
  tryCancel,
  tryCheckout,
  untilOrder,
} from '@kervan/testing/shop';
import { insist } from '../src/insist.ts';

let stack: Stack;
let shop: Shop;
let variantId: string;
let input: CheckInput;

beforeAll(async () => {
  stack = await startStack({
    env: { RESERVATION_TTL_S: '12', RESERVATION_SWEEP_S: '0.5', RECONCILE_S: '2', LOG_LEVEL: 'warn' },
  });
  const { mongo, nats } = stack.backends;
  input = { mongoUri: mongo.uri, nats: { url: nats.url, seed: nats.seeds.setup } };
  shop = await openShop(stack);
  ({ variantId } = await addProduct(shop, { stock: 1_000 }));
}, 120_000);
afterAll(async () => {
  await stack.stop();
}, 60_000);

const BUYERS = 40;
const ROUNDS = 3;

/** What a buyer does with an order: every kind leads to other events. */
const ENDINGS: readonly ((orderNo: string, clientSecret: string) => Promise<unknown>)[] = [
  (_orderNo, clientSecret) => insist(() => pay(shop, clientSecret)),
  (orderNo) => insist(() => tryCancel(shop, orderNo)),
  (_orderNo, clientSecret) => insist(() => pay(shop, clientSecret, CARDS.declined)),
  (_orderNo, clientSecret) => insist(() => pay(shop, clientSecret)),
];

/** A checkout to its end; its number, and whether it has been paid. */
const buy = async (index: number): Promise<{ orderNo: string; isPaid: boolean }> => {
  const { id } = await fillOpenCart();
  const key = newKey();
  const { order, payment } = readCheckout(await insist(() => tryCheckout(shop, id, { key })));
  await ENDINGS[index % ENDINGS.length]?.(order.orderNo, payment.clientSecret ?? '');
  return { orderNo: order.orderNo, isPaid: index % ENDINGS.length === 0 || index % ENDINGS.length === 3 };
};
const fillOpenCart = () => eventually(() => fillCart(shop, [{ variantId }]), { withinMs: 60_000, everyMs: 250 });

const removeStreams = async (): Promise<void> => {
  const { folder } = stack.backends.nats;
  if (folder === null) throw new Error('the nats-server is none of ours');
  await rm(join(folder, 'jetstream'), { recursive: true });
};

/** Nothing is under way any more, and all that must hold does: each sent event lies in its stream under its id, too. */
const expectWhole = async () => {
  const isQuiet = await untilQuiet(input, 60_000);
  const { violations, counts } = await check(input);
  expect({ isQuiet, violations: violationText(violations) }).toEqual({ isQuiet: true, violations: '' });
  return counts;
};

describe('streams that are lost', () => {
  it('are filled again from the databases, as often as it happens, and all goes on', async () => {
    let written = 0;
    for (let round = 0; round < ROUNDS; round++) {
      let begun = 0;
      const buying = sideBySide(Array.from({ length: BUYERS }), 8, async (_, index) => {
        begun += 1;
        return buy(index);
      });
      await eventually(() => expect(begun).toBeGreaterThan(BUYERS * 0.4), { everyMs: 1 });
      // Once at once, once later: services look for their streams before and after they are made again.
      await stack.backends.nats.restart(() => Promise.all([removeStreams(), wait(round * 1_500)]));
      for (const { orderNo, isPaid } of await buying) if (isPaid) await untilOrder(shop, orderNo, 'confirmed', 30_000);

      const counts = await expectWhole();
      expect(counts.written).toBeGreaterThan(written + BUYERS * 3);
      expect(counts.events).toBeGreaterThanOrEqual(counts.written);
      written = counts.written;
    }
    const confirmed = await listOrders(shop, '?status=confirmed');
    expect(confirmed).toHaveLength((ROUNDS * BUYERS) / 2);
  }, 240_000);

  it('are filled again although nothing happens in the shop', async () => {
    await expectWhole();
    await stack.backends.nats.restart(removeStreams);
    await eventually(
      async () => {
        const { counts, violations } = await check(input);
        expect(violationText(violations)).toBe('');
        expect(counts.events).toBe(counts.written);
      },
      { withinMs: 60_000, everyMs: 500 },
    );
  }, 120_000);
});
