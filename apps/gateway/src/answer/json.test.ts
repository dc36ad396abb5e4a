import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonBytes } from './json.ts';

test('an answer is UTF-8, whatever is in it and however large it is', () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const repeated = fc.record({ text, times: fc.constantFrom(1, 10, 2_000) });
  fc.assert(
    fc.property(fc.array(repeated, { maxLength: 4 }), (parts) => {
      const value = parts.map((part) => ({ formatted: `₺${part.text.repeat(part.times)}` }));
      expect(jsonBytes(value).equals(Buffer.from(JSON.stringify(value)))).toBe(true);
    }),
  );
  expect(jsonBytes(undefined)).toHaveLength(0);
  const halves = ['\ud83d', 'x'.repeat(50_000), '\ude00'];
  expect(JSON.parse(jsonBytes(halves).toString())).toEqual(halves);
});
