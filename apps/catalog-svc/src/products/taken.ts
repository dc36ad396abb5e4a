import { fail, type Failure } from '@kervan/contracts';
import type { Collection } from '@kervan/store';
import type { ProductDocument } from './product.ts';

/**
 * What a product that a unique index refused collides with: slug_taken or sku_taken, `null` when the other one is gone
 * by now (then another try may succeed).
 */
export const whatIsTaken = async (
  products: Collection<ProductDocument>,
  tenant: string,
  product: { readonly id: string; readonly slug: string; readonly skus: readonly string[] },
): Promise<Failure | null> => {
  const [bySlug, ...bySku] = await Promise.all([
    products.findBy(tenant, 'slug', product.slug),
    ...product.skus.map((sku) => products.findBy(tenant, 'variants.sku', sku)),
  ]);
  if (bySlug !== null && bySlug !== undefined && bySlug._id !== product.id) {
    return fail('slug_taken', { slug: product.slug }).error;
  }
  const taken = product.skus.filter((_, index) => {
    const other = bySku[index];
    return other !== null && other !== undefined && other._id !== product.id;
  });
  return taken.length > 0 ? fail('sku_taken', { skus: taken }).error : null;
};
