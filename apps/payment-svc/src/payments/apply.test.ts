import { describe, expect, test } from '@jest/globals';
import { PAYMENT_STATUSES, type PaymentStatus } from '@kervan/contracts';
import fc from 'fast-check';
import { intentTold, samplePayment } from '../../test/sample.ts';
import { PROVIDER_STATUSES, type RefundSnapshot, type Snapshot } from '../adapters/snapshot.ts';
import { applySnapshot, type Applied, type Told } from './apply.ts';
import type { PaymentDocument } from './payment.ts';
import { TRANSITIONS } from './transitions.ts';

const NOW = new Date('2026-11-22T10:05:00.000Z');
const at = (seconds: number) => new Date(Date.UTC(2026, 10, 22, 10, 0, seconds));
const event = (seconds: number): Told => ({ by: 'event', at: at(seconds) });
const answer = (seconds: number): Told => ({ by: 'answer', at: at(seconds) });

const outcome = (applied: Applied) =>
  applied.kind === 'changed'
    ? { status: applied.payment.status, events: applied.events.map(({ type }) => type) }
    : applied.kind;
const apply = (payment: PaymentDocument, snapshot: Snapshot, told: Told) => applySnapshot(payment, snapshot, told, NOW);
/** Applies one after the other; what is in doubt is left out. */
const after = (payment: PaymentDocument, ...steps: [Snapshot, Told][]): PaymentDocument =>
  steps.reduce((held, [snapshot, told]) => {
    const applied = apply(held, snapshot, told);
    return applied.kind === 'changed' ? applied.payment : held;
  }, payment);

const refund = (more: Partial<RefundSnapshot> = {}): Snapshot => ({
  providerRef: 'pi_1',
  refunds: [
    { providerRef: 're_1', refundId: null, status: 'succeeded', amount: 4_000, reason: null, failure: null, ...more },
  ],
});
const dispute = (status: 'open' | 'won' | 'lost', amount = 10_000): Snapshot => ({
  providerRef: 'pi_1',
  dispute: { providerRef: 'dp_1', status, amount },
});
const paid = after(samplePayment(), [intentTold('paid'), event(1)]);

describe('the way of a payment, state by state', () => {
  const refunded = (amount: number) => after(paid, [refund({ amount }), event(2)]);
  /** A payment that is in this state since second 10. */
  const inState = (status: PaymentStatus): PaymentDocument => {
    const settled = {
      paid,
      partially_refunded: refunded(4_000),
      refunded: refunded(10_000),
      disputed: after(paid, [dispute('open'), event(2)]),
    };
    const isSettled = (name: PaymentStatus): name is keyof typeof settled => Object.hasOwn(settled, name);
    return { ...(isSettled(status) ? settled[status] : samplePayment({ status })), statusAt: at(10) };
  };

  const all = PAYMENT_STATUSES.flatMap((held) => PROVIDER_STATUSES.map((told) => [held, told] as const));
  test.each(all)('%s hears %s', (held, told) => {
    const rule = TRANSITIONS[held][told];
    const payment = inState(held);
    const later = outcome(apply(payment, intentTold(told), event(20)));
    const earlier = outcome(apply(payment, intentTold(told), event(5)));
    const asked = outcome(apply(payment, intentTold(told), answer(20)));
    const type = told === 'paid' ? 'payment.succeeded' : `payment.${told}`;
    const moved = { status: told, events: [type] };
    const noted = { status: held, events: ['payment.failed'] };
    const expected = {
      apply: [moved, moved, moved],
      ignore: ['same', 'same', 'same'],
      record: [noted, noted, noted],
      newer: [moved, 'ask', moved],
      asked: ['ask', 'ask', moved],
      impossible: ['ask', 'ask', 'same'],
    }[rule];
    expect([later, earlier, asked]).toEqual(expected);
  });

  test('of the same second there is doubt', () => {
    expect(apply(inState('requires_action'), intentTold('failed'), event(10)).kind).toBe('ask');
  });
  test('an answer that is older than the last event changes nothing', () => {
    expect(apply(inState('requires_action'), intentTold('failed'), answer(5)).kind).toBe('same');
  });
  test('a contradiction is named', () => {
    expect(apply(paid, intentTold('cancelled'), answer(20))).toEqual({ kind: 'same', odd: 'cancelled after paid' });
  });
});

describe('every row of the event matrix', () => {
  test('created changes nothing', () =>
    expect(apply(samplePayment(), intentTold('pending'), event(1)).kind).toBe('same'));

  test('succeeded: paid with what was received, the client secret is gone', () => {
    expect(paid).toMatchObject({ status: 'paid', captured: 10_000, clientSecret: null, checkAt: null, failure: null });
    expect(paid.attempts).toEqual([{ at: at(1), status: 'paid', failure: null, ref: 'ch_1' }]);
  });
  test('succeeded twice, and once more as an answer, is once', () => {
    expect(apply(paid, intentTold('paid'), event(1)).kind).toBe('same');
    expect(apply(paid, intentTold('paid'), event(2)).kind).toBe('same');
    expect(apply(paid, intentTold('paid'), answer(3)).kind).toBe('same');
  });
  test('amount_capturable_updated: authorized, then captured', () => {
    const held = after(samplePayment(), [intentTold('authorized'), event(1)]);
    expect(held).toMatchObject({ status: 'authorized', captured: 0 });
    const captured = after(held, [intentTold('paid'), event(2)]);
    expect(captured).toMatchObject({ status: 'paid', captured: 10_000 });
    expect(captured.attempts).toHaveLength(1);
  });
  test('failed: recorded, then another card', () => {
    const failed = after(samplePayment(), [intentTold('failed'), event(1)]);
    expect(failed).toMatchObject({ status: 'failed', failure: { code: 'declined' }, clientSecret: 'pi_1_secret_x' });
    expect(failed.checkAt).not.toBeNull();
    const again = after(
      failed,
      [intentTold('failed', { attemptRef: 'ch_2' }), event(2)],
      [intentTold('paid'), event(3)],
    );
    expect(again.attempts.map(({ status, ref }) => [status, ref])).toEqual([
      ['failed', 'ch_failed'],
      ['failed', 'ch_2'],
      ['paid', 'ch_1'],
    ]);
    expect(again.failure).toBeNull();
  });
  test('failed after succeeded: in the attempts, and nothing else', () => {
    const late = apply(paid, intentTold('failed'), event(0));
    expect(late).toMatchObject({
      kind: 'changed',
      payment: { status: 'paid', captured: 10_000, failure: { code: 'declined' } },
      events: [{ type: 'payment.failed', data: { status: 'paid' } }],
    });
    expect(late.kind === 'changed' && late.payment.attempts.map(({ status }) => status)).toEqual(['failed', 'paid']);
  });
  test('canceled: cancelled unless paid; a success after that is believed only when asked', () => {
    const cancelled = after(samplePayment(), [intentTold('cancelled'), event(1)]);
    expect(cancelled).toMatchObject({ status: 'cancelled', clientSecret: null, checkAt: null });
    expect(apply(cancelled, intentTold('paid'), event(2)).kind).toBe('ask');
    expect(after(cancelled, [intentTold('paid'), answer(3)]).status).toBe('paid');
  });

  test('refunds: in part, then in full, each row once', () => {
    const part = after(paid, [refund(), event(2)], [refund(), event(3)]);
    expect(part).toMatchObject({ status: 'partially_refunded', refunded: 4_000 });
    expect(part.refunds).toHaveLength(1);
    const full = after(part, [refund({ providerRef: 're_2', amount: 6_000 }), event(4)]);
    expect(full).toMatchObject({ status: 'refunded', refunded: 10_000 });
  });
  test('a refund is pending first; told out of order it does not go back', () => {
    const pending = after(paid, [refund({ status: 'pending' }), event(2)]);
    expect(pending).toMatchObject({ status: 'paid', refunded: 0 });
    expect(pending.checkAt).not.toBeNull();
    const done = after(pending, [refund(), event(3)], [refund({ status: 'pending' }), event(2)]);
    expect(done).toMatchObject({ status: 'partially_refunded', refunded: 4_000, checkAt: null });
  });
  test('a refund that fails after it succeeded is taken back', () => {
    const failure = { code: 'expired_or_canceled_card', message: null };
    const back = after(paid, [refund(), event(2)], [refund({ status: 'failed', failure }), event(3)]);
    expect(back).toMatchObject({ status: 'paid', refunded: 0, refunds: [{ status: 'failed', failure }] });
    expect(after(back, [refund(), event(2)])).toEqual(back);
  });
  test('our own refund is found by our id before the provider has named it', () => {
    const asked = {
      ...paid,
      refunds: [
        { refundId: 'ref_1', providerRef: null, status: 'pending', amount: 4_000, reason: 'r', failure: null } as const,
      ],
    };
    const done = after(asked, [refund({ refundId: 'ref_1' }), event(2)]);
    expect(done.refunds).toEqual([{ ...asked.refunds[0], providerRef: 're_1', status: 'succeeded' }]);
  });
  test('a refund before the payment: the provider is asked', () => {
    expect(apply(samplePayment(), refund(), event(2)).kind).toBe('ask');
    const whole = { ...intentTold('paid'), ...refund() };
    expect(after(samplePayment(), [whole, answer(3)])).toMatchObject({
      status: 'partially_refunded',
      captured: 10_000,
    });
  });
  test('charge.refunded is a sum: fine when it is ours, else the provider is asked', () => {
    const total = (refundedTotal: number): Snapshot => ({ providerRef: 'pi_1', refundedTotal });
    const part = after(paid, [refund(), event(2)]);
    expect(apply(part, total(4_000), event(3)).kind).toBe('same');
    expect(apply(part, total(10_000), event(3)).kind).toBe('ask');
  });

  test('a dispute, won', () => {
    const disputed = apply(paid, dispute('open'), event(2));
    expect(outcome(disputed)).toEqual({ status: 'disputed', events: ['payment.disputed'] });
    const held = after(paid, [dispute('open'), event(2)]);
    expect(apply(held, dispute('open'), event(3)).kind).toBe('same');
    expect(outcome(apply(held, dispute('won'), event(4)))).toEqual({
      status: 'paid',
      events: ['payment.dispute_closed'],
    });
  });
  test('a dispute, lost, is money given back', () => {
    const lost = after(paid, [dispute('open'), event(2)], [dispute('lost'), event(3)]);
    expect(lost).toMatchObject({ status: 'refunded', refunded: 10_000 });
    expect(after(lost, [dispute('open'), event(2)])).toEqual(lost);
  });
  test('closed and opened in the same second: closed', () => {
    const closed = after(paid, [dispute('won'), event(2)], [dispute('open'), event(2)]);
    expect(closed.status).toBe('paid');
  });
  test('a dispute before the payment: the provider is asked', () => {
    expect(apply(samplePayment(), dispute('open'), event(2)).kind).toBe('ask');
  });

  describe('a wrong amount or currency', () => {
    test.each([
      ['amount', { amount: 9_999, captured: 9_999 }, { amount: 9_999, currency: 'TRY' }],
      ['currency', { currency: 'EUR' }, { amount: 10_000, currency: 'EUR' }],
      ['less received than asked', { captured: 1 }, { amount: 1, currency: 'TRY' }],
    ])('%s: flagged, never succeeded', (_what, more, mismatch) => {
      const applied = apply(samplePayment(), intentTold('paid', more), event(1));
      expect(applied).toMatchObject({
        kind: 'changed',
        payment: { mismatch, status: 'paid' },
        events: [{ type: 'payment.mismatched', data: { mismatch } }],
      });
      expect(applied.kind === 'changed' && applied.events).toHaveLength(1);
    });
    test('told at once, when the intent is made', () => {
      const applied = apply(samplePayment(), intentTold('pending', { amount: 1 }), event(1));
      expect(outcome(applied)).toEqual({ status: 'pending', events: ['payment.mismatched'] });
      const flagged = after(samplePayment(), [intentTold('pending', { amount: 1 }), event(1)]);
      expect(apply(flagged, intentTold('pending', { amount: 1 }), event(2)).kind).toBe('same');
    });
  });
});

test('events carry the payment as it is after the write, without the client secret', () => {
  const applied = apply(samplePayment(), intentTold('requires_action'), event(1));
  if (applied.kind !== 'changed') throw new Error('nothing changed');
  expect(applied.events[0]?.data).toMatchObject({ id: samplePayment()._id, status: 'requires_action', version: 2 });
  expect(JSON.stringify(applied.events)).not.toContain('secret');
  expect(applied.payment.clientSecret).not.toBeNull();
});

test('whatever comes in whatever order, however often: once paid the money is never lost, and never counted twice', () => {
  const intents = fc.record({
    snapshot: fc.constantFrom(...PROVIDER_STATUSES.map((status) => intentTold(status))),
    seconds: fc.integer({ min: 0, max: 5 }),
  });
  const refunds = fc.record({
    snapshot: fc
      .record({ id: fc.constantFrom('re_1', 're_2'), status: fc.constantFrom('pending', 'succeeded', 'failed') })
      .map(({ id, status }) => refund({ providerRef: id, status, amount: 5_000 })),
    seconds: fc.integer({ min: 0, max: 5 }),
  });
  const steps = fc.array(fc.tuple(fc.oneof(intents, refunds), fc.constantFrom('event', 'answer')), { maxLength: 30 });
  fc.assert(
    fc.property(steps, (told) => {
      let held = samplePayment();
      let wasPaid = false;
      for (const [{ snapshot, seconds }, by] of told) {
        const applied = apply(held, snapshot, { by, at: at(seconds) });
        if (applied.kind === 'changed') {
          expect(applied.events.length).toBeGreaterThan(0);
          held = applied.payment;
          // The same again is nothing new.
          expect(apply(held, snapshot, { by, at: at(seconds) }).kind).not.toBe('changed');
        }
        wasPaid ||= held.captured > 0;
        expect(held.captured).toBe(wasPaid ? 10_000 : 0);
        expect(held.refunded).toBeLessThanOrEqual(held.captured);
        expect(held.refunds.length).toBeLessThanOrEqual(2);
        if (wasPaid) expect(['paid', 'partially_refunded', 'refunded']).toContain(held.status);
      }
    }),
  );
});
