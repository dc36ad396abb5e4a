/** The longest record that is believed: one that is longer began with a quote that was never closed. In characters. */
const MOST_CHARACTERS = 262_144;

/** One record of a CSV file as text, without its line break; `line` is its first line in the file, from 1. */
export type RawRecord = { readonly line: number; readonly text: string; readonly broken: boolean };

/** Where a record ends, or `broken` when its quotes cannot be right; `null` when the text ends before one knows. */
type Scan = { readonly end: number; readonly next: number; readonly fields: number } | 'broken' | null;

/** The characters that may separate fields: Excel in Turkish writes semicolons. */
const DELIMITERS = [',', ';', '\t'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** The delimiter of a file, by its first line. */
export const delimiterOf = (firstLine: string): Delimiter =>
  DELIMITERS.reduce((best, candidate) =>
    firstLine.split(candidate).length > firstLine.split(best).length ? candidate : best,
  );

/**
 * Takes a file apart into records, reading as it comes. A quote that is never closed, or closed in the middle of a
 * field, would swallow the rows after it: such a record is given up as `broken` for its first line alone, and reading
 * goes on at the next line. The same for a record over several lines that has another number of fields than the first
 * record: it most likely is two.
 */
export async function* readRecords(parts: AsyncIterable<string>): AsyncGenerator<RawRecord> {
  let text = '';
  let line = 1;
  let delimiter: Delimiter | undefined;
  let columns: number | undefined;

  const take = function* (atEnd: boolean): Generator<RawRecord> {
    let from = 0;
    if (delimiter === undefined) {
      if (line === 1 && text.startsWith('\uFEFF')) from = 1;
      const firstBreak = text.search(/[\r\n]/);
      if (firstBreak === -1 && !atEnd && text.length < MOST_CHARACTERS) return;
      delimiter = delimiterOf(text.slice(from, firstBreak === -1 ? undefined : firstBreak));
    }
    while (from < text.length) {
      let scan = scanRecord(text, from, delimiter, atEnd);
      if (scan === null && text.length - from <= MOST_CHARACTERS) break;
      if (scan !== null && scan !== 'broken') {
        const record = text.slice(from, scan.end);
        const lines = linesOf(record);
        if (lines > 1 && columns !== undefined && scan.fields !== columns) scan = 'broken';
        else {
          columns ??= scan.fields;
          yield { line, text: record, broken: false };
          line += lines;
          from = scan.next;
          continue;
        }
      }
      const { end, next } = firstLine(text, from);
      yield { line, text: text.slice(from, end), broken: true };
      line++;
      from = next;
    }
    text = text.slice(from);
  };

  for await (const part of parts) {
    text += part;
    yield* take(false);
  }
  yield* take(true);
}

const isBreak = (char: string | undefined): boolean => char === '\n' || char === '\r';
const linesOf = (record: string): number => record.split(/\r\n|\r|\n/).length;

/** The first physical line of what is left. */
const firstLine = (text: string, from: number): { end: number; next: number } => {
  const length = text.slice(from).search(/[\r\n]/);
  const end = length === -1 ? text.length : from + length;
  return { end, next: end + (text.startsWith('\r\n', end) ? 2 : 1) };
};

/** Reads one record by RFC 4180; a quote inside a field without quotes is a character like any other. */
const scanRecord = (text: string, from: number, delimiter: Delimiter, atEnd: boolean): Scan => {
  let at = from;
  let fields = 1;
  let fieldStart = true;
  while (at < text.length) {
    const char = text[at];
    if (fieldStart && char === '"') {
      const after = closeQuote(text, at);
      if (after === -1 || (after === text.length && !atEnd)) return atEnd ? 'broken' : null;
      if (after < text.length && text[after] !== delimiter && !isBreak(text[after])) return 'broken';
      at = after;
      fieldStart = false;
    } else if (isBreak(char)) {
      // A carriage return at the end may be half of a line break.
      if (char === '\r' && at + 1 === text.length && !atEnd) return null;
      return { end: at, next: at + (text.startsWith('\r\n', at) ? 2 : 1), fields };
    } else {
      fieldStart = char === delimiter;
      if (fieldStart) fields++;
      at++;
    }
  }
  return atEnd ? { end: at, next: at, fields } : null;
};

/** The place after the quote that closes a field opened at `open`; -1 when the text ends before. */
const closeQuote = (text: string, open: number): number => {
  for (let at = text.indexOf('"', open + 1); at !== -1; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at + 1;
  }
  return -1;
};
