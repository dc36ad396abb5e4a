import type { FieldProblem, IdKind, ProductInput, VariantInput } from '@kervan/contracts';
import type { z } from 'zod';
import { oneOf, slugOf } from '../text/slug.ts';
import { mergeOptions, optionPairs, problemsOfOptions } from './options.ts';
import type { NewStock, ProductDocument, ProductFacts, VariantRecord } from './product.ts';

/** Makes ids: an argument, so that what is made follows from the input alone. */
export type MakeId = (kind: IdKind) => string;
type Given = { readonly tenant: string; readonly defaultCurrency: string; readonly makeId: MakeId };
type ParsedVariant = z.output<typeof VariantInput>;

/** A product of its input; what is wrong with it is `problemsOfProduct`'s affair. Without a slug one is made of the title. */
export const makeProduct = (input: ProductInput, given: Given): ProductFacts => {
  const names = input.options.map(({ name }) => name);
  const variants = input.variants.map((variant, index) =>
    makeVariant(variant, { ...given, names, position: index + 1 }),
  );
  return {
    _id: given.makeId('product'),
    tenant: given.tenant,
    slug: input.slug ?? slugOf(oneOf(input.title)),
    title: input.title,
    description: input.description,
    brandId: input.brandId,
    categoryIds: [...new Set(input.categoryIds)],
    tags: [...new Set(input.tags)],
    status: input.status,
    options:
      problemsOfOptions(input.options, variants).length > 0 ? input.options : mergeOptions(input.options, variants),
    attributes: input.attributes,
    media: makeMedia(input.media, given.makeId),
    seo: { title: input.seo.title ?? null, description: input.seo.description ?? null },
    taxClass: input.taxClass,
    rating: { average: 0, count: 0 },
    variants,
    stockToPassOn: input.variants.map(newStockOf),
  };
};

/** A variant of its input, in the order of the product's option names. */
export const makeVariant = (
  input: ParsedVariant,
  given: Given & { readonly names: readonly string[]; readonly position: number },
): VariantRecord => {
  const options = optionPairs(input.options, given.names);
  return {
    id: given.makeId('variant'),
    sku: input.sku,
    title: input.title ?? titleOf(options),
    options,
    price: input.price,
    compareAtPrice: input.compareAtPrice ?? null,
    currency: input.currency ?? given.defaultCurrency,
    prices: input.prices,
    barcode: input.barcode ?? null,
    weightGrams: input.weightGrams,
    requiresShipping: input.requiresShipping,
    mediaId: input.mediaId ?? null,
    position: given.position,
  };
};

/** A variant's title when it has none of its own: its option values. */
export const titleOf = (options: readonly { readonly value: string }[]): string =>
  options
    .map(({ value }) => value)
    .join(' / ')
    .slice(0, 300);

/** The first stock of a new variant; one without any still gets its row. */
export const newStockOf = ({ sku, stock }: Pick<ParsedVariant, 'sku' | 'stock'>): NewStock => ({
  sku,
  onHand: stock ?? 0,
  backorder: false,
});

/** Pictures of their input, in their order; those that name an id keep it. */
export const makeMedia = (input: ProductInput['media'], makeId: MakeId): ProductDocument['media'] =>
  input
    .map(({ id, url, alt, position }, index) => ({
      id: id ?? makeId('media'),
      url,
      alt: alt ?? null,
      position: position ?? index + 1,
    }))
    .sort((one, other) => one.position - other.position);

/** The product names a brand that the shop does not have. */
export const UNKNOWN_BRAND: FieldProblem = {
  path: 'brandId',
  code: 'unknown',
  message: { tr: 'böyle bir marka yok', en: 'there is no such brand' },
};

/** What is wrong with a product as a whole, beyond the shapes of its parts. */
export const problemsOfProduct = (product: Pick<ProductDocument, 'options' | 'variants' | 'media'>): FieldProblem[] => {
  const problems = problemsOfOptions(product.options, product.variants);
  const skus = new Set<string>();
  const mediaIds = new Set(product.media.map(({ id }) => id));
  if (mediaIds.size < product.media.length) {
    problems.push({
      path: 'media',
      code: 'duplicate',
      message: { tr: 'her görselin kendi kimliği olur', en: 'each picture has an id of its own' },
    });
  }
  product.variants.forEach(({ sku, mediaId, prices }, index) => {
    const path = `variants.${index}`;
    if (skus.has(sku))
      problems.push({
        path: `${path}.sku`,
        code: 'duplicate',
        message: { tr: 'bu SKU başka bir varyantta var', en: 'another variant has this SKU' },
      });
    skus.add(sku);
    if (mediaId !== null && !mediaIds.has(mediaId)) {
      problems.push({
        path: `${path}.mediaId`,
        code: 'unknown',
        message: { tr: 'ürünün bir görseli değil', en: 'is not a picture of the product' },
      });
    }
    if (new Set(prices.map(({ currency }) => currency)).size < prices.length) {
      problems.push({
        path: `${path}.prices`,
        code: 'duplicate',
        message: { tr: 'her para birimi için tek bir fiyat olur', en: 'one price for each currency' },
      });
    }
  });
  return problems;
};
