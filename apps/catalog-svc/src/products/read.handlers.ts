import { fail, ok, type catalogRpc, type Context, type Page, type Product, type Result } from '@kervan/contracts';
import type { z } from 'zod';
import type { CatalogDeps } from './deps.ts';
import { filterOf, SORTS, type ProductQuery } from './list.ts';
import { exists, productView } from './product.ts';

type GetRequest = z.output<(typeof catalogRpc)['getProduct']['request']>;
type Deps = Pick<CatalogDeps, 'products' | 'brands' | 'shelves'>;

/** What a page may weigh as a message of the bus, in bytes. */
const MOST_BYTES = 900_000;

/** One product by id or slug. What buyers see comes from memory, what staff sees from the database. not_found */
export const getProduct =
  ({ products, shelves }: Deps) =>
  async (request: GetRequest, { tenant }: Pick<Context, 'tenant'>): Promise<Result<Product>> => {
    if ('id' in request) {
      const product = await products.get(tenant, request.id);
      return exists(product) ? ok(productView(product)) : fail('not_found');
    }
    const { slug, activeOnly } = request;
    const load = async (): Promise<Result<Product>> => {
      const product = await products.findBy(tenant, 'slug', slug);
      return exists(product) && (!activeOnly || product.status === 'active')
        ? ok(productView(product))
        : fail('not_found');
    };
    return activeOnly ? shelves.products.getOrLoad(tenant, slug, load) : load();
  };

/** Products, a page at a time; the same split between memory and database. invalid_cursor */
export const listProducts =
  ({ products, brands, shelves }: Deps) =>
  async (query: ProductQuery, { tenant }: Pick<Context, 'tenant'>): Promise<Result<Page<Product>>> => {
    const load = async (): Promise<Result<Page<Product>>> => {
      const brandId = query.brand === undefined ? undefined : await brandIdOf(brands, tenant, query.brand);
      if (brandId === null) return ok({ data: [], nextCursor: null });
      const { cursor, sort } = query;
      const filter = filterOf(query, brandId);
      for (let { limit } = query; ; limit = limit >> 1) {
        const page = await products.list(tenant, filter, { sort: SORTS[sort], limit, cursor });
        if (!page.ok) return page;
        const shown = { ...page.value, data: page.value.data.map(productView) };
        // A page too heavy for one message is a shorter page.
        if (limit === 1 || Buffer.byteLength(JSON.stringify(shown)) <= MOST_BYTES) return ok(shown);
      }
    };
    return query.activeOnly ? shelves.pages.getOrLoad(tenant, JSON.stringify(query), load) : load();
  };

/** A brand may be named by its slug or its id; `null` when there is none. */
const brandIdOf = async (brands: Deps['brands'], tenant: string, named: string): Promise<string | null> => {
  const [bySlug, byId] = await Promise.all([brands.findBy(tenant, 'slug', named), brands.get(tenant, named)]);
  return (bySlug ?? byId)?._id ?? null;
};
