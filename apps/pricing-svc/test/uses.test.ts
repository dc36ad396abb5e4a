import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bus, connectBus } from '@kervan/bus';
import {
  type Context,
  newId,
  orderEvents,
  pricingRpc,
  type PromotionUse,
  type Result,
  type Rpc,
} from '@kervan/contracts';
import { createLog } from '@kervan/service';
import { openStore, type Store } from '@kervan/store';
import { type Backends, eventually, inTurns, startBackends, startStack, tallyResults } from '@kervan/testing';
import { z } from 'zod';
import { Redemption, TallyRow } from '../src/redemptions/redemption.ts';
import { redemptionCollection, tallyCollection } from '../src/redemptions/redemption.store.ts';
import { line, request } from './builders.ts';

const contextOf = (tenant: string): Context => ({
  tenant,
  traceId: newId('event'),
  deadline: Date.now() + 20_000,
  language: 'en',
  actor: { kind: 'system' },
});
const valueOf = <Value>(result: Result<Value>): Value => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};
const times = <Value>(count: number, one: (index: number) => Value): Value[] =>
  Array.from({ length: count }, (_, index) => one(index));

/** Every tally that is not what the redemptions say, as it stands in the database. */
const faultsIn = async (store: Store): Promise<string[]> => {
  const { redemptions, tallies } = await store.transaction(async (session) => ({
    redemptions: z.array(Redemption).parse(await store.raw(redemptionCollection).find({}, { session }).toArray()),
    tallies: z.array(TallyRow).parse(await store.raw(tallyCollection).find({}, { session }).toArray()),
  }));
  const sums = new Map<string, string[]>();
  for (const { tenant, status, uses } of redemptions.filter((each) => each.status !== 'released')) {
    for (const key of uses.flatMap((use) => use.tallies)) {
      sums.set(`${tenant} ${key}`, [...(sums.get(`${tenant} ${key}`) ?? []), status]);
    }
  }
  const known = new Set(tallies.map(({ tenant, key }) => `${tenant} ${key}`));
  return [
    ...[...sums.keys()].filter((id) => !known.has(id)).map((id) => `${id}: no tally`),
    ...tallies.flatMap(({ tenant, key, held, used }) => {
      const statuses = sums.get(`${tenant} ${key}`) ?? [];
      const counts = ['held', 'redeemed'].map((status) => statuses.filter((each) => each === status).length);
      return counts.join() === [held, used].join() ? [] : [`${key}: ${held},${used} and not ${counts.join()}`];
    }),
  ];
};

describe.each([1, 2])('pricing-svc in %i processes', (copies) => {
  /** What has been started, to be stopped from the last to the first even if the rest could not start. */
  const started: { stop: () => Promise<unknown> }[] = [];
  let backends: Backends;
  let gateway: Bus;
  let orders: Bus;
  let store: Store;
  beforeAll(async () => {
    backends = await startBackends();
    started.unshift(backends);
    const env = { LOG_LEVEL: 'error', PRICING_RULES_TTL_S: '3600' };
    started.unshift(await startStack({ only: ['pricing-svc'], copies, backends, env }));
    gateway = await connect('gateway');
    orders = await connect('order-svc');
    const log = createLog('pricing-svc', 'silent');
    store = await openStore({ uri: backends.mongo.uri, database: 'pricing_svc', log });
    started.unshift({ stop: () => store.close() });
  }, 60_000);
  afterAll(async () => {
    try {
      expect(await faultsIn(store)).toEqual([]);
    } finally {
      for (const { stop } of started) await stop();
    }
  });
  const connect = async (service: 'gateway' | 'order-svc'): Promise<Bus> => {
    const { url, seeds } = backends.nats;
    const log = createLog(service, 'silent');
    const bus = await eventually(() => connectBus({ service, servers: [url], nkeySeed: seeds[service], log }));
    started.unshift(bus);
    return bus;
  };

  const newShop = () => `shop-${randomUUID()}`;
  const call = <Request extends z.ZodType, Reply extends z.ZodType>(
    tenant: string,
    rpc: Rpc<Request, Reply>,
    input: z.input<Request>,
    via = orders,
  ) => via.call(rpc, contextOf(tenant), input);

  type Limits = { maxUses?: number; maxUsesPerCustomer?: number };
  const addPromotion = async (tenant: string, given: Limits & { automatic?: boolean; stackable?: boolean } = {}) => {
    const promotion = { name: 'Ten', kind: 'percentage' as const, value: 1_000, ...given };
    return valueOf(await call(tenant, pricingRpc.createPromotion, { promotion, defaultCurrency: 'TRY' }, gateway));
  };
  const addCoupon = async (tenant: string, promotionId: string, code: string, limits: Limits = {}) =>
    valueOf(await call(tenant, pricingRpc.createCoupon, { code, promotionId, ...limits }, gateway));
  /** A shop with a promotion that a coupon brings, and the use an order makes of it. */
  const shopWithCoupon = async (limits: Limits) => {
    const tenant = newShop();
    const promotion = await addPromotion(tenant);
    const coupon = await addCoupon(tenant, promotion.id, 'WELCOME', limits);
    const use: PromotionUse = { promotionId: promotion.id, couponId: coupon.id, code: coupon.code };
    return { tenant, promotion, coupon, use };
  };
  const hold = (
    tenant: string,
    uses: PromotionUse[],
    given: { orderId?: string; email?: string; late?: boolean } = {},
  ) => {
    const { orderId = newId('order'), email = `${orderId}@example.com`, late = false } = given;
    return call(tenant, pricingRpc.holdUses, { orderId, uses, customerId: null, email, late });
  };
  const release = (tenant: string, orderId: string) => call(tenant, pricingRpc.releaseUses, { orderId, late: false });
  const countsOf = async (tenant: string, code: string) => {
    const { heldCount, usedCount } = valueOf(await call(tenant, pricingRpc.getCoupon, { id: code }, gateway));
    return [heldCount, usedCount];
  };
  /** Says what happened to an order. */
  const tell = async (
    definition: (typeof orderEvents)['usesRedeemed'],
    { tenant, orderId, sequence, uses }: { tenant: string; orderId: string; sequence: number; uses: PromotionUse[] },
  ): Promise<void> => {
    const { type, version } = definition;
    const event = {
      id: newId('event'),
      type,
      version,
      tenant,
      aggregateId: orderId,
      sequence,
      occurredAt: new Date().toISOString(),
      traceId: 'test',
      data: { orderId, orderNo: '7K3M-9QX2-TB4F', uses, late: false },
    };
    expect(await orders.publish([event])).toContain(event.id);
  };

  test('200 at once want a coupon of 5 uses: 5 get it; one gives it back: exactly one more', async () => {
    const { tenant, use } = await shopWithCoupon({ maxUses: 5 });
    const first = await inTurns(times(200, () => () => hold(tenant, [use])));
    expect(tallyResults(first)).toEqual({ ok: 5, coupon_exhausted: 195 });
    expect(await countsOf(tenant, 'welcome')).toEqual([5, 0]);
    expect(first.find((result) => !result.ok)).toMatchObject({
      error: { details: { uses: [{ promotionId: use.promotionId, code: 'WELCOME', reason: { code: 'used_up' } }] } },
    });

    for (const result of first.filter((each) => each.ok)) {
      valueOf(await release(tenant, valueOf(result).orderId));
      const next = await inTurns(times(50, () => () => hold(tenant, [use])));
      expect(tallyResults(next)).toEqual({ ok: 1, coupon_exhausted: 49 });
    }
    expect(await countsOf(tenant, 'WELCOME')).toEqual([5, 0]);
  });

  test('each customer as often as the limit says, however their address is written', async () => {
    const { tenant, use } = await shopWithCoupon({ maxUsesPerCustomer: 2 });
    const written = ['ayse@example.com', 'AYSE@example.com', ' Ayse@Example.com'];
    const held = await inTurns(times(60, (index) => () => hold(tenant, [use], { email: written[index % 3] ?? '' })));
    expect(tallyResults(held)).toEqual({ ok: 2, coupon_exhausted: 58 });
    const others = await inTurns(
      times(60, (index) => () => hold(tenant, [use], { email: `buyer-${index % 10}@example.com` })),
    );
    expect(tallyResults(others)).toEqual({ ok: 20, coupon_exhausted: 40 });
  });

  test('limits of promotions hold without a coupon, and orders that want several get all or none', async () => {
    const tenant = newShop();
    const ids = [
      (await addPromotion(tenant, { automatic: true, maxUses: 30 })).id,
      (await addPromotion(tenant, { automatic: true, maxUses: 45 })).id,
    ];
    const uses = ids.map((promotionId): PromotionUse => ({ promotionId, couponId: null, code: null }));
    const held = await inTurns(times(200, (index) => () => hold(tenant, index % 2 === 0 ? uses : uses.toReversed())));
    expect(tallyResults(held)).toEqual({ ok: 30, coupon_exhausted: 170 });
    const rest = await inTurns(times(50, () => () => hold(tenant, uses.slice(1))));
    expect(tallyResults(rest)).toEqual({ ok: 15, coupon_exhausted: 35 });
  });

  test('one order asked for many times at once holds once', async () => {
    const { tenant, use } = await shopWithCoupon({ maxUses: 1 });
    const orderId = newId('order');
    const held = await inTurns(times(50, () => () => hold(tenant, [use], { orderId })));
    expect(new Set(held.map((result) => JSON.stringify(valueOf(result)))).size).toBe(1);
    expect(await countsOf(tenant, 'WELCOME')).toEqual([1, 0]);
  });

  test('a limit is the one there is at the hold, in every process', async () => {
    const { tenant, coupon, promotion, use } = await shopWithCoupon({ maxUses: 1 });
    for (let limit = 2; limit <= 12; limit++) {
      valueOf(await call(tenant, pricingRpc.updateCoupon, { id: coupon.id, patch: { maxUses: limit } }, gateway));
      const expected = limit === 2 ? { ok: 2, coupon_exhausted: 4 } : { ok: 1, coupon_exhausted: 5 };
      expect(tallyResults(await inTurns(times(6, () => () => hold(tenant, [use]))))).toEqual(expected);
    }
    valueOf(await call(tenant, pricingRpc.updateCoupon, { id: coupon.id, patch: { maxUses: null } }, gateway));
    for (let limit = 13; limit <= 20; limit++) {
      valueOf(await call(tenant, pricingRpc.updatePromotion, { id: promotion.id, patch: { maxUses: limit } }, gateway));
      expect(tallyResults(await inTurns(times(6, () => () => hold(tenant, [use]))))).toEqual({
        ok: 1,
        coupon_exhausted: 5,
      });
    }
  });

  test('a confirmed order redeems, and one that is cancelled then gives it back', async () => {
    const { tenant, use } = await shopWithCoupon({ maxUses: 1 });
    const orderId = newId('order');
    const told = { tenant, orderId, uses: [use] };
    valueOf(await hold(tenant, [use], { orderId }));
    await tell(orderEvents.usesRedeemed, { ...told, sequence: 3 });
    await eventually(async () => expect(await countsOf(tenant, 'WELCOME')).toEqual([0, 1]));
    expect(tallyResults([await hold(tenant, [use])])).toEqual({ coupon_exhausted: 1 });
    // Nobody takes it away by a call any more.
    expect(valueOf(await release(tenant, orderId)).status).toBe('redeemed');
    await tell(orderEvents.usesReleased, { ...told, sequence: 5 });
    await eventually(async () => expect(await countsOf(tenant, 'WELCOME')).toEqual([0, 0]));
    await tell(orderEvents.usesRedeemed, { ...told, sequence: 3 });
    expect(tallyResults([await hold(tenant, [use])])).toEqual({ ok: 1 });
    expect(tallyResults([await hold(tenant, [use], { orderId })])).toEqual({ reservation_closed: 1 });
  });

  test('an order that ended before it held anything holds nothing any more, but for a late payment', async () => {
    const { tenant, use } = await shopWithCoupon({ maxUses: 1 });
    const orderId = newId('order');
    await tell(orderEvents.usesReleased, { tenant, orderId, uses: [use], sequence: 2 });
    await eventually(async () =>
      expect(await store.raw(redemptionCollection).findOne({ _id: orderId })).toMatchObject({ status: 'released' }),
    );
    expect(tallyResults([await hold(tenant, [use], { orderId })])).toEqual({ reservation_closed: 1 });
    expect(tallyResults([await hold(tenant, [use], { orderId, late: true })])).toEqual({ ok: 1 });
    await tell(orderEvents.usesReleased, { tenant, orderId, uses: [use], sequence: 2 });
    expect(tallyResults([await hold(tenant, [use])])).toEqual({ coupon_exhausted: 1 });
    expect(await countsOf(tenant, 'WELCOME')).toEqual([1, 0]);
  });

  test('staff see which order holds what, newest first', async () => {
    const { tenant, use } = await shopWithCoupon({ maxUses: 5 });
    const list = async (filter: z.input<typeof pricingRpc.listRedemptions.request>) =>
      valueOf(await call(tenant, pricingRpc.listRedemptions, filter, gateway));
    const orderIds = [newId('order'), newId('order'), newId('order')];
    for (const orderId of orderIds) valueOf(await hold(tenant, [use], { orderId }));
    const [first = '', second = '', third = ''] = orderIds;
    valueOf(await release(tenant, second));

    const page = await list({ limit: 2 });
    expect(page.data.map(({ orderId, status }) => [orderId, status])).toEqual([
      [third, 'held'],
      [second, 'released'],
    ]);
    const rest = await list({ limit: 2, cursor: page.nextCursor ?? '' });
    expect(rest).toMatchObject({ data: [{ orderId: first, uses: [use] }], nextCursor: null });
    expect((await list({ orderId: second })).data).toHaveLength(1);
    expect((await list({ couponId: use.couponId ?? '', status: 'held' })).data).toHaveLength(2);
    expect((await list({ promotionId: newId('promotion') })).data).toEqual([]);
    const others = await call(newShop(), pricingRpc.listRedemptions, {}, gateway);
    expect(valueOf(others).data).toEqual([]);
  });

  test('a quote knows what is used up, and that its own order holds it', async () => {
    const { tenant, use } = await shopWithCoupon({ maxUses: 1 });
    const cart = request({ lines: [line({ unitPrice: 10_000 })], coupons: ['welcome'], email: 'ayse@example.com' });
    const quoted = async (orderId: string | null) =>
      valueOf(await call(tenant, pricingRpc.quote, { ...cart, orderId })).coupons;
    expect(await quoted(null)).toMatchObject([{ code: 'WELCOME', applied: true, amount: 1_000 }]);
    const { orderId } = valueOf(await hold(tenant, [use]));
    expect(await quoted(null)).toMatchObject([{ code: 'WELCOME', applied: false, reason: { code: 'used_up' } }]);
    expect(await quoted(orderId)).toMatchObject([{ code: 'WELCOME', applied: true }]);
    const choices = [{ provider: 'sandbox', method: 'card' }];
    const prices = valueOf(await call(tenant, pricingRpc.paymentPrices, { cart: { ...cart, orderId }, choices }));
    expect(prices.prices).toMatchObject([{ total: 9_000 }]);
    valueOf(await release(tenant, orderId));
    expect(await quoted(null)).toMatchObject([{ applied: true }]);
  });

  test('another shop’s coupon and order are as if there were none', async () => {
    const { tenant, use } = await shopWithCoupon({ maxUses: 1 });
    const { orderId } = valueOf(await hold(tenant, [use]));
    const stranger = newShop();
    expect(tallyResults([await hold(stranger, [use], { orderId })])).toEqual({ not_found: 1 });
    expect(tallyResults([await release(stranger, orderId)])).toEqual({ not_found: 1 });
    expect(await countsOf(tenant, 'WELCOME')).toEqual([1, 0]);
    const cart = request({ lines: [line({ unitPrice: 10_000 })], coupons: ['WELCOME'] });
    const { coupons } = valueOf(await call(stranger, pricingRpc.quote, cart));
    expect(coupons).toMatchObject([{ applied: false, reason: { code: 'coupon_unknown' } }]);
  });

  test('a storm of everything in any order adds up', async () => {
    const { tenant, use } = await shopWithCoupon({ maxUses: 7, maxUsesPerCustomer: 2 });
    const plain = { promotionId: (await addPromotion(tenant, { maxUses: 9 })).id, couponId: null, code: null };
    const all = times(40, () => newId('order'));
    const calls = times(600, (index) => {
      const orderId = all[Math.floor(Math.random() * all.length)] ?? '';
      const uses = [[use], [plain], [use, plain]][index % 3] ?? [];
      const kinds: (() => Promise<Result<unknown>>)[] = [
        () => hold(tenant, uses, { orderId, email: `buyer-${index % 5}@example.com` }),
        () => hold(tenant, uses, { orderId, email: `buyer-${index % 5}@example.com`, late: true }),
        () => release(tenant, orderId),
        () => call(tenant, pricingRpc.releaseUses, { orderId, late: true }),
      ];
      return kinds[Math.floor(Math.random() * kinds.length)] ?? (() => release(tenant, orderId));
    });
    const outcomes = tallyResults(await inTurns(calls));
    expect(outcomes).not.toHaveProperty('internal_error');
    expect(outcomes).not.toHaveProperty('deadline_exceeded');
    const [held = 0, used] = await countsOf(tenant, 'WELCOME');
    expect(held).toBeLessThanOrEqual(7);
    expect(used).toBe(0);
    expect(await faultsIn(store)).toEqual([]);
  });
});
