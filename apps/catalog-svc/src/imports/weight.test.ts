import { describe, expect, it } from '@jest/globals';
import { gramsOf, isWeightUnit } from './weight.ts';

describe('a weight', () => {
  it('is whole grams, exact and rounded half up', () => {
    expect(gramsOf('1.5', 'kg')).toBe(1_500);
    expect(gramsOf('0.0005', 'kg')).toBe(1);
    expect(gramsOf('0.0004999', 'kg')).toBe(0);
    expect(gramsOf('1', 'lb')).toBe(454);
    expect(gramsOf('1', 'OZ')).toBe(28);
    expect(gramsOf('1000', 'oz')).toBe(28_350);
    expect(gramsOf('250', 'g')).toBe(250);
    expect(gramsOf('1,5', 'kg')).toBe(1_500);
  });
  it('is nothing when it is not a number or the unit is not known', () => {
    for (const text of ['', 'x', '-1', '1,500', '1e3', '1.']) expect(gramsOf(text, 'kg')).toBeNull();
    expect(gramsOf('1', 'stone')).toBeNull();
    expect(isWeightUnit('Kg')).toBe(true);
    expect(isWeightUnit('toString')).toBe(false);
  });
});
