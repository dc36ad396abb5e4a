import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { applyChanges, asKept } from '../test/apply-changes.ts';
import { changesAnything, changesBetween } from './changes.ts';

const stamps = { _id: 'a', tenant: 'demo', version: 1, createdAt: new Date(0), updatedAt: new Date(0) };
const stored = (fields: object) => ({ ...stamps, ...fields });

const plain = fc.oneof(fc.integer(), fc.constantFrom(undefined, null, 'x'));
const element = fc.oneof(plain, fc.record({ number: fc.integer() }));
const value = fc.oneof(plain, fc.array(element, { maxLength: 12 }));
const fields = fc.dictionary(fc.constantFrom('b', 'c', 'd', 'e'), value);

/** What is done to one field: its array gets, loses or changes an element, or all of it becomes something else. */
const edit = fc.record({
  field: fc.constantFrom('b', 'c', 'd', 'e'),
  does: fc.constantFrom('replace', 'insert', 'remove', 'become'),
  at: fc.nat({ max: 11 }),
  element,
  value,
});
type Edit = typeof edit extends fc.Arbitrary<infer Each> ? Each : never;
const edited = (document: Record<string, unknown>, { field, does, at, ...put }: Edit): Record<string, unknown> => {
  const array = document[field];
  if (does === 'become' || !Array.isArray(array)) return { ...document, [field]: put.value };
  const [without, elements] = [does === 'insert' ? 0 : 1, does === 'remove' ? [] : [put.element]];
  return { ...document, [field]: array.toSpliced(at, without, ...elements) };
};

describe('changes of a document', () => {
  test('made to the old document they give the new one', () => {
    fc.assert(
      fc.property(fields, fields, (before, after) => {
        const changes = changesBetween(stored(before), stored(after));
        expect(applyChanges(asKept(before), changes)).toStrictEqual(asKept(after));
      }),
    );
  });

  test('made to the old document they give the new one that was made of it, whatever was done to its arrays', () => {
    fc.assert(
      fc.property(fields, fc.array(edit, { minLength: 1, maxLength: 6 }), (before, edits) => {
        const after = edits.reduce(edited, before);
        const changes = changesBetween(stored(before), stored(after));
        expect(applyChanges(asKept(before), changes)).toStrictEqual(asKept(after));
      }),
      { numRuns: 1000 },
    );
  });

  test('set only the elements that differ, by identity, where they are less than half', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }), (differs) => {
        const lines = differs.map((_, index) => ({ number: index }));
        const next = lines.map((line, index) => (differs[index] === true ? { ...line } : line));
        const { set, unset } = changesBetween(stored({ lines, note: 'x' }), stored({ lines: next, note: 'y' }));
        const elements = next.flatMap((line, index) => (differs[index] === true ? [[`lines.${index}`, line]] : []));
        const isFew = elements.length < differs.length / 2;
        expect(set).toEqual({ note: 'y', ...(isFew ? Object.fromEntries(elements) : { lines: next }) });
        expect(unset).toEqual({});
      }),
    );
  });

  test.each<[string, unknown[], unknown, object]>([
    ['of texts', ['a', 'b', 'c'], ['a', 'x', 'c'], { 'list.1': 'x' }],
    ['in which an element becomes null', ['a', 'b', 'c'], ['a', null, 'c'], { 'list.1': null }],
    ['in which an element becomes undefined', ['a', 'b', 'c'], ['a', undefined, 'c'], { list: ['a', undefined, 'c'] }],
    ['that grows', ['a', 'b', 'c'], ['a', 'b', 'c', 'd'], { list: ['a', 'b', 'c', 'd'] }],
    ['that shrinks', ['a', 'b', 'c'], ['a', 'b'], { list: ['a', 'b'] }],
    ['that is emptied', ['a'], [], { list: [] }],
    ['that becomes a text', ['a', 'b', 'c'], 'abc', { list: 'abc' }],
    ['that becomes a map', ['a', 'b', 'c'], { 0: 'a', 1: 'b', length: 3 }, { list: { 0: 'a', 1: 'b', length: 3 } }],
  ])('of an array %s', (_, before, after, set) => {
    expect(changesBetween(stored({ list: before }), stored({ list: after }))).toEqual({ set, unset: {} });
  });

  test('something is changed exactly when a field is another value, whatever the stamps say', () => {
    fc.assert(
      fc.property(fields, fc.array(edit, { maxLength: 2 }), (before, edits) => {
        const after = edits.reduce(edited, before);
        const names = new Set([...Object.keys(before), ...Object.keys(after)]);
        const isOther = [...names].some((name) => before[name] !== after[name]);
        const later = { ...stored(after), version: 7, updatedAt: new Date() };
        expect(changesAnything(stored(before), later)).toBe(isOther);
        if (!isOther) expect(changesBetween(stored(before), later)).toEqual({ set: {}, unset: {} });
      }),
    );
  });

  test.each(['$set', 'a.b', '', 'outbox', 'eventSequence'])('a field %j is refused', (name) => {
    expect(() => changesAnything(stamps, stored({ [name]: 1 }))).toThrow('cannot have the field');
    expect(() => changesBetween(stamps, stored({ [name]: 1 }))).toThrow('cannot have the field');
  });

  test('a document keeps its id and its tenant', () => {
    expect(() => changesAnything(stamps, { ...stamps, _id: 'b' })).toThrow('keeps its id');
    expect(() => changesAnything(stamps, { ...stamps, tenant: 'other' })).toThrow('keeps its id');
  });
});
