import type { Caller } from '@kervan/bus';
import {
  inventoryEvents,
  newId,
  type Context,
  type EventEnvelope,
  type PaymentChoice,
  type Result,
} from '@kervan/contracts';
import { createLog } from '@kervan/service';
import { keyedIdCollection, openKeyedIds, openStore, type Store } from '@kervan/store';
import { startMongo, testDatabase } from '@kervan/testing';
import { addCartCoupon, addCartItem, createCart, updateCart, type CartDeps } from '../src/cart/cart.handlers.ts';
import { cartCollection } from '../src/cart/cart.store.ts';
import { startCheckout } from '../src/checkout/checkout.handlers.ts';
import { claimCollection, outcomeCollection } from '../src/checkout/idempotency.store.ts';
import type { JobDeps } from '../src/checkout/jobs.ts';
import { onCommitFailed } from '../src/order/order.handlers.ts';
import { hasEnded } from '../src/order/order.ts';
import { orderCollection, type OrderDocument } from '../src/order/order.store.ts';
import { settle } from '../src/order/settle.ts';
import { directCaller, startNeighbours, type Neighbours } from './neighbours.ts';

export type Deps = JobDeps & CartDeps;

/** How long a draft is promised its goods, in seconds. */
export const TTL_S = 900;
const TENANT = 'demo';
const KEYS_MS = 259_200_000;

/** A process that dies before its n-th step outside itself, or lives when there are fewer. */
export type Life = {
  /** Resolves when the process has died. */
  readonly ended: Promise<'died'>;
  readonly run: <T>(step: () => Promise<T>) => Promise<T>;
};

export const lifeOf = (steps: number): Life => {
  let left = steps;
  let end = (_: 'died'): void => undefined;
  const ended = new Promise<'died'>((resolve) => (end = resolve));
  return {
    ended,
    run: (step) => {
      left -= 1;
      if (left > 0) return step();
      end('died');
      // Whoever waits for a dead process waits forever.
      return new Promise(() => undefined);
    },
  };
};

/** The same object, each call of which is a step of a life. */
const mortal = <T extends object>(target: T, life: Life): T =>
  new Proxy(target, {
    get: (object, name) => {
      const value: unknown = Reflect.get(object, name);
      if (typeof value === 'object' && value !== null) return mortal(value, life);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => life.run(async () => Reflect.apply(value, object, args));
    },
  });

/** order-svc without a bus: the real handlers and jobs on a real MongoDB, a clock that only moves when told, neighbours in memory. */
export type World = {
  readonly neighbours: Neighbours;
  readonly clock: () => Date;
  readonly pass: (seconds: number) => void;
  readonly context: () => Context;
  /** A process of order-svc; one that is given a life has nothing but that. */
  readonly process: (life?: Life) => Deps;
  /** Another one with connections of its own, that meets the first one in the database only. */
  readonly anotherProcess: () => Promise<Deps>;
  readonly orders: (filter?: { cartId?: string }) => Promise<OrderDocument[]>;
  readonly order: (orderId: string) => Promise<OrderDocument>;
  readonly cart: (cartId: string) => Promise<{ status: string; orderId: string | null }>;
  /** Delivers every event and every payment's news until there are none. */
  readonly settleDown: () => Promise<void>;
  /** What does not hold of orders, goods, payments and carts; one line each. */
  readonly faults: () => Promise<string[]>;
  readonly stop: () => Promise<void>;
};

export const startWorld = async (): Promise<World> => {
  const log = createLog('order-svc', 'silent');
  const neighbours = startNeighbours();
  let now = new Date('2026-11-22T10:00:00.000Z');
  const clock = (): Date => now;
  const mongo = await startMongo();
  const database = testDatabase('orders');
  const stores: Store[] = [];
  const open = async (): Promise<Store> => {
    const store = await openStore({ uri: mongo.uri, database, log, clock });
    stores.push(store);
    return store;
  };
  const store = await open();
  const collections = collectionsOf(store);
  await store.createIndexes();

  const context = (): Context => ({
    tenant: TENANT,
    traceId: newId('event'),
    deadline: now.getTime() + 25_000,
    language: 'tr',
    actor: { kind: 'guest' },
  });
  const processOn = ({ keys, ...own }: ReturnType<typeof collectionsOf>, bus: Caller): Deps => ({
    ...own,
    bus,
    running: new Map(),
    clock,
    log,
    reservationTtlMs: TTL_S * 1_000,
    idempotencyTtlMs: KEYS_MS,
    keyedId: openKeyedIds(keys, { clock, ttlMs: KEYS_MS }),
    sweepSeconds: 5,
    reconcileSeconds: 60,
  });
  const process = (life?: Life): Deps => {
    const bus = directCaller(neighbours);
    if (life === undefined) return processOn(collections, bus);
    return processOn(
      {
        carts: mortal(collections.carts, life),
        orders: mortal(collections.orders, life),
        claims: mortal(collections.claims, life),
        outcomes: mortal(collections.outcomes, life),
        keys: mortal(collections.keys, life),
      },
      mortal(bus, life),
    );
  };
  const orders: World['orders'] = (filter = {}) =>
    collections.orders.acrossTenants.find(filter, { sort: { createdAt: 1 }, limit: 10_000 });
  const heard = new Set<string>();
  const told = new Map<string, number>();
  let since = now;
  const settleDown = async (): Promise<void> => {
    const deps = process();
    for (;;) {
      const written = await eventsOf(store, since);
      since = now;
      const events = written.filter(({ id }) => !heard.has(id));
      const payments = [...neighbours.payments.values()].filter(({ id, version }) => told.get(id) !== version);
      const failed = neighbours.failedCommits.splice(0);
      if (events.length === 0 && payments.length === 0 && failed.length === 0) return;
      for (const orderId of failed)
        await onCommitFailed(deps)(commitFailed(orderId, clock()), { ...context(), actor: { kind: 'system' } });
      for (const event of events) {
        heard.add(event.id);
        neighbours.hear(event);
      }
      for (const payment of payments) {
        told.set(payment.id, payment.version);
        valueOf(await settle(deps, context(), payment));
      }
    }
  };

  return {
    neighbours,
    clock,
    anotherProcess: async () => processOn(collectionsOf(await open()), directCaller(neighbours)),
    pass: (seconds) => {
      now = new Date(now.getTime() + seconds * 1_000);
    },
    context,
    process,
    orders,
    order: async (orderId) => {
      const order = await collections.orders.get(TENANT, orderId);
      if (order === null) throw new Error(`no order ${orderId}`);
      return order;
    },
    cart: async (cartId) => {
      const cart = await collections.carts.get(TENANT, cartId);
      if (cart === null) throw new Error(`no cart ${cartId}`);
      return cart;
    },
    settleDown,
    faults: async () => {
      const all = await orders();
      const carts = await collections.carts.acrossTenants.find({ status: 'checkout' }, { limit: 10_000 });
      return [
        ...all.flatMap((order) => faultsOf(order, neighbours)),
        ...[...neighbours.coupons.values()].flatMap((coupon) =>
          coupon.maxUses !== null && neighbours.usesOf(coupon) > coupon.maxUses
            ? [`${coupon.code} is used ${neighbours.usesOf(coupon)} times of ${coupon.maxUses}`]
            : [],
        ),
        ...carts.flatMap(({ _id, orderId }) => {
          const owner = all.find((order) => order._id === orderId)?.status;
          return owner === 'draft' ? [] : [`cart ${_id} is in checkout, its order is ${owner ?? 'missing'}`];
        }),
      ];
    },
    stop: async () => {
      for (const each of stores) await each.close();
      await mongo.stop();
    },
  };
};

const collectionsOf = (store: Store) => ({
  carts: store.collection(cartCollection),
  orders: store.collection(orderCollection),
  claims: store.collection(claimCollection),
  outcomes: store.collection(outcomeCollection),
  keys: store.collection(keyedIdCollection),
});

const commitFailed = (orderId: string, at: Date) => ({
  id: newId('event', at.getTime()),
  type: inventoryEvents.commitFailed.type,
  version: 1,
  tenant: TENANT,
  aggregateId: orderId,
  sequence: 1,
  occurredAt: at.toISOString(),
  traceId: 'trace',
  data: { orderId, lines: [] },
});

/** The events of orders that have changed since then, each order's in their order. */
const eventsOf = async (store: Store, since: Date): Promise<EventEnvelope[]> => {
  const documents = await store
    .raw(orderCollection)
    .aggregate<EventEnvelope>([
      { $match: { updatedAt: { $gte: since } } },
      { $unwind: '$outbox' },
      { $replaceRoot: { newRoot: '$outbox' } },
      { $sort: { aggregateId: 1, sequence: 1 } },
    ])
    .toArray();
  return documents;
};

const faultsOf = (order: OrderDocument, { reservations, payments, redemptions }: Neighbours): string[] => {
  const { _id: id, status } = order;
  const reservation = reservations.get(id)?.status;
  const uses = redemptions.get(id)?.status;
  const own = [...payments.values()].filter((payment) => payment.orderId === id);
  const kept = own.reduce((sum, payment) => sum + payment.captured - payment.refunded, 0);
  const faults: string[] = [];
  if (order.uses.length === 0 && uses !== undefined) faults.push(`${id} uses nothing and has ${uses} uses`);
  if (order.uses.length > 0 && status === 'confirmed' && uses !== 'redeemed')
    faults.push(`${id} is confirmed, its uses are ${uses ?? 'not there'}`);
  if (order.uses.length > 0 && hasEnded(status) && uses !== 'released')
    faults.push(`${id} is ${status}, its uses are ${uses ?? 'not there'}`);
  if (status === 'confirmed') {
    if (reservation !== 'committed') faults.push(`${id} is confirmed, its goods are ${reservation ?? 'not there'}`);
    if (kept !== order.totals.total) faults.push(`${id} is confirmed and keeps ${kept} of ${order.totals.total}`);
  }
  if (hasEnded(status)) {
    if (reservation === 'held' || reservation === 'committed')
      faults.push(`${id} is ${status}, its goods are ${reservation}`);
    if (kept !== 0) faults.push(`${id} is ${status} and keeps ${kept}`);
  }
  return faults;
};

/** `ok`, or the code of the refusal. */
export const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.error.code);

/** The value of a result that has to be one. */
export const valueOf = <Value>(result: Result<Value>): Value => {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
};

export const ADDRESS = {
  firstName: 'Ayşe',
  lastName: 'Yılmaz',
  line1: 'Bağdat Cd. 12/3',
  city: 'İstanbul',
  postalCode: '34710',
  country: 'TR',
} as const;
const PAYMENT: PaymentChoice = { provider: 'sandbox', method: 'card', installments: 1 };

/** A cart with a piece of each of these variants and with a coupon, if one is named, ready to be ordered. */
export const readyCart = async (
  world: World,
  variants: readonly string[] = ['shirt'],
  coupon?: string,
): Promise<string> => {
  const deps = world.process();
  for (const each of variants) if (!world.neighbours.variants.has(each)) world.neighbours.sell(each);
  const { id: cartId } = valueOf(await createCart(deps)({ currency: 'TRY', locale: 'tr' }, world.context()));
  for (const variantId of variants)
    valueOf(await addCartItem(deps)({ cartId, item: { variantId, quantity: 1 } }, world.context()));
  const patch = { email: 'ayse@example.com', shippingAddress: ADDRESS, shippingMethod: 'standard', payment: PAYMENT };
  valueOf(await updateCart(deps)({ cartId, patch }, world.context()));
  if (coupon !== undefined) valueOf(await addCartCoupon(deps)({ cartId, code: coupon }, world.context()));
  return cartId;
};

/** Checks a cart out under a key, in this process. */
export const checkout = (
  world: World,
  cartId: string,
  {
    key = newId('event'),
    deps = world.process(),
    ...input
  }: { key?: string; deps?: Deps; expectedTotal?: number } = {},
) => startCheckout(deps)({ idempotencyKey: key, input: { cartId, ...input }, language: 'tr' }, world.context());

/** Makes the one payment of an order succeed at its provider, unheard. */
export const payFor = (world: World, orderId: string, attempt = 1): string => {
  const id = `pay_${orderId.slice(4)}_${attempt}`;
  const { amount } = world.neighbours.payments.get(id) ?? { amount: 0 };
  world.neighbours.move(id, { status: 'paid', captured: amount });
  return id;
};
