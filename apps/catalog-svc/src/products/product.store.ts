import { defineCollection } from '@kervan/store';
import { ProductDocument } from './product.ts';

/** What is left of a deleted product goes after 30 days. */
const KEEP_DELETED_SECONDS = 30 * 86_400;

/** Products. SKUs are unique in a shop; products without variants (deleted ones) would collide on "none". */
export const productCollection = defineCollection<ProductDocument>({
  name: 'products',
  schema: ProductDocument,
  outbox: 'catalog',
  indexes: [
    { key: { slug: 1 }, unique: true },
    { key: { 'variants.sku': 1 }, unique: true, partial: { 'variants.sku': { $gt: '' } }, name: 'skus' },
    { key: { 'variants.id': 1 } },
    { key: { status: 1, createdAt: -1, _id: -1 } },
    { key: { status: 1, sortTitle: 1, _id: 1 } },
    { key: { status: 1, sortPrice: 1, _id: 1 } },
    { key: { brandId: 1, status: 1, createdAt: -1, _id: -1 } },
    { key: { tags: 1, status: 1, createdAt: -1, _id: -1 } },
    {
      key: { 'stockToPassOn.sku': 1 },
      partial: { 'stockToPassOn.sku': { $gt: '' } },
      acrossTenants: true,
      name: 'stock_to_pass_on',
    },
    {
      key: { deletedAt: 1 },
      partial: { status: 'deleted' },
      expireAfterSeconds: KEEP_DELETED_SECONDS,
      acrossTenants: true,
      name: 'deleted',
    },
  ],
});
