import type { ImportReport } from '@kervan/contracts';
import { reasonText } from './reasons.ts';
import type { Outcome, Seen } from './seen.ts';

/** A report travels as one message of the bus: its problems are listed up to this many bytes, and counted beyond. */
const MOST_BYTES = 700_000;
const MOST_HANDLE = 100;

/** The report of a file that was read: problems in the order of its lines, reasons in this language. */
export const reportOf = (importId: string, seen: Seen, language: string): ImportReport => {
  const outcomes = [...seen.handles.values()].map(({ outcome }) => outcome);
  const count = (outcome: Outcome): number => outcomes.filter((each) => each === outcome).length;
  const sorted = seen.problems.toSorted((one, other) => one.line - other.line);
  let bytes = 0;
  const problems: ImportReport['problems'] = [];
  for (const { line, handle, column, code, value } of sorted) {
    const reason = reasonText({ code, value }, language);
    const listed = { line, handle: handle?.slice(0, MOST_HANDLE) ?? null, column, reason };
    bytes += Buffer.byteLength(JSON.stringify(listed));
    if (bytes > MOST_BYTES) break;
    problems.push(listed);
  }
  return {
    importId,
    rows: seen.rows,
    products: { created: count('created'), updated: count('updated'), unchanged: count('unchanged') },
    variants: { ...seen.variants },
    images: seen.images,
    failed: seen.failed,
    problems,
  };
};
