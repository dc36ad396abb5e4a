import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ORDER_STATUSES } from '@kervan/contracts';
import { canMove, moveTo, reservationLines, unreachableStatuses } from './order.ts';

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

  it('say each move on the timeline and refuse any other', () => {
    fc.assert(
      fc.property(fc.constantFrom(...ORDER_STATUSES), fc.constantFrom(...ORDER_STATUSES), (from, to) => {
        const order = { status: from, timeline: [] };
        const move = () => moveTo(order, to, { at: new Date(0), actor: { kind: 'system' } });
        if (!canMove(from, to)) {
          expect(move).toThrow();
          return;
        }
        const moved = move();
        expect(moved.status).toBe(to);
        expect(moved.timeline).toEqual([
          { at: '1970-01-01T00:00:00.000Z', actor: { kind: 'system' }, type: `order.${to}`, from, to, public: true },
        ]);
      }),
    );
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
