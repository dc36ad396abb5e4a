import {
  fail,
  invalid,
  ok,
  type ProductPatch,
  type Result,
  type VariantInput,
  type VariantPatch,
} from '@kervan/contracts';
import type { z } from 'zod';
import { makeMedia, makeVariant, newStockOf, problemsOfProduct, titleOf, type MakeId } from './make.ts';
import { mergeOptions, optionPairs } from './options.ts';
import type { ProductDocument, VariantRecord } from './product.ts';

/** The most variants a product has. */
export const MOST_VARIANTS = 250;

/** A product with some of its fields changed; the variants stay. invalid_input */
export const patchProduct = (
  product: ProductDocument,
  patch: z.output<typeof ProductPatch>,
  makeId: MakeId,
): Result<ProductDocument> => {
  const media = patch.media === undefined ? product.media : makeMedia(patch.media, makeId);
  const kept = new Set(media.map(({ id }) => id));
  return checked({
    ...product,
    slug: patch.slug ?? product.slug,
    title: patch.title ?? product.title,
    description: patch.description ?? product.description,
    brandId: patch.brandId === undefined ? product.brandId : patch.brandId,
    categoryIds: patch.categoryIds ?? product.categoryIds,
    tags: patch.tags === undefined ? product.tags : [...new Set(patch.tags)],
    status: patch.status ?? product.status,
    options: patch.options ?? product.options,
    attributes: patch.attributes ?? product.attributes,
    media,
    seo:
      patch.seo === undefined
        ? product.seo
        : { title: patch.seo.title ?? null, description: patch.seo.description ?? null },
    taxClass: patch.taxClass ?? product.taxClass,
    // A picture that is gone is nobody's any more.
    variants: product.variants.some(({ mediaId }) => mediaId !== null && !kept.has(mediaId))
      ? product.variants.map((variant) =>
          variant.mediaId === null || kept.has(variant.mediaId) ? variant : { ...variant, mediaId: null },
        )
      : product.variants,
  });
};

/** A product with one more variant, whose first stock is to be passed on. invalid_input */
export const addVariant = (
  product: ProductDocument,
  input: z.output<typeof VariantInput>,
  { defaultCurrency, makeId }: { defaultCurrency: string; makeId: MakeId },
): Result<ProductDocument> => {
  if (product.variants.length >= MOST_VARIANTS) return fail('conflict', { reason: 'too_many_variants' });
  const names = product.options.map(({ name }) => name);
  const position = Math.max(0, ...product.variants.map((variant) => variant.position)) + 1;
  const variant = makeVariant(input, { tenant: product.tenant, defaultCurrency, makeId, names, position });
  return checked({
    ...product,
    variants: [...product.variants, variant],
    stockToPassOn: [...product.stockToPassOn, newStockOf(input)],
  });
};

/** A product with one variant changed. A new SKU starts with no stock: goods do not move by renaming. not_found, invalid_input */
export const patchVariant = (
  product: ProductDocument,
  variantId: string,
  patch: z.output<typeof VariantPatch>,
): Result<ProductDocument> => {
  const before = product.variants.find(({ id }) => id === variantId);
  if (before === undefined) return fail('not_found');
  const after = patched(before, patch, product);
  return checked({
    ...product,
    variants: product.variants.map((variant) => (variant === before ? after : variant)),
    stockToPassOn:
      after.sku === before.sku
        ? product.stockToPassOn
        : [...product.stockToPassOn, newStockOf({ sku: after.sku, stock: undefined })],
  });
};

const patched = (
  before: VariantRecord,
  patch: z.output<typeof VariantPatch>,
  product: ProductDocument,
): VariantRecord => {
  const names = product.options.map(({ name }) => name);
  const options = patch.options === undefined ? before.options : optionPairs(patch.options, names);
  // A title that was made of the options follows them.
  const title = before.title === titleOf(before.options) ? titleOf(options) : before.title;
  return {
    ...before,
    sku: patch.sku ?? before.sku,
    options,
    title: patch.title ?? title,
    price: patch.price ?? before.price,
    compareAtPrice: patch.compareAtPrice === undefined ? before.compareAtPrice : patch.compareAtPrice,
    currency: patch.currency ?? before.currency,
    prices: patch.prices ?? before.prices,
    barcode: patch.barcode === undefined ? before.barcode : patch.barcode,
    weightGrams: patch.weightGrams ?? before.weightGrams,
    requiresShipping: patch.requiresShipping ?? before.requiresShipping,
    mediaId: patch.mediaId === undefined ? before.mediaId : patch.mediaId,
  };
};

/** A product without one of its variants; the last one goes only with the product. not_found, conflict */
export const removeVariant = (product: ProductDocument, variantId: string): Result<ProductDocument> => {
  const variants = product.variants.filter(({ id }) => id !== variantId);
  if (variants.length === product.variants.length) return fail('not_found');
  return variants.length === 0 ? fail('conflict', { reason: 'last_variant' }) : ok({ ...product, variants });
};

const checked = (product: ProductDocument): Result<ProductDocument> => {
  const problems = problemsOfProduct(product);
  if (problems.length > 0) return invalid(problems);
  return ok({ ...product, options: mergeOptions(product.options, product.variants) });
};
