import { describe, expect, test } from '@jest/globals';
import { KINDS } from './kinds.ts';
import { dealer, KIND_NAMES } from './load.ts';
import { createRandom } from './random.ts';
import { SHELVES, wantGoods, type Shelf } from './shops.ts';

const ROUND = KIND_NAMES.reduce((sum, name) => sum + KINDS[name].weight, 0);

describe('who comes next', () => {
  test('is the same for the same seed, and each round has every kind as often as its weight says', () => {
    const deal = dealer(createRandom(7));
    const again = dealer(createRandom(7));
    for (let round = 0; round < 3; round++) {
      const dealt = Array.from({ length: ROUND }, deal);
      expect(Array.from({ length: ROUND }, again)).toEqual(dealt);
      for (const name of KIND_NAMES) expect(dealt.filter((each) => each === name)).toHaveLength(KINDS[name].weight);
    }
  });
});

describe('what is wanted', () => {
  test('comes from every shelf, about as often as it should', () => {
    const shelves = Object.keys(SHELVES).filter((name): name is Shelf => Object.hasOwn(SHELVES, name));
    const goods = shelves.map((shelf) => ({ sku: `SKU-${shelf}`, variantId: `var_${shelf}`, shelf }));
    const random = createRandom(7);
    const wanted = Array.from({ length: 10_000 }, () => wantGoods({ goods }, random).shelf);
    for (const shelf of shelves) {
      const share = wanted.filter((each) => each === shelf).length / wanted.length;
      expect(share).toBeCloseTo(SHELVES[shelf].share, 1);
    }
    expect(shelves.map((shelf) => wantGoods({ goods }, random, shelf).shelf)).toEqual(shelves);
  });
});
