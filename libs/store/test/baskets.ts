import fc from 'fast-check';
import { z } from 'zod';
import { defineCollection } from '../src/index.ts';
import type { CollectionSpec, Stored } from '../src/index.ts';
import { Stamps } from './stores.ts';

const Line = z.object({ sku: z.string(), pieces: z.number(), text: z.string() });
export type Line = z.output<typeof Line>;

/** A document with arrays: of objects, and of texts. */
export type Basket = Stored & { lines: Line[]; tags: string[]; note?: string | undefined };

const OldBasket = z.looseObject({ lines: z.array(z.object({ sku: z.string(), pieces: z.number() })) });

/** In the first shape lines had no text. */
export const baskets: CollectionSpec<Basket> = defineCollection({
  name: 'baskets',
  schema: z.object({ ...Stamps, lines: z.array(Line), tags: z.array(z.string()), note: z.string().optional() }),
  schemaVersion: 2,
  upgrade: (old) => {
    const basket = OldBasket.parse(old);
    return { ...basket, lines: basket.lines.map((each) => ({ ...each, text: 'none' })) };
  },
  outbox: 'order',
  indexes: [],
});

/** So many lines, with texts of half a kilobyte. */
export const linesOf = (count: number): Line[] =>
  Array.from({ length: count }, (_, index) => ({ sku: `sku${index}`, pieces: 1, text: `${index} `.padEnd(500, 'x') }));

/** A new basket of shop `demo`. */
export const basket = (_id: string, count: number) => ({
  _id,
  tenant: 'demo',
  lines: linesOf(count),
  tags: linesOf(count).map(({ sku }) => sku),
});

/** One change of a basket. `at` is a place in an array of any length. */
export type Edit =
  | { readonly does: 'replace' | 'insert' | 'remove'; readonly in: 'lines' | 'tags'; readonly at: number }
  | { readonly does: 'note'; readonly note: string | undefined };

/** Any change of a basket. */
export const anyEdit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({
    does: fc.constantFrom('replace', 'insert', 'remove'),
    in: fc.constantFrom('lines', 'tags'),
    at: fc.nat({ max: 20 }),
  }),
  fc.record({ does: fc.constant('note' as const), note: fc.constantFrom('a', 'b', undefined) }),
);

/** The basket after an edit; the very same values wherever it changed nothing. `name` is of what is put in. */
export const edited = (document: Basket, edit: Edit, name: string): Basket => {
  if (edit.does === 'note') return { ...document, note: edit.note };
  const line = { sku: name, pieces: 1, text: '' };
  return edit.in === 'lines'
    ? { ...document, lines: spliced(document.lines, edit, line) }
    : { ...document, tags: spliced(document.tags, edit, name) };
};

const spliced = <Element>(
  array: readonly Element[],
  { does, at }: { readonly does: 'replace' | 'insert' | 'remove'; readonly at: number },
  element: Element,
): Element[] => {
  const index = at % (array.length + 1);
  return array.toSpliced(index, does === 'insert' ? 0 : 1, ...(does === 'remove' ? [] : [element]));
};
