import { BrandView, catalogRpc, ProductView } from '@kervan/contracts';
import { z } from 'zod';
import { presentBrand, presentProduct } from '../present/product.ts';
import { defineRoute, input, pageView, presentPage } from '../route.ts';
import { listQuery } from './inputs.ts';
import { ProductOrder } from './products.ts';

const storefront = { who: 'public', area: 'Storefront: goods', goods: 'shown' } as const;
const Price = z.coerce.number().int().min(0).max(1_000_000_000_000).optional();

/** What a storefront shows of the catalogue: active products only. */
export const goodsRoutes = [
  defineRoute({
    ...storefront,
    method: 'GET',
    path: '/products',
    summary: 'List products',
    description: 'Prices in the filters are minor units. `brand` is a slug or an id.',
    input: input({
      query: listQuery({
        brand: z.string().max(120).optional(),
        tag: z.string().max(100).optional(),
        sku: z.string().max(64).optional(),
        minPrice: Price,
        maxPrice: Price,
        sort: ProductOrder,
      }),
    }),
    rpc: catalogRpc.listProducts,
    request: ({ query }) => ({ ...query, activeOnly: true }),
    present: (page, view) => presentPage(page, (product) => presentProduct(product, view)),
    view: pageView(ProductView),
  }),
  defineRoute({
    ...storefront,
    method: 'GET',
    path: '/products/:slug',
    summary: 'Read a product',
    input: input({ params: z.object({ slug: z.string().min(1).max(120) }) }),
    rpc: catalogRpc.getProduct,
    request: ({ params }) => ({ ...params, activeOnly: true }),
    present: presentProduct,
    view: ProductView,
  }),
  defineRoute({
    ...storefront,
    method: 'GET',
    path: '/brands',
    summary: 'List brands',
    input: input({ query: listQuery({}) }),
    rpc: catalogRpc.listBrands,
    request: ({ query }) => query,
    present: (page, view) => presentPage(page, (brand) => presentBrand(brand, view)),
    view: pageView(BrandView),
  }),
];
