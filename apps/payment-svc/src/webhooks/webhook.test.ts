import { describe, expect, test } from '@jest/globals';
import type { ProviderEvent } from '../adapters/adapter.ts';
import { failed, handled, newWebhook, unmatched, webhookIdOf, type WebhookDocument } from './webhook.ts';

const CAME = new Date('2026-11-22T10:00:00.000Z');
const PAYMENT = { _id: 'pay_1_1', orderId: 'ord_1' };
const event = (more: Partial<ProviderEvent> = {}): ProviderEvent => ({
  eventId: 'evt_1',
  type: 'payment_intent.succeeded',
  at: CAME,
  snapshot: { providerRef: 'pi_1' },
  link: { orderId: 'ord_1', attempt: 1 },
  ...more,
});
const stored = (more: Partial<ProviderEvent> = {}): WebhookDocument => ({
  ...newWebhook('shop', 'stripe', event(more), CAME),
  version: 1,
  createdAt: CAME,
  updatedAt: CAME,
});
/** Tries until it is given up; the times of the tries in seconds after it came. */
const triesOf = (next: (held: WebhookDocument, now: Date) => WebhookDocument) => {
  const times: number[] = [];
  let held = stored();
  for (let now = CAME; ; now = held.dueAt) {
    times.push((now.getTime() - CAME.getTime()) / 1_000);
    held = next(held, now);
    if (held.dueAt === null) return { times, held };
  }
};

test('an event is one document, whoever brings it; the same id of another shop or provider is another', () => {
  const ids = [
    webhookIdOf('shop', 'stripe', 'evt_1'),
    webhookIdOf('shop2', 'stripe', 'evt_1'),
    webhookIdOf('shop', 'sandbox', 'evt_1'),
    webhookIdOf('shop', 'stripe', 'evt_2'),
  ];
  expect(new Set(ids).size).toBe(4);
  expect(stored()._id).toBe(ids[0]);
});

test('what means nothing is done with at once; the rest is due when whoever stored it did not handle it', () => {
  expect(stored({ snapshot: null, link: null })).toMatchObject({ status: 'ignored', handledAt: CAME, dueAt: null });
  expect(stored()).toMatchObject({ status: 'received', paymentId: 'pay_1_1', dueAt: new Date(CAME.getTime() + 5_000) });
});

describe('without a payment', () => {
  const { times, held } = triesOf(unmatched);
  test('it is tried again soon, and for longer than any draft lives', () => {
    expect(times.slice(0, 4)).toEqual([0, 1, 3, 7]);
    expect(Math.max(...times)).toBeGreaterThan(75 * 60);
    expect(Math.max(...times)).toBeLessThan(90 * 60);
    expect(times.length).toBeLessThan(40);
  });
  test('then it is left to staff', () => expect(held).toMatchObject({ status: 'unmatched', dueAt: null }));
  test('and a payment that appears at last is fine', () => {
    expect(handled(held, PAYMENT, CAME)).toMatchObject({ status: 'handled', error: null, paymentId: 'pay_1_1' });
  });
});

describe('that cannot be handled', () => {
  const { times, held } = triesOf((each, now) => failed(each, 'payment_provider_unavailable', now));
  test('it outlasts an outage of hours with a bounded number of tries', () => {
    expect(Math.max(...times)).toBeGreaterThan(10 * 3_600);
    expect(times).toHaveLength(24);
  });
  test('then it has failed', () => {
    expect(held).toMatchObject({ status: 'failed', error: 'payment_provider_unavailable', dueAt: null });
  });
});

test('what was handled stays handled, whoever fails at it later', () => {
  const done = handled(stored(), PAYMENT, CAME);
  for (const after of [failed(done, 'internal_error', CAME), unmatched(done, CAME)]) {
    expect(after).toMatchObject({ status: 'handled', handledAt: CAME, dueAt: null, tries: 2 });
    expect(after.error).not.toBeNull();
  }
});
