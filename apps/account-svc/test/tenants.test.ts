import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hashOf } from '../src/keys/secret.ts';
import { tenantCollection } from '../src/tenants/tenant.store.ts';
import { contextOf, newShop, newSlug, openShops, tenantInput, type Shops } from './shops.ts';

let shops: Shops;
const platform = contextOf('platform');

beforeAll(async () => {
  shops = await openShops();
});
afterAll(() => shops.stop());

const verify = (secret: string) => shops.verify({ hash: hashOf(secret) });
const eventsOf = async (slug: string): Promise<unknown> => {
  const written = await shops.store.outbox.unsent({ olderThanMs: -60_000, limit: 1_000 });
  return written.filter(({ id }) => id === slug).map(({ event }) => `${event.sequence} ${event.type}`);
};

describe('making a shop', () => {
  it('answers it with a key that works, and tells both in the same write', async () => {
    const slug = newSlug();
    const made = await shops.create(tenantInput(slug), platform);
    expect(made).toMatchObject({ ok: true, value: { slug, defaultCurrency: 'TRY', version: 1, status: 'active' } });
    const apiKey = made.ok ? made.value.apiKey : '';
    expect(await verify(apiKey)).toMatchObject({ ok: true, value: { tenant: slug, permissions: ['*'] } });
    expect(await eventsOf(slug)).toEqual(['1 tenant.created', '2 key.created']);
  });

  it('lets one of 200 who want the same slug at once have it', async () => {
    const slug = newSlug();
    const made = await Promise.all(Array.from({ length: 200 }, () => shops.create(tenantInput(slug), platform)));
    const [first, ...others] = made.filter(({ ok }) => ok);
    expect(others).toEqual([]);
    expect(first).toBeDefined();
    expect(new Set(made.flatMap((result) => (result.ok ? [] : [result.error.code])))).toEqual(new Set(['slug_taken']));
    expect(await shops.keys({ limit: 100 }, contextOf(slug))).toMatchObject({ value: { data: { length: 1 } } });
  });

  it('under an idempotency key makes it once and answers the same key each time', async () => {
    const input = { ...tenantInput(newSlug()), idempotencyKey: 'make-shop' };
    const made = await Promise.all(Array.from({ length: 20 }, () => shops.create(input, platform)));
    const apiKeys = new Set(made.map((result) => (result.ok ? result.value.apiKey : result.error.code)));
    expect(apiKeys.size).toBe(1);
    expect(await verify([...apiKeys].join())).toMatchObject({ ok: true, value: { tenant: input.slug } });
    expect(await shops.keys({ limit: 100 }, contextOf(input.slug))).toMatchObject({ value: { data: { length: 1 } } });
    expect(await shops.create({ ...input, name: 'Other' }, platform)).toMatchObject({
      error: { code: 'idempotency_key_reused' },
    });
  });

  it('gives another key when the first answer got lost, until a key was used', async () => {
    const slug = newSlug();
    const input = tenantInput(slug, { hosts: [`${slug}.example`] });
    const first = await shops.create(input, platform);
    expect(await shops.create(input, platform)).toMatchObject({ error: { code: 'slug_taken' } });
    shops.putForward(11_000);
    expect(await shops.create({ ...input, name: 'Other' }, platform)).toMatchObject({ error: { code: 'slug_taken' } });
    const retries = await Promise.all(Array.from({ length: 20 }, () => shops.create(input, platform)));
    const [again, ...more] = retries.flatMap((result) => (result.ok ? [result.value] : []));
    expect(more).toEqual([]);
    expect(again?.id).toBe(first.ok ? first.value.id : '');
    expect(await verify(again?.apiKey ?? '')).toMatchObject({ ok: true, value: { tenant: slug } });
    await shops.uses.flush();
    shops.putForward(11_000);
    expect(await shops.create(input, platform)).toMatchObject({ error: { code: 'slug_taken' } });
  });

  it('refuses what cannot be, and writes nothing', async () => {
    const slug = newSlug();
    const refused = await shops.create(tenantInput(slug, { currencies: ['EUR'], defaultLanguage: 'de' }), platform);
    expect(refused).toMatchObject({
      error: {
        code: 'invalid_input',
        details: { errors: [{ path: 'defaultCurrency' }, { path: 'defaultLanguage' }] },
      },
    });
    expect(await shops.get({ slug })).toMatchObject({ error: { code: 'not_found' } });
  });
});

describe('hosts', () => {
  it('belong to one shop', async () => {
    const { slug } = await newShop(shops, { hosts: ['one.example', 'www.one.example'] });
    const refused = await shops.create(tenantInput(newSlug(), { hosts: ['www.one.example'] }), platform);
    expect(refused).toMatchObject({ error: { code: 'host_taken' } });
    const other = await newShop(shops);
    const patch = { hosts: ['one.example'] };
    expect(await shops.update({ slug: other.slug, patch }, platform)).toMatchObject({ error: { code: 'host_taken' } });
    expect(await shops.resolve({ host: 'one.example' })).toMatchObject({ value: { slug } });
  });

  it('are left to others when a shop gives them up', async () => {
    const { slug } = await newShop(shops, { hosts: ['left.example'] });
    await shops.update({ slug, patch: { hosts: [] } }, platform);
    const next = await newShop(shops, { hosts: ['left.example'] });
    expect(await shops.resolve({ host: 'left.example' })).toMatchObject({ value: { slug: next.slug } });
  });

  it('are found with and without a port, in any case; the exact one first', async () => {
    const plain = await newShop(shops, { hosts: ['two.example'] });
    const withPort = await newShop(shops, { hosts: ['two.example:3000'] });
    expect(await shops.resolve({ host: 'Two.Example' })).toMatchObject({ value: { slug: plain.slug } });
    expect(await shops.resolve({ host: 'two.example:8080' })).toMatchObject({ value: { slug: plain.slug } });
    expect(await shops.resolve({ host: 'two.example:3000' })).toMatchObject({ value: { slug: withPort.slug } });
    expect(await shops.resolve({ host: 'three.example' })).toMatchObject({ error: { code: 'tenant_not_found' } });
  });

  it('and key hashes are found through their indexes', async () => {
    const raw = shops.store.raw(tenantCollection);
    for (const filter of [{ hosts: { $in: ['two.example'] } }, { 'keys.hash': { $in: ['0'.repeat(64)] } }]) {
      expect(JSON.stringify(await raw.find(filter).explain('queryPlanner'))).toContain('IXSCAN');
    }
  });
});

describe('changing a shop', () => {
  it('counts versions and tells only what is different', async () => {
    const { slug } = await newShop(shops);
    const changed = await shops.update({ slug, patch: { name: 'New', status: 'suspended' } }, platform);
    expect(changed).toMatchObject({ value: { name: 'New', status: 'suspended', version: 2 } });
    expect(await shops.update({ slug, patch: { name: 'New' } }, platform)).toMatchObject({ value: { version: 2 } });
    expect(await eventsOf(slug)).toEqual(['1 tenant.created', '2 key.created', '3 tenant.updated']);
    expect(await shops.resolve({ slug })).toMatchObject({ value: { status: 'suspended' } });
  });

  it('lets one of 50 who saw the same version win', async () => {
    const { slug } = await newShop(shops);
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        shops.update({ slug, patch: { name: `Name ${index}` }, expectedVersion: 1 }, platform),
      ),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(results.filter((result) => !result.ok && result.error.code === 'precondition_failed')).toHaveLength(49);
  });

  it('keeps defaults among what the shop offers', async () => {
    const { slug } = await newShop(shops, { currencies: ['TRY', 'EUR'] });
    expect(await shops.update({ slug, patch: { currencies: ['EUR'] } }, platform)).toMatchObject({
      error: { code: 'invalid_input', details: { errors: [{ path: 'defaultCurrency', code: 'not_in_currencies' }] } },
    });
    const patch = { currencies: ['EUR'], defaultCurrency: 'EUR' };
    expect(await shops.update({ slug, patch }, platform)).toMatchObject({ value: { defaultCurrency: 'EUR' } });
    expect(await shops.update({ slug: 'nobody', patch }, platform)).toMatchObject({ error: { code: 'not_found' } });
  });
});

describe('the list of shops', () => {
  it('comes in pages, each shop once', async () => {
    for (let index = 0; index < 5; index++) await newShop(shops);
    const slugs: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await shops.list({ limit: 3, cursor });
      if (!page.ok) throw new Error(page.error.code);
      slugs.push(...page.value.data.map(({ slug }) => slug));
      cursor = page.value.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(slugs.length).toBeGreaterThan(5);
    expect(new Set(slugs).size).toBe(slugs.length);
    expect(await shops.list({ limit: 3, cursor: '???' })).toMatchObject({ error: { code: 'invalid_cursor' } });
  });
});
