import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { changesBetween, mergeChanges } from './changes.ts';
import type { Changes } from './changes.ts';

const stamps = { _id: 'a', tenant: 'demo', version: 1, createdAt: new Date(0), updatedAt: new Date(0) };
const fields = fc.dictionary(fc.constantFrom('b', 'c', 'd', 'e'), fc.oneof(fc.integer(), fc.constant(undefined)));

const apply = (document: Record<string, unknown>, changes: Changes | null): Record<string, unknown> => {
  const next = { ...document, ...changes?.set };
  for (const name of Object.keys(changes?.unset ?? {})) Reflect.deleteProperty(next, name);
  return next;
};
/** As the database would keep it: what is undefined is not there. */
const kept = (document: object) =>
  Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined));

describe('changes of a document', () => {
  test('made to the old document they give the new one', () => {
    fc.assert(
      fc.property(fields, fields, (before, after) => {
        const old = kept(before);
        const changes = changesBetween({ ...stamps, ...old }, { ...stamps, ...after });
        expect(apply(old, changes)).toEqual(kept(after));
      }),
    );
  });

  test('merged they give the last document', () => {
    fc.assert(
      fc.property(fields, fields, fields, (first, second, third) => {
        const [one, two, three] = [first, second, third].map((each) => ({ ...stamps, ...kept(each) }));
        if (one === undefined || two === undefined || three === undefined) return;
        const none = { set: {}, unset: {} };
        const merged = mergeChanges(changesBetween(one, two) ?? none, changesBetween(two, three) ?? none);
        expect(apply(one, merged)).toEqual(three);
        expect(Object.keys(merged.set).filter((name) => name in merged.unset)).toEqual([]);
      }),
    );
  });

  test('none when nothing differs, whatever the stamps say', () => {
    const value = { deep: 1 };
    expect(
      changesBetween({ ...stamps, ...{ value } }, { ...stamps, version: 7, updatedAt: new Date(), ...{ value } }),
    ).toBeNull();
  });

  test.each(['$set', 'a.b', '', 'outbox', 'eventSequence'])('a field %j is refused', (name) => {
    expect(() => changesBetween(stamps, { ...stamps, ...{ [name]: 1 } })).toThrow('cannot have the field');
  });

  test('a document keeps its id and its tenant', () => {
    expect(() => changesBetween(stamps, { ...stamps, _id: 'b' })).toThrow('keeps its id');
    expect(() => changesBetween(stamps, { ...stamps, tenant: 'other' })).toThrow('keeps its id');
  });
});
