import { describe, expect, test } from '@jest/globals';
import { FAULTS, pickFault, pointsOf } from './faults.ts';
import { createRandom } from './load/random.ts';
import { readOptions } from './options.ts';

describe('the command line', () => {
  test('has all faults and a seed of its own unless told', () => {
    const options = readOptions([]);
    expect(options.faults).toEqual(Object.keys(FAULTS));
    expect(options.minutes).toBe(2);
    expect(Number.isInteger(options.seed)).toBe(true);
  });

  test('names seed, time and faults, also one that is aimed', () => {
    const options = readOptions([
      '--seed',
      '7',
      '--minutes',
      '0.5',
      '--faults',
      'pause,kill@payment-svc:refund.inside',
    ]);
    expect(options).toMatchObject({ seed: 7, minutes: 0.5, faults: ['pause', 'kill@payment-svc:refund.inside'] });
  });

  test.each([['nonsense'], ['kill@nobody:commit.before'], ['kill@gateway:refund.inside']])(
    'knows no fault %s',
    (name) => {
      expect(() => readOptions(['--faults', name])).toThrow(/There is no fault/);
    },
  );

  test('names services for the matrix, and knows no others', () => {
    expect(readOptions(['--matrix', '1,2', '--services', 'order-svc'])).toMatchObject({
      matrix: [1, 2],
      services: ['order-svc'],
    });
    expect(() => readOptions(['--services', 'shop-svc'])).toThrow('There is no shop-svc');
  });

  test('takes no number that is none', () => {
    expect(() => readOptions(['--minutes', 'long'])).toThrow('--minutes must be a number');
  });
});

describe('what happens', () => {
  test('is decided by the seed', () => {
    const names = Object.keys(FAULTS);
    const draw = (seed: number): string[] => {
      const random = createRandom(seed);
      return Array.from({ length: 40 }, () => pickFault(random, names));
    };
    expect(draw(3)).toEqual(draw(3));
    expect(draw(3)).not.toEqual(draw(4));
    expect(new Set(Array.from({ length: 40 }, (_, seed) => draw(seed)).flat())).toEqual(new Set(names));
  });

  test('can happen in every service', () => {
    expect(pointsOf('gateway')).toEqual(['ask.before', 'ask.after', 'http.before']);
    expect(pointsOf('payment-svc')).toContain('refund.inside');
  });
});
