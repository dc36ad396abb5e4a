import type { RowProblem } from './reasons.ts';
import type { ImportRow, ReadRow } from './row.ts';

/** What became of a product in this file. */
export type Outcome = 'created' | 'updated' | 'unchanged';

/** What is remembered of a file while it is read: a few words of each product and row, never the rows themselves. */
export type Seen = {
  rows: number;
  images: number;
  readonly variants: Record<Outcome, number>;
  readonly products: Map<string, Outcome>;
  readonly problems: RowProblem[];
  /** By slug: the handle it was made of, its option names, and whether a row with its title could not be read. */
  readonly handles: Map<string, SeenHandle>;
  readonly skus: Set<string>;
  /** Slug and option values of every variant row. */
  readonly options: Set<string>;
};
export type SeenHandle = {
  readonly handle: string;
  optionNames: readonly (string | undefined)[];
  productLost: boolean;
};

/** Nothing read yet. */
export const nothingSeen = (): Seen => ({
  rows: 0,
  images: 0,
  variants: { created: 0, updated: 0, unchanged: 0 },
  products: new Map(),
  problems: [],
  handles: new Map(),
  skus: new Set(),
  options: new Set(),
});

/**
 * Takes note of a row, and gives back what of it goes on: `null` when nothing. What stands in the file twice counts the
 * first time only.
 */
export const admitRow = (seen: Seen, read: ReadRow): ImportRow | null => {
  seen.rows++;
  seen.problems.push(...read.problems);
  if (read.about === null) return null;
  const handle = noteHandle(seen, read.about);
  if (read.productLost) handle.productLost = true;
  const { row } = read;
  if (row === null) return null;
  if (handle.handle.toLowerCase() !== row.handle.toLowerCase()) {
    seen.problems.push({ ...at(row), column: 'Handle', code: 'handle_collision', value: row.slug });
    return null;
  }
  handle.optionNames = row.optionNames.map((name, place) => name ?? handle.optionNames[place]);
  const variant = admitVariant(seen, row);
  return { ...row, variant, refused: row.refused || variant !== row.variant };
};

const at = ({ line, handle }: ImportRow) => ({ line, handle });

const noteHandle = (seen: Seen, { slug, handle }: { slug: string; handle: string }): SeenHandle => {
  const known = seen.handles.get(slug);
  if (known !== undefined) return known;
  const noted = { handle, optionNames: [], productLost: false };
  seen.handles.set(slug, noted);
  return noted;
};

const admitVariant = (seen: Seen, row: ImportRow): ImportRow['variant'] => {
  const { variant } = row;
  if (variant === null) return null;
  const { sku, values } = variant;
  if (sku !== undefined && seen.skus.has(sku)) {
    seen.problems.push({ ...at(row), column: 'Variant SKU', code: 'sku_twice', value: sku });
    return null;
  }
  const key = JSON.stringify([row.slug, ...values]);
  if (seen.options.has(key)) {
    seen.problems.push({ ...at(row), column: 'Option1 Value', code: 'options_twice', value: '' });
    return null;
  }
  if (sku !== undefined) seen.skus.add(sku);
  seen.options.add(key);
  return variant;
};
