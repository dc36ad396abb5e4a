import { describe, expect, it } from '@jest/globals';
import { Tenant, TenantInput, TenantPatch } from '@kervan/contracts';
import type { z } from 'zod';
import { makeKey } from '../keys/key.ts';
import {
  factsOf,
  hostNames,
  lostItsAnswer,
  makeTenant,
  patchTenant,
  problemsOfFacts,
  problemsOfSlug,
  tenantView,
  type TenantDocument,
} from './tenant.ts';

const CREATED = new Date('2026-01-01T10:00:00.000Z');
const seconds = (count: number): Date => new Date(CREATED.getTime() + count * 1_000);

const input = (fields: Partial<z.input<typeof TenantInput>> = {}) =>
  TenantInput.parse({ slug: 'moda', name: 'Moda', ...fields });
const shop = (fields: Partial<z.input<typeof TenantInput>> = {}): TenantDocument => ({
  ...makeTenant('moda', factsOf(input(fields)), {
    tenantId: 'ten_1',
    key: makeKey({ name: 'First key', permissions: ['*'] }, { id: 'key_1', secret: 'sk_1', now: CREATED }),
  }),
  version: 1,
  createdAt: CREATED,
  updatedAt: CREATED,
});
const codesOf = (document: TenantDocument): string[] =>
  problemsOfFacts(document).map(({ path, code }) => `${path} ${code}`);

describe('a new shop', () => {
  it('sells in its default currency and speaks its first language unless told otherwise', () => {
    expect(shop({ defaultCurrency: 'EUR', languages: ['en', 'tr'] })).toMatchObject({
      currencies: ['EUR'],
      defaultLanguage: 'en',
    });
  });
  it('names a default that is not among what it offers', () => {
    expect(codesOf(shop({ defaultCurrency: 'EUR', currencies: ['TRY'], defaultLanguage: 'de' }))).toEqual([
      'defaultCurrency not_in_currencies',
      'defaultLanguage not_in_languages',
    ]);
    expect(codesOf(shop())).toEqual([]);
  });
  it('cannot have the name under which the platform works', () => {
    expect(problemsOfSlug('platform')).toHaveLength(1);
    expect(problemsOfSlug('moda')).toEqual([]);
  });
  it('keeps unknown settings, but none that a database would read as an operator or a path', () => {
    expect(codesOf(shop({ settings: { theme: { colour: 'red' } } }))).toEqual([]);
    expect(codesOf(shop({ settings: { theme: { $gt: '' } } }))).toEqual(['settings.theme.$gt bad_name']);
    expect(codesOf(shop({ settings: { 'a.b': 1 } }))).toEqual(['settings.a.b bad_name']);
    expect(codesOf(shop({ settings: { long: 'x'.repeat(20_000) } }))).toEqual(['settings too_big']);
  });
  it('is shown in the shape of the contract, without its keys', () => {
    expect(Tenant.strict().parse(tenantView(shop()))).toMatchObject({ id: 'ten_1', slug: 'moda', version: 1 });
  });
});

describe('a changed shop', () => {
  it('is the same object when nothing is different', () => {
    const before = shop({ hosts: ['moda.example'] });
    expect(patchTenant(before, TenantPatch.parse({ name: 'Moda', hosts: ['moda.example'] }))).toBe(before);
  });
  it('keeps what is not named', () => {
    const before = shop({ hosts: ['moda.example'] });
    const after = patchTenant(before, TenantPatch.parse({ status: 'suspended' }));
    expect(after).toEqual({ ...before, status: 'suspended' });
  });
});

describe('asked again with the same facts', () => {
  const facts = factsOf(input());
  it('has lost its answer when nobody has used a key for longer than anybody waits', () => {
    expect(lostItsAnswer(shop(), facts, seconds(11))).toBe(true);
  });
  it('has not while the first caller may still wait', () => {
    expect(lostItsAnswer(shop(), facts, seconds(9))).toBe(false);
  });
  it('has not once a key was used', () => {
    expect(lostItsAnswer({ ...shop(), keyUses: { key_1: seconds(1) } }, facts, seconds(60))).toBe(false);
  });
  it('has not when the facts differ', () => {
    expect(lostItsAnswer(shop(), factsOf(input({ name: 'Other' })), seconds(60))).toBe(false);
  });
});

describe('a host', () => {
  it('is looked for as it is and without its port', () => {
    expect(hostNames('Shop.Example:8443')).toEqual(['shop.example:8443', 'shop.example']);
    expect(hostNames('shop.example')).toEqual(['shop.example']);
  });
});
