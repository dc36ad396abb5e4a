import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { catalogRpc, type Product, type Result, type VariantInput } from '@kervan/contracts';
import type { z } from 'zod';
import { newTenant, openCatalog, valueOf, type Catalog } from './catalog.ts';

let catalog: Catalog;
beforeAll(async () => {
  catalog = await openCatalog();
});
afterAll(() => catalog.stop());

type ProductFields = Partial<z.input<(typeof catalogRpc)['createProduct']['request']>['product']>;
type VariantFields = z.input<typeof VariantInput>;

let count = 0;
const newSku = (): string => `SKU-${++count}`;
const variant = (fields: Partial<VariantFields> = {}): VariantFields => ({ sku: newSku(), price: 1_000, ...fields });
const create = (tenant: string, fields: ProductFields = {}): Promise<Result<Product>> =>
  catalog.call(catalogRpc.createProduct, tenant, {
    product: { title: 'Gömlek', variants: [variant()], ...fields },
    defaultCurrency: 'TRY',
  });
const made = async (tenant: string, fields: ProductFields = {}): Promise<Product> =>
  valueOf(await create(tenant, fields));
const get = (tenant: string, id: string) => catalog.call(catalogRpc.getProduct, tenant, { id });
const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.error.code);
const pathsOf = (result: Result<unknown>): unknown => (result.ok ? 'ok' : result.error.details?.['errors']);
const problem = (path: string, code: string) => [expect.objectContaining({ path, code })];
const typesOf = async (id: string): Promise<string[]> =>
  (await catalog.events()).filter((event) => event.id === id).map(({ type, sequence }) => `${sequence} ${type}`);

describe('a new product', () => {
  it('has its variants, its options, its pictures in order and the currency of its shop', async () => {
    const tenant = newTenant();
    const product = await made(tenant, {
      title: { tr: 'Kırmızı Şık Gömlek', en: 'Red Shirt' },
      description: { tr: '<p>Güzel</p>' },
      tags: ['yeni', 'yeni', 'kırmızı'],
      media: [
        { url: 'https://example.com/2.jpg', position: 5 },
        { id: 'front', url: 'https://example.com/1.jpg', position: 1, alt: 'Önden' },
      ],
      variants: [
        variant({ sku: 'G-S', options: { Beden: 'S', Renk: 'Mavi' }, stock: 5, mediaId: 'front' }),
        variant({ sku: 'G-M', options: { Beden: 'M' }, price: 1_200, currency: 'EUR', compareAtPrice: 1_500 }),
      ],
    });
    expect(product).toMatchObject({
      slug: 'kirmizi-sik-gomlek',
      title: { tr: 'Kırmızı Şık Gömlek', en: 'Red Shirt' },
      status: 'active',
      taxClass: 'standard',
      tags: ['yeni', 'kırmızı'],
      options: [
        { name: 'Beden', values: ['S', 'M'] },
        { name: 'Renk', values: ['Mavi'] },
      ],
      media: [{ id: 'front', alt: 'Önden' }, { url: 'https://example.com/2.jpg' }],
      variants: [
        { sku: 'G-S', title: 'S / Mavi', currency: 'TRY', mediaId: 'front', position: 1, requiresShipping: true },
        { sku: 'G-M', title: 'M', currency: 'EUR', compareAtPrice: 1_500, position: 2 },
      ],
      version: 1,
    });
    expect(valueOf(await get(tenant, product.id))).toEqual(product);
    expect(catalog.inventory.stock.get(`${tenant} G-S`)).toEqual({ onHand: 5, backorder: false });
    expect(catalog.inventory.stock.get(`${tenant} G-M`)).toEqual({ onHand: 0, backorder: false });
    expect(await typesOf(product.id)).toEqual(['1 product.created']);
  });

  it('is refused where it contradicts itself, and nothing is written', async () => {
    const tenant = newTenant();
    const refused = async (fields: ProductFields) => pathsOf(await create(tenant, fields));
    const same = newSku();
    expect(await refused({ variants: [variant({ sku: same }), variant({ sku: same })] })).toEqual(
      problem('variants.1.sku', 'duplicate'),
    );
    expect(
      await refused({ variants: [variant({ options: { Beden: 'S' } }), variant({ options: { Beden: 'S' } })] }),
    ).toEqual(problem('variants.1.options', 'duplicate'));
    expect(
      await refused({ options: [{ name: 'Renk', values: [] }], variants: [variant({ options: { Beden: 'S' } })] }),
    ).toEqual(problem('variants.0.options.Beden', 'unknown_option'));
    expect(await refused({ variants: [variant({ mediaId: 'gone' })] })).toEqual(
      problem('variants.0.mediaId', 'unknown'),
    );
    expect(
      await refused({
        variants: [
          variant({
            prices: [
              { currency: 'EUR', amount: 1 },
              { currency: 'EUR', amount: 2 },
            ],
          }),
        ],
      }),
    ).toEqual(problem('variants.0.prices', 'duplicate'));
    expect(await refused({ brandId: 'brand_made-up' })).toEqual(problem('brandId', 'unknown'));
    for (const title of ['', {}, { tr: '' }])
      expect(await refused({ title })).toEqual([expect.objectContaining({ path: expect.stringMatching(/title/) })]);
    const page = await catalog.call(catalogRpc.listProducts, tenant, { activeOnly: false });
    expect(valueOf(page).data).toEqual([]);
    expect([...catalog.inventory.stock.keys()].filter((key) => key.startsWith(`${tenant} `))).toEqual([]);
  });

  it('without a slug takes the next free one, with one of its own only that', async () => {
    const tenant = newTenant();
    const products = await Promise.all(Array.from({ length: 12 }, () => made(tenant, { title: 'Gömlek' })));
    expect(products.map(({ slug }) => slug).toSorted()).toEqual(
      ['gomlek', ...Array.from({ length: 11 }, (_, index) => `gomlek-${index + 2}`)].toSorted(),
    );
    expect(await create(tenant, { slug: 'gomlek' })).toMatchObject({
      error: { code: 'slug_taken', details: { slug: 'gomlek' } },
    });
  });

  it('is made once of many with the same SKU at once', async () => {
    const tenant = newTenant();
    for (let round = 0; round < 5; round++) {
      const sku = newSku();
      const results = await Promise.all(
        Array.from({ length: 20 }, () => create(tenant, { variants: [variant({ sku })] })),
      );
      expect(results.map(codeOf).toSorted()).toEqual(['ok', ...Array<string>(19).fill('sku_taken')].toSorted());
    }
  });

  it('has its SKU beside the same one of another shop', async () => {
    const sku = newSku();
    for (const tenant of [newTenant(), newTenant()]) {
      expect((await made(tenant, { variants: [variant({ sku })] })).variants).toMatchObject([{ sku }]);
    }
  });
});

describe('a changed product', () => {
  it('keeps what is not named, counts versions and tells of what is different only', async () => {
    const tenant = newTenant();
    const before = await made(tenant, { description: 'x', tags: ['a'], seo: { title: 'T' } });
    const update = (
      patch: z.input<(typeof catalogRpc)['updateProduct']['request']>['patch'],
      expectedVersion?: number,
    ) => catalog.call(catalogRpc.updateProduct, tenant, { id: before.id, patch, expectedVersion });
    const renamed = valueOf(await update({ title: 'Yeni' }, 1));
    expect(renamed).toEqual({ ...before, title: 'Yeni', version: 2, updatedAt: renamed.updatedAt });
    expect(valueOf(await update({ title: 'Yeni' }))).toEqual(renamed);
    expect(codeOf(await update({ title: 'Z' }, 1))).toBe('precondition_failed');
    expect(valueOf(await update({ seo: {}, status: 'draft' })).seo).toEqual({ title: null, description: null });
    expect(await typesOf(before.id)).toEqual(['1 product.created', '2 product.updated', '3 product.updated']);
  });

  it('goes to one of many who saw the same version', async () => {
    const tenant = newTenant();
    const { id } = await made(tenant);
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        catalog.call(catalogRpc.updateProduct, tenant, { id, patch: { title: `T${index}` }, expectedVersion: 1 }),
      ),
    );
    expect(results.map(codeOf).toSorted()).toEqual(['ok', ...Array<string>(29).fill('precondition_failed')]);
  });

  it('cannot take what is another one’s', async () => {
    const tenant = newTenant();
    const [one, other] = [await made(tenant, { slug: 'bir' }), await made(tenant, { slug: 'iki' })];
    const update = (patch: { slug?: string; brandId?: string }) =>
      catalog.call(catalogRpc.updateProduct, tenant, { id: one.id, patch });
    expect(await update({ slug: 'iki' })).toMatchObject({ error: { code: 'slug_taken', details: { slug: 'iki' } } });
    expect(pathsOf(await update({ brandId: 'brand_made-up' }))).toEqual(problem('brandId', 'unknown'));
    const [sku] = other.variants.map((each) => each.sku);
    const variantId = one.variants[0]?.id ?? '';
    const taken = await catalog.call(catalogRpc.updateVariant, tenant, {
      productId: one.id,
      variantId,
      patch: { sku: sku ?? '' },
    });
    expect(taken).toMatchObject({ error: { code: 'sku_taken', details: { skus: [sku] } } });
    expect(valueOf(await get(tenant, one.id)).version).toBe(1);
  });

  it('loses the pictures it no longer names, and its variants show none of them', async () => {
    const tenant = newTenant();
    const product = await made(tenant, {
      media: [{ id: 'a', url: 'https://example.com/a.jpg' }],
      variants: [variant({ mediaId: 'a' })],
    });
    const media = [{ url: 'https://example.com/b.jpg' }];
    expect(
      valueOf(await catalog.call(catalogRpc.updateProduct, tenant, { id: product.id, patch: { media } })),
    ).toMatchObject({ media: [{ url: 'https://example.com/b.jpg' }], variants: [{ mediaId: null }] });
  });
});

describe('variants', () => {
  it('are added, changed and taken away, each time with the whole product as the answer', async () => {
    const tenant = newTenant();
    const product = await made(tenant, { variants: [variant({ options: { Beden: 'S' } })] });
    const added = valueOf(
      await catalog.call(catalogRpc.createVariant, tenant, {
        productId: product.id,
        variant: variant({ sku: `${tenant}-M`, options: { Beden: 'M' }, stock: 7 }),
        defaultCurrency: 'TRY',
        expectedVersion: 1,
      }),
    );
    expect(added).toMatchObject({ version: 2, options: [{ values: ['S', 'M'] }], variants: [{}, { position: 2 }] });
    expect(catalog.inventory.stock.get(`${tenant} ${tenant}-M`)).toMatchObject({ onHand: 7 });

    const variantId = added.variants[1]?.id ?? '';
    const change = (patch: z.input<(typeof catalogRpc)['updateVariant']['request']>['patch'], id = variantId) =>
      catalog.call(catalogRpc.updateVariant, tenant, { productId: product.id, variantId: id, patch });
    expect(valueOf(await change({ options: { Beden: 'L' }, price: 5 })).variants[1]).toMatchObject({
      title: 'L',
      price: 5,
      sku: `${tenant}-M`,
    });
    expect(pathsOf(await change({ options: { Beden: 'S' } }))).toEqual(problem('variants.1.options', 'duplicate'));
    expect(codeOf(await change({ price: 5 }, 'var_made-up'))).toBe('not_found');

    const remove = (id: string) =>
      catalog.call(catalogRpc.deleteVariant, tenant, { productId: product.id, variantId: id });
    expect(valueOf(await remove(variantId)).variants).toHaveLength(1);
    expect(codeOf(await remove(variantId))).toBe('not_found');
    expect(await remove(product.variants[0]?.id ?? '')).toMatchObject({
      error: { code: 'conflict', details: { reason: 'last_variant' } },
    });
  });

  it('of many added at once are all there', async () => {
    const tenant = newTenant();
    const product = await made(tenant);
    await Promise.all(
      Array.from({ length: 25 }, async (_, index) =>
        valueOf(
          await catalog.call(catalogRpc.createVariant, tenant, {
            productId: product.id,
            variant: variant({ options: { No: `${index}` } }),
            defaultCurrency: 'TRY',
          }),
        ),
      ),
    );
    const { variants } = valueOf(await get(tenant, product.id));
    expect(variants).toHaveLength(26);
    expect(new Set(variants.map(({ position }) => position)).size).toBe(26);
  });

  it('under a new SKU start without stock', async () => {
    const tenant = newTenant();
    const product = await made(tenant, { variants: [variant({ sku: `${tenant}-old`, stock: 5 })] });
    const variantId = product.variants[0]?.id ?? '';
    valueOf(
      await catalog.call(catalogRpc.updateVariant, tenant, {
        productId: product.id,
        variantId,
        patch: { sku: `${tenant}-new` },
      }),
    );
    expect(catalog.inventory.stock.get(`${tenant} ${tenant}-new`)).toEqual({ onHand: 0, backorder: false });
    expect(catalog.inventory.stock.get(`${tenant} ${tenant}-old`)).toEqual({ onHand: 5, backorder: false });
  });
});

describe('first stock', () => {
  it('that inventory-svc could not take is passed on later, and strikes nothing else', async () => {
    const tenant = newTenant();
    catalog.inventory.away = true;
    const products = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        made(tenant, { variants: [variant({ sku: `${tenant}-${index}`, stock: index })] }),
      ),
    );
    const versions = products.map(({ version }) => version);
    expect([...catalog.inventory.stock.keys()].filter((key) => key.startsWith(`${tenant} `))).toEqual([]);
    catalog.inventory.away = false;
    await catalog.passOnLeft();
    for (let index = 0; index < 30; index++) {
      expect(catalog.inventory.stock.get(`${tenant} ${tenant}-${index}`)).toEqual({ onHand: index, backorder: false });
    }
    // Callers who hold a version still hold the right one.
    const after = await Promise.all(products.map(async ({ id }) => valueOf(await get(tenant, id)).version));
    expect(after).toEqual(versions);
    const { calls } = catalog.inventory;
    await catalog.passOnLeft();
    expect(catalog.inventory.calls).toBe(calls);
  });
});

describe('a deleted product', () => {
  it('is gone, and its slug and SKUs are free', async () => {
    const tenant = newTenant();
    const sku = newSku();
    const product = await made(tenant, { slug: 'gomlek', variants: [variant({ sku })] });
    const remove = (expectedVersion?: number) =>
      catalog.call(catalogRpc.deleteProduct, tenant, { id: product.id, expectedVersion });
    expect(codeOf(await remove(7))).toBe('precondition_failed');
    expect(valueOf(await remove(1))).toEqual({ id: product.id });
    expect(codeOf(await remove())).toBe('not_found');
    expect(codeOf(await get(tenant, product.id))).toBe('not_found');
    for (const activeOnly of [true, false]) {
      expect(codeOf(await catalog.call(catalogRpc.getProduct, tenant, { slug: 'gomlek', activeOnly }))).toBe(
        'not_found',
      );
      expect(valueOf(await catalog.call(catalogRpc.listProducts, tenant, { activeOnly })).data).toEqual([]);
    }
    const resolve = await catalog.call(catalogRpc.resolveVariants, tenant, { skus: [sku], currency: 'TRY' });
    expect(valueOf(resolve).variants).toEqual([]);
    expect(codeOf(await catalog.call(catalogRpc.updateProduct, tenant, { id: product.id, patch: {} }))).toBe(
      'not_found',
    );
    expect((await made(tenant, { slug: 'gomlek', variants: [variant({ sku })] })).slug).toBe('gomlek');
    expect(await typesOf(product.id)).toEqual(['1 product.created', '2 product.deleted']);
  });
});

describe('another shop', () => {
  it('gets for real ids what it gets for made-up ones, and changes nothing', async () => {
    const [owner, stranger] = [newTenant(), newTenant()];
    const brand = valueOf(await catalog.call(catalogRpc.createBrand, owner, { name: 'Marka' }));
    const product = await made(owner, { brandId: brand.id });
    const variantId = product.variants[0]?.id ?? '';
    const answers = async (id: string, ownVariant: string, brandId: string, slug: string): Promise<unknown[]> => [
      await catalog.call(catalogRpc.getProduct, stranger, { id }),
      await catalog.call(catalogRpc.getProduct, stranger, { slug, activeOnly: true }),
      await catalog.call(catalogRpc.updateProduct, stranger, { id, patch: { title: 'x' } }),
      await catalog.call(catalogRpc.deleteProduct, stranger, { id }),
      await catalog.call(catalogRpc.createVariant, stranger, {
        productId: id,
        variant: { sku: 'x', price: 1 },
        defaultCurrency: 'TRY',
      }),
      await catalog.call(catalogRpc.updateVariant, stranger, { productId: id, variantId: ownVariant, patch: {} }),
      await catalog.call(catalogRpc.deleteVariant, stranger, { productId: id, variantId: ownVariant }),
      await catalog.call(catalogRpc.resolveVariants, stranger, { variantIds: [ownVariant], currency: 'TRY' }),
      await catalog.call(catalogRpc.getBrand, stranger, { id: brandId }),
      await catalog.call(catalogRpc.updateBrand, stranger, { id: brandId, patch: { name: 'x' } }),
      await catalog.call(catalogRpc.deleteBrand, stranger, { id: brandId }),
      await catalog.call(catalogRpc.listProducts, stranger, { activeOnly: false, brand: brandId }),
      pathsOf(await create(stranger, { brandId })),
    ];
    expect(await answers(product.id, variantId, brand.id, product.slug)).toEqual(
      await answers('prod_made-up', 'var_made-up', 'brand_made-up', 'made-up'),
    );
    expect(valueOf(await get(owner, product.id))).toEqual(product);
    expect(valueOf(await catalog.call(catalogRpc.getBrand, owner, { id: brand.id }))).toEqual(brand);
  });
});

describe('brands', () => {
  it('are made, listed, changed, and deleted when nothing has them', async () => {
    const tenant = newTenant();
    const brand = valueOf(await catalog.call(catalogRpc.createBrand, tenant, { name: 'İpek & Şık' }));
    expect(brand).toMatchObject({ slug: 'ipek-sik', description: null, logo: null, version: 1 });
    expect(await catalog.call(catalogRpc.createBrand, tenant, { name: 'Ipek Sik' })).toMatchObject({
      error: { code: 'slug_taken', details: { slug: 'ipek-sik' } },
    });
    const other = valueOf(await catalog.call(catalogRpc.createBrand, tenant, { name: 'Başka' }));
    const update = (patch: z.input<(typeof catalogRpc)['updateBrand']['request']>['patch'], expectedVersion?: number) =>
      catalog.call(catalogRpc.updateBrand, tenant, { id: other.id, patch, expectedVersion });
    expect(codeOf(await update({ slug: 'ipek-sik' }))).toBe('slug_taken');
    expect(valueOf(await update({ description: { tr: 'Bir', en: 'One' } }, 1)).version).toBe(2);
    expect(codeOf(await update({ name: 'x' }, 1))).toBe('precondition_failed');
    expect(codeOf(await update({ logo: 'javascript:alert(1)' }))).toBe('invalid_input');

    const page = valueOf(await catalog.call(catalogRpc.listBrands, tenant, { limit: 1 }));
    expect(page.data.map(({ name }) => name)).toEqual(['Başka']);
    const rest = await catalog.call(catalogRpc.listBrands, tenant, { limit: 1, cursor: page.nextCursor ?? '' });
    expect(valueOf(rest)).toMatchObject({ data: [{ name: 'İpek & Şık' }], nextCursor: null });

    const { id } = await made(tenant, { brandId: brand.id });
    const remove = () => catalog.call(catalogRpc.deleteBrand, tenant, { id: brand.id });
    expect(codeOf(await remove())).toBe('in_use');
    valueOf(await catalog.call(catalogRpc.deleteProduct, tenant, { id }));
    expect(codeOf(await remove())).toBe('ok');
    expect(codeOf(await remove())).toBe('not_found');
  });
});
