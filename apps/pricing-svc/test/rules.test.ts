import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pricingRpc, type Result } from '@kervan/contracts';
import { z } from 'zod';
import { codeOf, newShop, type Service, startService, times, valueOf } from './service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const NAME = { tr: 'Ad', en: 'Name' };
const method = (geozoneId: string) => ({
  code: 'express',
  kind: 'express' as const,
  name: NAME,
  rates: [{ geozoneId, basis: 'flat' as const, bands: [{ from: 0, amount: 4_990 }] }],
  minDays: 0,
  maxDays: 1,
});
/** A shop with a geozone, a shipping method and one rule of each other kind, none of which names another. */
const shopWithRules = async () => {
  const tenant = newShop();
  const call = service.callsOf(tenant);
  const defaultCurrency = 'TRY';
  const zone = valueOf(await call(pricingRpc.createGeozone, { name: 'Turkey', includes: [{ country: 'TR' }] }));
  const shipping = valueOf(await call(pricingRpc.createShippingMethod, { method: method(zone.id), defaultCurrency }));
  const fee = valueOf(
    await call(pricingRpc.createFeeRule, { rule: { code: 'wrap', name: NAME, amount: 500 }, defaultCurrency }),
  );
  const promotion = valueOf(
    await call(pricingRpc.createPromotion, {
      promotion: { name: NAME, kind: 'percentage', value: 1_000 },
      defaultCurrency,
    }),
  );
  const table = valueOf(
    await call(pricingRpc.createInstallmentTable, {
      table: {
        provider: 'sandbox',
        rows: [
          { installments: 6, rate: 600 },
          { installments: 3, rate: 300 },
        ],
      },
      defaultCurrency,
    }),
  );
  return { tenant, call, zone, shipping, fee, promotion, table };
};
const PageOfIds = z.object({ data: z.array(z.object({ id: z.string() })), nextCursor: z.string().nullable() });
const pagesOf = async (list: (at: { cursor?: string }) => Promise<Result<unknown>>): Promise<string[]> => {
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const page: z.infer<typeof PageOfIds> = PageOfIds.parse(valueOf(await list(cursor === null ? {} : { cursor })));
    found.push(...page.data.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
};

describe('fee rules, promotions and installment tables', () => {
  test('are made, read, changed in the version that was seen, and deleted', async () => {
    const { call, fee, promotion, table } = await shopWithRules();
    expect(fee).toMatchObject({ id: expect.stringMatching(/^fee_/), amount: 500, currency: 'TRY', version: 1 });
    expect(promotion).toMatchObject({
      id: expect.stringMatching(/^promo_/),
      scope: 'order',
      usedCount: 0,
      heldCount: 0,
      version: 1,
    });
    expect(table).toMatchObject({
      id: expect.stringMatching(/^inst_/),
      rows: [{ installments: 3 }, { installments: 6 }],
    });
    expect(valueOf(await call(pricingRpc.getFeeRule, { id: fee.id }, 1))).toEqual(fee);
    expect(valueOf(await call(pricingRpc.getPromotion, { id: promotion.id }, 1))).toEqual(promotion);
    expect(valueOf(await call(pricingRpc.getInstallmentTable, { id: table.id }, 1))).toEqual(table);

    const change = { patch: { enabled: false }, expectedVersion: 1 };
    const off = { enabled: false, version: 2 };
    expect(await call(pricingRpc.updateFeeRule, { id: fee.id, ...change })).toEqual({
      ok: true,
      value: { ...fee, ...off },
    });
    expect(await call(pricingRpc.updatePromotion, { id: promotion.id, ...change })).toEqual({
      ok: true,
      value: { ...promotion, ...off },
    });
    expect(await call(pricingRpc.updateInstallmentTable, { id: table.id, ...change })).toEqual({
      ok: true,
      value: { ...table, ...off },
    });
    const stale = [
      await call(pricingRpc.updateFeeRule, { id: fee.id, ...change }),
      await call(pricingRpc.updatePromotion, { id: promotion.id, ...change }),
      await call(pricingRpc.updateInstallmentTable, { id: table.id, ...change }),
      await call(pricingRpc.deleteFeeRule, { id: fee.id, expectedVersion: 1 }),
      await call(pricingRpc.deletePromotion, { id: promotion.id, expectedVersion: 1 }),
      await call(pricingRpc.deleteInstallmentTable, { id: table.id, expectedVersion: 1 }),
    ];
    expect(stale.map(codeOf)).toEqual(Array(6).fill('precondition_failed'));

    expect(valueOf(await call(pricingRpc.deleteFeeRule, { id: fee.id, expectedVersion: 2 }))).toEqual({ id: fee.id });
    expect(valueOf(await call(pricingRpc.deletePromotion, { id: promotion.id }))).toEqual({ id: promotion.id });
    expect(valueOf(await call(pricingRpc.deleteInstallmentTable, { id: table.id }))).toEqual({ id: table.id });
    const gone = [
      await call(pricingRpc.getFeeRule, { id: fee.id }),
      await call(pricingRpc.getPromotion, { id: promotion.id }),
      await call(pricingRpc.getInstallmentTable, { id: table.id }),
      await call(pricingRpc.deletePromotion, { id: promotion.id }),
    ];
    expect(gone.map(codeOf)).toEqual(Array(4).fill('not_found'));
  });

  test('are made once under a key, in whichever copy', async () => {
    const { call } = await shopWithRules();
    const fees = await times(6, (via) =>
      call(
        pricingRpc.createFeeRule,
        { rule: { code: 'cod', name: NAME, amount: 1 }, defaultCurrency: 'TRY', idempotencyKey: 'one' },
        via,
      ),
    );
    const promotions = await times(6, (via) =>
      call(
        pricingRpc.createPromotion,
        { promotion: { name: NAME, kind: 'freeShipping' }, defaultCurrency: 'TRY', idempotencyKey: 'one' },
        via,
      ),
    );
    const tables = await times(6, (via) =>
      call(
        pricingRpc.createInstallmentTable,
        {
          table: { provider: 'stripe', rows: [{ installments: 2, rate: 0 }] },
          defaultCurrency: 'TRY',
          idempotencyKey: 'one',
        },
        via,
      ),
    );
    for (const made of [fees.map(valueOf), promotions.map(valueOf), tables.map(valueOf)]) {
      expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    }
    expect(valueOf(await call(pricingRpc.listFeeRules, {})).data).toHaveLength(2);
    expect(valueOf(await call(pricingRpc.listPromotions, {})).data).toHaveLength(2);
    expect(valueOf(await call(pricingRpc.listInstallmentTables, {})).data).toHaveLength(2);
  });

  test('are listed page by page in the order they were made', async () => {
    const { call, fee, promotion } = await shopWithRules();
    const fees = [fee.id];
    const promotions = [promotion.id];
    for (const code of ['a', 'b', 'c', 'd']) {
      const rule = { code, name: NAME, amount: 1 };
      fees.push(valueOf(await call(pricingRpc.createFeeRule, { rule, defaultCurrency: 'TRY' })).id);
      const input = { promotion: { name: code, kind: 'fixed' as const, value: 1 }, defaultCurrency: 'TRY' };
      promotions.push(valueOf(await call(pricingRpc.createPromotion, input)).id);
    }
    expect(await pagesOf((cursor) => call(pricingRpc.listFeeRules, { limit: 2, ...cursor }))).toEqual(fees.toSorted());
    expect(await pagesOf((cursor) => call(pricingRpc.listPromotions, { limit: 2, ...cursor }))).toEqual(
      promotions.toSorted(),
    );
  });

  test('hold on to what they name', async () => {
    const { call, zone, shipping } = await shopWithRules();
    const when = { geozoneId: zone.id, shippingMethod: shipping.code };
    const rule = { code: 'fast', name: NAME, amount: 1, when };
    const fast = valueOf(await call(pricingRpc.createFeeRule, { rule, defaultCurrency: 'TRY' }));
    const feeRules = [fast.id];
    expect(await call(pricingRpc.deleteShippingMethod, { id: shipping.id })).toMatchObject({
      error: { code: 'in_use', details: { feeRules } },
    });
    expect(await call(pricingRpc.updateShippingMethod, { id: shipping.id, patch: { code: 'other' } })).toMatchObject({
      error: { code: 'in_use', details: { feeRules } },
    });
    expect(await call(pricingRpc.deleteGeozone, { id: zone.id })).toMatchObject({
      error: { code: 'in_use', details: { shippingMethods: [shipping.id], feeRules } },
    });
    valueOf(await call(pricingRpc.updateFeeRule, { id: fast.id, patch: { when: {} } }));
    expect(valueOf(await call(pricingRpc.deleteShippingMethod, { id: shipping.id }))).toEqual({ id: shipping.id });
    expect(valueOf(await call(pricingRpc.deleteGeozone, { id: zone.id }))).toEqual({ id: zone.id });
  });
});

describe('races', () => {
  test('a code of a fee rule is taken once, and a provider has one table', async () => {
    const { call } = await shopWithRules();
    const rule = { code: 'cod', name: NAME, amount: 1 };
    const fees = await times(8, (via) => call(pricingRpc.createFeeRule, { rule, defaultCurrency: 'TRY' }, via));
    expect(fees.map(codeOf).toSorted()).toEqual([...Array<string>(7).fill('code_taken'), 'ok']);
    const table = { provider: 'iyzico', rows: [{ installments: 2, rate: 100 }] };
    const tables = await times(8, (via) =>
      call(pricingRpc.createInstallmentTable, { table, defaultCurrency: 'TRY' }, via),
    );
    expect(tables.map(codeOf).toSorted()).toEqual([...Array<string>(7).fill('conflict'), 'ok']);
  });

  test('a shipping method is never deleted from under a fee rule', async () => {
    const { call, zone } = await shopWithRules();
    for (let round = 0; round < 15; round++) {
      const code = `method-${round}`;
      const input = { method: { ...method(zone.id), code }, defaultCurrency: 'TRY' };
      const { id } = valueOf(await call(pricingRpc.createShippingMethod, input));
      const rule = { code, name: NAME, amount: 1, when: { shippingMethod: code } };
      const [made, deleted] = await Promise.all([
        call(pricingRpc.createFeeRule, { rule, defaultCurrency: 'TRY' }),
        call(pricingRpc.deleteShippingMethod, { id }, 1),
      ]);
      expect([codeOf(made), codeOf(deleted)]).toEqual(made.ok ? ['ok', 'in_use'] : ['invalid_input', 'ok']);
    }
  });
});

describe('another shop', () => {
  test('sees and changes nothing of this one: its answer is that for a made-up id', async () => {
    const { call: owner, fee, promotion, table } = await shopWithRules();
    const { call: stranger } = await shopWithRules();
    const answers = async (feeId: string, promotionId: string, tableId: string) => [
      await stranger(pricingRpc.getFeeRule, { id: feeId }),
      await stranger(pricingRpc.updateFeeRule, { id: feeId, patch: { amount: 1 } }),
      await stranger(pricingRpc.deleteFeeRule, { id: feeId }),
      await stranger(pricingRpc.getPromotion, { id: promotionId }),
      await stranger(pricingRpc.updatePromotion, { id: promotionId, patch: { value: 1 } }),
      await stranger(pricingRpc.deletePromotion, { id: promotionId }),
      await stranger(pricingRpc.generateCoupons, { promotionId, count: 1 }),
      await stranger(pricingRpc.getInstallmentTable, { id: tableId }),
      await stranger(pricingRpc.updateInstallmentTable, { id: tableId, patch: { minTotal: 1 } }),
      await stranger(pricingRpc.deleteInstallmentTable, { id: tableId }),
      await stranger(pricingRpc.createCoupon, { code: 'MINE', promotionId }),
    ];
    const foreign = await answers(fee.id, promotion.id, table.id);
    expect(foreign).toEqual(await answers('fee_made-up', 'promo_made-up', 'inst_made-up'));
    expect(foreign.map(codeOf)).toEqual([...Array<string>(10).fill('not_found'), 'invalid_input']);
    expect(valueOf(await owner(pricingRpc.getFeeRule, { id: fee.id }))).toEqual(fee);
    expect(valueOf(await owner(pricingRpc.getPromotion, { id: promotion.id }))).toEqual(promotion);
    expect(valueOf(await owner(pricingRpc.getInstallmentTable, { id: table.id }))).toEqual(table);
  });
});
