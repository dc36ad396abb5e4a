import { ok, type catalogRpc, type Context, type Result, type VariantSnapshot } from '@kervan/contracts';
import type { z } from 'zod';
import type { CatalogDeps } from '../products/deps.ts';
import { snapshotOf } from './snapshot.ts';

type Request = z.output<(typeof catalogRpc)['resolveVariants']['request']>;
type Deps = Pick<CatalogDeps, 'products' | 'shelves'>;
/** By what a variant is asked for, the field that holds it, and the letter it has in memory. */
const FIELDS = { id: { field: 'variants.id', letter: 'i' }, sku: { field: 'variants.sku', letter: 's' } } as const;
type Asked = { readonly by: keyof typeof FIELDS; readonly value: string };

/**
 * What carts copy, for many variants at once; unknown ones are left out. Asked by every call of a cart: from memory
 * where known, and all that is not known by all who ask in the same turn is one read.
 */
export const resolveVariants =
  ({ products, shelves }: Deps) =>
  async (
    { variantIds, skus, currency }: Request,
    { tenant }: Pick<Context, 'tenant'>,
  ): Promise<Result<{ variants: VariantSnapshot[] }>> => {
    const { snapshots, generations } = shelves;
    const asked: Asked[] = [];
    for (const value of variantIds) asked.push({ by: 'id', value });
    for (const value of skus) asked.push({ by: 'sku', value });
    const keyOf = ({ by, value }: Asked): string => `${currency} ${FIELDS[by].letter} ${value}`;

    // Taken before anything is read: what changes meanwhile is not kept.
    const generation = generations.of(tenant);
    const load = async (one: Asked): Promise<VariantSnapshot | undefined> => {
      const product = await products.findBy(tenant, FIELDS[one.by].field, one.value);
      const variant = product?.variants.find((candidate) => candidate[one.by] === one.value);
      if (product === null || variant === undefined) return undefined;
      const snapshot = snapshotOf(product, variant, currency);
      snapshots.keep(tenant, generation, keyOf(one), snapshot);
      return snapshot;
    };

    const found = new Map<string, VariantSnapshot>();
    const missing: Asked[] = [];
    for (const one of asked) {
      const known = snapshots.get(tenant, keyOf(one));
      if (known === undefined) missing.push(one);
      else found.set(known.variantId, known);
    }
    if (missing.length > 0) {
      for (const snapshot of await Promise.all(missing.map(load))) {
        if (snapshot !== undefined) found.set(snapshot.variantId, snapshot);
      }
    }
    return ok({ variants: [...found.values()] });
  };
