import type { Result } from '@kervan/contracts';
import { ok } from '@kervan/contracts';
import { notProducts, readHeader, type Header } from './columns.ts';
import { readRecords, type RawRecord } from './records.ts';

/** A file being read: its header, and its rows as they come. */
export type OpenFile = { readonly header: Header; readonly rows: AsyncIterable<RawRecord> };

/** Reads the header of a file and gets ready for its rows. invalid_input when the file is not one of products. */
export const openFile = async (parts: AsyncIterable<string>): Promise<Result<OpenFile>> => {
  const records = readRecords(parts);
  const first = await records.next();
  if (first.done === true) return notProducts('empty', { tr: 'içinde bir şey yok', en: 'there is nothing in it' });
  const { cells } = first.value;
  if (cells === null)
    return notProducts('broken_quotes', {
      tr: 'başlığındaki tırnaklar kapanmıyor',
      en: 'the quotes of its header are not closed',
    });
  if (isBlank(cells)) return notProducts('empty', { tr: 'ilk satırı boş', en: 'its first line is empty' });
  const header = readHeader(cells);
  return header.ok ? ok({ header: header.value, rows: readRows(records) }) : header;
};

/** Lines without anything on them are no rows; spreadsheets leave them at the end. */
async function* readRows(records: AsyncIterable<RawRecord>): AsyncGenerator<RawRecord> {
  for await (const record of records) if (record.cells === null || !isBlank(record.cells)) yield record;
}

const isBlank = (cells: readonly string[]): boolean => cells.every((cell) => cell.trim() === '');
