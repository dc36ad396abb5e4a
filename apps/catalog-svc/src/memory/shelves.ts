import type { Page, Product, VariantSnapshot } from '@kervan/contracts';
import { openGenerations, openMemory, type Generations, type Memory } from './memory.ts';

const lengthOf = (text: Product['description']): number =>
  typeof text === 'string' ? text.length : Object.values(text).reduce((sum, { length }) => sum + length, 0);

/** What this copy of the service keeps in memory, all of it dropped together when a shop's goods change. */
export type Shelves = {
  readonly generations: Generations;
  /** Storefront lists by their query, and products by slug. */
  readonly pages: Memory<Page<Product>>;
  readonly products: Memory<Product>;
  /** What carts copy, by variant and currency. */
  readonly snapshots: Memory<VariantSnapshot>;
};

/**
 * Opens the shelves. Lists and products count by what they weigh: a variant, a picture or 500 characters of description
 * each is one unit, about 0.5 kB. `freshMs` is the net for a change in another copy of which this one never heard.
 */
export const openShelves = (freshMs: number): Shelves => {
  const generations = openGenerations();
  const weightOf = ({ variants, media, description }: Product): number =>
    2 + variants.length + media.length + Math.ceil(lengthOf(description) / 500);
  const pageWeight = ({ data }: Page<Product>): number => data.reduce((sum, product) => sum + weightOf(product), 1);
  return {
    generations,
    pages: openMemory({ generations, most: 20_000, freshMs, sizeOf: pageWeight }),
    products: openMemory({ generations, most: 20_000, freshMs, sizeOf: weightOf }),
    snapshots: openMemory({ generations, most: 20_000, freshMs, sizeOf: () => 1 }),
  };
};
