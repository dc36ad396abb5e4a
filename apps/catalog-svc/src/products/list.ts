import { ProductStatus, type catalogRpc } from '@kervan/contracts';
import type { Sort } from '@kervan/store';
import type { z } from 'zod';

/** What a list of products is asked with. */
export type ProductQuery = z.output<(typeof catalogRpc)['listProducts']['request']>;

/** The orders a list comes in. */
export const SORTS = {
  newest: { createdAt: -1 },
  oldest: { createdAt: 1 },
  title: { sortTitle: 1 },
  '-title': { sortTitle: -1 },
  price: { sortPrice: 1 },
  '-price': { sortPrice: -1 },
} as const satisfies Record<ProductQuery['sort'], Sort>;

/** The filter of a list. `brandId` is the id of the brand asked for; a price range asks for one variant within it. */
export const filterOf = (query: ProductQuery, brandId: string | undefined): Record<string, unknown> => ({
  status: query.activeOnly ? 'active' : (query.status ?? { $in: ProductStatus.options }),
  ...(brandId === undefined ? {} : { brandId }),
  ...(query.tag === undefined ? {} : { tags: query.tag }),
  ...(query.sku === undefined ? {} : { 'variants.sku': query.sku }),
  ...(query.minPrice === undefined && query.maxPrice === undefined
    ? {}
    : { variants: { $elemMatch: { price: { $gte: query.minPrice ?? 0, $lte: query.maxPrice ?? Number.MAX_VALUE } } } }),
});
