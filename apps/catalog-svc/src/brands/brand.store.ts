import { defineCollection } from '@kervan/store';
import { BrandDocument } from './brand.ts';

/** Brands of shops. */
export const brandCollection = defineCollection<BrandDocument>({
  name: 'brands',
  schema: BrandDocument,
  indexes: [{ key: { slug: 1 }, unique: true }, { key: { name: 1, _id: 1 } }],
});
