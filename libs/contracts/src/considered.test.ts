import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Considered, ConsideredGroup, consideredRows, groupConsidered, RuleKind } from './index.ts';

const amount = fc.integer({ min: 0, max: 1_000_000 });
const row: fc.Arbitrary<Considered> = fc.record(
  {
    rule: fc.string({ minLength: 1, maxLength: 3 }),
    kind: fc.constantFrom(...RuleKind.options),
    applied: fc.boolean(),
    reason: fc.record({ code: fc.constantFrom('a', 'b'), amount }, { requiredKeys: ['code'] }),
    amount,
  },
  { requiredKeys: ['rule', 'kind', 'applied'] },
);
const sorted = (rows: readonly Considered[]) => rows.map((each) => JSON.stringify(Considered.parse(each))).toSorted();

describe('rows in groups', () => {
  test('are the same rows, none lost and none twice', () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const groups = groupConsidered(rows);
        expect(ConsideredGroup.array().parse(groups)).toEqual(groups);
        expect(sorted(consideredRows(groups))).toEqual(sorted(rows));
      }),
    );
  });

  test('stay together by kind and what came of them, in the order they had', () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const groups = groupConsidered(rows);
        const alike = (one: Considered) => rows.filter((other) => belongTogether(one, other)).map(({ rule }) => rule);
        for (const group of groups) {
          const [first] = consideredRows([group]);
          expect(first === undefined ? [] : alike(first)).toEqual(group.rules);
        }
        expect(groupConsidered(consideredRows(groups))).toEqual(groups);
      }),
    );
  });

  test('are few where many rules did not apply for the same reason', () => {
    const rows: Considered[] = Array.from({ length: 100 }, (_, index) => ({
      rule: `promo_${index}`,
      kind: 'promotion',
      applied: false,
      reason: index % 2 === 0 ? { code: 'no_match' } : { code: 'below_minimum', amount: index },
    }));
    const [first, second, ...others] = groupConsidered(rows);
    expect(others).toEqual([]);
    expect(first).toEqual({
      kind: 'promotion',
      applied: false,
      reason: 'no_match',
      rules: rows.filter((_, index) => index % 2 === 0).map(({ rule }) => rule),
    });
    expect(second).toMatchObject({
      reason: 'below_minimum',
      reasonAmounts: rows.flatMap(({ reason }) => reason?.amount ?? []),
    });
  });
});

const belongTogether = (one: Considered, other: Considered): boolean =>
  one.kind === other.kind &&
  one.applied === other.applied &&
  one.reason?.code === other.reason?.code &&
  (one.amount === undefined) === (other.amount === undefined) &&
  (one.reason?.amount === undefined) === (other.reason?.amount === undefined);
