import { setTimeout as wait } from 'node:timers/promises';
import { newKey, readCheckout, expectCart, pay, track, tryCheckout } from '@kervan/testing/shop';
import type { Stage } from './stage.ts';

const PATIENCE_MS = 5_000;
const LONGEST_MS = 90_000;

/**
 * Buys one thing in the shop with the sandbox, from an empty cart to a confirmed order, beginning anew until it goes
 * through. How long that took, in milliseconds; throws when it never does.
 */
export const untilBought = async ({ probe }: Pick<Stage, 'probe'>): Promise<number> => {
  const since = Date.now();
  let reason: unknown;
  while (Date.now() - since < LONGEST_MS) {
    try {
      await buy(probe);
      return Date.now() - since;
    } catch (error) {
      reason = error;
      await wait(50);
    }
  }
  throw new Error(`nothing could be bought for ${LONGEST_MS / 1_000} s: ${String(reason)}`);
};

const buy = async ({ shop, variantId }: Stage['probe']): Promise<void> => {
  const made = await shop.buyer('/carts', { method: 'POST', body: {}, patienceMs: PATIENCE_MS });
  const { id } = expectCart(made, 201);
  const body = { variantId, quantity: 1 };
  expectCart(await shop.buyer(`/carts/${id}/items`, { method: 'POST', body, patienceMs: PATIENCE_MS }), 200);
  const { order, payment } = readCheckout(await tryCheckout(shop, id, { key: newKey(), patienceMs: PATIENCE_MS }));
  await pay(shop, payment.clientSecret ?? '', undefined, PATIENCE_MS);
  const until = Date.now() + PATIENCE_MS;
  while ((await track(shop, order.orderNo)).status !== 'confirmed') {
    if (Date.now() > until) throw new Error(`order ${order.orderNo} was not confirmed in time`);
    await wait(20);
  }
};
