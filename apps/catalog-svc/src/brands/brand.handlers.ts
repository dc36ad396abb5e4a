import { isDeepStrictEqual } from 'node:util';
import { catalogRpc, fail, ok, type Brand, type Context, type Page, type Result } from '@kervan/contracts';
import { keep, refuse, write } from '@kervan/store';
import type { z } from 'zod';
import type { CatalogDeps } from '../products/deps.ts';
import { brandView, makeBrand, patchBrand } from './brand.ts';

type Request<Method extends keyof typeof catalogRpc> = z.output<(typeof catalogRpc)[Method]['request']>;

/** Makes a brand. slug_taken */
export const createBrand =
  ({ brands, keyedId }: Pick<CatalogDeps, 'brands' | 'keyedId'>) =>
  async (request: Request<'createBrand'>, context: Context): Promise<Result<Brand>> => {
    const keyed = await keyedId('brand', catalogRpc.createBrand, request, context);
    if (!keyed.ok) return keyed;
    const { id, input } = keyed.value;
    const { tenant } = context;
    const brand = makeBrand(input, { id, tenant });
    if ((await brands.insert(brand)) !== null) {
      return ok(brandView({ ...brand, version: 1, createdAt: new Date(0), updatedAt: new Date(0) }));
    }
    const made = await brands.get(tenant, id);
    return made === null ? fail('slug_taken', { slug: brand.slug }) : ok(brandView(made));
  };

/** Brands by name, a page at a time. invalid_cursor */
export const listBrands =
  ({ brands }: Pick<CatalogDeps, 'brands'>) =>
  async ({ limit, cursor }: Request<'listBrands'>, { tenant }: Context): Promise<Result<Page<Brand>>> => {
    const page = await brands.list(tenant, {}, { sort: { name: 1 }, limit, cursor });
    return page.ok ? ok({ ...page.value, data: page.value.data.map(brandView) }) : page;
  };

/** One brand. not_found */
export const getBrand =
  ({ brands }: Pick<CatalogDeps, 'brands'>) =>
  async ({ id }: Request<'getBrand'>, { tenant }: Context): Promise<Result<Brand>> => {
    const brand = await brands.get(tenant, id);
    return brand === null ? fail('not_found') : ok(brandView(brand));
  };

/** Changes a brand. not_found, slug_taken, precondition_failed */
export const updateBrand =
  ({ brands, shelves }: Pick<CatalogDeps, 'brands' | 'shelves'>) =>
  async ({ id, patch, expectedVersion }: Request<'updateBrand'>, { tenant }: Context): Promise<Result<Brand>> => {
    const updated = await brands.update(tenant, id, (brand) => {
      if (expectedVersion !== undefined && expectedVersion !== brand.version) return refuse('precondition_failed');
      const patched = patchBrand(brand, patch);
      return isDeepStrictEqual(patched, brand) ? keep(null) : write(patched, null);
    });
    shelves.generations.drop(tenant);
    if (updated.ok) return ok(brandView(updated.document));
    // The only unique thing a change can collide on.
    return updated.error.code === 'conflict' ? fail('slug_taken', { slug: patch.slug }) : updated;
  };

/** Deletes a brand that no product has. not_found, in_use, precondition_failed */
export const deleteBrand =
  ({ brands, products, shelves }: Pick<CatalogDeps, 'brands' | 'products' | 'shelves'>) =>
  async ({ id, expectedVersion }: Request<'deleteBrand'>, { tenant }: Context): Promise<Result<{ id: string }>> => {
    const filter = { brandId: id, status: { $ne: 'deleted' } };
    const used = await products.list(tenant, filter, { sort: { createdAt: -1 }, limit: 1 });
    if (!used.ok) return used;
    if (used.value.data.length > 0) return fail('in_use');
    const removed = await brands.remove(tenant, id, expectedVersion);
    shelves.generations.drop(tenant);
    if (removed) return ok({ id });
    return fail((await brands.get(tenant, id)) === null ? 'not_found' : 'precondition_failed');
  };
