import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pricingRpc, Texts } from '@kervan/contracts';
import { eventually } from '@kervan/testing';
import { z } from 'zod';
import { line, request } from './builders.ts';
import { type Calls, codeOf, newShop, type Service, startService, times, valueOf } from './service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());
const callsOf = (tenant: string): Calls => service.callsOf(tenant);

const TURKEY = { name: 'Turkey', includes: [{ country: 'TR' }] };
const kdv = (geozoneId: string) => ({
  geozoneId,
  taxClass: 'standard',
  rate: 2_000,
  included: true,
  name: { tr: 'KDV', en: 'VAT' },
});
const standard = (geozoneId: string, code = 'standard') => ({
  code,
  name: { tr: 'Standart Kargo', en: 'Standard' },
  rates: [{ geozoneId, basis: 'flat' as const, bands: [{ from: 0, amount: 4_990 }] }],
  minDays: 1,
  maxDays: 3,
});
/** A shop with one geozone, its tax and its shipping method. */
const shopWithRules = async () => {
  const tenant = newShop();
  const call = callsOf(tenant);
  const geozone = valueOf(await call(pricingRpc.createGeozone, TURKEY));
  const rate = valueOf(await call(pricingRpc.createTaxRate, kdv(geozone.id)));
  const method = valueOf(
    await call(pricingRpc.createShippingMethod, { method: standard(geozone.id), defaultCurrency: 'TRY' }),
  );
  return { tenant, call, geozone, rate, method };
};
const cart = request({ lines: [line({ unitPrice: 129_990 })], shippingMethod: 'standard' });
describe('a quote over the bus', () => {
  test('goes by the rules of the shop', async () => {
    const { call } = await shopWithRules();
    expect(valueOf(await call(pricingRpc.quote, cart))).toMatchObject({
      subtotal: 129_990,
      shipping: 4_990,
      taxIncluded: 22_497,
      total: 134_980,
      problems: [],
    });
    expect(valueOf(await call(pricingRpc.shippingOptions, cart)).options).toMatchObject([
      { code: 'standard', available: true, amount: 4_990 },
    ]);
  });

  test('of a shop without rules is the goods alone, and writes nothing', async () => {
    const tenant = newShop();
    const quote = valueOf(await callsOf(tenant)(pricingRpc.quote, { ...cart, shippingMethod: null }));
    expect(quote).toMatchObject({ total: 129_990, tax: [], considered: [] });
    expect(await service.copies[0].ruleSets.get(tenant, `rules_${tenant}`)).toBeNull();
  });

  test('knows a change soon in every copy, many times', async () => {
    const { tenant, call, rate } = await shopWithRules();
    for (let basisPoints = 1; basisPoints <= 30; basisPoints++) {
      for (const { deps } of service.copies) await deps.rulesCache.rulesOf(tenant);
      valueOf(await call(pricingRpc.updateTaxRate, { id: rate.id, patch: { rate: basisPoints } }));
      await eventually(async () => {
        for (const { deps } of service.copies) {
          expect((await deps.rulesCache.rulesOf(tenant)).taxRates[0]?.rate).toBe(basisPoints);
        }
      });
    }
  });
});

describe('geozones, tax rates and shipping methods', () => {
  test('are made, read, listed, changed and deleted', async () => {
    const { call, geozone, rate, method } = await shopWithRules();
    expect(geozone).toEqual({ id: expect.stringMatching(/^zone_/), ...TURKEY, excludes: [], version: 1 });
    expect(rate).toMatchObject({ id: expect.stringMatching(/^tax_/), compound: false, priority: 0, version: 1 });
    expect(method).toMatchObject({ currency: 'TRY', enabled: true, carrier: null, taxClass: null, version: 1 });

    expect(valueOf(await call(pricingRpc.getGeozone, { id: geozone.id }))).toEqual(geozone);
    expect(valueOf(await call(pricingRpc.getTaxRate, { id: rate.id }))).toEqual(rate);
    expect(valueOf(await call(pricingRpc.getShippingMethod, { id: method.id }))).toEqual(method);

    const renamed = { id: geozone.id, patch: { name: 'Türkiye' }, expectedVersion: 1 };
    const updated = valueOf(await call(pricingRpc.updateGeozone, renamed));
    expect(updated).toEqual({ ...geozone, name: 'Türkiye', version: 2 });
    expect(codeOf(await call(pricingRpc.updateGeozone, renamed))).toBe('precondition_failed');

    expect(await call(pricingRpc.deleteGeozone, { id: geozone.id })).toMatchObject({
      error: { code: 'in_use', details: { taxRates: [rate.id], shippingMethods: [method.id] } },
    });
    expect(valueOf(await call(pricingRpc.deleteTaxRate, { id: rate.id }))).toEqual({ id: rate.id });
    expect(valueOf(await call(pricingRpc.deleteShippingMethod, { id: method.id }))).toEqual({ id: method.id });
    expect(valueOf(await call(pricingRpc.deleteGeozone, { id: geozone.id }))).toEqual({ id: geozone.id });
    expect(codeOf(await call(pricingRpc.getGeozone, { id: geozone.id }))).toBe('not_found');
  });

  test('a change leaves alone what it does not name', async () => {
    const { call, geozone, rate, method } = await shopWithRules();
    const excludes = [{ country: 'TR', region: '34' }];
    valueOf(await call(pricingRpc.updateGeozone, { id: geozone.id, patch: { excludes } }));
    valueOf(await call(pricingRpc.updateTaxRate, { id: rate.id, patch: { compound: true, priority: 5 } }));
    valueOf(await call(pricingRpc.updateShippingMethod, { id: method.id, patch: { enabled: false, carrier: 'PTT' } }));
    expect(valueOf(await call(pricingRpc.updateGeozone, { id: geozone.id, patch: { name: 'x' } }))).toMatchObject({
      excludes,
    });
    expect(valueOf(await call(pricingRpc.updateTaxRate, { id: rate.id, patch: { rate: 1 } }))).toMatchObject({
      compound: true,
      priority: 5,
    });
    expect(
      valueOf(await call(pricingRpc.updateShippingMethod, { id: method.id, patch: { maxDays: 9 } })),
    ).toMatchObject({ enabled: false, carrier: 'PTT' });
    expect(
      valueOf(await call(pricingRpc.updateShippingMethod, { id: method.id, patch: { carrier: null } })).carrier,
    ).toBeNull();
  });

  test('are listed page by page', async () => {
    const call = callsOf(newShop());
    const made: string[] = [];
    for (let index = 0; index < 5; index++) {
      made.push(valueOf(await call(pricingRpc.createGeozone, { ...TURKEY, name: `zone ${index}` })).id);
    }
    const found: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { data: { id: string }[]; nextCursor: string | null } = valueOf(
        await call(pricingRpc.listGeozones, { limit: 2, ...(cursor === null ? {} : { cursor }) }),
      );
      found.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(found).toEqual(made.toSorted());
    for (const broken of ['§', 'eyJ9', '{"$gt":""}', '']) {
      expect(codeOf(await call(pricingRpc.listGeozones, { cursor: broken }))).toBe('invalid_cursor');
    }
  });
});

describe('races', () => {
  test('one code is taken once', async () => {
    const { call, geozone } = await shopWithRules();
    for (let round = 0; round < 5; round++) {
      const input = { method: standard(geozone.id, `code-${round}`), defaultCurrency: 'TRY' };
      const codes = (await times(8, (via) => call(pricingRpc.createShippingMethod, input, via))).map(codeOf);
      expect(codes.toSorted()).toEqual([...Array<string>(7).fill('code_taken'), 'ok']);
    }
  });

  test('the first rules of a shop, made at once, are all kept', async () => {
    const call = callsOf(newShop());
    (await times(12, (via) => call(pricingRpc.createGeozone, TURKEY, via))).forEach(valueOf);
    expect(valueOf(await call(pricingRpc.listGeozones, { limit: 100 })).data).toHaveLength(12);
  });

  test('a geozone is never deleted from under a tax rate', async () => {
    const { tenant, call } = await shopWithRules();
    for (let round = 0; round < 15; round++) {
      const { id } = valueOf(await call(pricingRpc.createGeozone, TURKEY));
      const [made, deleted] = await Promise.all([
        call(pricingRpc.createTaxRate, kdv(id)),
        call(pricingRpc.deleteGeozone, { id }, 1),
      ]);
      expect([codeOf(made), codeOf(deleted)]).toEqual(made.ok ? ['ok', 'in_use'] : ['invalid_input', 'ok']);
    }
    const { rules } = await service.copies[0].deps.readRules(tenant);
    const known = rules.geozones.map(({ id }) => id);
    for (const { geozoneId } of rules.taxRates) expect(known).toContain(geozoneId);
  });
});

describe('another shop', () => {
  test('sees, prices by and changes nothing of this one: its answer is that for a made-up id', async () => {
    const { call: owner, geozone, rate, method } = await shopWithRules();
    const { call: stranger } = await shopWithRules();
    const made = { ...kdv('zone_made-up'), geozoneId: 'zone_made-up' };
    const answers = async (zoneId: string, rateId: string, methodId: string) => [
      await stranger(pricingRpc.getGeozone, { id: zoneId }),
      await stranger(pricingRpc.updateGeozone, { id: zoneId, patch: { name: 'mine' } }),
      await stranger(pricingRpc.deleteGeozone, { id: zoneId }),
      await stranger(pricingRpc.getTaxRate, { id: rateId }),
      await stranger(pricingRpc.updateTaxRate, { id: rateId, patch: { rate: 1 } }),
      await stranger(pricingRpc.deleteTaxRate, { id: rateId }),
      await stranger(pricingRpc.getShippingMethod, { id: methodId }),
      await stranger(pricingRpc.updateShippingMethod, { id: methodId, patch: { minDays: 0 } }),
      await stranger(pricingRpc.deleteShippingMethod, { id: methodId }),
      await stranger(pricingRpc.createTaxRate, { ...made, geozoneId: zoneId }),
    ];
    const foreign = await answers(geozone.id, rate.id, method.id);
    expect(foreign).toEqual(await answers('zone_made-up', 'tax_made-up', 'ship_made-up'));
    expect(foreign.map(codeOf)).toEqual([...Array<string>(9).fill('not_found'), 'invalid_input']);
    expect(valueOf(await owner(pricingRpc.getGeozone, { id: geozone.id }))).toEqual(geozone);
    const empty = valueOf(await callsOf(newShop())(pricingRpc.quote, cart));
    expect(empty).toMatchObject({ shipping: 0, tax: [], total: 129_990 });
  });
});

describe('bad input', () => {
  test('is refused by field and changes nothing', async () => {
    const { tenant, geozone, rate, method } = await shopWithRules();
    const before = await service.copies[0].deps.readRules(tenant);
    const wrong = async (name: keyof typeof pricingRpc, input: unknown): Promise<string[]> => {
      const anything = { ...pricingRpc[name], request: z.unknown(), reply: z.unknown() };
      const answer = await callsOf(tenant)(anything, input);
      if (answer.ok) return ['accepted'];
      const { errors } = z
        .object({
          errors: z.array(z.object({ path: z.string(), code: z.string(), message: z.union([z.string(), Texts]) })),
        })
        .parse(answer.error.details);
      expect(answer.error.code).toBe('invalid_input');
      return errors.map(({ path, code }) => `${path} ${code}`);
    };
    const withBands = (...bands: object[]) => ({
      method: { ...standard(geozone.id, 'new'), rates: [{ geozoneId: geozone.id, basis: 'weight', bands }] },
      defaultCurrency: 'TRY',
    });

    expect(await wrong('createGeozone', { $gt: '' })).toContain('includes invalid_type');
    expect(await wrong('createGeozone', { ...TURKEY, secret: 1 })).toEqual([' unrecognized_keys']);
    expect(await wrong('createGeozone', { name: 'x', includes: [{ country: 'XX' }] })).toEqual([
      'includes.0.country unknown_country',
    ]);
    expect(await wrong('getGeozone', { id: { $gt: '' } })).toEqual(['id invalid_type']);
    expect(await wrong('deleteTaxRate', { id: ['a'] })).toEqual(['id invalid_type']);
    expect(await wrong('createTaxRate', { ...kdv(geozone.id), rate: 10_001 })).toEqual(['rate too_big']);
    expect(await wrong('createTaxRate', kdv('zone_unknown'))).toEqual(['geozoneId unknown_geozone']);
    expect(await wrong('updateTaxRate', { id: rate.id, patch: { geozoneId: 'zone_unknown' } })).toEqual([
      'geozoneId unknown_geozone',
    ]);
    expect(
      await wrong('createShippingMethod', withBands({ from: 0, to: 5, amount: 1 }, { from: 6, amount: 1 })),
    ).toEqual(['rates.0.bands.1.from band_gap']);
    expect(await wrong('createShippingMethod', withBands({ from: 0, amount: -1 }))).toEqual([
      'method.rates.0.bands.0.amount too_small',
    ]);
    expect(await wrong('updateShippingMethod', { id: method.id, patch: { minDays: 4 } })).toEqual([
      'maxDays days_reversed',
    ]);
    expect(await wrong('quote', { ...cart, lines: [{ ...cart.lines[0], quantity: 0 }] })).toEqual([
      'lines.0.quantity too_small',
    ]);
    expect(await wrong('quote', { ...cart, lines: [line({ unitPrice: 1_000_000_000_000, quantity: 2 })] })).toEqual([
      'lines.0.unitPrice too_big',
    ]);
    expect(await wrong('quote', null)).toEqual([' invalid_type']);

    expect(await service.copies[0].deps.readRules(tenant)).toEqual(before);
  });

  test('makes no rules for a shop that has none', async () => {
    const tenant = newShop();
    const call = callsOf(tenant);
    expect(codeOf(await call(pricingRpc.createTaxRate, kdv('zone_unknown')))).toBe('invalid_input');
    expect(codeOf(await call(pricingRpc.deleteGeozone, { id: 'zone_unknown' }))).toBe('not_found');
    expect(await service.copies[0].ruleSets.get(tenant, `rules_${tenant}`)).toBeNull();
  });
});
