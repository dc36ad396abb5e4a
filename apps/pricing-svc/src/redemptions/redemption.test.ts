import { describe, expect, test } from '@jest/globals';
import type { PromotionUse, Result } from '@kervan/contracts';
import fc from 'fast-check';
import { hold, redeem, type Redemption, release, tallyId, type Uses } from './redemption.ts';
import { customerKey, type LimitedCoupon, type LimitedPromotion } from './tally.ts';

const NOW = new Date('2026-11-22T10:00:00.000Z');
const AYSE = customerKey({ email: 'ayse@example.com', customerId: null });
const BORA = customerKey({ email: 'bora@example.com', customerId: null });

const promotion = (id: string, given: Partial<LimitedPromotion> = {}): LimitedPromotion => ({
  id,
  maxUses: null,
  maxUsesPerCustomer: null,
  conditions: { firstOrder: false },
  ...given,
});
const coupon = (id: string, given: Partial<LimitedCoupon> = {}): LimitedCoupon => ({
  id,
  maxUses: null,
  maxUsesPerCustomer: null,
  ...given,
});
const use = (promotionId: string, couponId: string | null = null): PromotionUse => ({
  promotionId,
  couponId,
  code: couponId === null ? null : couponId.toUpperCase(),
});

/** Nothing is held of these promotions and coupons. */
const open = (promotions: readonly LimitedPromotion[] = [], coupons: readonly LimitedCoupon[] = []): Uses => ({
  now: NOW,
  redemptions: new Map(),
  tallies: new Map(),
  limitsOf: (_tenant, { promotionId, couponId }) => ({
    promotion: promotions.find(({ id }) => id === promotionId) ?? promotion(promotionId),
    coupon: couponId === null ? null : (coupons.find(({ id }) => id === couponId) ?? coupon(couponId)),
  }),
});
const order = (orderId: string, uses: readonly PromotionUse[], customer = AYSE) => ({
  tenant: 'demo',
  orderId,
  uses,
  customer,
  late: false,
});
const countsOf = (uses: Uses, key: string) => {
  const { held = 0, used = 0 } = uses.tallies.get(tallyId('demo', key))?.current ?? {};
  return [held, used];
};
const outcome = (result: Result<Redemption>): string => (result.ok ? result.value.status : result.error.code);
const reasonsOf = (result: Result<Redemption>): unknown => (result.ok ? null : result.error.details?.['uses']);

/** What the redemptions say that each tally has to be. */
const sumsOf = (uses: Uses): Map<string, number[]> => {
  const sums = new Map<string, number[]>();
  for (const { current } of uses.redemptions.values()) {
    for (const key of current.uses.flatMap(({ tallies }) => tallies)) {
      const [held = 0, used = 0] = sums.get(key) ?? [];
      sums.set(key, [held + Number(current.status === 'held'), used + Number(current.status === 'redeemed')]);
    }
  }
  return sums;
};
const expectSound = (uses: Uses): void => {
  const sums = sumsOf(uses);
  for (const { current } of uses.tallies.values()) {
    expect([current.key, current.held, current.used]).toEqual([current.key, ...(sums.get(current.key) ?? [0, 0])]);
  }
  for (const [key, sum] of sums) expect([key, countsOf(uses, key)]).toEqual([key, sum]);
};
const pictureOf = ({ redemptions, tallies }: Uses) =>
  structuredClone([[...redemptions].map(([, { current }]) => current), [...tallies].map(([, { current }]) => current)]);

describe('a hold', () => {
  test('takes all uses, once per order', () => {
    const uses = open([promotion('ten', { maxUses: 5 })]);
    const asked = order('one', [use('ten', 'welcome'), use('two')]);
    expect(outcome(hold(uses, asked))).toBe('held');
    const before = pictureOf(uses);
    expect(outcome(hold(uses, asked))).toBe('held');
    expect(pictureOf(uses)).toEqual(before);
    expect(countsOf(uses, 'promotion:ten')).toEqual([1, 0]);
    expect(countsOf(uses, 'coupon:welcome')).toEqual([1, 0]);
    expect(countsOf(uses, 'promotion:two')).toEqual([1, 0]);
  });

  test('says which uses find no room, and takes none', () => {
    const uses = open(
      [promotion('ten', { maxUses: 1 }), promotion('mine', { maxUsesPerCustomer: 1 }), promotion('free')],
      [coupon('welcome', { maxUses: 1 })],
    );
    hold(uses, order('one', [use('ten'), use('mine'), use('free', 'welcome')]));
    const before = pictureOf(uses);
    const refused = hold(uses, order('two', [use('ten'), use('mine'), use('free', 'welcome'), use('free')]));
    expect(outcome(refused)).toBe('coupon_exhausted');
    expect(reasonsOf(refused)).toMatchObject([
      { promotionId: 'ten', code: null, reason: { code: 'used_up' } },
      { promotionId: 'mine', code: null, reason: { code: 'customer_used_up' } },
      { promotionId: 'free', code: 'WELCOME', reason: { code: 'used_up' } },
    ]);
    expect(pictureOf(uses)).toEqual(before);
    expect(outcome(hold(uses, order('three', [use('mine')], BORA)))).toBe('held');
  });

  test('notes the largest limit it was measured against, and none where there was none', () => {
    const limitOf = (uses: Uses) => uses.tallies.get(tallyId('demo', 'promotion:ten'))?.current.limit;
    const held = (uses: Uses, maxUses: number | null, id: string): Uses => {
      const limited = {
        ...open([promotion('ten', { maxUses })]),
        tallies: uses.tallies,
        redemptions: uses.redemptions,
      };
      expect(outcome(hold(limited, order(id, [use('ten')])))).toBe('held');
      return limited;
    };
    const two = held(held(open(), 5, 'one'), 3, 'two');
    expect(limitOf(two)).toBe(5);
    const unlimited = held(held(two, null, 'three'), 9, 'four');
    expect(limitOf(unlimited)).toBeNull();
    for (const id of ['one', 'two', 'three', 'four']) release(unlimited, { tenant: 'demo', orderId: id, late: false });
    expect(limitOf(held(unlimited, 2, 'five'))).toBe(2);
  });

  test('of one order counts a key as often as the order uses it', () => {
    const uses = open([], [coupon('both', { maxUses: 3 })]);
    expect(outcome(hold(uses, order('one', [use('a', 'both'), use('b', 'both')])))).toBe('held');
    expect(countsOf(uses, 'coupon:both')).toEqual([2, 0]);
    const refused = hold(uses, order('two', [use('a', 'both'), use('b', 'both')]));
    expect(reasonsOf(refused)).toMatchObject([{ promotionId: 'b', code: 'BOTH' }]);
    expect(outcome(hold(uses, order('three', [use('a', 'both')])))).toBe('held');
  });

  test('of a first order: a customer has one, whatever the promotion', () => {
    const first = { conditions: { firstOrder: true } };
    const uses = open([promotion('a', first), promotion('b', first)]);
    expect(outcome(hold(uses, order('one', [use('a')])))).toBe('held');
    expect(reasonsOf(hold(uses, order('two', [use('b')])))).toMatchObject([{ reason: { code: 'customer_used_up' } }]);
    expect(outcome(hold(uses, order('three', [use('b')], BORA)))).toBe('held');
    release(uses, { tenant: 'demo', orderId: 'one', late: false });
    expect(outcome(hold(uses, order('four', [use('b')])))).toBe('held');
  });

  test('stands although what it counts on is gone by now', () => {
    const uses = open();
    expect(outcome(hold(uses, order('one', [use('gone', 'gone-too')])))).toBe('held');
    expect(countsOf(uses, 'coupon:gone-too')).toEqual([1, 0]);
  });

  test('after the end is refused, unless a payment came late', () => {
    const uses = open([promotion('ten', { maxUses: 1 })]);
    const asked = order('one', [use('ten')]);
    release(uses, { tenant: 'demo', orderId: 'one', late: false, sequence: 2 });
    expect(outcome(hold(uses, asked))).toBe('reservation_closed');
    expect(outcome(hold(uses, { ...asked, late: true }))).toBe('held');
    expect(uses.redemptions.get('one')?.current).toMatchObject({ late: true, orderSequence: 2 });
    expect(outcome(hold(uses, order('two', [use('ten')])))).toBe('coupon_exhausted');
  });

  test('for a late payment is made once: what was given back again, or is not wanted any more, stays free', () => {
    const uses = open();
    const late = { ...order('one', [use('ten')]), late: true };
    hold(uses, late);
    release(uses, { tenant: 'demo', orderId: 'one', late: true });
    expect(outcome(hold(uses, late))).toBe('reservation_closed');
    release(uses, { tenant: 'demo', orderId: 'two', late: false, sequence: 2 });
    release(uses, { tenant: 'demo', orderId: 'two', late: true, sequence: 3 });
    expect(outcome(hold(uses, { ...late, orderId: 'two' }))).toBe('reservation_closed');
    expect(countsOf(uses, 'promotion:ten')).toEqual([0, 0]);
  });

  test('for a late payment finds what others have taken meanwhile gone', () => {
    const uses = open([promotion('ten', { maxUses: 1 })]);
    hold(uses, order('one', [use('ten')]));
    release(uses, { tenant: 'demo', orderId: 'one', late: false, sequence: 2 });
    hold(uses, order('two', [use('ten')]));
    expect(outcome(hold(uses, { ...order('one', [use('ten')]), late: true }))).toBe('coupon_exhausted');
    expect(uses.redemptions.get('one')?.current.status).toBe('released');
  });

  test('of another shop’s order is refused, and so is everything else', () => {
    const uses = open();
    hold(uses, order('one', [use('ten')]));
    const before = pictureOf(uses);
    const stranger = { tenant: 'other', orderId: 'one', uses: [use('ten')], customer: null, late: true, sequence: 9 };
    for (const command of [hold, redeem, release]) expect(outcome(command(uses, stranger))).toBe('not_found');
    expect(pictureOf(uses)).toEqual(before);
  });
});

describe('a redemption', () => {
  const asked = order('one', [use('ten', 'welcome')]);
  const confirmed = { ...asked, sequence: 3 };

  test('turns what is held into what is used', () => {
    const uses = open([promotion('ten', { maxUses: 1, maxUsesPerCustomer: 1 })]);
    hold(uses, asked);
    expect(outcome(redeem(uses, confirmed))).toBe('redeemed');
    expect(countsOf(uses, 'promotion:ten')).toEqual([0, 1]);
    expect(countsOf(uses, `promotion:ten:${String(AYSE)}`)).toEqual([0, 1]);
    expect(outcome(hold(uses, asked))).toBe('redeemed');
    expect(outcome(hold(uses, order('two', [use('ten')])))).toBe('coupon_exhausted');
  });

  test('of a confirmed order counts even where nothing is held, whatever the limit', () => {
    const uses = open([promotion('ten', { maxUses: 1 })]);
    hold(uses, order('two', [use('ten')]));
    expect(outcome(redeem(uses, confirmed))).toBe('redeemed');
    expect(countsOf(uses, 'promotion:ten')).toEqual([1, 1]);
    expect(countsOf(uses, 'coupon:welcome')).toEqual([0, 1]);
    release(uses, { tenant: 'demo', orderId: 'one', late: false, sequence: 4 });
    expect(countsOf(uses, 'promotion:ten')).toEqual([1, 0]);
  });

  test('is given back by the order that ends, not by whoever only thinks it did', () => {
    const uses = open();
    hold(uses, asked);
    redeem(uses, confirmed);
    expect(outcome(release(uses, { tenant: 'demo', orderId: 'one', late: true }))).toBe('redeemed');
    expect(outcome(release(uses, { tenant: 'demo', orderId: 'one', late: false, sequence: 2 }))).toBe('redeemed');
    expect(outcome(release(uses, { tenant: 'demo', orderId: 'one', late: false, sequence: 4 }))).toBe('released');
    expect(countsOf(uses, 'promotion:ten')).toEqual([0, 0]);
    expect(outcome(redeem(uses, confirmed))).toBe('released');
  });
});

const ORDERS = ['one', 'two', 'three', 'four'];
const PROMOTIONS = [
  promotion('a', { maxUses: 2 }),
  promotion('b', { maxUsesPerCustomer: 1 }),
  promotion('c', { maxUses: 3, maxUsesPerCustomer: 2, conditions: { firstOrder: true } }),
];
const COUPONS = [coupon('x', { maxUses: 1 }), coupon('y', { maxUsesPerCustomer: 1 })];

const aUse = fc
  .tuple(fc.constantFrom(...PROMOTIONS), fc.constantFrom(null, ...COUPONS))
  .map(([{ id }, brings]) => use(id, brings?.id ?? null));
const aCommand = fc.record({
  kind: fc.constantFrom('hold', 'redeem', 'release', 'call release'),
  orderId: fc.constantFrom(...ORDERS),
  uses: fc.array(aUse, { minLength: 1, maxLength: 3 }),
  customer: fc.constantFrom(AYSE, BORA, null),
  late: fc.boolean(),
  sequence: fc.nat({ max: 8 }),
});
type Command = typeof aCommand extends fc.Arbitrary<infer One> ? One : never;
const run = (uses: Uses, { kind, sequence, ...rest }: Command): Result<Redemption> => {
  const command = { tenant: 'demo', ...rest };
  if (kind === 'hold') return hold(uses, command);
  if (kind === 'redeem') return redeem(uses, { ...command, sequence });
  return release(uses, { ...command, ...(kind === 'release' ? { sequence } : {}) });
};

describe('whatever is asked in whatever order', () => {
  test('tallies are what redemptions say, a repeat changes nothing, a refusal neither', () => {
    fc.assert(
      fc.property(fc.array(aCommand, { maxLength: 40 }), (commands) => {
        const uses = open(PROMOTIONS, COUPONS);
        for (const command of commands) {
          const before = pictureOf(uses);
          const result = run(uses, command);
          if (!result.ok) expect(pictureOf(uses)).toEqual(before);
          expectSound(uses);
          const after = pictureOf(uses);
          expect(outcome(run(uses, command))).toBe(outcome(result));
          expect(pictureOf(uses)).toEqual(after);
        }
      }),
    );
  });

  test('no hold takes more than there is', () => {
    fc.assert(
      fc.property(fc.array(aCommand, { maxLength: 40 }), (commands) => {
        const uses = open(PROMOTIONS, COUPONS);
        for (const command of commands) {
          const before = uses.redemptions.get(command.orderId)?.current;
          const result = run(uses, command);
          if (command.kind !== 'hold' || !result.ok || before?.status === result.value.status) continue;
          const limits = new Map<string, number | null>();
          for (const { id, maxUses } of PROMOTIONS) limits.set(`promotion:${id}`, maxUses);
          for (const { id, maxUses } of COUPONS) limits.set(`coupon:${id}`, maxUses);
          for (const who of [AYSE, BORA]) {
            for (const { id, maxUsesPerCustomer } of PROMOTIONS)
              limits.set(`promotion:${id}:${who}`, maxUsesPerCustomer);
            for (const { id, maxUsesPerCustomer } of COUPONS) limits.set(`coupon:${id}:${who}`, maxUsesPerCustomer);
            limits.set(`first:${who}`, 1);
          }
          for (const key of result.value.uses.flatMap(({ tallies }) => tallies)) {
            const [held = 0, used = 0] = countsOf(uses, key);
            expect(held + used).toBeLessThanOrEqual(limits.get(key) ?? Infinity);
          }
        }
      }),
    );
  });
});

/** A step of an order's life: a call, which is made there and then, or an event, which arrives some time later, or twice. */
type Step = { call: 'hold' | 'give back'; late: boolean } | { event: 'redeem' | 'release'; late: boolean };
const hears = (event: 'redeem' | 'release', late: boolean): Step => ({ event, late });
const asks = (call: 'hold' | 'give back', late: boolean): Step => ({ call, late });

/** All lives of an order that has uses, and what has become of them in the end. */
const LIVES: readonly (readonly [string, readonly Step[]])[] = [
  ['held', [asks('hold', false)]],
  ['released', [asks('hold', false), hears('release', false)]],
  ['released', [hears('release', false)]],
  ['released', [asks('hold', false), asks('give back', false), hears('release', false)]],
  ['redeemed', [asks('hold', false), hears('redeem', false)]],
  ['released', [asks('hold', false), hears('redeem', false), hears('release', false)]],
  ...[true, false].flatMap((first): (readonly [string, readonly Step[]])[] => {
    const before = [...(first ? [asks('hold', false)] : []), hears('release', false), asks('hold', true)];
    return [
      ['redeemed', [...before, hears('redeem', true)]],
      ['redeemed', [...before, asks('hold', true), hears('redeem', true)]],
      ['released', [...before, hears('redeem', true), hears('release', true)]],
      ['released', [...before, asks('give back', true)]],
      ['released', [...before, asks('give back', true), hears('release', true)]],
      ['released', [...before, hears('release', true)]],
    ];
  }),
];

describe('an order’s life, its events late, twice and out of order', () => {
  test('ends where the order ended', () => {
    const chance = fc.infiniteStream(fc.nat({ max: 999 }));
    fc.assert(
      fc.property(fc.constantFrom(...LIVES), chance, ([end, steps], stream) => {
        const draw = (below: number): number => (stream.next().value ?? 0) % below;
        const uses = open(PROMOTIONS, COUPONS);
        const asked = order('one', [use('a', 'x'), use('b')]);
        const underWay: (() => void)[] = [];
        const arrive = (): void => {
          const index = draw(underWay.length);
          // Delivered, and perhaps once more later.
          if (draw(3) > 0) underWay.splice(index, 1)[0]?.();
          else underWay[index]?.();
        };
        steps.forEach((step, index) => {
          while (underWay.length > 0 && draw(2) === 0) arrive();
          const { late } = step;
          if ('call' in step && step.call === 'give back') release(uses, { tenant: 'demo', orderId: 'one', late });
          else if ('call' in step) expect(outcome(hold(uses, { ...asked, late }))).toMatch(/^(held|redeemed)$/);
          else {
            const sequence = index + 1;
            const apply = step.event === 'redeem' ? redeem : release;
            underWay.push(() => void apply(uses, { ...asked, late, sequence }));
          }
          // Whoever held may be slow, and ask once more at any time.
          if ('call' in step && step.call === 'hold') underWay.push(() => void hold(uses, { ...asked, late }));
        });
        while (underWay.length > 0) arrive();
        expect(uses.redemptions.get('one')?.current.status).toBe(end);
        expectSound(uses);
      }),
      { numRuns: 2_000 },
    );
  });
});
