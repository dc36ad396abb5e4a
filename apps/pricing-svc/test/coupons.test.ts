import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Context, couponKey, ok, pricingRpc } from '@kervan/contracts';
import { generateCoupons } from '../src/coupons/coupon.handlers.ts';
import { drawCode } from '../src/coupons/coupon.ts';
import { codeOf, newShop, type Service, startService, times, valueOf } from './service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const tenth = { name: { tr: 'Onda bir', en: 'A tenth' }, kind: 'percentage' as const, value: 1_000 };
const shopWithPromotion = async () => {
  const tenant = newShop();
  const call = service.callsOf(tenant);
  const newPromotion = async () =>
    valueOf(await call(pricingRpc.createPromotion, { promotion: tenth, defaultCurrency: 'TRY' })).id;
  return { tenant, call, newPromotion, promotionId: await newPromotion() };
};
const unknownPromotion = {
  error: { code: 'invalid_input', details: { errors: [{ path: 'promotionId', code: 'unknown_promotion' }] } },
};

describe('a coupon', () => {
  test('is made, read, changed and deleted by its id or its code in any case', async () => {
    const { call, promotionId, newPromotion } = await shopWithPromotion();
    const made = valueOf(await call(pricingRpc.createCoupon, { code: 'İndirim-10', promotionId, maxUses: 5 }));
    expect(made).toEqual({
      id: expect.stringMatching(/^coup_/),
      code: 'İndirim-10',
      promotionId,
      maxUses: 5,
      maxUsesPerCustomer: null,
      usedCount: 0,
      heldCount: 0,
      enabled: true,
      version: 1,
      createdAt: expect.any(String),
    });
    for (const id of [made.id, 'İndirim-10', 'INDIRIM-10', 'ındırım-10']) {
      expect(valueOf(await call(pricingRpc.getCoupon, { id }, 1))).toEqual(made);
    }
    expect(codeOf(await call(pricingRpc.getCoupon, { id: 'INDIRIM-11' }))).toBe('not_found');

    const other = await newPromotion();
    const patch = { promotionId: other, maxUses: null, maxUsesPerCustomer: 1, enabled: false };
    const changed = valueOf(
      await call(pricingRpc.updateCoupon, { id: 'indirim-10', patch, expectedVersion: made.version }),
    );
    expect(changed).toEqual({ ...made, ...patch, version: 2 });
    expect(valueOf(await call(pricingRpc.updateCoupon, { id: made.id, patch: { maxUses: 3 } }))).toEqual({
      ...changed,
      maxUses: 3,
      version: 3,
    });
    expect(await call(pricingRpc.updateCoupon, { id: made.id, patch: { promotionId: 'promo_none' } })).toMatchObject(
      unknownPromotion,
    );
    const stale = { id: 'INDIRIM-10', expectedVersion: 1 };
    expect(codeOf(await call(pricingRpc.updateCoupon, { ...stale, patch: {} }))).toBe('precondition_failed');
    expect(codeOf(await call(pricingRpc.deleteCoupon, stale))).toBe('precondition_failed');
    expect(valueOf(await call(pricingRpc.getCoupon, { id: made.id }))).toMatchObject({ maxUses: 3, version: 3 });

    expect(valueOf(await call(pricingRpc.deleteCoupon, { id: 'INDIRIM-10', expectedVersion: 3 }))).toEqual({
      id: made.id,
    });
    const gone = [
      await call(pricingRpc.getCoupon, { id: made.id }),
      await call(pricingRpc.updateCoupon, { id: made.id, patch: {} }),
      await call(pricingRpc.deleteCoupon, { id: made.id }),
    ];
    expect(gone.map(codeOf)).toEqual(['not_found', 'not_found', 'not_found']);
  });

  test('has a code no other has, in any case; its own shop’s', async () => {
    const { call, promotionId } = await shopWithPromotion();
    valueOf(await call(pricingRpc.createCoupon, { code: 'YAZ', promotionId }));
    expect(await call(pricingRpc.createCoupon, { code: 'yaz', promotionId })).toMatchObject({
      error: { code: 'code_taken', details: { code: 'yaz' } },
    });
    const other = await shopWithPromotion();
    valueOf(await other.call(pricingRpc.createCoupon, { code: 'YAZ', promotionId: other.promotionId }));
    for (let round = 0; round < 10; round++) {
      const code = `code-${round}`;
      const written = (via: 0 | 1) => (via === 0 ? code : code.toUpperCase());
      const made = await times(8, (via) => call(pricingRpc.createCoupon, { code: written(via), promotionId }, via));
      expect(made.map(codeOf).toSorted()).toEqual([...Array<string>(7).fill('code_taken'), 'ok']);
    }
  });

  test('is the same one under one key, and a taken code under another', async () => {
    const { call, promotionId } = await shopWithPromotion();
    const input = { code: 'ONCE', promotionId };
    const made = await times(12, (via) => call(pricingRpc.createCoupon, { ...input, idempotencyKey: 'mine' }, via));
    expect(new Set(made.map((one) => JSON.stringify(valueOf(one)))).size).toBe(1);
    expect(codeOf(await call(pricingRpc.createCoupon, { ...input, idempotencyKey: 'yours' }))).toBe('code_taken');
    expect(codeOf(await call(pricingRpc.createCoupon, { ...input, maxUses: 1, idempotencyKey: 'mine' }))).toBe(
      'idempotency_key_reused',
    );
  });

  test('needs a promotion of its shop, and is not made without', async () => {
    const { tenant, call } = await shopWithPromotion();
    const other = await shopWithPromotion();
    for (const promotionId of ['promo_none', other.promotionId]) {
      expect(await call(pricingRpc.createCoupon, { code: 'NEW', promotionId })).toMatchObject(unknownPromotion);
      expect(codeOf(await call(pricingRpc.generateCoupons, { promotionId, count: 5 }))).toBe('not_found');
    }
    expect(valueOf(await service.callsOf(tenant)(pricingRpc.listCoupons, {})).data).toEqual([]);
  });

  test('counts what drafts hold and what orders have redeemed, as its promotion does', async () => {
    const { call, promotionId } = await shopWithPromotion();
    const { id: couponId, code } = valueOf(await call(pricingRpc.createCoupon, { code: 'TEN', promotionId }));
    const uses = [{ promotionId, couponId, code }];
    for (const orderId of [`ord_${promotionId}1`, `ord_${promotionId}2`]) {
      valueOf(await call(pricingRpc.holdUses, { orderId, uses, customerId: null, email: null, late: false }));
    }
    const held = { usedCount: 0, heldCount: 2 };
    expect(valueOf(await call(pricingRpc.getCoupon, { id: 'ten' }))).toMatchObject(held);
    expect(valueOf(await call(pricingRpc.listCoupons, {})).data).toMatchObject([held]);
    expect(valueOf(await call(pricingRpc.getPromotion, { id: promotionId }))).toMatchObject(held);
    expect(valueOf(await call(pricingRpc.listPromotions, {})).data).toMatchObject([held]);
    expect(valueOf(await call(pricingRpc.updateCoupon, { id: 'ten', patch: { maxUses: 1 } }))).toMatchObject({
      ...held,
      maxUses: 1,
    });
    expect(valueOf(await call(pricingRpc.updatePromotion, { id: promotionId, patch: { priority: 1 } }))).toMatchObject(
      held,
    );
  });
});

describe('coupons in a list', () => {
  test('come page by page in the order they were made, all or those of a promotion', async () => {
    const { call, promotionId, newPromotion } = await shopWithPromotion();
    const other = await newPromotion();
    const made: string[] = [];
    for (let index = 0; index < 6; index++) {
      const input = { code: `C-${index}`, promotionId: index % 2 === 0 ? promotionId : other };
      made.push(valueOf(await call(pricingRpc.createCoupon, input)).code);
    }
    const all = async (filter: { promotionId?: string }): Promise<string[]> => {
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const page: { data: { code: string }[]; nextCursor: string | null } = valueOf(
          await call(pricingRpc.listCoupons, { limit: 2, ...filter, ...(cursor === null ? {} : { cursor }) }),
        );
        found.push(...page.data.map(({ code }) => code));
        cursor = page.nextCursor;
      } while (cursor !== null);
      return found;
    };
    expect((await all({})).toSorted()).toEqual(made);
    expect((await all({ promotionId: other })).toSorted()).toEqual(['C-1', 'C-3', 'C-5']);
    expect(await all({ promotionId: 'promo_none' })).toEqual([]);
    expect(codeOf(await call(pricingRpc.listCoupons, { cursor: 'x' }))).toBe('invalid_cursor');
  });
});

describe('many coupons at once', () => {
  test('have codes of their own, and the limits that were asked for', async () => {
    const { call, promotionId } = await shopWithPromotion();
    const { coupons } = valueOf(
      await call(pricingRpc.generateCoupons, { promotionId, count: 1_000, prefix: 'YAZ-', maxUsesPerCustomer: 1 }),
    );
    expect(coupons).toHaveLength(1_000);
    expect(new Set(coupons.map(({ code }) => couponKey(code))).size).toBe(1_000);
    for (const coupon of coupons) {
      expect(coupon).toMatchObject({ promotionId, maxUses: 1, maxUsesPerCustomer: 1, enabled: true, usedCount: 0 });
      expect(coupon.code).toMatch(/^YAZ-[BCDFGHJKMPQRTVWXY2346789]{10}$/);
    }
    const [first] = coupons;
    expect(valueOf(await call(pricingRpc.getCoupon, { id: first?.code.toLowerCase() ?? '' }))).toEqual(first);
  });

  test('are the same ones under one key, in whichever copy', async () => {
    const { call, promotionId } = await shopWithPromotion();
    const input = { promotionId, count: 50, idempotencyKey: 'batch' };
    const made = await times(6, (via) => call(pricingRpc.generateCoupons, input, via));
    expect(new Set(made.map((one) => JSON.stringify(valueOf(one)))).size).toBe(1);
    expect(valueOf(await call(pricingRpc.listCoupons, { limit: 100 })).data).toHaveLength(50);
    const more = valueOf(await call(pricingRpc.generateCoupons, { promotionId, count: 50 }));
    const codes = new Set(
      [...valueOf(made[0] ?? ok({ coupons: [] })).coupons, ...more.coupons].map(({ code }) => code),
    );
    expect(codes.size).toBe(100);
  });

  test('draw again what another coupon has, also when they go on after a cut', async () => {
    const { tenant, call, promotionId } = await shopWithPromotion();
    const [{ deps }] = service.copies;
    const context: Context = {
      tenant,
      traceId: 'test',
      deadline: Date.now() + 20_000,
      language: 'tr',
      actor: { kind: 'machine' },
    };
    const look = { prefix: '', length: 8 };
    const drawn = (number: number): string => drawCode('a seed', number, look);
    for (const number of [1, 5]) valueOf(await call(pricingRpc.createCoupon, { code: drawn(number), promotionId }));
    const request = { promotionId, count: 5, ...look, maxUses: 1, maxUsesPerCustomer: null };
    const generate = (count: number) =>
      generateCoupons({
        ...deps,
        keyedId: async (_kind, _call, { idempotencyKey: _key, ...input }) =>
          ok({ id: 'coup_batch', seed: 'a seed', input }),
      })({ ...request, count }, context);
    // A first call is cut off after two of five.
    expect(valueOf(await generate(2)).coupons.map(({ code }) => code)).toEqual([drawn(0), drawn(2)]);
    const whole = valueOf(await generate(5)).coupons.map(({ code }) => code);
    expect(whole).toEqual([0, 2, 3, 4, 6].map(drawn));
    expect(valueOf(await generate(5)).coupons.map(({ code }) => code)).toEqual(whole);
  });
});

describe('a promotion that coupons bring', () => {
  test('is not deleted while there are any', async () => {
    const { call, promotionId } = await shopWithPromotion();
    const { id } = valueOf(await call(pricingRpc.createCoupon, { code: 'ONLY', promotionId }));
    expect(codeOf(await call(pricingRpc.deletePromotion, { id: promotionId }))).toBe('in_use');
    expect(codeOf(await call(pricingRpc.deletePromotion, { id: promotionId, expectedVersion: 9 }))).toBe(
      'precondition_failed',
    );
    valueOf(await call(pricingRpc.deleteCoupon, { id }));
    expect(valueOf(await call(pricingRpc.deletePromotion, { id: promotionId }))).toEqual({ id: promotionId });
  });

  test('is never deleted from under a coupon that is made at the same time', async () => {
    const { call, newPromotion } = await shopWithPromotion();
    for (let round = 0; round < 40; round++) {
      const id = await newPromotion();
      const code = `RACE-${round}`;
      const make = () =>
        round % 2 === 0
          ? call(pricingRpc.createCoupon, { code, promotionId: id })
          : call(pricingRpc.generateCoupons, { promotionId: id, count: 3 });
      const [made, deleted] = await Promise.all([make(), call(pricingRpc.deletePromotion, { id }, 1)]);
      const coupons = valueOf(await call(pricingRpc.listCoupons, { promotionId: id })).data;
      const left = await call(pricingRpc.getPromotion, { id });
      // Both may be refused: each saw the other under way.
      expect(made.ok && deleted.ok).toBe(false);
      expect(coupons.length > 0).toBe(made.ok);
      expect(codeOf(left)).toBe(deleted.ok ? 'not_found' : 'ok');
      if (!deleted.ok) expect(deleted.error.code).toBe('in_use');
    }
  });
});
