import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { catalogRpc, type Product } from '@kervan/contracts';
import { eventually } from '@kervan/testing';
import type { z } from 'zod';
import { newTenant, openCatalog, valueOf, type Catalog } from './catalog.ts';

let catalog: Catalog;
beforeAll(async () => {
  catalog = await openCatalog();
});
afterAll(() => catalog.stop());

type Query = Partial<z.input<(typeof catalogRpc)['listProducts']['request']>>;
type ProductFields = Partial<z.input<(typeof catalogRpc)['createProduct']['request']>['product']>;

let count = 0;
const made = async (tenant: string, title: string, price: number, fields: ProductFields = {}): Promise<Product> =>
  valueOf(
    await catalog.call(catalogRpc.createProduct, tenant, {
      product: { title, variants: [{ sku: `SKU-${++count}`, price }], ...fields },
      defaultCurrency: 'TRY',
    }),
  );
const list = (tenant: string, query: Query = {}) =>
  catalog.call(catalogRpc.listProducts, tenant, { activeOnly: true, ...query });
const titles = async (tenant: string, query: Query = {}): Promise<unknown[]> =>
  valueOf(await list(tenant, query)).data.map(({ title }) => title);

describe('a list of products', () => {
  it('is sorted as asked, in Turkish letters too, and comes in pages without gaps or doubles', async () => {
    const tenant = newTenant();
    const all = ['İpek', 'Çanta', 'Ayakkabı', 'Şal', 'Zil', 'Ilık', 'Çanta', 'Elbise'];
    for (const [index, title] of all.entries()) await made(tenant, title, [30, 10, 20, 10][index % 4] ?? 0);
    const sorted: Record<string, (one: Product, other: Product) => number> = {
      newest: (one, other) => other.createdAt.localeCompare(one.createdAt),
      oldest: (one, other) => one.createdAt.localeCompare(other.createdAt),
      price: (one, other) => (one.variants[0]?.price ?? 0) - (other.variants[0]?.price ?? 0),
      '-price': (one, other) => (other.variants[0]?.price ?? 0) - (one.variants[0]?.price ?? 0),
    };
    for (const sort of ['newest', 'oldest', 'title', '-title', 'price', '-price'] as const) {
      for (const activeOnly of [true, false]) {
        const whole = valueOf(await list(tenant, { sort, activeOnly, limit: 100 })).data;
        expect(whole).toHaveLength(all.length);
        expect(whole).toEqual(whole.toSorted(sorted[sort] ?? (() => 0)));
        const pages: Product[] = [];
        let cursor: string | undefined;
        do {
          const page = valueOf(await list(tenant, { sort, activeOnly, limit: 3, cursor }));
          pages.push(...page.data);
          cursor = page.nextCursor ?? undefined;
        } while (cursor !== undefined);
        expect(pages).toEqual(whole);
      }
    }
    expect(await titles(tenant, { sort: 'title' })).toEqual([
      'Ayakkabı',
      'Çanta',
      'Çanta',
      'Elbise',
      'Ilık',
      'İpek',
      'Şal',
      'Zil',
    ]);
    const page = valueOf(await list(tenant, { sort: 'title', limit: 1 }));
    for (const query of [{ cursor: '???' }, { cursor: page.nextCursor ?? '', sort: 'price' as const }]) {
      expect(await list(tenant, query)).toMatchObject({ error: { code: 'invalid_cursor' } });
    }
  });

  it('is narrowed by brand, tag, SKU, status and price of one variant', async () => {
    const tenant = newTenant();
    const brand = valueOf(await catalog.call(catalogRpc.createBrand, tenant, { name: 'Marka' }));
    await made(tenant, 'ucuz', 500, { brandId: brand.id, tags: ['yaz'] });
    const dear = await made(tenant, 'pahalı', 9_000, { tags: ['yaz', 'kış'] });
    await made(tenant, 'taslak', 700, { status: 'draft' });
    await made(tenant, 'ikisi', 0, {
      variants: [
        { sku: `SKU-${++count}`, price: 100, options: { No: '1' } },
        { sku: `SKU-${++count}`, price: 20_000, options: { No: '2' } },
      ],
    });
    const sorted = { sort: 'price' } as const;
    expect(await titles(tenant, sorted)).toEqual(['ikisi', 'ucuz', 'pahalı']);
    expect(await titles(tenant, { ...sorted, brand: 'marka' })).toEqual(['ucuz']);
    expect(await titles(tenant, { ...sorted, brand: brand.id })).toEqual(['ucuz']);
    expect(await titles(tenant, { ...sorted, brand: 'yok' })).toEqual([]);
    expect(await titles(tenant, { ...sorted, tag: 'yaz' })).toEqual(['ucuz', 'pahalı']);
    expect(await titles(tenant, { ...sorted, tag: 'kış', brand: 'marka' })).toEqual([]);
    expect(await titles(tenant, { ...sorted, sku: dear.variants[0]?.sku })).toEqual(['pahalı']);
    expect(await titles(tenant, { ...sorted, minPrice: 500, maxPrice: 9_000 })).toEqual(['ucuz', 'pahalı']);
    expect(await titles(tenant, { ...sorted, minPrice: 9_001 })).toEqual(['ikisi']);
    expect(await titles(tenant, { ...sorted, minPrice: 200, maxPrice: 400 })).toEqual([]);
    // Buyers cannot ask for what is not for sale.
    expect(await titles(tenant, { ...sorted, status: 'draft' })).toEqual(['ikisi', 'ucuz', 'pahalı']);
    expect(await titles(tenant, { ...sorted, status: 'draft', activeOnly: false })).toEqual(['taslak']);
    expect(await titles(tenant, { ...sorted, activeOnly: false })).toHaveLength(4);
  });

  it('whose products do not fit one message is a shorter page with a way to go on', async () => {
    const tenant = newTenant();
    for (let index = 0; index < 40; index++) await made(tenant, `p${index}`, 1, { description: 'ş'.repeat(30_000) });
    const found: unknown[] = [];
    let cursor: string | undefined;
    do {
      const page = valueOf(await list(tenant, { limit: 40, sort: 'oldest', cursor }));
      found.push(...page.data.map(({ title }) => title));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(found).toEqual(Array.from({ length: 40 }, (_, index) => `p${index}`));
  });

  it('and one product are found through indexes', async () => {
    const { store } = catalog;
    const raw = store.raw((await import('../src/products/product.store.ts')).productCollection);
    for (const [filter, sort] of [
      [
        { tenant: 't', status: 'active' },
        { createdAt: -1, _id: -1 },
      ],
      [
        { tenant: 't', status: 'active' },
        { sortTitle: 1, _id: 1 },
      ],
      [
        { tenant: 't', status: 'active' },
        { sortPrice: -1, _id: -1 },
      ],
      [
        { tenant: 't', status: 'active', brandId: 'b' },
        { createdAt: -1, _id: -1 },
      ],
      [
        { tenant: 't', status: 'active', tags: 'x' },
        { createdAt: -1, _id: -1 },
      ],
      [{ tenant: 't', slug: { $in: ['a'] } }, {}],
      [{ tenant: 't', 'variants.sku': { $in: ['a'] } }, {}],
      [{ tenant: 't', 'variants.id': { $in: ['a'] } }, {}],
    ] as const) {
      const plan = JSON.stringify(await raw.find(filter).sort(sort).explain('queryPlanner'));
      const winning = plan.slice(plan.indexOf('winningPlan'), plan.indexOf('rejectedPlans'));
      expect(winning).toContain('IXSCAN');
      expect(winning).not.toContain('"SORT"');
    }
  });
});

describe('what carts copy', () => {
  it('is the price in the asked currency or none: nothing is converted', async () => {
    const tenant = newTenant();
    const product = await made(tenant, 'Gömlek', 0, {
      media: [{ id: 'a', url: 'https://example.com/a.jpg' }],
      taxClass: 'reduced',
      variants: [
        { sku: `${tenant}-1`, price: 1_000, compareAtPrice: 1_500, prices: [{ currency: 'EUR', amount: 30 }] },
        { sku: `${tenant}-2`, price: 40, currency: 'EUR', options: { No: '2' }, weightGrams: 250 },
      ],
    });
    const resolve = async (currency: string) => {
      const [first, second] = product.variants.map(({ id }) => id);
      const request = { variantIds: [first ?? '', 'var_made-up'], skus: [`${tenant}-2`, 'no-such'], currency };
      const { variants } = valueOf(await catalog.call(catalogRpc.resolveVariants, tenant, request));
      expect(variants.map(({ variantId }) => variantId)).toEqual([first, second]);
      return variants;
    };
    expect(await resolve('TRY')).toMatchObject([
      { price: 1_000, listPrice: 1_500, image: 'https://example.com/a.jpg', taxClass: 'reduced', active: true },
      { price: null, listPrice: null, options: { No: '2' }, weightGrams: 250 },
    ]);
    expect(await resolve('EUR')).toMatchObject([{ price: 30, listPrice: null }, { price: 40 }]);
  });
});

describe('what is kept in memory', () => {
  it('is never older than a change of this copy, and soon not than one of another', async () => {
    const tenant = newTenant();
    const second = await catalog.secondCopy();
    const product = await made(tenant, 'Gömlek', 1_000);
    const [variantId = ''] = product.variants.map(({ id }) => id);
    const prices = async (): Promise<unknown[]> => {
      const resolved = await catalog.call(catalogRpc.resolveVariants, tenant, {
        variantIds: [variantId],
        currency: 'TRY',
      });
      const bySlug = await catalog.call(catalogRpc.getProduct, tenant, { slug: product.slug, activeOnly: true });
      const page = await list(tenant);
      return [
        valueOf(resolved).variants[0]?.price,
        valueOf(bySlug).variants[0]?.price,
        valueOf(page).data[0]?.variants[0]?.price,
      ];
    };
    for (let price = 1; price <= 25; price++) {
      await Promise.all([prices(), prices()]);
      valueOf(
        await catalog.call(catalogRpc.updateVariant, tenant, { productId: product.id, variantId, patch: { price } }),
      );
      await eventually(async () => {
        for (let asked = 0; asked < 4; asked++) expect(await prices()).toEqual([price, price, price]);
      });
    }
    await second.stop();
  });
});
