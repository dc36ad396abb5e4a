import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { catalogRpc, type Product } from '@kervan/contracts';
import { newTenant, openCatalog, valueOf, type Catalog } from './catalog.ts';

let catalog: Catalog;
beforeAll(async () => {
  catalog = await openCatalog();
});
afterAll(() => catalog.stop());

const demo = (file: string): Promise<string> => readFile(join(import.meta.dirname, '../../../demo', file), 'utf8');
const bySlug = async (tenant: string, slug: string): Promise<Product> =>
  valueOf(await catalog.call(catalogRpc.getProduct, tenant, { slug, activeOnly: false }));
const stockOf = (tenant: string): Record<string, number> =>
  Object.fromEntries(
    [...catalog.inventory.stock].flatMap(([key, { onHand }]) =>
      key.startsWith(`${tenant} `) ? [[key.slice(tenant.length + 1), onHand]] : [],
    ),
  );

describe('the demo goods', () => {
  it('come in once, whatever is sent again', async () => {
    const tenant = newTenant();
    const expected = { 'apparel.csv': [20, 22], 'home-and-garden.csv': [20, 21] } as const;
    for (const [file, [products, variants]] of Object.entries(expected)) {
      const text = await demo(file);
      expect(valueOf(await catalog.importText(tenant, text))).toMatchObject({
        rows: variants,
        products: { created: products, updated: 0, unchanged: 0 },
        variants: { created: variants, updated: 0, unchanged: 0 },
        failed: 0,
        problems: [],
      });
      expect(valueOf(await catalog.importText(tenant, text))).toMatchObject({
        products: { created: 0, updated: 0, unchanged: products },
        variants: { created: 0, updated: 0, unchanged: variants },
        images: 0,
        failed: 0,
      });
    }
    const top = await bySlug(tenant, 'classic-varsity-top');
    expect(top).toMatchObject({
      title: 'Classic Varsity Top',
      status: 'active',
      tags: ['women'],
      taxClass: 'standard',
      options: [{ name: 'Size', values: ['Small', 'Medium', 'Large'] }],
      version: 1,
    });
    expect(top.variants.map(({ sku, price, options }) => [sku, price, options])).toEqual([
      ['classic-varsity-top-small', 6_000, { Size: 'Small' }],
      ['classic-varsity-top-medium', 6_000, { Size: 'Medium' }],
      ['classic-varsity-top-large', 6_000, { Size: 'Large' }],
    ]);
    expect((await bySlug(tenant, 'ocean-blue-shirt')).variants).toMatchObject([
      { sku: 'ocean-blue-shirt', options: {}, price: 5_000 },
    ]);
    expect((await bySlug(tenant, 'copper-light')).variants).toMatchObject([{ price: 5_999, compareAtPrice: 7_500 }]);
    expect(stockOf(tenant)).toMatchObject({ 'ocean-blue-shirt': 1, 'clay-plant-pot-large': 3, 'pink-armchair': 0 });
    expect(Object.keys(stockOf(tenant))).toHaveLength(43);
    const brands = valueOf(await catalog.call(catalogRpc.listBrands, tenant, { limit: 100 }));
    expect(brands.data.map(({ name }) => name)).toEqual([
      'Company 123',
      'Home Sweet Home',
      'Rustic LTD',
      'partners-demo',
    ]);
    const own = (await catalog.events()).filter((event) => event.tenant === tenant);
    expect(own.map(({ type, sequence }) => `${type} ${sequence}`)).toEqual(Array(40).fill('product.created 1'));
  });
});
