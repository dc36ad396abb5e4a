import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { delimiterOf, readRecords, type RawRecord } from './records.ts';

async function* partsOf(texts: readonly string[]): AsyncGenerator<string> {
  yield* texts;
}
const read = async (...texts: string[]): Promise<RawRecord[]> => {
  const records: RawRecord[] = [];
  for await (const record of readRecords(partsOf(texts))) records.push(record);
  return records;
};
const shown = (records: readonly RawRecord[]): string[] =>
  records.map((record) =>
    record.cells === null ? `${record.line} broken ${record.text}` : `${record.line} ${record.cells.join('|')}`,
  );

describe('records', () => {
  it('end where a line does, of any kind, with or without one at the end', async () => {
    expect(shown(await read('a,b\r\n1,2\n3,4\r5,6'))).toEqual(['1 a|b', '2 1|2', '3 3|4', '4 5|6']);
    expect(shown(await read('a,b\n1,2\n'))).toEqual(['1 a|b', '2 1|2']);
    expect(shown(await read('a,b\n1,\n,2'))).toEqual(['1 a|b', '2 1|', '3 |2']);
  });
  it('go over several lines inside quotes, and the lines after them keep their numbers', async () => {
    expect(shown(await read('a,b\n"one\r\ntwo ""x""",2\n3,4'))).toEqual(['1 a|b', '2 one\r\ntwo "x"|2', '4 3|4']);
  });
  it('begin after a byte order mark', async () => {
    expect(shown(await read('\uFEFFa,b\n1,2'))).toEqual(['1 a|b', '2 1|2']);
  });
  it('may have quotes inside a field that has none around it', async () => {
    expect(shown(await read('a,b\n5" pot,2'))).toEqual(['1 a|b', '2 5" pot|2']);
  });

  it('whose quote is never closed are given up for one line alone', async () => {
    const rows = ['a,b,c', 'x,"open,1', 'y,fine,2', 'z,"also, fine",3', 'w,"open again'];
    expect(shown(await read(rows.join('\n')))).toEqual([
      '1 a|b|c',
      '2 broken x,"open,1',
      '3 y|fine|2',
      '4 z|also, fine|3',
      '5 broken w,"open again',
    ]);
  });
  it('whose quote is closed in the middle of a field, too', async () => {
    expect(shown(await read('a,b\n"x"y,1\nz,2'))).toEqual(['1 a|b', '2 broken "x"y,1', '3 z|2']);
  });
  it('that would swallow the next row because its quote closes there are not believed', async () => {
    expect(shown(await read('a,b,c\nx,"open,1\ny,2,5"\nz,3,4'))).toEqual([
      '1 a|b|c',
      '2 broken x,"open,1',
      '3 y|2|5"',
      '4 z|3|4',
    ]);
  });
  it('longer than any product is are given up soon, not at the end of the file', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => `row-${index},some text to fill the line,${index}`);
    const records = await read(['a,b,c', 'x,"open,1', ...rows].join('\n'));
    expect(records.filter(({ cells }) => cells === null).map(({ line }) => line)).toEqual([2]);
    expect(records).toHaveLength(rows.length + 2);
  });
  it('are read in one go in a file made of quotes that never fit', async () => {
    const rows = Array.from({ length: 50_000 }, () => 'a","');
    const records = await read(['a,b,c', ...rows].join('\n'));
    expect(records.filter(({ cells }) => cells === null)).toHaveLength(rows.length);
  });
  it('that are broken keep the beginning of their line alone', async () => {
    const records = await read(`a,b\nx,"y"${'z'.repeat(5_000)}`, 'z'.repeat(5_000), '\r', '\nlast,2');
    expect(shown(records)).toEqual(['1 a|b', `2 broken x,"y"${'z'.repeat(995)}`, '3 last|2']);
  });
});

describe('any file', () => {
  const field = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('', 'a', 'şık "x"', 'one,two', 'one\r\ntwo', '"', '""', '\r', '😀') },
    { weight: 4, arbitrary: fc.string() },
    { weight: 1, arbitrary: fc.constantFrom('x'.repeat(90_000), 'y'.repeat(262_130)) },
  );
  const rows = fc.array(fc.array(field, { minLength: 3, maxLength: 3 }), { minLength: 1 });
  const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;
  const fileOf = (cells: readonly (readonly string[])[], end: string): string =>
    `a,b,c${end}${cells.map((row) => row.join(',')).join(end)}`;
  const linesOf = (text: string): number => text.split(/\r\n|\r|\n/).length;

  it('has the same records however it is cut into parts', async () => {
    const places = fc.array(fc.oneof(fc.nat(200), fc.nat(300_000)), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(
        rows,
        places,
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.boolean(),
        async (cells, cuts, end, raw) => {
          const text = fileOf(raw ? cells : cells.map((row) => row.map(quoted)), end);
          const all = [
            0,
            ...cuts.filter((place) => place < text.length).sort((one, other) => one - other),
            text.length,
          ];
          const parts = all.map((place, index) => text.slice(all[index - 1] ?? 0, place));
          const whole = await read(text);
          expect(await read(...parts)).toEqual(whole);
          // Nothing of the file gets lost: each record begins on the line after the one before.
          for (const [index, { line, cells: own }] of whole.entries()) {
            const before = whole[index + 1]?.line ?? linesOf(text) + (/[\r\n]$/.test(text) ? 0 : 1);
            const lines = own === null ? 1 : own.reduce((sum, cell) => sum + linesOf(cell) - 1, 1);
            expect(before - line).toBe(lines);
          }
        },
      ),
    );
  });

  it('has the records that another reader of the format sees', async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom('\n', '\r\n'), async (cells, end) => {
        const believed = cells.filter((row) => row.join('').length < 200_000);
        const text = fileOf(
          believed.map((row) => row.map((cell) => (/[",\r\n]/.test(cell) ? quoted(cell) : cell))),
          end,
        );
        const records = await read(text);
        expect(records.map((record) => record.cells)).toEqual(parse(text, { record_delimiter: end }));
      }),
    );
  });
});

describe('the delimiter', () => {
  it('is the one that takes the first line apart', () => {
    expect(delimiterOf('Handle,Title')).toBe(',');
    expect(delimiterOf('Handle;Title;Body (HTML)')).toBe(';');
    expect(delimiterOf('Handle\tTitle')).toBe('\t');
    expect(delimiterOf('Handle')).toBe(',');
  });
});
