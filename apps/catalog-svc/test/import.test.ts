import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { catalogRpc, type Product } from '@kervan/contracts';
import { parse } from 'csv-parse/sync';
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

/** The file as another reader of the format sees it. */
const rowsOf = (text: string): Record<string, string>[] => parse(text, { columns: true, bom: true });
/** Digits moved as text: nothing here is the service's own arithmetic. */
const minor = (price: string): number => {
  const [whole = '', cents = ''] = price.split('.');
  return Number(whole + cents.padEnd(2, '0'));
};

describe('the demo goods', () => {
  it.each([
    ['apparel.csv', 20, 22],
    ['home-and-garden.csv', 20, 21],
  ])('of %s come in whole, cell by cell', async (file, products, variants) => {
    const tenant = newTenant();
    const text = await demo(file);
    expect(valueOf(await catalog.importText(tenant, text))).toEqual({
      importId: expect.stringMatching(/^imp_/),
      rows: variants,
      products: { created: products, updated: 0, unchanged: 0 },
      variants: { created: variants, updated: 0, unchanged: 0 },
      images: rowsOf(text).filter((row) => row['Image Src'] !== '').length,
      failed: 0,
      problems: [],
    });
    const brands = valueOf(await catalog.call(catalogRpc.listBrands, tenant, { limit: 100 })).data;
    const stock = stockOf(tenant);
    for (const [handle = '', rows] of Map.groupBy(rowsOf(text), (row) => row['Handle'])) {
      const [first = {}] = rows;
      const product = await bySlug(tenant, handle);
      expect(product).toMatchObject({
        title: first['Title'],
        description: first['Body (HTML)'],
        tags: first['Tags']?.split(', '),
        status: 'active',
        taxClass: 'standard',
        attributes: first['Type'] === '' ? {} : { type: first['Type'] },
        seo: { title: null, description: null },
        version: 1,
      });
      expect(brands.find(({ id }) => id === product.brandId)?.name).toBe(first['Vendor']);
      expect(product.media.map(({ url, alt, position }) => ({ url, alt, position }))).toEqual(
        rows
          .filter((row) => row['Image Src'] !== '')
          .map((row) => ({ url: row['Image Src'], alt: null, position: Number(row['Image Position'] || 1) })),
      );
      const isPlain = first['Option1 Name'] === 'Title';
      expect(
        product.variants.map(({ options, price, compareAtPrice, currency, weightGrams, requiresShipping, sku }) => {
          return { options, price, compareAtPrice, currency, weightGrams, requiresShipping, stock: stock[sku] };
        }),
      ).toEqual(
        rows.map((row) => ({
          options: isPlain ? {} : { [first['Option1 Name'] ?? '']: row['Option1 Value'] },
          price: minor(row['Variant Price'] ?? ''),
          compareAtPrice: row['Variant Compare At Price'] === '' ? null : minor(row['Variant Compare At Price'] ?? ''),
          currency: 'TRY',
          weightGrams: 0,
          requiresShipping: true,
          stock: Number(row['Variant Inventory Qty']),
        })),
      );
    }
  });

  it('come in once, whatever is sent again', async () => {
    const tenant = newTenant();
    const texts = await Promise.all(['apparel.csv', 'home-and-garden.csv'].map(demo));
    for (const text of texts) valueOf(await catalog.importText(tenant, text));
    const before = valueOf(await catalog.call(catalogRpc.listProducts, tenant, { activeOnly: false, limit: 100 }));
    for (const text of texts) {
      expect(valueOf(await catalog.importText(tenant, text))).toMatchObject({
        products: { created: 0, updated: 0, unchanged: 20 },
        variants: { created: 0, updated: 0 },
        images: 0,
        failed: 0,
      });
    }
    const after = valueOf(await catalog.call(catalogRpc.listProducts, tenant, { activeOnly: false, limit: 100 }));
    expect(after).toEqual(before);
    expect(after.data).toHaveLength(40);

    const top = await bySlug(tenant, 'classic-varsity-top');
    expect(top.variants.map(({ sku }) => sku)).toEqual([
      'classic-varsity-top-small',
      'classic-varsity-top-medium',
      'classic-varsity-top-large',
    ]);
    expect((await bySlug(tenant, 'ocean-blue-shirt')).variants).toMatchObject([{ sku: 'ocean-blue-shirt' }]);
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
