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
import type { z } from 'zod';
import type { CatalogDeps } from './deps.ts';
import { makeProduct, problemsOfProduct, UNKNOWN_BRAND } from './make.ts';
import { completeProduct, exists, productView, type ProductFacts } from './product.ts';
import { whatIsTaken } from './taken.ts';

type Request = z.output<(typeof catalogRpc)['createProduct']['request']>;

/** How many slugs are tried for a product that names none: `elbise`, `elbise-2`, … */
const MOST_SLUGS = 50;

/**
 * Makes a product with its variants, and passes their first stock on. The stock waits in the product until
 * inventory-svc has it, so the answer does not depend on that. slug_taken, sku_taken, invalid_input
 */
export const createProduct =
  (deps: CatalogDeps) =>
  async (request: Request, context: Context): Promise<Result<Product>> => {
    const { products, brands, shelves, passOn } = deps;
    const { tenant, traceId } = context;
    const keyed = await deps.keyedId('product', catalogRpc.createProduct, request, context);
    if (!keyed.ok) return keyed;
    const { product: input, defaultCurrency } = keyed.value.input;
    const makeId = (kind: IdKind) => (kind === 'product' ? keyed.value.id : newId(kind));
    const made = makeProduct(input, { tenant, defaultCurrency, makeId });
    const problems = problemsOfProduct(made);
    if (made.brandId !== null && (await brands.get(tenant, made.brandId)) === null) {
      problems.push(UNKNOWN_BRAND);
    }
    if (problems.length > 0) return invalid(problems);

    for (let attempt = 1; attempt <= MOST_SLUGS; attempt++) {
      const product = attempt === 1 ? made : { ...made, slug: numbered(made.slug, attempt) };
      const { _id: id, slug } = product;
      const outcome = await products
        .insert(
          { ...completeProduct(product), deletedAt: null },
          [emit(catalogEvents.productCreated, { productId: id, slug })],
          traceId,
        )
        .finally(() => shelves.generations.drop(tenant));
      if (outcome !== null) {
        await passOn(context, [product]);
        const document = await products.get(tenant, id);
        return document === null ? fail('not_found') : ok(productView(document));
      }
      const earlier = await products.get(tenant, id);
      if (earlier !== null) return exists(earlier) ? ok(productView(earlier)) : fail('not_found');
      const taken = await whatIsTaken(products, tenant, keysOf(product));
      if (taken !== null && (taken.code !== 'slug_taken' || input.slug !== undefined))
        return { ok: false, error: taken };
    }
    return fail('slug_taken', { slug: made.slug });
  };

const numbered = (slug: string, number: number): string => `${slug.slice(0, 116).replace(/-$/, '')}-${number}`;

const keysOf = ({ _id: id, slug, variants }: ProductFacts) => ({ id, slug, skus: variants.map(({ sku }) => sku) });
