import { parseDecimal } from '@kervan/money';
import type { Column, Header } from './columns.ts';
import { plainDecimal, withoutZeros } from './decimal.ts';
import type { ReasonCode, RowProblem } from './reasons.ts';

/** Reads the cells of one row by the names of their columns, and gathers what is wrong with them. */
export type Cells = {
  /** The trimmed text of a cell; `undefined` when the file has no such column. */
  readonly text: (column: Column) => string | undefined;
  /** The text of a cell that says something. */
  readonly said: (column: Column) => string | undefined;
  /** Notes that a cell cannot be right. */
  readonly refuse: (column: Column | string | null, code: ReasonCode, value?: string) => void;
  /** A text of at most `most` characters. */
  readonly short: (column: Column, most: number) => string | undefined;
  /** The same with the white space around it. */
  readonly whole: (column: Column, most: number) => string | undefined;
  /** An amount in minor units, never below zero; with a decimal point or comma. */
  readonly amount: (column: Column, currency: string) => number | undefined;
  /** A whole number, never below zero. */
  readonly count: (column: Column, most: number) => number | undefined;
  readonly yesOrNo: (column: Column) => boolean | undefined;
  /** A web address. */
  readonly address: (column: Column) => string | undefined;
  readonly problems: RowProblem[];
};

const MOST_AMOUNT = 1_000_000_000_000;
const MOST_ADDRESS = 1_000;
const ANSWERS: Readonly<Record<string, boolean>> = {
  ...{ true: true, yes: true, '1': true, evet: true },
  ...{ false: false, no: false, '0': false, hayır: false },
};

/** The cells of a row. What is refused reads as if it were not there. */
export const cellsOfRow = (
  cells: readonly string[],
  { header, line, handle }: { header: Header; line: number; handle: string | null },
): Cells => {
  const problems: RowProblem[] = [];
  const raw: Cells['text'] = (column) => {
    const place = header.places.get(column);
    return place === undefined ? undefined : (cells[place] ?? '');
  };
  const text: Cells['text'] = (column) => raw(column)?.trim();
  const said: Cells['said'] = (column) => text(column) || undefined;
  const refuse: Cells['refuse'] = (column, code, value = '') => {
    problems.push({ line, handle, column, code, value });
  };
  /** Reads a cell that says something; `read` gives `undefined` after a refusal. */
  const reading =
    <T, Rest extends unknown[]>(read: (column: Column, value: string, ...rest: Rest) => T | undefined) =>
    (column: Column, ...rest: Rest): T | undefined => {
      const value = said(column);
      return value === undefined ? undefined : read(column, value, ...rest);
    };
  const upTo = (column: Column, value: string, most: number): string | undefined => {
    if (value.length <= most) return value;
    refuse(column, 'too_long', String(most));
    return undefined;
  };
  const bounded = (column: Column, value: string, number: number, most: number): number | undefined => {
    if (number >= 0 && number <= most) return number;
    refuse(column, number < 0 ? 'negative' : 'too_large', value);
    return undefined;
  };

  return {
    text,
    said,
    refuse,
    problems,
    short: reading(upTo),
    whole: (column, most) => (said(column) === undefined ? undefined : upTo(column, raw(column) ?? '', most)),
    amount: reading((column, value, currency: string) => {
      const plain = plainDecimal(value);
      const amount = plain === null ? null : parseDecimal(withoutZeros(plain), currency);
      if (amount !== null) return bounded(column, value, amount, MOST_AMOUNT);
      refuse(column, 'not_an_amount', value);
      return undefined;
    }),
    count: reading((column, value, most: number) => {
      if (/^-?[0-9]{1,15}$/.test(value)) return bounded(column, value, Number(value), most);
      refuse(column, 'not_a_number', value);
      return undefined;
    }),
    yesOrNo: reading((column, value) => {
      const answer = ANSWERS[value.toLowerCase()];
      if (answer === undefined) refuse(column, 'not_yes_or_no', value);
      return answer;
    }),
    address: reading((column, value) => {
      const isAddress = value.length <= MOST_ADDRESS && /^https?:\/\//i.test(value) && URL.canParse(value);
      if (!isAddress) refuse(column, 'bad_address', value);
      return isAddress ? value : undefined;
    }),
  };
};
