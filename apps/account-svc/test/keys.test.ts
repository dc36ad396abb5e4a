import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hashOf } from '../src/keys/secret.ts';
import { contextOf, keyInput, newShop, openShops, type Shops } from './shops.ts';

let shops: Shops;

beforeAll(async () => {
  shops = await openShops();
});
afterAll(() => shops.stop());

const lastUsed = async (slug: string): Promise<(string | null)[]> => {
  const page = await shops.keys({ limit: 100 }, contextOf(slug));
  return page.ok ? page.value.data.map(({ lastUsedAt }) => lastUsedAt) : [];
};

describe('a key', () => {
  it('works from the moment it is made until it is revoked', async () => {
    const { slug } = await newShop(shops);
    const made = await shops.makeKey(keyInput({ permissions: ['stock:read', 'stock:read'] }), contextOf(slug));
    if (!made.ok) throw new Error(made.error.code);
    const { id, secret } = made.value;
    expect(await shops.verify({ hash: hashOf(secret) })).toEqual({
      ok: true,
      value: { keyId: id, tenant: slug, permissions: ['stock:read'], expiresAt: null },
    });
    expect(await shops.revoke({ id }, contextOf(slug))).toEqual({ ok: true, value: { id } });
    expect(await shops.verify({ hash: hashOf(secret) })).toMatchObject({ error: { code: 'unauthorized' } });
    expect(await shops.revoke({ id }, contextOf(slug))).toMatchObject({ error: { code: 'not_found' } });
  });

  it('is a key of its own shop only', async () => {
    const [one, other] = [await newShop(shops), await newShop(shops)];
    const made = await shops.makeKey(keyInput(), contextOf(one.slug));
    const id = made.ok ? made.value.id : '';
    expect(await shops.revoke({ id }, contextOf(other.slug))).toMatchObject({ error: { code: 'not_found' } });
    expect(await shops.keys({ limit: 20 }, contextOf(other.slug))).toMatchObject({ value: { data: { length: 1 } } });
    expect(await shops.makeKey(keyInput(), contextOf('nobody'))).toMatchObject({ error: { code: 'not_found' } });
  });

  it('ends when it expires', async () => {
    const { slug } = await newShop(shops);
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const made = await shops.makeKey(keyInput({ expiresAt }), contextOf(slug));
    const hash = hashOf(made.ok ? made.value.secret : '');
    expect(await shops.verify({ hash })).toMatchObject({ value: { expiresAt } });
    shops.putForward(3_600_001);
    expect(await shops.verify({ hash })).toMatchObject({ error: { code: 'unauthorized' } });
    expect(await shops.makeKey(keyInput({ expiresAt }), contextOf(slug))).toMatchObject({
      error: { code: 'invalid_input' },
    });
  });

  it('is made once under an idempotency key, with the same secret, and does not come back when it is revoked', async () => {
    const { slug } = await newShop(shops);
    const input = { ...keyInput(), idempotencyKey: 'make-one' };
    const made = await Promise.all(Array.from({ length: 20 }, () => shops.makeKey(input, contextOf(slug))));
    const [first] = made;
    if (first?.ok !== true) throw new Error('not made');
    expect(new Set(made.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(await shops.verify({ hash: hashOf(first.value.secret) })).toMatchObject({ ok: true });
    expect(await shops.keys({ limit: 100 }, contextOf(slug))).toMatchObject({ value: { data: { length: 2 } } });
    expect(await shops.makeKey({ ...input, name: 'Other' }, contextOf(slug))).toMatchObject({
      error: { code: 'idempotency_key_reused' },
    });
    await shops.revoke({ id: first.value.id }, contextOf(slug));
    expect(await shops.makeKey(input, contextOf(slug))).toMatchObject({ error: { code: 'not_found' } });
    expect(await shops.verify({ hash: hashOf(first.value.secret) })).toMatchObject({ error: { code: 'unauthorized' } });
  });

  it('is not lost among others made at once, and their number is bounded', async () => {
    const { slug } = await newShop(shops);
    const made = await Promise.all(
      Array.from({ length: 120 }, (_, index) => shops.makeKey(keyInput({ name: `Key ${index}` }), contextOf(slug))),
    );
    const secrets = made.flatMap((result) => (result.ok ? [result.value.secret] : []));
    expect(secrets).toHaveLength(99);
    expect(made.find(({ ok }) => !ok)).toMatchObject({ error: { code: 'conflict' } });
    const verified = await Promise.all(secrets.map((secret) => shops.verify({ hash: hashOf(secret) })));
    expect(new Set(verified.map((result) => (result.ok ? result.value.keyId : ''))).size).toBe(99);
    const first = await shops.keys({ limit: 60 }, contextOf(slug));
    const cursor = first.ok ? (first.value.nextCursor ?? '') : '';
    expect(await shops.keys({ limit: 60, cursor }, contextOf(slug))).toMatchObject({
      value: { data: { length: 40 }, nextCursor: null },
    });
  });

  it('remembers its last use, written at most once a minute and apart from the answer', async () => {
    const { slug, apiKey, version } = await newShop(shops);
    const hash = hashOf(apiKey);
    expect(await lastUsed(slug)).toEqual([null]);
    await Promise.all(Array.from({ length: 50 }, () => shops.verify({ hash })));
    await shops.uses.flush();
    const [first] = await lastUsed(slug);
    expect(first).not.toBeNull();

    shops.putForward(30_000);
    await shops.verify({ hash });
    await shops.uses.flush();
    expect(await lastUsed(slug)).toEqual([first]);

    shops.putForward(31_000);
    await shops.verify({ hash });
    await shops.uses.flush();
    const [later] = await lastUsed(slug);
    expect(Date.parse(later ?? '') - Date.parse(first ?? '')).toBeGreaterThan(60_000);
    expect(await shops.get({ slug })).toMatchObject({ value: { version } });
  });
});
