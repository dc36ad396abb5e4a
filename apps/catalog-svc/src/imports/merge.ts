import { isDeepStrictEqual } from 'node:util';
import { mergeOptions } from '../products/options.ts';
import type { ProductDocument, ProductFacts } from '../products/product.ts';
import { problem, type Draft, type MergeContext } from './draft.ts';
import { mergeImage } from './merge-image.ts';
import { mergeVariant } from './merge-variant.ts';
import { nameOptions, renameOptions } from './option-names.ts';
import type { RowProblem } from './reasons.ts';
import type { ImportRow } from './row.ts';

/** What became of a product's rows. `product` is null when there is none and none can be made. */
export type Merged = {
  readonly product: ProductFacts | null;
  readonly changed: boolean;
  readonly variants: { readonly created: number; readonly updated: number; readonly unchanged: number };
  readonly images: number;
  readonly problems: readonly RowProblem[];
};

/**
 * Puts rows of a file into the product they are about, or makes it. Nothing that the rows do not name goes away, and
 * the same rows a second time change nothing; so rows of one product may come in several batches. Pure.
 */
export const mergeRows = (
  existing: ProductDocument | null,
  rows: readonly ImportRow[],
  context: MergeContext,
): Merged => {
  const [first] = rows;
  if (first === undefined) return nothing([]);
  const isPlaceholder = context.productLost && rows.every(({ product }) => product.title === undefined);
  const draft: Draft = {
    before: existing?.variants ?? null,
    facts: existing ?? blankProduct(first, isPlaceholder, context),
    counts: { created: 0, updated: 0, unchanged: 0 },
    images: 0,
    problems: [],
  };
  for (const row of rows) mergeProduct(draft, row, context);
  const names = nameOptions(existing?.options ?? [], rows, context.optionNames);
  draft.facts = renameOptions(draft.facts, names);
  for (const row of rows) {
    if (row.image !== null) mergeImage(draft, row, row.image, context);
    if (row.variant !== null) mergeVariant(draft, row, row.variant, { ...context, names });
  }
  if (existing === null) {
    const missing = whatIsMissing(draft.facts, rows);
    if (missing.length > 0 || draft.facts.variants.length === 0) return nothing([...draft.problems, ...missing]);
  }
  const { facts, counts: variants, images, problems } = draft;
  const product = { ...facts, options: mergeOptions(facts.options, facts.variants) };
  return { product, changed: !isDeepStrictEqual(product, existing), variants, images, problems };
};

const nothing = (problems: readonly RowProblem[]): Merged => ({
  product: null,
  changed: false,
  variants: { created: 0, updated: 0, unchanged: 0 },
  images: 0,
  problems,
});

/** `classic-varsity-top` as a title for want of a better one. */
const titleOfHandle = (handle: string): string => handle.replace(/[-_]+/g, ' ').trim().slice(0, 200);

const blankProduct = (
  { slug, handle }: ImportRow,
  isPlaceholder: boolean,
  { tenant, makeId }: MergeContext,
): ProductFacts => ({
  _id: makeId('product'),
  tenant,
  slug,
  title: isPlaceholder ? titleOfHandle(handle) : '',
  description: '',
  brandId: null,
  categoryIds: [],
  tags: [],
  status: isPlaceholder ? 'draft' : 'active',
  options: [],
  attributes: {},
  media: [],
  seo: { title: null, description: null },
  taxClass: 'standard',
  rating: { average: 0, count: 0 },
  variants: [],
  stockToPassOn: [],
});

/** Why a new product cannot be made: nobody gave it a title, or nothing of it is for sale. Rows refused before said why. */
const whatIsMissing = (facts: ProductFacts, rows: readonly ImportRow[]): RowProblem[] => {
  const good = rows.filter(({ refused }) => !refused);
  if (facts.title === '') return good.map((row) => problem(row, 'Title', 'title_missing'));
  if (rows.some(({ variant }) => variant !== null)) return [];
  return good
    .filter(({ product }) => product.title !== undefined)
    .map((row) => problem(row, 'Variant Price', 'price_missing'));
};

const mergeProduct = (draft: Draft, { product }: ImportRow, { brandIdOf }: MergeContext): void => {
  const { facts } = draft;
  const brandId =
    product.vendor === undefined ? facts.brandId : product.vendor === null ? null : brandIdOf(product.vendor);
  draft.facts = {
    ...facts,
    // A title in several languages is kept as long as the file says one of them.
    title: product.title === undefined || saysAlready(facts.title, product.title) ? facts.title : product.title,
    description:
      product.description === undefined || saysAlready(facts.description, product.description)
        ? facts.description
        : product.description,
    brandId,
    tags: product.tags === undefined ? facts.tags : [...product.tags],
    status: statusAfter(product.status, draft),
    seo: {
      title: product.seoTitle === undefined ? facts.seo.title : product.seoTitle,
      description: product.seoDescription === undefined ? facts.seo.description : product.seoDescription,
    },
    taxClass: product.taxClass ?? facts.taxClass,
    attributes: attributesAfter(facts.attributes, product.attributes),
  };
};

const attributesAfter = (
  attributes: ProductFacts['attributes'],
  said: ImportRow['product']['attributes'] = {},
): ProductFacts['attributes'] => {
  const kept = Object.entries(attributes).filter(([code]) => said[code] === undefined);
  const added = Object.entries(said).flatMap(([code, value]) => (value === null ? [] : [[code, value] as const]));
  return Object.fromEntries([...kept, ...added]);
};

/** What a new product is when its row cannot be read on this is not for everyone's eyes yet. */
const statusAfter = (said: ImportRow['product']['status'], { facts, before }: Draft): ProductFacts['status'] => {
  if (said === 'unreadable') return before === null ? 'draft' : facts.status;
  return said ?? facts.status;
};

const saysAlready = (text: ProductFacts['description'], said: string): boolean =>
  typeof text === 'string' ? text === said : Object.values(text).includes(said);
