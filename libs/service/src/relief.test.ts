import { describe, expect, it } from '@jest/globals';
import { idleAfterWork } from './relief.ts';

describe('memory', () => {
  it('is given back once after each time of work', () => {
    const isDue = idleAfterWork();
    expect([0, 0.9, 0.5, 0.01, 0, 0, 0.3, 0, 0].map(isDue)).toEqual(
      [0, 0, 0, 1, 0, 0, 0, 1, 0].map((due) => due === 1),
    );
  });
  it('is not touched while the service works', () => {
    const isDue = idleAfterWork();
    expect(Array.from({ length: 100 }, () => isDue(0.05)).filter(Boolean)).toEqual([]);
  });
});
