import { expect, test } from '@jest/globals';
import { emit, inventoryEvents } from '@kervan/contracts';
import { appendEvents } from './outbox.ts';

const aggregate = { tenant: 'demo', aggregateId: 'shirt', traceId: 'trace' };
const out = emit(inventoryEvents.stockOut, { sku: 'shirt' });
const now = new Date('2026-11-22T10:00:00.000Z');

test('events get the next places, and the same change made again is the same event', () => {
  const before = { _id: 'demo:shirt', outbox: [], eventSequence: 4 };
  const after = appendEvents(before, aggregate, [out, out], now);
  expect(after).toMatchObject({
    eventSequence: 6,
    outbox: [
      { type: 'stock.out', sequence: 5, sent: false, aggregateId: 'shirt', data: { sku: 'shirt' } },
      { type: 'stock.out', sequence: 6, sent: false },
    ],
  });
  expect(appendEvents(before, aggregate, [out, out], now)).toEqual(after);
  expect(new Set(after.outbox.map(({ id }) => id)).size).toBe(2);
});

test('what was sent more than a week ago is forgotten, what was not sent never', () => {
  const [old] = appendEvents({ _id: 'a', outbox: [], eventSequence: 0 }, aggregate, [out], new Date(0)).outbox;
  if (old === undefined) throw new Error('an event was asked for');
  const outbox = [
    { ...old, id: 'sent', sent: true },
    { ...old, id: 'unsent' },
    { ...old, id: 'recent', sent: true, occurredAt: now.toISOString() },
  ];
  const after = appendEvents({ _id: 'a', outbox, eventSequence: 3 }, aggregate, [out], now);
  expect(after.outbox.map(({ sequence, id }) => (sequence === 4 ? 'new' : id))).toEqual(['unsent', 'recent', 'new']);
});
