import { LongText, Media, Name, ProductStatus, TaxClass, Text, type Product, type Variant } from '@kervan/contracts';
import { z } from 'zod';
import { fold, oneOf } from '../text/slug.ts';

/** One option of a variant. A list keeps their order, and lets a name be what it likes (`Beden (No.)`). */
export const OptionValue = z.object({ name: z.string(), value: z.string() });
export type OptionValue = z.infer<typeof OptionValue>;

/** A variant as it lies in its product. Amounts in minor units of `currency`. */
export const VariantRecord = z.object({
  id: z.string(),
  sku: z.string(),
  title: z.string(),
  options: z.array(OptionValue),
  price: z.number().int(),
  compareAtPrice: z.number().int().nullable(),
  currency: z.string(),
  prices: z.array(z.object({ currency: z.string(), amount: z.number().int() })),
  barcode: z.string().nullable(),
  weightGrams: z.number().int(),
  requiresShipping: z.boolean(),
  mediaId: z.string().nullable(),
  position: z.number().int(),
});
export type VariantRecord = z.infer<typeof VariantRecord>;

/** First stock of a new variant that inventory-svc has not confirmed yet. */
export const NewStock = z.object({ sku: z.string(), onHand: z.number().int(), backorder: z.boolean() });
export type NewStock = z.infer<typeof NewStock>;

const facts = {
  slug: z.string(),
  title: Name,
  description: LongText,
  brandId: z.string().nullable(),
  categoryIds: z.array(z.string()),
  tags: z.array(z.string()),
  options: z.array(z.object({ name: z.string(), values: z.array(z.string()) })),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])),
  media: z.array(Media),
  seo: z.object({ title: Text.nullable(), description: Text.nullable() }),
  taxClass: TaxClass,
  rating: z.object({ average: z.number(), count: z.number().int() }),
  variants: z.array(VariantRecord),
};

/**
 * A product with its variants, in one document. A deleted one stays for a while without slug and variants, so that its
 * last event is not lost with it.
 */
export const ProductDocument = z.object({
  _id: z.string(),
  tenant: z.string(),
  version: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
  ...facts,
  status: z.enum([...ProductStatus.options, 'deleted']),
  /** The title as lists sort by it, and the lowest price of a variant. Follow from the rest. */
  sortTitle: z.string(),
  sortPrice: z.number().int(),
  stockToPassOn: z.array(NewStock),
  deletedAt: z.date().nullable(),
});
export type ProductDocument = z.infer<typeof ProductDocument>;

/** What a product says about itself, before the store and the sorting add theirs. */
export type ProductFacts = Omit<
  ProductDocument,
  'version' | 'createdAt' | 'updatedAt' | 'sortTitle' | 'sortPrice' | 'deletedAt'
>;

/** Facts with what follows from them. */
export const completeProduct = <Facts extends Pick<ProductFacts, 'title' | 'variants'>>(
  product: Facts,
): Facts & { sortTitle: string; sortPrice: number } => ({
  ...product,
  sortTitle: fold(oneOf(product.title)).slice(0, 200),
  sortPrice: product.variants.reduce((lowest, { price }) => Math.min(lowest, price), product.variants[0]?.price ?? 0),
});

/** What is left of a deleted product: nothing anybody finds or collides with (a slug has no colon). */
export const deletedProduct = (product: ProductDocument, now: Date): ProductDocument => ({
  ...product,
  slug: `deleted:${product._id}`,
  status: 'deleted',
  description: '',
  media: [],
  variants: [],
  stockToPassOn: [],
  deletedAt: now,
});

/** Whether a product can be seen at all. */
export const exists = (product: ProductDocument | null): product is ProductDocument =>
  product !== null && product.status !== 'deleted';

/** A variant as callers see it. */
export const variantView = (variant: VariantRecord, productId: string): Variant => ({
  ...variant,
  productId,
  options: optionsView(variant.options),
});

/** Options as callers see them: name to value. */
export const optionsView = (options: readonly OptionValue[]): Record<string, string> =>
  Object.fromEntries(options.map(({ name, value }) => [name, value]));

/** A product as callers see it. */
export const productView = (product: ProductDocument): Product => ({
  id: product._id,
  slug: product.slug,
  title: product.title,
  description: product.description,
  brandId: product.brandId,
  categoryIds: product.categoryIds,
  tags: product.tags,
  // A deleted product is never shown.
  status: product.status === 'deleted' ? 'archived' : product.status,
  options: product.options,
  attributes: product.attributes,
  media: product.media,
  seo: product.seo,
  taxClass: product.taxClass,
  rating: product.rating,
  variants: product.variants.map((variant) => variantView(variant, product._id)),
  version: product.version,
  createdAt: product.createdAt.toISOString(),
  updatedAt: product.updatedAt.toISOString(),
});
