/** The longest record that is believed: one that is longer began with a quote that was never closed. In characters. */
const MOST_CHARACTERS = 262_144;
/** What is kept of a line that cannot be taken apart, in characters. */
const MOST_SHOWN = 1_000;
/** A line break may be two characters: with these behind the longest record there is nothing left to wait for. */
const BREAK_CHARACTERS = 2;

/**
 * One record of a CSV file; `line` is its first line in the file, from 1. `cells` is null when its quotes are broken:
 * then `text` is the beginning of that line.
 */
export type RawRecord =
  | { readonly line: number; readonly cells: readonly string[] }
  | { readonly line: number; readonly cells: null; readonly text: string };

/** The characters that may separate fields: Excel in Turkish writes semicolons. */
const DELIMITERS = [',', ';', '\t'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** The delimiter of a file, by its first line. */
export const delimiterOf = (firstLine: string): Delimiter =>
  DELIMITERS.reduce((best, candidate) =>
    firstLine.split(candidate).length > firstLine.split(best).length ? candidate : best,
  );

/** What the first line of a file says about all others. */
type Format = { readonly delimiter: Delimiter; readonly columns: number | undefined };

/**
 * Takes a file apart into records, reading as it comes; what comes out does not depend on how it was cut into parts. A
 * quote that is never closed, or closed in the middle of a field, would swallow the rows after it: such a record is
 * given up for its first line alone, and reading goes on at the next line. The same for a record over several lines
 * that has another number of fields than the first record: it most likely is two.
 */
export async function* readRecords(parts: AsyncIterable<string>): AsyncGenerator<RawRecord> {
  let text = '';
  let line = 1;
  let format: Format | undefined;
  // Whether the line that is being read was given up already, and only its end is looked for.
  let skipping = false;

  const take = function* (atEnd: boolean): Generator<RawRecord> {
    let from = 0;
    if (format === undefined) {
      if (text.startsWith('\uFEFF')) from = 1;
      const firstBreak = findBreak(text, from);
      if (firstBreak === -1 && !atEnd && text.length < MOST_CHARACTERS) return;
      const end = firstBreak === -1 ? text.length : firstBreak;
      format = { delimiter: delimiterOf(text.slice(from, Math.min(end, MOST_CHARACTERS))), columns: undefined };
    }
    while (from < text.length) {
      if (skipping) {
        const end = findBreak(text, from);
        const next = end === -1 ? null : afterBreak(text, end, atEnd);
        if (next === null) {
          // Half a line break stays, the rest of the line goes.
          from = end === -1 ? text.length : end;
          break;
        }
        skipping = false;
        line++;
        from = next;
        continue;
      }
      const scan = scanRecord(text, from, atEnd, format);
      if (scan === null) break;
      if (scan !== 'broken') {
        yield { line, cells: scan.cells };
        format = { ...format, columns: format.columns ?? scan.cells.length };
        line += scan.lines;
        from = scan.next;
        continue;
      }
      const end = findBreak(text, from);
      if (end === -1 && !atEnd && text.length - from < MOST_SHOWN) break;
      yield { line, cells: null, text: text.slice(from, Math.min(end === -1 ? text.length : end, from + MOST_SHOWN)) };
      skipping = true;
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

/** The place of the next line break; -1 when there is none yet. */
const findBreak = (text: string, from: number): number => {
  for (let at = from; at < text.length; at++) if (isBreak(text[at])) return at;
  return -1;
};

/** The place after a line break; null when it may be the first half of one. */
const afterBreak = (text: string, at: number, atEnd: boolean): number | null => {
  if (text[at] === '\n') return at + 1;
  if (at + 1 === text.length && !atEnd) return null;
  return text[at + 1] === '\n' ? at + 2 : at + 1;
};

const linesOf = (field: string): number => field.split(/\r\n|\r|\n/).length;

/** A record read: its fields, the lines it takes, and where the next one begins. */
type Scan = { readonly cells: string[]; readonly lines: number; readonly next: number };

/**
 * Reads one record by RFC 4180; a quote inside a field without quotes is a character like any other. `broken` when its
 * quotes cannot be right; null when the text ends before one knows.
 */
const scanRecord = (
  text: string,
  from: number,
  atEnd: boolean,
  { delimiter, columns }: Format,
): Scan | 'broken' | null => {
  const undecided = text.length - from < MOST_CHARACTERS + BREAK_CHARACTERS ? null : 'broken';
  const cells: string[] = [];
  let lines = 1;
  let at = from;
  for (;;) {
    const start = at;
    if (text[at] === '"') {
      at = closeQuote(text, at);
      if (at === -1 || (at === text.length && !atEnd)) return atEnd ? 'broken' : undecided;
      if (at < text.length && text[at] !== delimiter && !isBreak(text[at])) return 'broken';
      const field = text.slice(start + 1, at - 1);
      cells.push(field.includes('"') ? field.replaceAll('""', '"') : field);
      lines += linesOf(field) - 1;
    } else {
      while (at < text.length && text[at] !== delimiter && !isBreak(text[at])) at++;
      if (at === text.length && !atEnd) return undecided;
      cells.push(text.slice(start, at));
    }
    const isMore = text[at] === delimiter;
    // Said as soon as it is known: else a file full of quotes would be read to its end for each of its lines.
    if (lines > 1 && columns !== undefined && (isMore ? cells.length >= columns : cells.length !== columns)) {
      return 'broken';
    }
    if (isMore) at++;
    else break;
  }
  if (at - from > MOST_CHARACTERS) return 'broken';
  if (at === text.length) return { cells, lines, next: at };
  const next = afterBreak(text, at, atEnd);
  return next === null ? null : { cells, lines, next };
};

/** The place after the quote that closes a field opened at `open`; -1 when the text ends before. */
const closeQuote = (text: string, open: number): number => {
  for (let at = text.indexOf('"', open + 1); at !== -1; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at + 1;
  }
  return -1;
};
