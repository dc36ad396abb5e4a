import { problem } from './draft.ts';
import type { RowProblem } from './reasons.ts';
import type { ImportRow, ReadRow } from './row.ts';

/** What became of a product in this file. */
export type Outcome = 'created' | 'updated' | 'unchanged';

/** The problems that are told one by one; beyond, rows with any are only counted. */
const MOST_PROBLEMS = 10_000;

/** What is remembered of a file while it is read: a few words of each product and row, never the rows themselves. */
export type Seen = {
  rows: number;
  /** Rows of which anything was refused. */
  failed: number;
  images: number;
  readonly variants: Record<Outcome, number>;
  readonly problems: RowProblem[];
  /** By slug: the handle it was made of, its option names, whether a row with its title could not be read, its fate. */
  readonly handles: Map<string, SeenHandle>;
  readonly skus: Set<string>;
  /** Slug and option values of every variant row. */
  readonly options: Set<string>;
};
export type SeenHandle = {
  readonly handle: string;
  optionNames: readonly (string | undefined)[];
  productLost: boolean;
  outcome: Outcome | null;
};

/** Nothing read yet. */
export const nothingSeen = (): Seen => ({
  rows: 0,
  failed: 0,
  images: 0,
  variants: { created: 0, updated: 0, unchanged: 0 },
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
  const problems = [...read.problems];
  const row = admit(seen, read, problems);
  if (problems.length > 0) seen.failed++;
  noteProblems(seen, problems);
  return row;
};

/** Takes note of problems, as far as they are told. */
export const noteProblems = (seen: Seen, problems: readonly RowProblem[]): void => {
  seen.problems.push(...problems.slice(0, MOST_PROBLEMS - seen.problems.length));
};

const admit = (seen: Seen, { about, row, productLost }: ReadRow, problems: RowProblem[]): ImportRow | null => {
  if (about === null) return null;
  const handle = noteHandle(seen, about);
  if (productLost) handle.productLost = true;
  if (row === null) return null;
  if (handle.handle.toLowerCase() !== row.handle.toLowerCase()) {
    problems.push(problem(row, 'Handle', 'handle_collision', row.slug));
    return null;
  }
  handle.optionNames = row.optionNames.map((name, place) =>
    name === undefined ? handle.optionNames[place] : ownText(name),
  );
  const variant = admitVariant(seen, row, problems);
  return { ...row, variant, refused: problems.length > 0 };
};

const noteHandle = (seen: Seen, { slug, handle }: { slug: string; handle: string }): SeenHandle => {
  const known = seen.handles.get(slug);
  if (known !== undefined) return known;
  const noted = { handle: ownText(handle), optionNames: [], productLost: false, outcome: null };
  seen.handles.set(ownText(slug), noted);
  return noted;
};

const admitVariant = (seen: Seen, row: ImportRow, problems: RowProblem[]): ImportRow['variant'] => {
  const { variant } = row;
  if (variant === null) return null;
  const { sku, values } = variant;
  if (sku !== undefined && seen.skus.has(sku)) {
    problems.push(problem(row, 'Variant SKU', 'sku_twice', sku));
    return null;
  }
  const key = JSON.stringify([row.slug, ...values]);
  if (seen.options.has(key)) {
    problems.push(problem(row, 'Option1 Value', 'options_twice'));
    return null;
  }
  if (sku !== undefined) seen.skus.add(ownText(sku));
  seen.options.add(key);
  return variant;
};

/** A text of its own: a cell is a piece of the part it came in, and would keep all of that in memory. */
const ownText = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le');
