import { ok, type Context, type Result } from '@kervan/contracts';
import type { CatalogDeps } from '../products/deps.ts';
import { readRow, type ImportRow } from './row.ts';
import { openFile } from './rows.ts';
import { admitRow, nothingSeen, noteProblems, type Seen } from './seen.ts';
import { writeRows } from './write.ts';

/** Rows in a batch; it ends where a product ends, unless that has too many itself. */
const BATCH = 500;
const MOST_BATCH = 2_000;
/** Rows of a file, at most. What is remembered of each is little, but not nothing. */
const MOST_ROWS = 100_000;

/**
 * Reads a file as it comes and brings its products in, batch by batch. invalid_input when it is no CSV of products. May
 * be broken off anywhere and run again: what is in already changes nothing.
 */
export const importFile = async (
  deps: CatalogDeps,
  context: Context,
  file: {
    readonly parts: AsyncIterable<string>;
    readonly currency: string;
  },
): Promise<Result<Seen>> => {
  const { parts, currency } = file;
  const opened = await openFile(parts);
  if (!opened.ok) return opened;
  const { header, rows } = opened.value;
  const seen = nothingSeen();
  let batch: ImportRow[] = [];
  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const full = batch;
    batch = [];
    await writeRows(deps, context, { rows: full, seen, currency });
  };

  for await (const fileRow of rows) {
    if (seen.rows === MOST_ROWS) {
      seen.failed++;
      const { line } = fileRow;
      noteProblems(seen, [{ line, handle: null, column: null, code: 'too_many_rows', value: String(MOST_ROWS) }]);
      break;
    }
    const row = admitRow(seen, readRow(fileRow, header, currency));
    if (row === null) continue;
    const isNext = batch.at(-1)?.slug !== row.slug;
    if (batch.length >= MOST_BATCH || (batch.length >= BATCH && isNext)) await flush();
    batch.push(row);
  }
  await flush();
  return ok(seen);
};
