import { ProductStatus, Sku, TaxClass } from '@kervan/contracts';
import type { z } from 'zod';
import { fold, slugOf } from '../text/slug.ts';
import { cellsOfRow, type Cells } from './cells.ts';
import type { Column, Header } from './columns.ts';
import type { RowProblem } from './reasons.ts';
import type { RawRecord } from './records.ts';
import { gramsOf, isWeightUnit } from './weight.ts';

/**
 * What a row says, in parts that stand and fall alone. Everywhere `undefined` means: the file does not say, what is
 * there stays. `null` means: the file has the column and leaves it empty.
 */
export type ImportRow = {
  readonly line: number;
  readonly handle: string;
  readonly slug: string;
  readonly product: ProductPart;
  /** The names of the three options. */
  readonly optionNames: readonly (string | undefined)[];
  readonly variant: VariantPart | null;
  readonly image: ImagePart | null;
  /** Whether some of it was refused already. */
  readonly refused: boolean;
};
export type ProductPart = {
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly vendor: string | null | undefined;
  readonly tags: readonly string[] | undefined;
  readonly status: z.output<typeof ProductStatus> | 'unreadable' | undefined;
  readonly seoTitle: string | null | undefined;
  readonly seoDescription: string | null | undefined;
  readonly taxClass: string | undefined;
  /** By code; `null` takes one away. */
  readonly attributes: Readonly<Record<string, string | boolean | null>> | undefined;
};
export type VariantPart = {
  readonly sku: string | undefined;
  /** The values of the three options; empty where there is none. */
  readonly values: readonly string[];
  readonly price: number | undefined;
  readonly compareAtPrice: number | null | undefined;
  readonly barcode: string | null | undefined;
  readonly weightGrams: number | undefined;
  readonly requiresShipping: boolean | undefined;
  readonly stock: number;
  readonly backorder: boolean;
  readonly image: string | undefined;
};
export type ImagePart = {
  readonly url: string;
  readonly alt: string | undefined;
  readonly position: number | undefined;
};

/** A row read; `row` is null when nothing of it can be used. */
export type ReadRow = {
  readonly row: ImportRow | null;
  /** The product it is about, where that can be told. */
  readonly about: { readonly handle: string; readonly slug: string } | null;
  /** Whether it was to say something about the product itself, and could not. */
  readonly productLost: boolean;
  readonly problems: readonly RowProblem[];
};

const OPTIONS = [1, 2, 3] as const;
/** What of the format has no field of its own here, and the code of the attribute it becomes. */
const ATTRIBUTES: readonly (readonly [Column, string])[] = [
  ['Type', 'type'],
  ['Product Category', 'category'],
  ['Google Shopping / Gender', 'gender'],
  ['Google Shopping / Age Group', 'ageGroup'],
  ['Google Shopping / Condition', 'condition'],
];
const MOST_DESCRIPTION = 65_536;
const MOST_TAGS = 250;

/** Reads a row of the file. Amounts in minor units of `currency`. */
export const readRow = (record: RawRecord, header: Header, currency: string): ReadRow => {
  const { line, cells } = record;
  const handlePlace = header.places.get('Handle') ?? 0;
  const handle = (cells === null ? firstCell(record, handlePlace) : (cells[handlePlace] ?? '')).trim();
  const slug = slugOf(handle);
  const about = handle === '' ? null : { handle, slug };
  const read = cellsOfRow(cells ?? [], { header, line, handle: handle === '' ? null : handle });
  const lost = { row: null, about, productLost: true, problems: read.problems };

  if (cells === null) read.refuse(null, 'broken_quotes');
  else if (cells.length !== header.count) read.refuse(null, 'wrong_column_count', String(cells.length));
  else if (about === null) read.refuse('Handle', 'handle_missing');
  else {
    const product = readProduct(read);
    const productLost = product.title === undefined && read.said('Title') !== undefined;
    const variant = readVariant(read, header, cells, currency);
    const image = readImage(read);
    const names = OPTIONS.map((number) => read.short(`Option${number} Name`, 100));
    const isEmpty = variant === null && image === null && Object.values(product).every((value) => !value);
    if (isEmpty && read.problems.length === 0) read.refuse(null, 'empty_row');
    const refused = read.problems.length > 0;
    const row: ImportRow = { line, handle, slug, product, optionNames: names, variant, image, refused };
    return { row: isEmpty ? null : row, about, productLost, problems: read.problems };
  }
  return lost;
};

/** Of a line that cannot be taken apart the first cell can still be told. */
const firstCell = ({ text }: { readonly text: string }, place: number): string =>
  place === 0 ? (/^[^",;\t]*/.exec(text)?.[0] ?? '') : '';

/** A row with a title speaks for the whole product: there, empty cells mean empty. */
const readProduct = (cells: Cells): ProductPart => {
  const title = cells.short('Title', 200);
  const orEmpty = <T>(value: T | undefined, column: Parameters<Cells['text']>[0], empty: T): T | undefined =>
    value ?? (title !== undefined && cells.text(column) === '' ? empty : undefined);
  const taxable = cells.yesOrNo('Variant Taxable');
  return {
    title,
    description: orEmpty(cells.whole('Body (HTML)', MOST_DESCRIPTION), 'Body (HTML)', ''),
    vendor: orEmpty<string | null>(cells.short('Vendor', 200), 'Vendor', null),
    tags: orEmpty(readTags(cells), 'Tags', []),
    status: readStatus(cells),
    seoTitle: orEmpty<string | null>(cells.short('SEO Title', 5_000), 'SEO Title', null),
    seoDescription: orEmpty<string | null>(cells.short('SEO Description', 5_000), 'SEO Description', null),
    // Every variant repeats it, the product has one: the row with the title decides.
    taxClass: title === undefined ? undefined : taxable === false ? 'exempt' : readTaxClass(cells),
    attributes: readAttributes(cells, title !== undefined),
  };
};

/** Attributes that the row says, and on a row that speaks for the product also those it leaves empty. */
const readAttributes = (cells: Cells, speaks: boolean): ProductPart['attributes'] => {
  const found: Record<string, string | boolean | null> = {};
  for (const [column, code] of ATTRIBUTES) {
    const said = cells.short(column, 1_000);
    if (said !== undefined) found[code] = said;
    else if (speaks && cells.text(column) === '') found[code] = null;
  }
  const isGiftCard = cells.yesOrNo('Gift Card');
  if (isGiftCard === true) found['giftCard'] = true;
  else if (speaks && cells.text('Gift Card') !== undefined) found['giftCard'] = null;
  return Object.keys(found).length === 0 ? undefined : found;
};

/** A tax code that is a word is a tax class; codes of other tax systems (`PC040100`) mean nothing to ours. */
const readTaxClass = (cells: Cells): string => {
  const code = fold(cells.said('Variant Tax Code') ?? '');
  return /^[a-z][a-z-]*$/.test(code) && TaxClass.safeParse(code).success ? code : 'standard';
};

const readTags = (cells: Cells): string[] | undefined => {
  const text = cells.said('Tags');
  if (text === undefined) return undefined;
  const tags = [...new Set(text.split(',').map((tag) => tag.trim()))].filter((tag) => tag !== '');
  if (tags.length > MOST_TAGS) cells.refuse('Tags', 'too_many', String(MOST_TAGS));
  else if (tags.some((tag) => tag.length > 100)) cells.refuse('Tags', 'too_long', '100');
  else return tags;
  return undefined;
};

const readStatus = (cells: Cells): ProductPart['status'] => {
  const before = cells.problems.length;
  const published = cells.yesOrNo('Published');
  const said = cells.said('Status');
  const status = ProductStatus.safeParse(said?.toLowerCase());
  if (said !== undefined && !status.success) cells.refuse('Status', 'unknown_value', said);
  if (cells.problems.length > before) return 'unreadable';
  if (status.data === 'draft' || status.data === 'archived') return status.data;
  return published === false ? 'draft' : published === true ? 'active' : status.data;
};

/** A row is about a variant when it names one or prices one; anything wrong with it refuses the variant. */
const readVariant = (cells: Cells, header: Header, row: readonly string[], currency: string): VariantPart | null => {
  const before = cells.problems.length;
  const values = OPTIONS.map((number) => cells.short(`Option${number} Value`, 200) ?? '');
  const isVariant =
    values.some((value) => value !== '') ||
    cells.said('Variant SKU') !== undefined ||
    cells.said('Variant Price') !== undefined;
  if (!isVariant) return null;
  for (const { name, place } of header.extraOptions) {
    if ((row[place] ?? '').trim() !== '') cells.refuse(name, 'too_many_options');
  }
  const sku = cells.said('Variant SKU');
  if (sku !== undefined && !Sku.safeParse(sku).success) cells.refuse('Variant SKU', 'bad_sku', sku);
  const emptyAs = <T>(value: T | undefined, column: Parameters<Cells['text']>[0]): T | null | undefined =>
    value ?? (cells.text(column) === '' ? null : undefined);
  const compareAtPrice = cells.amount('Variant Compare At Price', currency);
  const variant = {
    sku,
    values,
    price: cells.amount('Variant Price', currency),
    compareAtPrice: compareAtPrice === 0 ? null : emptyAs(compareAtPrice, 'Variant Compare At Price'),
    // Spreadsheets are told by an apostrophe that a barcode is no number.
    barcode: emptyAs(cells.short('Variant Barcode', 64)?.replace(/^'/, ''), 'Variant Barcode'),
    weightGrams: readWeight(cells),
    requiresShipping: cells.yesOrNo('Variant Requires Shipping'),
    stock: cells.count('Variant Inventory Qty', 10_000_000) ?? 0,
    backorder: readPolicy(cells),
    image: cells.address('Variant Image'),
  };
  return cells.problems.length > before ? null : variant;
};

const MOST_GRAMS = 10_000_000;

/** `Variant Grams` is in grams whatever the unit column says: that one is for display. Only `Variant Weight` is in it. */
const readWeight = (cells: Cells): number | undefined => {
  const unit = cells.said('Variant Weight Unit');
  if (unit !== undefined && !isWeightUnit(unit)) cells.refuse('Variant Weight Unit', 'unknown_value', unit);
  const column = cells.said('Variant Grams') === undefined ? 'Variant Weight' : 'Variant Grams';
  const weight = cells.said(column);
  if (weight === undefined) return undefined;
  const grams = gramsOf(weight, column === 'Variant Grams' ? 'g' : (unit ?? 'kg'));
  if (grams !== null && grams <= MOST_GRAMS) return grams;
  if (grams !== null) cells.refuse(column, 'too_large', weight);
  else cells.refuse(column, /^-[0-9.]+$/.test(weight) ? 'negative' : 'not_a_number', weight);
  return undefined;
};

/** Whether the variant is sold on when none is left. */
const readPolicy = (cells: Cells): boolean => {
  const policy = cells.said('Variant Inventory Policy')?.toLowerCase();
  if (policy !== undefined && policy !== 'deny' && policy !== 'continue') {
    cells.refuse('Variant Inventory Policy', 'unknown_value', policy);
  }
  return policy === 'continue';
};

const readImage = (cells: Cells): ImagePart | null => {
  const url = cells.address('Image Src');
  const alt = cells.short('Image Alt Text', 500);
  const position = cells.count('Image Position', 1_000);
  return url === undefined ? null : { url, alt, position };
};
