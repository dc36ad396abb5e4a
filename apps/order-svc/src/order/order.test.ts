import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ORDER_STATUSES } from '@kervan/contracts';
import { canMove, reservationLines, unreachableStatuses } from './order.ts';

describe('order states', () => {
  it('can all be reached from a draft', () => {
    expect(unreachableStatuses()).toEqual([]);
  });

  it('never lead out of cancelled and delivered', () => {
    for (const to of ORDER_STATUSES) {
      expect(canMove('cancelled', to)).toBe(false);
      expect(canMove('delivered', to)).toBe(false);
    }
  });
});

describe('reservation lines', () => {
  it('hold every piece once, whatever the order of lines', () => {
    const item = fc.record({ sku: fc.constantFrom('a', 'b', 'c'), quantity: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(fc.array(item), (items) => {
        const lines = reservationLines(items);
        expect(new Set(lines.map((line) => line.sku)).size).toBe(lines.length);
        for (const { sku, quantity } of lines) {
          expect(quantity).toBe(items.filter((each) => each.sku === sku).reduce((sum, each) => sum + each.quantity, 0));
        }
        expect(reservationLines([...items].reverse())).toEqual(lines);
      }),
    );
  });
});
