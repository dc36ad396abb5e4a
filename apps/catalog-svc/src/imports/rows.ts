import type { Result } from '@kervan/contracts';
import { ok } from '@kervan/contracts';
import { parse } from 'csv-parse/sync';
import { notProducts, readHeader, type Header } from './columns.ts';
import { delimiterOf, readRecords, type Delimiter, type RawRecord } from './records.ts';

/** Records that csv-parse gets at once. */
const BATCH = 500;

/** A row of the file: its cells in the order of the header, or `null` when its quotes are broken. */
export type FileRow = { readonly line: number; readonly cells: readonly string[] | null; readonly text: string };

/** A file being read: its header, and its rows as they come. */
export type OpenFile = { readonly header: Header; readonly rows: AsyncGenerator<FileRow> };

/** Reads the header of a file and gets ready for its rows. invalid_input when the file is not one of products. */
export const openFile = async (parts: AsyncIterable<string>): Promise<Result<OpenFile>> => {
  const records = readRecords(parts);
  const first = await records.next();
  if (first.done === true || first.value.text.trim() === '') return notProducts('empty', 'its first line is empty');
  if (first.value.broken) return notProducts('broken_quotes', 'the quotes of its header are not closed');
  const delimiter = delimiterOf(first.value.text);
  const header = readHeader(cellsOf([first.value], delimiter)[0] ?? []);
  return header.ok ? ok({ header: header.value, rows: readRows(records, delimiter) }) : header;
};

async function* readRows(records: AsyncGenerator<RawRecord>, delimiter: Delimiter): AsyncGenerator<FileRow> {
  let batch: RawRecord[] = [];
  for await (const record of records) {
    batch.push(record);
    if (batch.length < BATCH) continue;
    yield* rowsOf(batch, delimiter);
    batch = [];
  }
  yield* rowsOf(batch, delimiter);
}

function* rowsOf(batch: readonly RawRecord[], delimiter: Delimiter): Generator<FileRow> {
  const whole = batch.filter(({ broken, text }) => !broken && text.trim() !== '');
  const cells = new Map(cellsOf(whole, delimiter).map((row, index) => [whole[index], row]));
  for (const record of batch) {
    const row = cells.get(record);
    if (record.broken) yield { line: record.line, cells: null, text: record.text };
    // Lines without anything on them are no rows; spreadsheets leave them at the end.
    else if (row?.some((cell) => cell.trim() !== '') === true)
      yield { line: record.line, cells: row, text: record.text };
  }
}

/** The cells of records whose quotes are in order. */
const cellsOf = (records: readonly RawRecord[], delimiter: Delimiter): string[][] =>
  parse(records.map(({ text }) => text).join('\n'), {
    delimiter,
    record_delimiter: '\n',
    relax_quotes: true,
    relax_column_count: true,
  });
