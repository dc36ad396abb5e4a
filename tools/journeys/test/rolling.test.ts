import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SERVICE_NAMES } from '@kervan/contracts';
import { eventually, startStack, startStripeFake, type Stack, type StripeFake } from '@kervan/testing';
import {
  addProduct,
  type Balancer,
  CARDS,
  checkout,
  codeOf,
  comeBack,
  create,
  fillCart,
  listOrders,
  openStripeShop,
  pay,
  payByCard,
  readCart,
  readCheckout,
  startBalancer,
  stockOf,
  type StripeShop,
  track,
  tryCheckout,
} from '@kervan/testing/shop';
import { untilSound } from '../src/sound.ts';
import { word } from '../src/belongings.ts';

const ROUNDS = 2;
const COPIES = [0, 1];

let stack: Stack;
let stripe: StripeFake;
let gateways: Balancer;
let payments: Balancer;
let shop: StripeShop;
let goods: { sku: string; variantId: string; productId: string };
let soldOut: { sku: string; variantId: string };

beforeAll(async () => {
  stripe = await startStripeFake();
  stack = await startStack({
    copies: COPIES.length,
    env: {
      STRIPE_API_BASE: stripe.url,
      RESERVATION_SWEEP_S: '0.5',
      RECONCILE_S: '2',
      // The balancers below look ten times a second; on a busy machine that may become one look in a second.
      DRAIN_DELAY_S: '3',
      LOG_LEVEL: 'warn',
    },
  });
  gateways = await startBalancer(stack.urls('gateway'));
  payments = await startBalancer(stack.urls('payment-svc'));
  const place = { gateway: gateways.url, payments: payments.url, platformKey: stack.platformKey };
  shop = await openStripeShop(place, stripe);
  goods = await addProduct(shop, { stock: 1_000_000 });
  soldOut = await addProduct(shop, { stock: 0 });
}, 180_000);
afterAll(async () => {
  await Promise.all([gateways.stop(), payments.stop()]);
  await stack.stop();
  await stripe.stop();
}, 90_000);

const expectStatus = (what: string, { status, body }: { status: number; body: unknown }, expected: number): void => {
  if (status !== expected)
    throw new Error(`${what}: ${String(status)} instead of ${String(expected)} ${JSON.stringify(body)}`);
};

const filledCart = () => fillCart(shop, [{ variantId: goods.variantId }]);

/** What callers do all the time. Each throws when any of its requests is not answered as on a quiet day. */
const CALLERS: Readonly<Record<string, () => Promise<void>>> = {
  'pays with the sandbox and comes back': async () => {
    const cart = await filledCart();
    await readCart(shop, cart.id);
    const bought = await checkout(shop, cart.id);
    expectStatus('pay', await pay(shop, bought.payment.clientSecret ?? ''), 200);
    expect(readCheckout(await comeBack(shop, bought), 200).order.status).toBe('confirmed');
    expect((await track(shop, bought.order.orderNo)).paymentStatus).toBe('paid');
  },
  'pays with Stripe and comes back': async () => {
    const bought = await checkout(shop, (await filledCart()).id, { provider: 'stripe' });
    expectStatus('pay', await payByCard(shop, bought), 200);
    expect(readCheckout(await comeBack(shop, bought), 200).order.status).toBe('confirmed');
  },
  'pays with Stripe and does not come back': async () => {
    const bought = await checkout(shop, (await filledCart()).id, { provider: 'stripe' });
    expectStatus('pay', await payByCard(shop, bought), 200);
    await eventually(async () => expect((await track(shop, bought.order.orderNo)).status).toBe('confirmed'), {
      withinMs: 40_000,
      everyMs: 250,
    });
  },
  'is declined and gives up': async () => {
    const { order, payment } = await checkout(shop, (await filledCart()).id);
    const declined = await pay(shop, payment.clientSecret ?? '', CARDS.declined);
    expectStatus('pay', declined, 402);
    expectStatus('cancel', await shop.buyer(`/checkout/${order.orderNo}/cancel`, { method: 'POST' }), 200);
  },
  'wants what is not there': async () => {
    const added = await shop.buyer('/carts', {
      method: 'POST',
      body: { items: [{ variantId: soldOut.variantId, quantity: 1 }] },
    });
    const cart = await fillCart(shop, [{ variantId: soldOut.variantId }]);
    expectStatus('cart', added, 201);
    expect(codeOf(await tryCheckout(shop, cart.id))).toBe('out_of_stock');
    expect(codeOf(await shop.buyer(`/orders/track/7K3M-9QX2-TB4F`))).toBe('order_not_found');
  },
  'looks after the shop': async () => {
    await create(shop, '/admin/brands', { name: word() });
    const body = { delta: 1, reason: `receive ${word()}` };
    expectStatus('adjust', await shop.staff(`/admin/stock/${goods.sku}/adjust`, { method: 'POST', body }), 200);
    await stockOf(shop, goods.sku);
    for (const path of [
      '/admin/orders',
      '/admin/payments',
      '/admin/reservations',
      '/admin/webhook-events',
      '/admin/products',
    ])
      expectStatus(path, await shop.staff(`${path}?limit=5`), 200);
    expectStatus('product', await shop.staff(`/admin/products/${word()}`), 404);
  },
};
const WIDTH = 2;

describe('services stopped and started in turn under load, two copies of each', () => {
  it('cost nobody a request', async () => {
    const wrong: string[] = [];
    const done = new Map<string, number>();
    let over = false;
    const callers = Object.entries(CALLERS).flatMap(([name, call]) =>
      Array.from({ length: WIDTH }, async () => {
        while (!over) {
          await call().then(
            () => done.set(name, (done.get(name) ?? 0) + 1),
            (error: unknown) => wrong.push(`${new Date().toISOString()} ${name}: ${String(error)}`),
          );
        }
      }),
    );
    const ends: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of SERVICE_NAMES) {
        for (const copy of COPIES) {
          const before = [...done.values()].reduce((sum, each) => sum + each, 0);
          stack.signal(name, copy, 'SIGTERM');
          const { code, signal } = await stack.exited(name, copy);
          if (code !== 0)
            ends.push(`${name} ${String(copy)} ended with ${String(code ?? signal)}: ${stack.logs(name, 20, copy)}`);
          await stack.start(name, copy);
          await Promise.all([gateways.untilAllReady(), payments.untilAllReady()]);
          // Goes on only when callers have got on with it.
          await eventually(() =>
            expect([...done.values()].reduce((sum, each) => sum + each, 0)).toBeGreaterThan(before),
          );
        }
      }
    }
    over = true;
    await Promise.all(callers);
    await stripe.idle();
    expect({ wrong, ends, cut: [...gateways.failures, ...payments.failures] }).toEqual({
      wrong: [],
      ends: [],
      cut: [],
    });
    expect([...done.keys()].toSorted()).toEqual(Object.keys(CALLERS).toSorted());
    expect(stripe.deliveries(shop.secretKey).filter(({ status }) => status !== 200)).toEqual([]);
  }, 600_000);

  it('and the numbers hold: all is paid for that is confirmed, and nothing twice', async () => {
    await untilSound(stack, 60_000);
    const confirmed = await listOrders(shop, '?status=confirmed');
    const byStripe = confirmed.filter(({ payment }) => payment.provider === 'stripe');
    const paid = stripe.intents(shop.secretKey).filter(({ status }) => status === 'succeeded');
    expect(paid.map(({ metadata }) => metadata['orderNo']).toSorted()).toEqual(
      byStripe.map(({ orderNo }) => orderNo).toSorted(),
    );
    expect(stripe.refunds(shop.secretKey)).toEqual([]);
  }, 120_000);
});
