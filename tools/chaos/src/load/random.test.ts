import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createRandom, type Random } from './random.ts';

const seeds = fc.integer({ min: -(2 ** 31), max: 2 ** 32 });
const draw = (random: Random, times = 50): number[] => Array.from({ length: times }, random.real);

describe('a seed', () => {
  test('gives the same draws each time, and another one others', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(draw(createRandom(seed))).toEqual(draw(createRandom(seed)));
        expect(draw(createRandom(seed))).not.toEqual(draw(createRandom(seed + 1)));
      }),
    );
  });

  test('gives forks that depend on their name alone, not on what was drawn before', () => {
    fc.assert(
      fc.property(seeds, fc.string(), fc.string(), fc.nat(20), (seed, name, other, drawn) => {
        const random = createRandom(seed);
        const early = draw(random.fork(name));
        draw(random, drawn);
        expect(draw(random.fork(name))).toEqual(early);
        expect(early).not.toEqual(draw(createRandom(seed)));
        if (other !== name) expect(draw(random.fork(other))).not.toEqual(early);
      }),
    );
  });
});

describe('draws', () => {
  test('stay within their bounds', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: -1_000, max: 1_000 }), fc.nat(1_000), (seed, from, width) => {
        const random = createRandom(seed);
        const drawn = Array.from({ length: 100 }, () => random.between(from, from + width));
        expect(drawn.every((each) => Number.isInteger(each) && each >= from && each <= from + width)).toBe(true);
        expect(draw(random).every((each) => each >= 0 && each < 1)).toBe(true);
        expect([random.chance(0), random.chance(1)]).toEqual([false, true]);
      }),
    );
  });

  test('are spread evenly, within a seed and over the first draws of many forks', () => {
    const random = createRandom(7);
    const forks = Array.from({ length: 10_000 }, (_, index) => random.fork(`buyer ${index}`).real());
    for (const many of [draw(random, 10_000), forks]) {
      const tenths = Array.from({ length: 10 }, (_, tenth) => many.filter((each) => Math.floor(each * 10) === tenth));
      // Five standard deviations: with these seeds it is decided once and for all.
      for (const { length } of tenths) expect(Math.abs(length - 1_000)).toBeLessThan(150);
    }
  });

  test('pick and shuffle what is there and nothing else', () => {
    fc.assert(
      fc.property(seeds, fc.array(fc.nat(), { minLength: 1 }), (seed, items) => {
        const random = createRandom(seed);
        expect(items).toContain(random.pick(items));
        expect(random.shuffle(items).toSorted()).toEqual(items.toSorted());
      }),
    );
    expect(() => createRandom(1).pick([])).toThrow('nothing to pick from');
  });
});
