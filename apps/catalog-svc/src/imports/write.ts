import { catalogEvents, emit, newId, type Context } from '@kervan/contracts';
import { keep, refuse, write } from '@kervan/store';
import { slugOf } from '../text/slug.ts';
import { makeBrand } from '../brands/brand.ts';
import type { CatalogDeps } from '../products/deps.ts';
import { completeProduct, type ProductDocument } from '../products/product.ts';
import type { Giver } from '../stock/pass-on.ts';
import { problem, type MergeContext } from './draft.ts';
import { mergeRows, type Merged } from './merge.ts';
import type { RowProblem } from './reasons.ts';
import type { ImportRow } from './row.ts';
import { noteProblems, type Outcome, type Seen, type SeenHandle } from './seen.ts';
import { derivedSkus } from './sku.ts';

/** Tries when others make or change the same product, or take the same SKU, at the same time. */
const TRIES = 5;
/** The longest the passing on of a batch's stock may take, in milliseconds. */
const PASS_ON_MS = 15_000;

/** A product's rows, written. */
type Written = { readonly merged: Merged; readonly outcome: Outcome | null; readonly giver: Giver | null };

/**
 * Writes a batch of rows: all products of it are read together and written together, each on its own conditions. Rows
 * that were written before change nothing, so a batch may be begun and left anywhere.
 */
export const writeRows = async (
  deps: CatalogDeps,
  context: Context,
  { rows, seen, currency }: { rows: readonly ImportRow[]; seen: Seen; currency: string },
): Promise<void> => {
  const { tenant } = context;
  const brandIds = await brandsOf(deps, tenant, rows);
  const merging = { tenant, currency, makeId: newId, brandIdOf: (vendor: string) => brandIds.get(vendor) ?? null };
  const written = await Promise.all(
    [...Map.groupBy(rows, ({ slug }) => slug)].map(async ([slug, own]) => {
      const { optionNames = [], productLost = false }: Partial<SeenHandle> = seen.handles.get(slug) ?? {};
      return [slug, await writeProduct(deps, context, own, { ...merging, optionNames, productLost })] as const;
    }),
  ).finally(() => deps.shelves.generations.drop(tenant));
  for (const [slug, each] of written) note(seen, slug, each);
  seen.failed += countFailed(
    rows,
    written.flatMap(([, { merged }]) => merged.problems),
  );
  const givers = written.flatMap(([, { giver }]) => giver ?? []);
  await deps.passOn({ ...context, deadline: Date.now() + PASS_ON_MS }, givers);
};

const note = (seen: Seen, slug: string, { merged, outcome }: Written): void => {
  noteProblems(seen, merged.problems);
  seen.images += merged.images;
  for (const kind of ['created', 'updated', 'unchanged'] as const) seen.variants[kind] += merged.variants[kind];
  const product = seen.handles.get(slug);
  // Of several batches with rows of one product the one that did most counts.
  if (outcome !== null && product !== undefined && (product.outcome ?? 'unchanged') === 'unchanged') {
    product.outcome = outcome;
  }
};

/** Rows that nothing was wrong with before, and is now. */
const countFailed = (rows: readonly ImportRow[], problems: readonly RowProblem[]): number => {
  const lines = new Set(problems.map(({ line }) => line));
  return rows.filter(({ line, refused }) => !refused && lines.has(line)).length;
};

type Merging = Omit<MergeContext, 'isTaken'>;

const writeProduct = async (
  deps: CatalogDeps,
  context: Context,
  rows: readonly ImportRow[],
  merging: Merging,
): Promise<Written> => {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const written = await tryProduct(deps, context, rows, merging);
    if (written !== null) return written;
  }
  const problems = rows.map((row) => problem(row, null, 'not_written'));
  return {
    merged: { ...mergeRows(null, [], { ...merging, isTaken: () => true }), problems },
    outcome: null,
    giver: null,
  };
};

/** One try; `null` when somebody else was faster. */
const tryProduct = async (
  { products }: CatalogDeps,
  { tenant, traceId }: Context,
  rows: readonly ImportRow[],
  merging: Merging,
): Promise<Written | null> => {
  const slug = rows[0]?.slug ?? '';
  const [existing, isTaken] = await Promise.all([
    products.findBy(tenant, 'slug', slug),
    takenSkus(products, tenant, rows),
  ]);
  const context = { ...merging, isTaken };

  if (existing === null) {
    const merged = mergeRows(null, rows, context);
    if (merged.product === null) return { merged, outcome: null, giver: null };
    const product = { ...completeProduct(merged.product), deletedAt: null };
    const created = emit(catalogEvents.productCreated, { productId: product._id, slug });
    const outcome = await products.insert(product, [created], traceId);
    return outcome !== null ? { merged, outcome: 'created', giver: product } : null;
  }
  const updated = await products.update(
    tenant,
    existing._id,
    (document) => {
      // Renamed or deleted meanwhile: then the rows are about another product.
      if (document.slug !== slug) return refuse('conflict');
      const merged = mergeRows(document, rows, context);
      if (merged.product === null || !merged.changed) return keep(merged);
      const changed = completeProduct({ ...document, ...merged.product });
      return write(changed, merged, [emit(catalogEvents.productUpdated, { productId: document._id, slug })]);
    },
    traceId,
  );
  if (!updated.ok) return null;
  const { value: merged, document } = updated;
  return { merged, outcome: merged.changed ? 'updated' : 'unchanged', giver: document };
};

/** Which of the SKUs that these rows may get belong to another product. */
const takenSkus = async (
  products: CatalogDeps['products'],
  tenant: string,
  rows: readonly ImportRow[],
): Promise<MergeContext['isTaken']> => {
  const skus = new Set(rows.flatMap((row) => possibleSkus(row)));
  const owners = new Map(
    await Promise.all(
      [...skus].map(async (sku): Promise<[string, ProductDocument | null]> => {
        return [sku, await products.findBy(tenant, 'variants.sku', sku)];
      }),
    ),
  );
  return (sku, slug) => (owners.get(sku)?.slug ?? slug) !== slug;
};

const possibleSkus = ({ slug, variant }: ImportRow): string[] => {
  if (variant === null) return [];
  if (variant.sku !== undefined) return [variant.sku];
  // With its value, and without it in case that value says that there are no options.
  return [
    ...derivedSkus(
      slug,
      variant.values.filter((value) => value !== ''),
    ),
    ...derivedSkus(slug, []),
  ];
};

/** The brands of the vendors named, made where missing; a vendor is known by the slug of its name. */
const brandsOf = async (
  { brands }: CatalogDeps,
  tenant: string,
  rows: readonly ImportRow[],
): Promise<ReadonlyMap<string, string>> => {
  const vendors = new Map<string, string>();
  for (const { product } of rows)
    if (typeof product.vendor === 'string') vendors.set(product.vendor, slugOf(product.vendor));
  const names = new Map([...vendors].map(([name, slug]) => [slug, name]));
  const ids = new Map(
    await Promise.all(
      [...names].map(async ([slug, name]) => [slug, await brandId(brands, tenant, slug, name)] as const),
    ),
  );
  return new Map([...vendors].flatMap(([name, slug]) => ids.get(slug)?.map((id) => [name, id] as const) ?? []));
};

/** The brand with a slug, made if there is none; none when it was deleted at this very moment. */
const brandId = async (
  brands: CatalogDeps['brands'],
  tenant: string,
  slug: string,
  name: string,
): Promise<string[]> => {
  const known = await brands.findBy(tenant, 'slug', slug);
  if (known !== null) return [known._id];
  const brand = makeBrand({ name, slug }, { id: newId('brand'), tenant });
  if ((await brands.insert(brand)) !== null) return [brand._id];
  const other = await brands.findBy(tenant, 'slug', slug);
  return other === null ? [] : [other._id];
};
