import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { applyChanges, asKept } from '../test/apply-changes.ts';
import { anyEdit, basket, baskets, edited } from '../test/baskets.ts';
import type { Basket, Edit } from '../test/baskets.ts';
import { event } from '../test/stores.ts';
import { askFor, decideAll } from './decide.ts';
import type { Ask, Updated } from './decide.ts';
import { keep, refuse, write } from './decision.ts';
import type { Decision } from './decision.ts';
import { createMemory } from './memory.ts';
import type { Kept } from './spec.ts';

const [made, now] = [new Date(1_000), new Date(2_000)];
const stamps = { version: 3, createdAt: made, updatedAt: made };
const kept = (count: number): Kept<Basket> => ({ ...basket('a', count), ...stamps, schemaVersion: 2 });
/** As a document of the first shape comes from the database: whatever its type says. */
const old = (count: number): Kept<Basket> => {
  const lines = basket('a', count).lines.map(({ text: _text, ...line }) => line);
  return Object.assign({ ...basket('a', count), ...stamps }, { lines, obsolete: true });
};

type Told = Updated<Basket, string> | { readonly thrown: unknown };
type Decide = (document: Basket) => Decision<Basket, string>;

/** Makes the decisions in one lane; `told` is what their callers are told once the write is done. */
const decided = (document: Kept<Basket>, decisions: readonly Decide[]) => {
  const told: (Told | undefined)[] = decisions.map(() => undefined);
  const asks = decisions.map((decide, index): Ask<Basket> =>
    askFor(
      decide,
      'trace',
      (updated) => {
        told[index] = updated;
      },
      (thrown) => {
        told[index] = { thrown };
      },
    ),
  );
  const { write: written, pending } = decideAll(
    { spec: baskets, memory: createMemory(baskets), clock: () => now },
    document,
    asks,
  );
  const before = [...told];
  for (const { settle } of pending) settle();
  return { written, told, toldBefore: before };
};

/** What a caller may do to a basket. */
type Step = Edit | { readonly does: 'keep' | 'refuse' | 'throw' | 'nothing' | 'tell' | 'misname' | 'move' };
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: anyEdit },
  fc.record({ does: fc.constantFrom('keep', 'refuse', 'throw', 'nothing', 'tell', 'misname', 'move') }),
);
const decisionOf =
  (step: Step, name: string): Decide =>
  (document) => {
    switch (step.does) {
      case 'keep':
        return keep(name);
      case 'refuse':
        return refuse('conflict');
      case 'throw':
        throw new Error('a bug');
      case 'nothing':
        return write({ ...document }, name);
      case 'tell':
        return write(document, name, [event(name)]);
      case 'misname':
        return write({ ...document, ...{ 'lines.0': name } }, name);
      case 'move':
        return write({ ...document, tenant: name }, name);
      default:
        return write(edited(document, step, name), name, [event(name)]);
    }
  };
const FAILS = new Set(['throw', 'misname', 'move']);

describe('decisions made one after the other', () => {
  test.each([
    ['of the current shape', kept],
    ['of an older shape', old],
  ])('on a document %s come to one write that makes the last document of the kept one', (_, make) => {
    fc.assert(
      fc.property(fc.nat({ max: 12 }), fc.array(anyStep, { maxLength: 8 }), (count, steps) => {
        const start = make(count);
        const { written, told } = decided(
          start,
          steps.map((step, index) => decisionOf(step, `new${index}`)),
        );
        // An edit has an event, so it is a decision even where it changes nothing.
        const deciding = steps.filter(({ does }) => does !== 'keep' && does !== 'refuse' && does !== 'nothing');
        const decisions = deciding.filter(({ does }) => !FAILS.has(does)).length;
        steps.forEach(({ does }, index) => {
          const answer = told[index];
          expect(answer !== undefined && 'thrown' in answer).toBe(FAILS.has(does));
          if (answer !== undefined && 'ok' in answer) expect(answer.ok).toBe(does !== 'refuse');
        });
        if (decisions === 0) {
          expect(written).toBeNull();
          return;
        }
        const last = told.findLast((answer) => answer !== undefined && 'document' in answer);
        if (written === null || last === undefined || !('document' in last)) throw new Error('nothing was written');
        expect(written).toMatchObject({ id: 'a', tenant: 'demo', version: 3, decisions });
        expect(written.rows.map(({ sequence }) => sequence)).toEqual(
          Array.from(written.rows, (__, index) => index + 1),
        );
        expect(written.rows).toHaveLength(decisions);
        expect(last.document).toMatchObject({ version: 3 + decisions, updatedAt: now, createdAt: made });
        expect({ ...applyChanges(asKept(start), written.changes), version: 3 + decisions }).toStrictEqual({
          ...asKept(last.document),
          eventSequence: decisions,
          schemaVersion: 2,
        });
      }),
      { numRuns: 500 },
    );
  });

  test('that take each other back change no field, and are versions and events all the same', () => {
    const start = kept(5);
    const { written, told } = decided(start, [
      (document) => write({ ...document, lines: [], note: 'a' }, 'there', [event('there')]),
      (document) => write({ ...document, lines: start.lines, note: undefined }, 'back', [event('back')]),
    ]);
    expect(written?.changes).toEqual({ set: { updatedAt: now, eventSequence: 2, schemaVersion: 2 }, unset: {} });
    expect(written).toMatchObject({ version: 3, decisions: 2, rows: [{ data: 'there' }, { data: 'back' }] });
    expect(told).toMatchObject([{ document: { version: 4, lines: [] } }, { document: { version: 5 } }]);
  });

  test('of which one adds what another takes away set only the element that differs in the end', () => {
    const start = kept(5);
    const line = { sku: 'other', pieces: 2, text: '' };
    const { written } = decided(start, [
      (document) => write({ ...document, lines: [...document.lines, line] }, 'longer'),
      (document) => write({ ...document, lines: document.lines.with(1, line) }, 'another'),
      (document) => write({ ...document, lines: document.lines.slice(0, -1) }, 'shorter'),
    ]);
    expect(written?.changes.set).toEqual({ 'lines.1': line, updatedAt: now, schemaVersion: 2 });
  });

  test.each(['misname', 'move'] as const)("a document that may not be ('%s') is its own caller's affair", (does) => {
    const replace = { does: 'replace', in: 'lines', at: 0 } as const;
    const { written, told } = decided(kept(5), [
      decisionOf(replace, 'first'),
      decisionOf({ does }, 'wrong'),
      decisionOf(replace, 'last'),
    ]);
    expect(told).toMatchObject([{ ok: true }, { thrown: expect.any(TypeError) }, { ok: true }]);
    expect(written).toMatchObject({ decisions: 2, changes: { set: { 'lines.0': { sku: 'last' } } } });
  });

  test('whoever asks before the first change is told at once, whoever asks after it waits for the write', () => {
    const { toldBefore, told } = decided(kept(1), [
      () => keep('early'),
      (document) => write({ ...document, note: 'a' }, 'change'),
      () => keep('late'),
    ]);
    expect(toldBefore).toMatchObject([{ value: 'early', document: { version: 3 } }, undefined, undefined]);
    expect(told).toMatchObject([{ value: 'early' }, { value: 'change' }, { value: 'late', document: { version: 4 } }]);
  });
});
