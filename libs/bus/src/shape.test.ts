import { describe, expect, test } from '@jest/globals';
import { ALL_CALLS } from '@kervan/contracts';
import { z } from 'zod';
import { shapeOf } from './shape.ts';

/** What JSON Schema says of values; all the rest is shape. */
const OF_VALUES = new Set([
  ...['minLength', 'maxLength', 'pattern', 'format', 'contentEncoding'],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...['minItems', 'maxItems', 'propertyNames'],
]);
const withoutValues = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(withoutValues);
  if (typeof schema !== 'object' || schema === null) return schema === 'integer' ? 'number' : schema;
  const { type, ...others } = Object.fromEntries(
    Object.entries(schema).flatMap(([name, value]): [string, unknown][] =>
      OF_VALUES.has(name) && (typeof value !== 'object' || name === 'propertyNames')
        ? []
        : [[name, withoutValues(value)]],
    ),
  );
  if (type === undefined) return others;
  // A type or null is written in two ways.
  return Array.isArray(type) ? { ...others, anyOf: type.map((one) => ({ type: one })) } : { ...others, type };
};
const jsonSchema = (schema: z.ZodType) =>
  withoutValues(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any', reused: 'inline' }));

describe('the shape of a schema', () => {
  test.each(ALL_CALLS.map((rpc) => [rpc.subject, rpc] as const))(
    '%s: is that of its reply, without the values',
    (_, { reply }) => {
      expect(jsonSchema(shapeOf(reply))).toEqual(jsonSchema(reply));
    },
  );

  const Line = z.object({ sku: z.string().min(3).max(5), count: z.number().int().min(1), at: z.iso.datetime() });
  const Reply = z
    .object({
      lines: z.array(Line).min(1).max(2),
      title: z.union([z.string().max(3), z.record(z.string().regex(/^[a-z]{2}$/), z.string().max(3))]),
      status: z.enum(['open', 'closed']),
      note: z.string().max(2).nullable().optional(),
      extras: z.array(z.string().max(2)).default([]),
      address: z.strictObject({ city: z.string().min(2) }).optional(),
      way: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('card'), digits: z.string().length(4) }),
        z.object({ kind: z.literal('cash'), amount: z.number().max(10) }),
      ]),
    })
    .refine(({ lines }) => lines.length < 2);
  const right = {
    lines: [
      { sku: 'AB', count: 0.5, at: 'never' },
      { sku: 'far too long', count: -1, at: '' },
      { sku: '', count: 1, at: '' },
    ],
    title: { english: 'a long title' },
    status: 'open',
    note: 'long',
    address: { city: '' },
    way: { kind: 'cash', amount: 11 },
  };

  test('takes any values, leaves out what is not declared, fills in what is left out', () => {
    expect(Reply.safeParse(right).success).toBe(false);
    const more = { ...right, more: 1, lines: right.lines.map((line) => ({ ...line, more: 1 })) };
    expect(shapeOf(Reply).parse(more)).toEqual({ ...right, extras: [] });
  });

  test.each([
    ['a missing field', { title: undefined }],
    ['another type', { lines: [{ sku: 1, count: 1, at: '' }] }],
    ['no array', { lines: {} }],
    ['a number that is none', { way: { kind: 'cash', amount: Number.NaN } }],
    ['a value of no enum', { status: 'ajar' }],
    ['null where none may be', { extras: null }],
    ['an unknown variant', { way: { kind: 'gold' } }],
    ['a field of another variant', { way: { kind: 'card', amount: 1 } }],
    ['an unknown field of a strict object', { address: { city: '', street: '' } }],
  ])('refuses %s', (_, change) => {
    expect(shapeOf(Reply).safeParse({ ...right, ...change }).success).toBe(false);
  });

  test('leaves alone what tells objects apart by their values', () => {
    const Either = z.union([z.object({ id: z.string().length(2) }), z.object({ id: z.string(), name: z.string() })]);
    const named = { id: 'long', name: 'kept' };
    expect(shapeOf(Either).parse(named)).toEqual(Either.parse(named));
    expect(shapeOf(z.array(Either)).parse([named])).toEqual([named]);
  });

  test('is made once', () => {
    expect(shapeOf(Reply)).toBe(shapeOf(Reply));
  });
});
