import { expect, test } from '@jest/globals';
import type { PaymentRefund } from '@kervan/contracts';
import fc from 'fast-check';
import { failRefund, heldByRefunds, mergeRefunds, refundedSum, requestRefund } from './refund.ts';

const ask = (refundId: string, amount: number) => ({ refundId, amount, reason: 'test' });

test('a refund is taken down once, and asked for until it is settled', () => {
  const first = requestRefund({ captured: 100, refunds: [] }, ask('ref_1', 60));
  expect(first).toMatchObject({ outcome: 'asked', refunds: [{ refundId: 'ref_1', status: 'pending', amount: 60 }] });
  const again = requestRefund({ captured: 100, refunds: first.refunds }, ask('ref_1', 60));
  expect(again.outcome).toBe('asked');
  expect(again.refunds).toBe(first.refunds);
  const done = mergeRefunds(first.refunds, [
    { providerRef: 're_1', refundId: 'ref_1', status: 'succeeded', amount: 60, reason: null, failure: null },
  ]);
  expect(requestRefund({ captured: 100, refunds: done }, ask('ref_1', 60))).toEqual({ outcome: 'done', refunds: done });
});

test('more than is left is refused, for good and on record', () => {
  const { refunds } = requestRefund({ captured: 100, refunds: [] }, ask('ref_1', 60));
  const more = requestRefund({ captured: 100, refunds }, ask('ref_2', 41));
  expect(more).toMatchObject({
    outcome: 'too_large',
    refunds: [{}, { status: 'failed', failure: { code: 'refund_too_large' } }],
  });
  expect(requestRefund({ captured: 100, refunds: more.refunds }, ask('ref_2', 41)).refunds).toBe(more.refunds);
});

test('a failed refund may be asked for again, under its own id, and starts anew', () => {
  const { refunds } = requestRefund({ captured: 100, refunds: [] }, ask('ref_1', 60));
  const failed = failRefund(refunds, 'ref_1', { code: 'invalid_request', message: null });
  expect(failed[0]?.status).toBe('failed');
  expect(failRefund(failed, 'ref_1', { code: 'other', message: null })).toBe(failed);
  const again = requestRefund({ captured: 100, refunds: failed }, ask('ref_1', 60));
  expect(again).toMatchObject({ outcome: 'asked', refunds: [{ status: 'pending', providerRef: null, failure: null }] });
  const done = mergeRefunds(again.refunds, [
    { providerRef: 're_2', refundId: 'ref_1', status: 'succeeded', amount: 60, reason: null, failure: null },
  ]);
  expect(done).toMatchObject([{ refundId: 'ref_1', providerRef: 're_2', status: 'succeeded' }]);
});

test('however refunds are asked for, refused and settled, they never exceed what was captured', () => {
  const step = fc.record({
    id: fc.constantFrom('ref_1', 'ref_2', 'ref_3', 'ref_4'),
    amount: fc.integer({ min: 0, max: 120 }),
    result: fc.constantFrom('succeeded', 'failed', 'pending'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      let refunds: PaymentRefund[] = [];
      for (const { id, amount, result } of steps) {
        const asked = requestRefund({ captured: 100, refunds }, ask(id, amount));
        refunds = asked.refunds;
        const row = refunds.find(({ refundId }) => refundId === id);
        if (asked.outcome === 'asked' && row !== undefined) {
          const told = {
            providerRef: `re_${id}`,
            refundId: id,
            status: result,
            amount: row.amount,
            reason: null,
            failure: null,
          };
          refunds = mergeRefunds(refunds, [told]);
        }
        expect(heldByRefunds(refunds)).toBeLessThanOrEqual(100);
        expect(refundedSum(refunds)).toBeLessThanOrEqual(heldByRefunds(refunds));
      }
    }),
  );
});
