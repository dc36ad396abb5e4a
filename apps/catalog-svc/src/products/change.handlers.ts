import { isDeepStrictEqual } from 'node:util';
import {
  catalogEvents,
  catalogRpc,
  type Context,
  emit,
  fail,
  type IdKind,
  invalid,
  newId,
  ok,
  type Product,
  type Result,
} from '@kervan/contracts';
import { keep, refuse, write } from '@kervan/store';
import type { z } from 'zod';
import { addVariant, patchProduct, patchVariant, removeVariant } from './change.ts';
import type { CatalogDeps } from './deps.ts';
import { UNKNOWN_BRAND } from './make.ts';
import { completeProduct, deletedProduct, exists, productView, type ProductDocument } from './product.ts';
import { whatIsTaken } from './taken.ts';

type Request<Method extends keyof typeof catalogRpc> = z.output<(typeof catalogRpc)[Method]['request']>;
type Change = (product: ProductDocument) => Result<ProductDocument>;

/** Which product is changed, in which version if the caller cares, and whether it was done before under the same key. */
type Changed = {
  readonly id: string;
  readonly expectedVersion?: number | undefined;
  readonly isDone?: (product: ProductDocument) => boolean;
};

/** Tries when what a change collided with is gone each time one looks. */
const TRIES = 3;

/**
 * Changes a product by a pure function, tells the world if anything is different, and passes new stock on. Every
 * refusal of the function comes back as it is. not_found, precondition_failed, slug_taken, sku_taken
 */
const changeProduct =
  ({ products, shelves, passOn }: CatalogDeps) =>
  async (
    context: Context,
    { id, expectedVersion, isDone = () => false }: Changed,
    change: Change,
  ): Promise<Result<Product>> => {
    const { tenant, traceId } = context;
    // What the change made of the product, for when an index refuses it.
    let wanted: ProductDocument | undefined;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const updated = await products
        .update(
          tenant,
          id,
          (product) => {
            if (!exists(product)) return refuse('not_found');
            if (isDone(product)) return keep(null);
            if (expectedVersion !== undefined && expectedVersion !== product.version)
              return refuse('precondition_failed');
            const changed = change(product);
            if (!changed.ok) return { refuse: changed.error };
            wanted = completeProduct(changed.value);
            if (isDeepStrictEqual(wanted, product)) return keep(null);
            return write(wanted, null, [emit(catalogEvents.productUpdated, { productId: id, slug: wanted.slug })]);
          },
          traceId,
        )
        // Also when the write may have happened.
        .finally(() => shelves.generations.drop(tenant));
      if (updated.ok) {
        await passOn(context, [updated.document]);
        return ok(productView(updated.document));
      }
      if (updated.error.code !== 'conflict' || updated.error.details?.['reason'] !== 'duplicate') return updated;
      const taken = wanted === undefined ? null : await whatIsTaken(products, tenant, keysOf(wanted));
      if (taken !== null) return { ok: false, error: taken };
    }
    return fail('conflict');
  };

const keysOf = ({ _id: id, slug, variants }: ProductDocument) => ({ id, slug, skus: variants.map(({ sku }) => sku) });

/** Changes a product's own fields. not_found, slug_taken, precondition_failed, invalid_input */
export const updateProduct =
  (deps: CatalogDeps) =>
  async (request: Request<'updateProduct'>, context: Context): Promise<Result<Product>> => {
    const { brandId } = request.patch;
    if (typeof brandId === 'string' && (await deps.brands.get(context.tenant, brandId)) === null) {
      return invalid([UNKNOWN_BRAND]);
    }
    return changeProduct(deps)(context, request, (product) => patchProduct(product, request.patch, newId));
  };

/** Adds a variant. not_found, sku_taken, precondition_failed, invalid_input */
export const createVariant =
  (deps: CatalogDeps) =>
  async (request: Request<'createVariant'>, context: Context): Promise<Result<Product>> => {
    const keyed = await deps.keyedId('variant', catalogRpc.createVariant, request, context);
    if (!keyed.ok) return keyed;
    const variantId = keyed.value.id;
    const { productId: id, variant, defaultCurrency, expectedVersion } = keyed.value.input;
    const isDone = ({ variants }: ProductDocument) => variants.some((other) => other.id === variantId);
    const makeId = (kind: IdKind) => (kind === 'variant' ? variantId : newId(kind));
    return changeProduct(deps)(context, { id, expectedVersion, isDone }, (product) =>
      addVariant(product, variant, { defaultCurrency, makeId }),
    );
  };

/** Changes a variant. not_found, sku_taken, precondition_failed, invalid_input */
export const updateVariant =
  (deps: CatalogDeps) =>
  ({ productId: id, variantId, patch, expectedVersion }: Request<'updateVariant'>, context: Context) =>
    changeProduct(deps)(context, { id, expectedVersion }, (product) => patchVariant(product, variantId, patch));

/** Takes a variant away. not_found, conflict for the last one, precondition_failed */
export const deleteVariant =
  (deps: CatalogDeps) =>
  ({ productId: id, variantId, expectedVersion }: Request<'deleteVariant'>, context: Context) =>
    changeProduct(deps)(context, { id, expectedVersion }, (product) => removeVariant(product, variantId));

/** Deletes a product: its slug and SKUs are free at once. not_found, precondition_failed */
export const deleteProduct =
  ({ products, shelves, clock }: CatalogDeps) =>
  async (
    { id, expectedVersion }: Request<'deleteProduct'>,
    { tenant, traceId }: Context,
  ): Promise<Result<{ id: string }>> => {
    const deleted = await products
      .update(
        tenant,
        id,
        (product) => {
          if (!exists(product)) return refuse('not_found');
          if (expectedVersion !== undefined && expectedVersion !== product.version)
            return refuse('precondition_failed');
          const { slug } = product;
          return write(deletedProduct(product, clock()), { id }, [
            emit(catalogEvents.productDeleted, { productId: id, slug }),
          ]);
        },
        traceId,
      )
      .finally(() => shelves.generations.drop(tenant));
    return deleted.ok ? ok(deleted.value) : deleted;
  };
