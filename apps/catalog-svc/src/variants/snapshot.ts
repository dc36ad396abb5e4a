import type { VariantSnapshot } from '@kervan/contracts';
import { optionsView, type ProductDocument, type VariantRecord } from '../products/product.ts';

/**
 * What a cart copies of a variant. The price is the variant's own in its currency, else the fixed one in the asked
 * currency, else none: nothing is ever converted. The list price is known in the variant's currency only.
 */
export const snapshotOf = (product: ProductDocument, variant: VariantRecord, currency: string): VariantSnapshot => {
  const isOwn = variant.currency === currency;
  const fixed = variant.prices.find((price) => price.currency === currency);
  const image = product.media.find(({ id }) => id === variant.mediaId) ?? product.media[0];
  return {
    variantId: variant.id,
    productId: product._id,
    sku: variant.sku,
    slug: product.slug,
    title: product.title,
    options: optionsView(variant.options),
    image: image?.url ?? null,
    price: isOwn ? variant.price : (fixed?.amount ?? null),
    listPrice: isOwn ? variant.compareAtPrice : null,
    currency,
    taxClass: product.taxClass,
    weightGrams: variant.weightGrams,
    requiresShipping: variant.requiresShipping,
    brandId: product.brandId,
    categoryIds: product.categoryIds,
    active: product.status === 'active',
  };
};
