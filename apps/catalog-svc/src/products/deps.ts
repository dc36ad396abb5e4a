import type { Collection, KeyedIds } from '@kervan/store';
import type { BrandDocument } from '../brands/brand.ts';
import type { Shelves } from '../memory/shelves.ts';
import type { PassOn } from '../stock/pass-on.ts';
import type { ProductDocument } from './product.ts';

/** What handlers of goods work with. */
export type CatalogDeps = {
  readonly products: Collection<ProductDocument>;
  readonly brands: Collection<BrandDocument>;
  readonly shelves: Shelves;
  readonly passOn: PassOn;
  readonly keyedId: KeyedIds;
  readonly clock: () => Date;
};
