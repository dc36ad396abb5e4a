import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SERVICE_NAMES } from '@kervan/contracts';
import { freePort } from '@kervan/tcp-ports';
import { eventually, startMongo, startNats, startStack, type Backends, type Stack } from '@kervan/testing';
import { newSeeds, startService, untilServiceReady, type ServerProcess } from '@kervan/testing/servers';
import {
  addProduct,
  checkout,
  codeOf,
  create,
  fillCart,
  newKey,
  openShop,
  pay,
  type Reply,
  send,
  type Shop,
  sideBySide,
  tryAdd,
  tryCart,
  tryCheckout,
  untilOrder,
} from '@kervan/testing/shop';
import { untilSound } from '../src/sound.ts';

/** What is promised: an answer in under so many milliseconds, and all is well again so long after the return. */
const ANSWER_MS = 5_000;
const BACK_MS = 10_000;
/** No handler of any service takes longer, in seconds. */
const HANDLER_S = 10;
const OUTAGE_MS = 12_000;

type Outage = (backends: Backends) => Promise<void>;
const kill =
  (name: 'mongo' | 'nats'): Outage =>
  (backends) =>
    backends[name].restart(() => wait(OUTAGE_MS));
const standStill =
  (name: 'mongo' | 'nats'): Outage =>
  async ({ [name]: { process } }) => {
    process?.signal('SIGSTOP');
    await wait(OUTAGE_MS);
    process?.signal('SIGCONT');
  };
const OUTAGES: [string, Outage][] = [
  ['mongod is killed', kill('mongo')],
  ['mongod stands still with its sockets open', standStill('mongo')],
  ['nats-server is killed', kill('nats')],
  ['nats-server stands still with its sockets open', standStill('nats')],
];

type Answer = { kind: string; askedAt: number; answeredAt: number; reply: Reply };

/** Every kind of call, each to be made again and again. */
const callsOf = async (shop: Shop, variantId: string, sku: string): Promise<Record<string, () => Promise<Reply>>> => {
  const drafts = await sideBySide(Array.from({ length: 20 }), 4, async () =>
    checkout(shop, (await fillCart(shop, [{ variantId }])).id),
  );
  const carts = await sideBySide(Array.from({ length: 20 }), 4, () => fillCart(shop, [{ variantId }]));
  let turn = 0;
  const next = <Item>(items: readonly Item[]): Item => {
    const item = items[turn++ % items.length];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  };
  const { gateway, payments } = shop.place;
  return {
    'a new cart': () => tryCart(shop),
    'a cart': () => shop.buyer(`/carts/${next(carts).id}`),
    'goods into a cart': () => tryAdd(shop, next(carts).id, { variantId }),
    'shipping options': () => shop.buyer(`/carts/${next(carts).id}/shipping-options`),
    'a checkout': () => tryCheckout(shop, next(carts).id),
    'a payment': () => pay(shop, next(drafts).payment.clientSecret ?? '', undefined, 60_000),
    'a buyer who comes back': () =>
      shop.buyer(`/checkout/${next(drafts).order.orderNo}/confirm`, { method: 'POST', body: {} }),
    tracking: () => shop.buyer(`/orders/track/${next(drafts).order.orderNo}`),
    products: () => shop.buyer('/products'),
    orders: () => shop.staff('/admin/orders'),
    stock: () => shop.staff('/admin/stock'),
    'payments of the shop': () => shop.staff('/admin/payments'),
    'a new product': () =>
      shop.staff('/admin/products', {
        method: 'POST',
        body: { title: 'Another', variants: [{ sku: newKey(), price: 1_000, weightGrams: 100, stock: 1 }] },
      }),
    'a correction of stock': () =>
      shop.staff(`/admin/stock/${sku}/adjust`, { method: 'POST', body: { delta: 1, reason: 'correction' } }),
    'a new geozone': () =>
      shop.staff('/admin/geozones', { method: 'POST', body: { name: 'Elsewhere', includes: [{ country: 'DE' }] } }),
    // Of a provider that the shop does not have: whether it has it is in the database.
    'a webhook': () => send(`${payments}/webhooks/stripe/${shop.tenant}`, { method: 'POST', body: {} }),
    'readiness of the gateway': () => send(`${gateway}/readyz`),
    'readiness of payment-svc': () => send(`${payments}/readyz`),
  };
};

/** Calls of every kind, one after the other within a kind, until `stop`; then every answer. */
const keepCalling = (calls: Record<string, () => Promise<Reply>>) => {
  const answers: Answer[] = [];
  let stopped = false;
  const loops = Object.entries(calls).map(async ([kind, call]) => {
    while (!stopped) {
      const askedAt = Date.now();
      const reply = await call();
      answers.push({ kind, askedAt, answeredAt: Date.now(), reply });
      await wait(100);
    }
  });
  return async (): Promise<readonly Answer[]> => {
    stopped = true;
    await Promise.all(loops);
    return answers;
  };
};

const isRefused = ({ reply }: Answer): boolean => reply.status >= 500;
const describeAnswer = ({ kind, askedAt, answeredAt, reply }: Answer): string =>
  `${kind}: ${reply.status} ${codeOf(reply) ?? ''} after ${answeredAt - askedAt} ms`;

/** A refusal that tells when to come again; the health paths answer no problem. */
const isPolite = ({ reply }: Answer): boolean =>
  reply.status === 503 &&
  reply.headers.get('retry-after') !== null &&
  ['service_unavailable', null].includes(codeOf(reply));

/** Handlers of all services that took longer than they may, by subject. */
const slowHandlers = async (stack: Stack): Promise<string[]> => {
  const slow: string[] = [];
  for (const { name, port } of stack.members()) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const counts = new Map<string, Record<string, number>>();
    for (const [, labels = '', count] of text.matchAll(/^kervan_handler_seconds_bucket\{(.*)\} (\d+)$/gm)) {
      const le = /le="([^"]+)"/.exec(labels)?.[1] ?? '';
      const which = labels.replace(/le="[^"]+",?/, '');
      counts.set(which, { ...counts.get(which), [le]: Number(count) });
    }
    for (const [which, count] of counts) if (count[HANDLER_S] !== count['+Inf']) slow.push(`${name} ${which}`);
  }
  return slow;
};

describe('one of the two servers is gone', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      env: { RESERVATION_TTL_S: '300', RESERVATION_SWEEP_S: '1', RECONCILE_S: '10', LOG_LEVEL: 'warn' },
    });
  }, 120_000);
  afterAll(async () => {
    await stack.stop();
  }, 60_000);

  it.each(OUTAGES)(
    '%s: callers are told soon, and soon after its return all is well',
    async (_name, happen) => {
      const shop = await openShop(stack);
      const { sku, variantId } = await addProduct(shop, { stock: 100_000 });
      const calls = await callsOf(shop, variantId, sku);
      for (const call of Object.values(calls)) expect((await call()).status).toBeLessThan(500);
      const paid = await sideBySide(Array.from({ length: 20 }), 4, async () =>
        checkout(shop, (await fillCart(shop, [{ variantId }])).id),
      );

      const stop = keepCalling(calls);
      await wait(500);
      // What is paid right now is still to be told on when the server goes.
      const paying = sideBySide(paid, 4, ({ payment }) => pay(shop, payment.clientSecret ?? '', undefined, 60_000));
      const from = Date.now();
      await happen(stack.backends);
      const backAt = Date.now();

      const accepted = paid.filter(
        (
          (replies) => (_, index) =>
            replies[index]?.status === 200
        )(await paying),
      );
      await sideBySide(accepted, 8, ({ order }) => untilOrderSurely(shop, order.orderNo, backAt + BACK_MS));
      await wait(Math.max(0, backAt + BACK_MS - Date.now()));
      const wellFrom = Date.now();
      await wait(1_000);
      const answers = await stop();

      expect(answers.filter((answer) => answer.answeredAt > from && isRefused(answer)).length).toBeGreaterThan(20);
      const refusals = answers.filter(isRefused);
      expect(refusals.filter((answer) => !isPolite(answer)).map(describeAnswer)).toEqual([]);
      expect(
        answers.filter(({ askedAt, answeredAt }) => answeredAt - askedAt >= ANSWER_MS).map(describeAnswer),
      ).toEqual([]);
      expect(refusals.filter(({ answeredAt }) => answeredAt > wellFrom).map(describeAnswer)).toEqual([]);
      for (const kind of Object.keys(calls))
        expect(answers.filter((answer) => answer.kind === kind && answer.askedAt >= wellFrom - 1_000)).not.toEqual([]);
      expect(await slowHandlers(stack)).toEqual([]);
      await untilSound(stack, 30_000);
    },
    120_000,
  );
});

/** Waits until a paid order is confirmed, up to that moment; a refusal on the way is asked again. */
const untilOrderSurely = (shop: Shop, orderNo: string, until: number): Promise<void> =>
  eventually(() => untilOrder(shop, orderNo, 'confirmed', 0), { withinMs: until - Date.now(), everyMs: 200 });

describe('services that are there before their servers', () => {
  const SERVERS = ['mongo', 'nats'] as const;
  it.each([
    ['MongoDB first', SERVERS],
    ['NATS first', SERVERS.toReversed()],
  ] as const)(
    'wait and begin to work, %s',
    async (_name, order) => {
      const ports = { mongo: await freePort(), nats: await freePort() };
      const seeds = newSeeds();
      const platformKey = newKey();
      const stops: (() => Promise<unknown>)[] = [];
      try {
        const services = await Promise.all(
          SERVICE_NAMES.map(async (name) => {
            const settings = {
              port: await freePort(),
              mongoUri: `mongodb://127.0.0.1:${ports.mongo}/?replicaSet=kervan`,
              natsUrl: `nats://127.0.0.1:${ports.nats}`,
              natsSeed: seeds[name],
              secrets: { platformKey, masterKey: '0'.repeat(64) },
              env: { LOG_LEVEL: 'warn' },
            };
            const process: ServerProcess = await startService(name, settings);
            stops.push(() => process.stop());
            return { name, process, port: settings.port };
          }),
        );
        const start = {
          mongo: async () => stops.unshift((await startMongo({ port: ports.mongo })).stop),
          nats: async () => stops.unshift((await startNats({ port: ports.nats, seeds })).stop),
        };
        for (const name of order) {
          await wait(4_000);
          for (const { process } of services) expect(process.alive()).toBe(true);
          await start[name]();
        }
        await Promise.all(services.map(({ process, port }) => untilServiceReady(process, port, BACK_MS)));

        const urlOf = (name: string): string =>
          `http://127.0.0.1:${services.find((each) => each.name === name)?.port ?? 0}`;
        const shop = await openShop({ gateway: urlOf('gateway'), payments: urlOf('payment-svc'), platformKey });
        const { variantId } = await addProduct(shop, { stock: 5 });
        const { order: bought, payment } = await checkout(shop, (await fillCart(shop, [{ variantId }])).id);
        await pay(shop, payment.clientSecret ?? '');
        await untilOrder(shop, bought.orderNo, 'confirmed');
        await create(shop, '/admin/geozones', { name: 'Elsewhere', includes: [{ country: 'DE' }] });
      } finally {
        for (const stop of stops.toReversed()) await stop();
      }
    },
    120_000,
  );
});
