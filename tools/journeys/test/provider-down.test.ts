import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, startStack, startStripeFake, type Stack, type StripeFake } from '@kervan/testing';
import {
  addProduct,
  buy,
  codeOf,
  comeBack,
  fillCart,
  intentOf,
  listOrders,
  newKey,
  openStripeShop,
  payByCard,
  readCart,
  readCheckout,
  readOrder,
  type Reply,
  sideBySide,
  stockOf,
  type StripeShop,
  tryCancel,
  tryCheckout,
  untilOrder,
  untilStock,
} from '@kervan/testing/shop';
import { untilSound } from '../src/sound.ts';

let stack: Stack;
let stripe: StripeFake;
let shop: StripeShop;

beforeAll(async () => {
  stripe = await startStripeFake();
  const quick = { RECONCILE_S: '1', RESERVATION_SWEEP_S: '0.3' };
  stack = await startStack({ env: { ...quick, STRIPE_API_BASE: stripe.url, LOG_LEVEL: 'error' } });
}, 120_000);
afterAll(async () => {
  await stack.stop();
  await stripe.stop();
}, 60_000);
beforeEach(async () => {
  stripe.clearFaults();
  shop = await openStripeShop(stack, stripe);
});

/** A caller who gives up after this long, in milliseconds. */
const PATIENCE_MS = 15_000;
const CLOSED = 0;
const OPEN = 2;

const breaker = async (): Promise<number> => {
  const metrics = await (await fetch(`${stack.payments}/metrics`)).text();
  const [, state] = /^kervan_provider_breaker_state\{[^}]*provider="stripe"[^}]*\} (\d)$/m.exec(metrics) ?? [];
  return Number(state ?? NaN);
};
/** What the breaker has been seen to be, each state once until it changes. */
const watchBreaker = () => {
  const states: number[] = [];
  let over = false;
  const look = async (): Promise<void> => {
    while (!over) {
      const state = await breaker();
      if (state !== states.at(-1)) states.push(state);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const looking = look();
  return {
    states,
    stop: async () => {
      over = true;
      await looking;
    },
  };
};

type Wish = { cartId: string; key: string; sku: string };
/** Buyers with a full cart each, who each come back under their own key. */
const buyers = (count: number): Promise<Wish[]> =>
  sideBySide(Array.from({ length: count }), 5, async () => {
    const { sku, variantId } = await addProduct(shop, { stock: 5 });
    return { cartId: (await fillCart(shop, [{ variantId }])).id, key: newKey(), sku };
  });
const order = ({ cartId, key }: Wish): Promise<Reply> =>
  tryCheckout(shop, cartId, { key, provider: 'stripe', patienceMs: PATIENCE_MS });

/** The answer of a checkout that has to wait for its provider. */
const expectDown = (reply: Reply): void => {
  expect({ status: reply.status, code: codeOf(reply) }).toEqual({ status: 503, code: 'payment_provider_unavailable' });
  expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0);
};
/** The draft of a cart, alive, with its goods and its cart. */
const expectPayable = async ({ cartId, sku }: Wish): Promise<string> => {
  const [draft, ...more] = (await listOrders(shop)).filter((each) => each.cartId === cartId);
  if (draft === undefined) throw new Error(`cart ${cartId} has no order`);
  expect(more).toEqual([]);
  expect(draft.status).toBe('draft');
  expect(Date.parse(draft.reservedUntil ?? '')).toBeGreaterThan(Date.now());
  expect((await readCart(shop, cartId)).status).toBe('checkout');
  expect(await stockOf(shop, sku)).toMatchObject({ onHand: 5, reserved: 1 });
  return draft.orderNo;
};

const BUYERS = 8;
/** How a provider is down, and how it comes back. */
const OUTAGES: [string, () => Promise<void>, () => Promise<void>][] = [
  ['hangs', async () => stripe.fault({ on: '*', does: 'hang', times: 100_000 }), async () => stripe.clearFaults()],
  [
    'fails',
    async () => stripe.fault({ on: '*', does: 'error_before', times: 100_000 }),
    async () => stripe.clearFaults(),
  ],
  ['is not there', () => stripe.down(), () => stripe.up()],
];

describe.each(OUTAGES)('a provider that %s', (_name, goDown, comeUp) => {
  it('costs nobody his order: a clear answer, a draft that stays payable, the same key later', async () => {
    await eventually(async () => expect(await breaker()).toBe(CLOSED), { withinMs: 30_000 });
    const early = await buyers(BUYERS);
    const late = await buyers(BUYERS);
    const watched = watchBreaker();
    await eventually(() => expect(watched.states).toEqual([CLOSED]));
    await goDown();
    // Again and again: what went well a moment ago weighs as much as what fails now.
    await eventually(
      async () => {
        for (const reply of await Promise.all(early.map(order))) expectDown(reply);
        expect(watched.states).toContain(OPEN);
      },
      { withinMs: 30_000 },
    );

    // From now on nobody waits: the provider is asked once in a while, whoever comes meanwhile is told so at once.
    const asked = stripe.requests.length;
    for (const wish of late.slice(1)) expectDown(await order(wish));
    expect(stripe.requests.length - asked).toBeLessThan(late.length - 1);
    const numbers = new Map<Wish, string>();
    for (const wish of [...early, ...late.slice(1)]) numbers.set(wish, await expectPayable(wish));

    await comeUp();
    const paid = await sideBySide([...early, ...late], 4, async (wish) => {
      const answer = await eventually(
        async () => {
          const reply = await order(wish);
          if (reply.status !== 201) {
            expectDown(reply);
            throw new Error('not back yet');
          }
          return readCheckout(reply);
        },
        { withinMs: 30_000, everyMs: 250 },
      );
      expect(answer.order.orderNo).toBe(numbers.get(wish) ?? answer.order.orderNo);
      expect((await payByCard(shop, answer)).status).toBe(200);
      return answer;
    });
    for (const { order: bought } of paid) await untilOrder(shop, bought.orderNo, 'confirmed', 30_000);
    expect(await listOrders(shop)).toHaveLength(paid.length);
    await eventually(() => expect(watched.states.at(-1)).toBe(CLOSED), { withinMs: 30_000 });
    await watched.stop();
    expect(watched.states.slice(0, 2)).toEqual([CLOSED, OPEN]);
  }, 120_000);
});

describe('a provider that asks for patience', () => {
  it('is no outage: its answer is passed on, and the same key goes on later', async () => {
    const watched = watchBreaker();
    const wishes = await buyers(BUYERS);
    stripe.fault({ on: 'POST /v1/payment_intents', does: 'rate_limit', times: wishes.length });
    for (const reply of await Promise.all(wishes.map(order))) expectDown(reply);
    const numbers = await Promise.all(wishes.map(expectPayable));
    const answers = await Promise.all(wishes.map(order));
    expect(answers.map((reply) => readCheckout(reply).order.orderNo)).toEqual(numbers);
    await watched.stop();
    expect(watched.states).toEqual([CLOSED]);
  });
});

describe('what was under way when the provider went down settles by itself when it is back', () => {
  const whileDown = async (work: () => Promise<void>): Promise<void> => {
    await stripe.down();
    try {
      await work();
    } finally {
      await stripe.up();
    }
  };

  it('a payment whose webhook was lost', async () => {
    stripe.delivery(shop.secretKey, { drop: true });
    const bought = await buy(shop);
    await payByCard(shop, bought);
    await whileDown(async () => {
      expectDown(await comeBack(shop, bought));
      // Long enough for the reconciler to have asked in vain.
      await eventually(async () => expect(await breaker()).toBe(OPEN), { withinMs: 60_000 });
    });
    await untilOrder(shop, bought.order.orderNo, 'confirmed', 60_000);
  }, 150_000);

  it('a payment that is taken back, and one that was paid all the same and is given back', async () => {
    stripe.delivery(shop.secretKey, { drop: true });
    const [open, paid] = [await buy(shop), await buy(shop)];
    await payByCard(shop, paid);
    await whileDown(async () => {
      // Giving up needs no provider.
      for (const each of [open, paid]) expect((await tryCancel(shop, each.order.orderNo)).status).toBe(200);
      for (const { sku } of [open, paid]) await untilStock(shop, sku, { onHand: 5, reserved: 0 });
      expect((await readOrder(shop, paid.order.orderNo)).status).toBe('cancelled');
    });
    await eventually(() => expect(intentOf(shop, open).status).toBe('canceled'), { withinMs: 60_000, everyMs: 100 });
    await eventually(
      () =>
        expect(stripe.refunds(shop.secretKey)).toMatchObject([
          { payment_intent: paid.intentId, amount: paid.order.amount, status: 'succeeded' },
        ]),
      { withinMs: 60_000, everyMs: 100 },
    );
    await eventually(
      async () => {
        const refunds = (await readOrder(shop, paid.order.orderNo)).refunds;
        expect(refunds).toMatchObject([{ amount: paid.order.amount, status: 'succeeded' }]);
      },
      { withinMs: 60_000 },
    );
  }, 200_000);

  it('a refund', async () => {
    stripe.delivery(shop.secretKey, { drop: true });
    const bought = await buy(shop);
    await payByCard(shop, bought);
    stripe.fault({ on: 'POST /v1/refunds', does: 'error_before', times: 4 });
    expect((await tryCancel(shop, bought.order.orderNo)).status).toBe(200);
    await eventually(
      () =>
        expect(stripe.refunds(shop.secretKey)).toMatchObject([
          { payment_intent: bought.intentId, amount: bought.order.amount, status: 'succeeded' },
        ]),
      { withinMs: 90_000, everyMs: 100 },
    );
    expect(intentOf(shop, bought).status).toBe('succeeded');
  }, 150_000);
});

describe('after all that', () => {
  it('the numbers hold', () => untilSound(stack, 60_000), 90_000);
});
