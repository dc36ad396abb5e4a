import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { catalogRpc, type ImportReport, type Product } from '@kervan/contracts';
import { newTenant, openCatalog, valueOf, type Catalog } from './catalog.ts';

let catalog: Catalog;
beforeAll(async () => {
  catalog = await openCatalog();
});
afterAll(() => catalog.stop());

const HEADER =
  'Handle,Title,Body (HTML),Vendor,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,' +
  'Variant Grams,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Compare At Price,' +
  'Variant Requires Shipping,Variant Taxable,Image Src,Image Position,Image Alt Text,Variant Image,SEO Title';
const COLUMNS = HEADER.split(',');
type Cells = Partial<Record<string, string>>;

const line = (cells: Cells): string =>
  COLUMNS.map((column) => {
    const cell = cells[column] ?? '';
    return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
  }).join(',');
const file = (...rows: (Cells | string)[]): string =>
  [HEADER, ...rows.map((row) => (typeof row === 'string' ? row : line(row)))].join('\n');
const goods = (handle: string, cells: Cells = {}): Cells => ({
  Handle: handle,
  Title: handle,
  'Variant Price': '10',
  ...cells,
});

const take = async (tenant: string, text: string, language?: string): Promise<ImportReport> =>
  valueOf(await catalog.importText(tenant, text, language));
const bySlug = async (tenant: string, slug: string): Promise<Product> =>
  valueOf(await catalog.call(catalogRpc.getProduct, tenant, { slug, activeOnly: false }));
const where = ({ problems }: ImportReport): string[] =>
  problems.map((problem) => `${problem.line} ${problem.column ?? '-'}`);

describe('bad rows', () => {
  it('are listed by line and column, and lose nothing else', async () => {
    const tenant = newTenant();
    const text = file(
      goods('shirt', { 'Option1 Name': 'Size', 'Option1 Value': 'S', 'Variant SKU': 'S-1' }),
      { Handle: 'shirt', 'Option1 Value': 'M', 'Variant Price': 'ten' },
      { Handle: 'shirt', 'Option1 Value': 'L', 'Variant Price': '-5' },
      { Handle: 'shirt', 'Option1 Value': 'XL', 'Variant Price': '12', 'Variant SKU': 'S-1' },
      { Handle: 'shirt', 'Option1 Value': 'S', 'Variant Price': '12' },
      { Handle: 'shirt', 'Option1 Value': 'XXL', 'Variant Price': '12' },
      { Title: 'No handle', 'Variant Price': '1' },
      'shirt,too,few',
      `broken,"never closed${','.repeat(COLUMNS.length - 2)}`,
      goods('grams', { 'Variant Grams': 'heavy' }),
      goods('policy', { 'Variant Inventory Policy': 'maybe' }),
      goods('stock', { 'Variant Inventory Qty': '-3' }),
      goods('picture', { 'Image Src': 'javascript:alert(1)' }),
      goods('price', { 'Variant Price': '9.999' }),
      { Handle: 'shirt' },
      goods('last', { 'Body (HTML)': '<p>Over\r\ntwo "lines"</p>' }),
    );
    const report = await take(tenant, text);
    expect(where(report)).toEqual([
      '3 Variant Price',
      '4 Variant Price',
      '5 Variant SKU',
      '6 Option1 Value',
      '8 Handle',
      '9 -',
      '10 -',
      '11 Variant Grams',
      '12 Variant Inventory Policy',
      '13 Variant Inventory Qty',
      '14 Image Src',
      '15 Variant Price',
      '16 -',
    ]);
    expect(report).toMatchObject({ rows: 16, failed: 13, products: { created: 3 }, variants: { created: 4 } });
    expect((await bySlug(tenant, 'shirt')).variants.map(({ sku }) => sku)).toEqual(['S-1', 'shirt-xxl']);
    expect((await bySlug(tenant, 'last')).description).toBe('<p>Over\r\ntwo "lines"</p>');
    // Only the address of its picture was wrong.
    expect(await bySlug(tenant, 'picture')).toMatchObject({ media: [], variants: [{ price: 1_000 }] });

    expect(await take(tenant, text)).toMatchObject({ products: { created: 0, updated: 0, unchanged: 3 }, failed: 13 });
  });

  it('have their reasons in the language asked for', async () => {
    const text = file(goods('a', { 'Variant Price': 'on' }));
    expect((await take(newTenant(), text, 'tr')).problems[0]?.reason).toBe('“on” bu para biriminde bir tutar değil');
    expect((await take(newTenant(), text, 'en')).problems[0]?.reason).toBe('“on” is not an amount of the currency');
  });

  it('that held the title leave a draft of the other rows, and the mended file completes it', async () => {
    const tenant = newTenant();
    const head = goods('top', { 'Option1 Name': 'Size', 'Option1 Value': 'S', Published: 'true' });
    const rest = { Handle: 'top', 'Option1 Value': 'M', 'Variant Price': '11' };
    const report = await take(tenant, file(`${line(head)},one too many`, rest));
    expect(report).toMatchObject({ failed: 1, products: { created: 1 }, problems: [{ line: 2, handle: 'top' }] });
    expect(await bySlug(tenant, 'top')).toMatchObject({ title: 'top', status: 'draft', variants: [{ sku: 'top-m' }] });

    const mended = await take(tenant, file(head, rest));
    expect(mended).toMatchObject({ failed: 0, products: { updated: 1 }, variants: { created: 1, updated: 1 } });
    expect(await bySlug(tenant, 'top')).toMatchObject({
      status: 'active',
      variants: [
        { sku: 'top-m', options: { Size: 'M' } },
        { sku: 'top-s', options: { Size: 'S' } },
      ],
    });
  });

  it('are refused for a SKU that another product has, in the shop or earlier in the file', async () => {
    const tenant = newTenant();
    await take(tenant, file(goods('first', { 'Variant SKU': 'X' })));
    const report = await take(
      tenant,
      file(
        goods('second', { 'Option1 Name': 'Size', 'Option1 Value': 'S', 'Variant SKU': 'X' }),
        { Handle: 'second', 'Option1 Value': 'M', 'Variant Price': '1', 'Variant SKU': 'Y' },
        goods('third', { 'Variant SKU': 'Y' }),
      ),
    );
    expect(where(report)).toEqual(['2 Variant SKU', '4 Variant SKU']);
    expect((await bySlug(tenant, 'second')).variants.map(({ sku }) => sku)).toEqual(['Y']);
    expect((await bySlug(tenant, 'first')).variants.map(({ sku }) => sku)).toEqual(['X']);
  });

  it('do not include a fourth option unless it has a value', async () => {
    const text = [
      'Handle,Title,Option1 Name,Option1 Value,Option4 Name,Option4 Value,Variant Price',
      'a,A,Size,S,,,1',
      'b,B,Size,S,Lining,Silk,1',
    ].join('\n');
    expect(await take(newTenant(), text)).toMatchObject({
      products: { created: 1 },
      problems: [{ line: 3, column: 'Option4 Value' }],
    });
  });
});

describe('a file', () => {
  it('may have a byte order mark, CRLF, semicolons, column names in any case, Turkish letters and empty lines', async () => {
    const tenant = newTenant();
    const text = [
      '\uFEFFhandle;TITLE;Vendor;Option1 Name;Option1 Value;Variant Price;variant sku',
      'Kırmızı-Gömlek;Kırmızı Gömlek;İpek & Şık;Beden;Küçük;129.90;',
      'kırmızı-gömlek;;;;Büyük;129.90;',
      ';;;;;;',
      '',
      '',
    ].join('\r\n');
    expect(await take(tenant, text)).toMatchObject({ rows: 2, failed: 0, products: { created: 1 } });
    expect(await bySlug(tenant, 'kirmizi-gomlek')).toMatchObject({
      title: 'Kırmızı Gömlek',
      options: [{ name: 'Beden', values: ['Küçük', 'Büyük'] }],
      variants: [{ sku: 'kirmizi-gomlek-kucuk', price: 12_990 }, { sku: 'kirmizi-gomlek-buyuk' }],
    });
  });

  it('may be cut into parts between any two characters', async () => {
    const tenant = newTenant();
    const text = file(goods('emoji', { Title: '😀'.repeat(90) }), goods('next'));
    const { importId } = valueOf(await catalog.call(catalogRpc.startImport, tenant, { defaultCurrency: 'TRY' }));
    for (const [part, piece] of [...text.matchAll(/[^]{1,7}/gu)].entries()) {
      valueOf(await catalog.call(catalogRpc.appendImport, tenant, { importId, part, text: piece[0] }));
    }
    expect(valueOf(await catalog.call(catalogRpc.runImport, tenant, { importId }))).toMatchObject({ failed: 0 });
    expect((await bySlug(tenant, 'emoji')).title).toBe('😀'.repeat(90));
  });

  it('that is none of products is refused', async () => {
    for (const text of [
      '',
      '\n\n',
      'hello',
      'Name,Price\na,1',
      '{"a": 1}',
      'Handle,Handle,Title\na,b,c',
      '"Handle,Title',
    ]) {
      expect(await catalog.importText(newTenant(), text)).toMatchObject({
        error: { code: 'invalid_input', details: { errors: [{ path: 'file' }] } },
      });
    }
    expect(await take(newTenant(), HEADER)).toMatchObject({ rows: 0, failed: 0 });
  });

  it('may have the rows of a product apart, and product data after its variants', async () => {
    const tenant = newTenant();
    const report = await take(
      tenant,
      file(
        goods('a', { 'Option1 Name': 'Size', 'Option1 Value': 'S' }),
        goods('b'),
        { Handle: 'a', 'Option1 Value': 'M', 'Variant Price': '11', 'Image Src': 'https://example.com/m.jpg' },
        { Handle: 'a', 'Image Src': 'https://example.com/n.jpg', 'Image Alt Text': 'Back' },
      ),
    );
    expect(report).toMatchObject({ failed: 0, images: 2, products: { created: 2 }, variants: { created: 3 } });
    expect(await bySlug(tenant, 'a')).toMatchObject({
      options: [{ name: 'Size', values: ['S', 'M'] }],
      media: [{ position: 1 }, { position: 2, alt: 'Back' }],
    });
  });

  it('deletes nothing that it does not name', async () => {
    const tenant = newTenant();
    await take(
      tenant,
      file(goods('a', { 'Option1 Name': 'Size', 'Option1 Value': 'S', Tags: 'old' }), goods('b'), {
        Handle: 'a',
        'Option1 Value': 'M',
        'Variant Price': '11',
        'Image Src': 'https://example.com/m.jpg',
      }),
    );
    const report = await take(tenant, 'Handle,Title,Option1 Value,Variant Price\na,New title,S,12');
    expect(report).toMatchObject({ products: { updated: 1 }, variants: { updated: 1 } });
    const product = await bySlug(tenant, 'a');
    expect(product).toMatchObject({ title: 'New title', tags: ['old'], media: [{}], version: 2 });
    expect(product.variants.map(({ sku, price }) => [sku, price])).toEqual([
      ['a-s', 1_200],
      ['a-m', 1_100],
    ]);
    expect((await bySlug(tenant, 'b')).version).toBe(1);
  });

  it('may come from a spreadsheet that writes a comma before decimals', async () => {
    const tenant = newTenant();
    const text = [
      'Handle;Title;Option1 Name;Option1 Value;Variant Price;Variant Compare At Price;Variant Weight;Variant Weight Unit',
      'ayakkabi;Ayakkabı;Numara;40;1.299,90;1499,5;1,25;kg',
      'ayakkabi;;;41;1,299.90;;;',
      'ayakkabi;;;42;1299.90;0,00;;',
      'ayakkabi;;;43;1,299;;;',
      'ayakkabi;;;44;1.299;;;',
      'ayakkabi;;;45;₺1299;;;',
    ].join('\r\n');
    expect(where(await take(tenant, text))).toEqual(['5 Variant Price', '6 Variant Price', '7 Variant Price']);
    expect((await bySlug(tenant, 'ayakkabi')).variants).toMatchObject([
      { price: 129_990, compareAtPrice: 149_950, weightGrams: 1_250 },
      { price: 129_990, compareAtPrice: null },
      { price: 129_990, compareAtPrice: null },
    ]);
  });

  it('keeps all that means something, long HTML as it is', async () => {
    const tenant = newTenant();
    const body = ` <table>\r\n${'<tr><td>"ölçü", 5 × 5</td></tr>\n'.repeat(1_000)}</table>\n`;
    const cells: Cells = {
      ...{ Handle: 'kart', Title: 'Kart', 'Body (HTML)': body, Vendor: 'Ev', Type: 'Hediye', Tags: 'yeni, kırmızı' },
      ...{ 'Gift Card': 'true', 'SEO Title': 'Kart al', 'SEO Description': 'Ucuz kart', Status: 'draft' },
      ...{ 'Option1 Name': 'Renk', 'Option1 Value': 'Mavi', 'Variant SKU': 'K-1', 'Variant Price': '5' },
      ...{ 'Variant Grams': '250', 'Variant Weight Unit': 'lb', 'Variant Barcode': "'8690000000001" },
      ...{ 'Image Src': 'https://example.com/1.jpg', 'Image Position': '2', 'Image Alt Text': 'Önden' },
      ...{ 'Variant Image': 'https://example.com/2.jpg', 'Google Shopping / Gender': 'unisex' },
    };
    const columns = Object.keys(cells);
    const quoted = columns.map((column) => `"${cells[column]?.replaceAll('"', '""')}"`).join(',');
    const picture = columns.map(
      (column) => ({ Handle: 'kart', 'Image Src': 'https://example.com/3.jpg' })[column] ?? '',
    );
    const text = `${columns.join(',')}\n${quoted}\n${picture.join(',')}\n`;
    expect(await take(tenant, text)).toMatchObject({ failed: 0, images: 3 });
    const product = await bySlug(tenant, 'kart');
    expect(product).toMatchObject({
      description: body,
      tags: ['yeni', 'kırmızı'],
      status: 'draft',
      attributes: { type: 'Hediye', giftCard: true, gender: 'unisex' },
      seo: { title: 'Kart al', description: 'Ucuz kart' },
      variants: [{ sku: 'K-1', weightGrams: 250, barcode: '8690000000001', options: { Renk: 'Mavi' } }],
    });
    expect(product.media.map(({ url, alt, position }) => [url.at(-5), alt, position])).toEqual([
      ['1', 'Önden', 2],
      ['2', null, 3],
      ['3', null, 4],
    ]);
    expect(product.variants[0]?.mediaId).toBe(product.media[1]?.id);

    // Said again without them, they go; what the file does not say stays.
    await take(tenant, 'Handle,Title,Type,Gift Card\nkart,Kart,,false');
    expect((await bySlug(tenant, 'kart')).attributes).toEqual({ gender: 'unisex' });
  });

  it('says what is taxed, shown, sold on credit and shipped', async () => {
    const tenant = newTenant();
    await take(
      tenant,
      file(
        goods('gift', { 'Variant Taxable': 'FALSE', 'Variant Requires Shipping': 'false', Published: 'false' }),
        goods('book', { 'Variant Inventory Policy': 'continue', 'Variant Inventory Qty': '2', 'Variant Grams': '350' }),
      ),
    );
    expect(await bySlug(tenant, 'gift')).toMatchObject({
      taxClass: 'exempt',
      status: 'draft',
      variants: [{ requiresShipping: false }],
    });
    expect(await bySlug(tenant, 'book')).toMatchObject({ taxClass: 'standard', variants: [{ weightGrams: 350 }] });
    expect(catalog.inventory.stock.get(`${tenant} book`)).toEqual({ onHand: 2, backorder: true });
  });
});

describe('an import', () => {
  it('belongs to its shop, has all its parts and is worked off once', async () => {
    const [tenant, other] = [newTenant(), newTenant()];
    const { importId } = valueOf(await catalog.call(catalogRpc.startImport, tenant, { defaultCurrency: 'TRY' }));
    const text = file(goods('a'));
    const append = (of: string, part: number, piece = text) =>
      catalog.call(catalogRpc.appendImport, of, { importId, part, text: piece });
    const runIt = (of: string) => catalog.call(catalogRpc.runImport, of, { importId });

    expect(await append(other, 0)).toMatchObject({ error: { code: 'not_found' } });
    expect(await runIt(other)).toMatchObject({ error: { code: 'not_found' } });
    valueOf(await append(tenant, 1, '\n'));
    expect(await runIt(tenant)).toMatchObject({ error: { code: 'invalid_input' } });
    valueOf(await append(tenant, 0));
    valueOf(await append(tenant, 0));
    expect(await append(tenant, 0, 'other')).toMatchObject({ error: { code: 'conflict' } });

    const [first, ...more] = await Promise.all(Array.from({ length: 10 }, () => runIt(tenant)));
    expect(first).toMatchObject({ value: { products: { created: 1 } } });
    for (const each of more) expect(each).toEqual(first);
    expect(await runIt(tenant)).toEqual(first);
    expect(await append(tenant, 2)).toMatchObject({ error: { code: 'conflict' } });
  });

  it('ten at once of the same file, by two copies of the service, make everything once', async () => {
    const tenant = newTenant();
    const second = await catalog.secondCopy();
    const rows = Array.from({ length: 60 }, (_, index) => goods(`p-${index}`, { Vendor: `Brand ${index % 5}` }));
    const reports = await Promise.all(Array.from({ length: 10 }, () => take(tenant, file(...rows))));
    expect(reports.reduce((sum, { products }) => sum + products.created, 0)).toBe(60);
    expect(reports.reduce((sum, { products }) => sum + products.updated, 0)).toBe(0);
    for (const report of reports) expect(report.problems).toEqual([]);
    const brands = valueOf(await catalog.call(catalogRpc.listBrands, tenant, { limit: 100 }));
    expect(brands.data).toHaveLength(5);
    await second.stop();
  });

  it('of more rows than fit a batch is the sum of its batches', async () => {
    const tenant = newTenant();
    const rows = Array.from({ length: 1_500 }, (_, index) => [
      goods(`big-${index}`, { 'Option1 Name': 'Size', 'Option1 Value': 'S', 'Variant Inventory Qty': '4' }),
      { Handle: `big-${index}`, 'Option1 Value': 'M', 'Variant Price': index % 10 === 0 ? 'x' : '11' },
    ]).flat();
    const all = { rows: 3_000, failed: 150 };
    const first = await take(tenant, file(...rows));
    expect(first).toMatchObject({ ...all, products: { created: 1_500 }, variants: { created: 2_850 } });
    expect(first.problems).toHaveLength(150);
    const again = await take(tenant, file(...rows));
    expect(again).toMatchObject({ ...all, products: { unchanged: 1_500 }, variants: { unchanged: 2_850 } });
  });
});
