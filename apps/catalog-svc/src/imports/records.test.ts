import { describe, expect, it } from '@jest/globals';
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
  records.map(({ line, text, broken }) => `${line}${broken ? ' broken' : ''} ${text}`);

describe('records', () => {
  it('end where a line does, of any kind, with or without one at the end', async () => {
    expect(shown(await read('a,b\r\n1,2\n3,4\r5,6'))).toEqual(['1 a,b', '2 1,2', '3 3,4', '4 5,6']);
    expect(shown(await read('a,b\n1,2\n'))).toEqual(['1 a,b', '2 1,2']);
  });
  it('go over several lines inside quotes, and the lines after them keep their numbers', async () => {
    expect(shown(await read('a,b\n"one\r\ntwo ""x""",2\n3,4'))).toEqual(['1 a,b', '2 "one\r\ntwo ""x""",2', '4 3,4']);
  });
  it('begin after a byte order mark', async () => {
    expect(shown(await read('\uFEFFa,b\n1,2'))).toEqual(['1 a,b', '2 1,2']);
  });
  it('may have quotes inside a field that has none around it', async () => {
    expect(shown(await read('a,b\n5" pot,2'))).toEqual(['1 a,b', '2 5" pot,2']);
  });

  it('whose quote is never closed are given up for one line alone', async () => {
    const rows = ['a,b,c', 'x,"open,1', 'y,fine,2', 'z,"also, fine",3', 'w,"open again'];
    expect(shown(await read(rows.join('\n')))).toEqual([
      '1 a,b,c',
      '2 broken x,"open,1',
      '3 y,fine,2',
      '4 z,"also, fine",3',
      '5 broken w,"open again',
    ]);
  });
  it('whose quote is closed in the middle of a field, too', async () => {
    expect(shown(await read('a,b\n"x"y,1\nz,2'))).toEqual(['1 a,b', '2 broken "x"y,1', '3 z,2']);
  });
  it('that would swallow the next row because its quote closes there are not believed', async () => {
    expect(shown(await read('a,b,c\nx,"open,1\ny,5",2\nz,3,4'))).toEqual([
      '1 a,b,c',
      '2 broken x,"open,1',
      '3 y,5",2',
      '4 z,3,4',
    ]);
  });
  it('longer than any product is are given up soon, not at the end of the file', async () => {
    const rows = Array.from({ length: 20_000 }, (_, index) => `row-${index},some text to fill the line,${index}`);
    const records = await read(['a,b,c', 'x,"open,1', ...rows].join('\n'));
    expect(records.filter(({ broken }) => broken).map(({ line }) => line)).toEqual([2]);
    expect(records).toHaveLength(rows.length + 2);
  });

  it('are the same however the file is cut into parts', async () => {
    const field = fc.oneof(fc.constantFrom('', 'a', 'şık "x"', 'one,two', 'one\r\ntwo', '"', '😀'), fc.string());
    const row = fc.array(field, { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1 }),
        fc.array(fc.nat(200)),
        fc.boolean(),
        async (rows, cuts, raw) => {
          const encode = (cell: string): string => (raw ? cell : `"${cell.replaceAll('"', '""')}"`);
          const text = `a,b,c\n${rows.map((cells) => cells.map(encode).join(',')).join('\n')}`;
          const places = [0, ...cuts.sort((one, other) => one - other), text.length];
          const parts = places.map((place, index) => text.slice(places[index - 1] ?? 0, place));
          const whole = await read(text);
          expect(await read(...parts)).toEqual(whole);
          if (!raw) expect(whole.filter(({ broken }) => broken)).toEqual([]);
          // Nothing of the file gets lost: lines are counted right to the end.
          const last = whole.at(-1);
          const lines = (last?.line ?? 0) + (last?.text.split(/\r\n|\r|\n/).length ?? 0) - 1;
          const all = text.split(/\r\n|\r|\n/).length;
          expect([all, all - 1]).toContain(lines);
        },
      ),
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
