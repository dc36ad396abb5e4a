import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ProductDocument } from '../products/product.ts';
import { readHeader } from './columns.ts';
import { mergeRows, type Merged } from './merge.ts';
import { readRow, type ImportRow } from './row.ts';

const COLUMNS = [
  ...['Handle', 'Title', 'Vendor', 'Tags', 'Published', 'Option1 Name', 'Option1 Value', 'Option2 Name'],
  ...['Option2 Value', 'Variant SKU', 'Variant Price', 'Variant Inventory Qty', 'Image Src', 'Variant Image'],
];
type Cells = Partial<Record<string, string>>;

const row = (cells: Cells, line = 2): ImportRow => {
  const header = readHeader(COLUMNS);
  if (!header.ok) throw new Error('header');
  const values = COLUMNS.map((column) => cells[column] ?? '');
  const read = readRow({ line, cells: values }, header.value, 'TRY');
  if (read.row === null) throw new Error(JSON.stringify(read.problems));
  return read.row;
};

let ids = 0;
type Given = { taken?: readonly string[]; productLost?: boolean; optionNames?: readonly string[] };
const merge = (existing: ProductDocument | null, rows: ImportRow[], given: Given = {}) => {
  const { taken = [], productLost = false, optionNames = [] } = given;
  return mergeRows(existing, rows, {
    tenant: 'moda',
    currency: 'TRY',
    makeId: (kind) => `${kind}_${++ids}`,
    brandIdOf: (vendor) => `brand_${vendor}`,
    isTaken: (sku) => taken.includes(sku),
    optionNames,
    productLost,
  });
};
const stored = ({ product }: Merged): ProductDocument => {
  if (product === null) throw new Error('nothing was made');
  const at = new Date(0);
  return { ...product, version: 1, createdAt: at, updatedAt: at, sortTitle: '', sortPrice: 0, deletedAt: null };
};

const small = { Handle: 'top', Title: 'Top', 'Option1 Name': 'Size', 'Option1 Value': 'S', 'Variant Price': '10' };
const large = { Handle: 'top', 'Option1 Value': 'L', 'Variant Price': '12' };

describe('rows of a new product', () => {
  it('make it, with a SKU for each variant and its stock to pass on', () => {
    const { product, variants } = merge(null, [
      row({ ...small, Vendor: 'Acme', Tags: 'a, b,a', 'Variant Inventory Qty': '3' }),
      row(large, 3),
    ]);
    expect(product).toMatchObject({
      slug: 'top',
      brandId: 'brand_Acme',
      tags: ['a', 'b'],
      status: 'active',
      options: [{ name: 'Size', values: ['S', 'L'] }],
      variants: [
        { sku: 'top-s', price: 1_000, options: [{ name: 'Size', value: 'S' }], position: 1 },
        { sku: 'top-l', price: 1_200, position: 2 },
      ],
      stockToPassOn: [
        { sku: 'top-s', onHand: 3 },
        { sku: 'top-l', onHand: 0 },
      ],
    });
    expect(variants).toEqual({ created: 2, updated: 0, unchanged: 0 });
  });
  it('need a title and a price', () => {
    expect(merge(null, [row({ Handle: 'x', 'Variant Price': '1' })])).toMatchObject({
      product: null,
      problems: [{ column: 'Title', code: 'title_missing' }],
    });
    expect(merge(null, [row({ Handle: 'x', Title: 'X' })])).toMatchObject({
      product: null,
      problems: [{ column: 'Variant Price', code: 'price_missing' }],
    });
  });
  it('whose first one was lost make a draft under the name of its handle', () => {
    expect(merge(null, [row(large)], { productLost: true }).product).toMatchObject({ title: 'top', status: 'draft' });
    expect(merge(null, [row(small)], { productLost: true }).product).toMatchObject({ title: 'Top', status: 'active' });
  });
  it('take another SKU when somebody has the one they would get', () => {
    const { product } = merge(null, [row(small)], { taken: ['top-s'] });
    expect(product?.variants[0]?.sku).toMatch(/^top-s-[0-9a-f]{8}$/);
  });
  it('are refused one by one where a SKU of their own belongs to another product', () => {
    const merged = merge(null, [row(small), row({ ...large, 'Variant SKU': 'X' }, 3)], { taken: ['X'] });
    expect(merged.product?.variants).toHaveLength(1);
    expect(merged.problems).toMatchObject([{ line: 3, column: 'Variant SKU', code: 'sku_taken' }]);
  });
});

describe('rows of a product that is there', () => {
  const before = stored(merge(null, [row({ ...small, 'Variant Inventory Qty': '5' }), row(large, 3)]));
  const quiet: ProductDocument = { ...before, stockToPassOn: [] };

  it('change nothing the second time, and give no stock back', () => {
    const again = merge(quiet, [row({ ...small, 'Variant Inventory Qty': '5' }), row(large, 3)]);
    expect(again).toMatchObject({ changed: false, variants: { created: 0, updated: 0, unchanged: 2 }, images: 0 });
    expect(again.product?.stockToPassOn).toEqual([]);
  });
  it('change what they name and leave the rest', () => {
    const { product, changed, variants } = merge(quiet, [row({ ...large, 'Variant Price': '15' })]);
    expect(changed).toBe(true);
    expect(variants).toEqual({ created: 0, updated: 1, unchanged: 0 });
    expect(product?.variants).toMatchObject([{ price: 1_000 }, { price: 1_500 }]);
    expect(product?.title).toBe('Top');
  });
  it('give a variant the SKU it did not have', () => {
    const { product } = merge(quiet, [row({ ...small, 'Variant SKU': 'ABC', 'Variant Inventory Qty': '7' })]);
    expect(product?.variants).toMatchObject([{ id: quiet.variants[0]?.id, sku: 'ABC' }, { sku: 'top-l' }]);
    expect(product?.stockToPassOn).toEqual([{ sku: 'ABC', onHand: 7, backorder: false }]);
  });
  it('rename options without losing variants', () => {
    const { product, variants } = merge(quiet, [row({ ...small, 'Option1 Name': 'Beden' })]);
    expect(product?.options).toEqual([{ name: 'Beden', values: ['S', 'L'] }]);
    expect(product?.variants.map(({ options }) => options[0]?.name)).toEqual(['Beden', 'Beden']);
    expect(variants.created).toBe(0);
  });
  it('cannot make two variants alike', () => {
    const both = merge(quiet, [row({ ...large, 'Variant SKU': 'top-s' })]);
    expect(both.problems).toMatchObject([{ code: 'options_twice' }]);
    expect(both.changed).toBe(false);
  });
  it('add pictures once, known by their address', () => {
    const url = 'https://example.com/1.jpg';
    const first = merge(quiet, [row({ ...small, 'Image Src': url, 'Variant Image': url })]);
    expect(first).toMatchObject({ images: 1, product: { media: [{ url, position: 1 }] } });
    expect(first.product?.variants[0]?.mediaId).toBe(first.product?.media[0]?.id);
    const again = merge(stored(first), [row({ ...small, 'Image Src': url, 'Variant Image': url })]);
    expect(again).toMatchObject({ images: 0, changed: false });
  });
});

describe('merging', () => {
  const option = fc.constantFrom('S', 'M', 'L', 'XL');
  const cells = fc.record({
    'Option1 Value': option,
    'Option2 Value': fc.constantFrom('', 'Red', 'Mavi'),
    'Variant Price': fc.constantFrom('10', '12.50', '0'),
    'Variant SKU': fc.constantFrom('', '', 'A', 'B'),
    'Image Src': fc.constantFrom('', 'https://example.com/a.jpg', 'https://example.com/b.jpg'),
  });
  const file = fc
    .uniqueArray(cells, {
      minLength: 1,
      maxLength: 8,
      selector: (each) => `${each['Option1 Value']} ${each['Option2 Value']}`,
    })
    .map((rows) => {
      const seen = new Set<string>();
      return rows.map((each, index) => {
        const sku = each['Variant SKU'];
        const isNew = sku !== '' && !seen.has(sku);
        seen.add(sku);
        const head = index === 0 ? { Title: 'Top', 'Option1 Name': 'Size', 'Option2 Name': 'Colour' } : {};
        return row({ Handle: 'top', ...head, ...each, 'Variant SKU': isNew ? sku : '' }, index + 2);
      });
    });

  it('the same rows again changes nothing, in one go or in pieces', () => {
    fc.assert(
      fc.property(file, fc.nat(8), (rows, cut) => {
        const whole = stored(merge(null, rows));
        expect(merge(whole, rows)).toMatchObject({ changed: false, images: 0, variants: { created: 0, updated: 0 } });

        const first = rows.slice(0, cut + 1);
        const rest = rows.slice(cut + 1);
        const begun = stored(merge(null, first));
        const pieces = rest.length === 0 ? begun : stored(merge(begun, rest, { optionNames: ['Size', 'Colour'] }));
        const shape = ({ variants, media }: ProductDocument) => ({
          variants: variants.map(({ sku, price, options, position }) => ({ sku, price, options, position })),
          media: media.map(({ url }) => url).sort(),
        });
        expect(shape(pieces)).toEqual(shape(whole));
      }),
    );
  });
});
