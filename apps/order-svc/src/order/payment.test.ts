import { describe, expect, it } from '@jest/globals';
import type { Payment } from '@kervan/contracts';
import fc from 'fast-check';
import { after, sampleDraft, samplePayment } from '../../test/sample.ts';
import { cancelDraft, cancelForMissingGoods, expire } from './end.ts';
import type { OrderFacts } from './order.ts';
import { settlePayment, type Settlement } from './payment.ts';

const changed = (settlement: Settlement) => {
  if (settlement.kind !== 'changed') throw new Error(`expected a change, got ${settlement.kind}`);
  return settlement;
};
const types = (settlement: Settlement): string[] => changed(settlement).events.map((event) => event.type);
const paid = (change: Partial<Payment> = {}) => samplePayment({ status: 'paid', captured: 129_990, ...change });
const expired = (): OrderFacts => {
  const ending = expire(sampleDraft(), after(901));
  if (ending === null) throw new Error('a draft whose time is over must expire');
  return ending.order;
};

describe('a payment that succeeded', () => {
  it('confirms the draft, says it is paid and forgets the client secret', () => {
    const settled = settlePayment(sampleDraft(), paid(), 'unknown', after(30));
    expect(types(settled)).toEqual(['order.confirmed', 'order.paid']);
    expect(changed(settled).order).toMatchObject({
      status: 'confirmed',
      clientSecret: null,
      reservedUntil: null,
      payment: { status: 'paid', captured: 129_990 },
    });
  });

  it('changes nothing when it comes again', () => {
    const { order } = changed(settlePayment(sampleDraft(), paid(), 'unknown', after(30)));
    expect(settlePayment(order, paid(), 'unknown', after(31))).toEqual({ kind: 'same' });
  });

  it('asks for the goods when their time is over, and confirms when they are still there', () => {
    for (const order of [sampleDraft(), expired()]) {
      expect(settlePayment(order, paid(), 'unknown', after(1_000))).toEqual({ kind: 'take_again', order });
      const settled = settlePayment(order, paid(), 'goods', after(1_000));
      expect(types(settled)).toEqual(['order.confirmed', 'order.paid']);
      expect(changed(settled).order).toMatchObject({ status: 'confirmed', expiredAt: null });
    }
  });

  it('is paid back when the goods are gone, and the timeline says so', () => {
    for (const order of [sampleDraft(), expired()]) {
      const settled = changed(settlePayment(order, paid(), 'out_of_stock', after(1_000)));
      expect(settled.order.status).toBe('expired');
      expect(settled.order.refunds).toMatchObject([
        { status: 'pending', amount: 129_990, reason: 'order_expired', paymentId: 'pay_1' },
      ]);
      expect(types(settled)).toContain('order.refund_requested');
      expect(settled.order.timeline.map((entry) => entry.type)).toContain('refund.requested');
    }
  });

  it('and was given back stays given back, also when the goods turn up again', () => {
    const gone = changed(settlePayment(expired(), paid(), 'out_of_stock', after(1_000)));
    const [row] = gone.order.refunds;
    const refund = { refundId: row?.id ?? '', providerRef: null, amount: 129_990, reason: null, failure: null };
    for (const status of ['pending', 'failed'] as const) {
      const news = paid({ version: 3, refunds: [{ ...refund, status }] });
      const settled = changed(settlePayment(gone.order, news, 'unknown', after(1_010)));
      expect(settled.order).toMatchObject({ status: 'expired', refunds: [{ status }] });
      expect(settled.events).toEqual([]);
      const taken = changed(settlePayment(gone.order, news, 'goods', after(1_010)));
      expect(taken.order.status).toBe('expired');
    }
  });

  it('and was given back in part at the provider’s desk confirms all the same', () => {
    const refund = { refundId: null, providerRef: 're_1', amount: 5_000, reason: null, failure: null };
    const settled = changed(
      settlePayment(sampleDraft(), paid({ refunds: [{ ...refund, status: 'pending' }] }), 'unknown', after(30)),
    );
    expect(settled.order).toMatchObject({ status: 'confirmed', refunds: [{ providerRef: 're_1', amount: 5_000 }] });
  });

  it('on a cancelled order is paid back once, however often it is heard of', () => {
    const cancelled = cancelDraft(sampleDraft(), { kind: 'guest' }, 'buyer', after(10));
    const first = changed(settlePayment(cancelled?.order ?? sampleDraft(), paid(), 'unknown', after(20)));
    expect(first.order.status).toBe('cancelled');
    expect(first.order.refunds).toHaveLength(1);
    const second = changed(settlePayment(first.order, paid({ version: 3 }), 'unknown', after(21)));
    expect(second.order.refunds).toHaveLength(1);
    expect(second.events).toEqual([]);
  });

  it('for an order another payment has paid for already is paid back', () => {
    const { order } = changed(settlePayment(sampleDraft(), paid(), 'unknown', after(30)));
    const twice = changed(
      settlePayment(order, paid({ id: 'pay_2', attempt: 2, providerRef: 'pi_2' }), 'unknown', after(40)),
    );
    expect(twice.order).toMatchObject({ status: 'confirmed', payment: { paymentId: 'pay_1', captured: 129_990 } });
    expect(twice.order.refunds).toMatchObject([{ paymentId: 'pay_2', amount: 129_990, reason: 'paid_twice' }]);
  });

  it('of another amount or currency never confirms and is marked', () => {
    const wrong = paid({ mismatch: { amount: 100, currency: 'TRY' } });
    const settled = changed(settlePayment(sampleDraft(), wrong, 'unknown', after(30)));
    expect(settled.order).toMatchObject({ status: 'draft', payment: { mismatch: true } });
    expect(settled.order.timeline.map((entry) => entry.type)).toContain('payment.mismatched');
  });

  it('and confirmed nothing goes back when the draft ends, however it ends', () => {
    const wrong = paid({ captured: 100, mismatch: { amount: 100, currency: 'TRY' } });
    const { order } = changed(settlePayment(sampleDraft(), wrong, 'unknown', after(30)));
    for (const ending of [expire(order, after(901)), cancelDraft(order, { kind: 'guest' }, 'buyer', after(60))]) {
      expect(ending?.order.refunds).toMatchObject([{ paymentId: 'pay_1', amount: 100, status: 'pending' }]);
      expect(ending?.events.map(({ type }) => type)).toContain('order.refund_requested');
    }
    const another = samplePayment({ id: 'pay_2', attempt: 2, providerRef: 'pi_2', status: 'cancelled' });
    const cancelled = changed(settlePayment(order, another, 'unknown', after(40)));
    expect(cancelled.order).toMatchObject({ status: 'cancelled', refunds: [{ paymentId: 'pay_1', amount: 100 }] });
  });

  it('and whose refund bounces is not paid back by another one', () => {
    const first = changed(settlePayment(expired(), paid(), 'out_of_stock', after(910)));
    const [asked] = first.order.refunds;
    if (asked === undefined) throw new Error('no refund was asked for');
    const failure = { code: 'declined', message: null };
    const bounced = {
      refundId: asked.id,
      providerRef: 're_1',
      status: 'failed',
      amount: 129_990,
      reason: null,
      failure,
    } as const;
    const second = changed(settlePayment(first.order, paid({ version: 3, refunds: [bounced] }), 'unknown', after(920)));
    expect(second.order.refunds).toMatchObject([{ id: asked.id, status: 'failed' }]);
    const third = changed(settlePayment(second.order, paid({ version: 4, refunds: [bounced] }), 'unknown', after(930)));
    expect(third.order.refunds).toHaveLength(1);
    expect([...second.events, ...third.events].map(({ type }) => type)).not.toContain('order.refund_requested');
  });
});

describe('a payment that comes after an order with uses of promotions has expired', () => {
  const uses = [{ promotionId: 'promo_1', couponId: 'coup_1', code: 'TEN' }];
  const withUses = (order: OrderFacts): OrderFacts => ({ ...order, uses });
  const over = (): OrderFacts => withUses(expired());
  const begun = (): OrderFacts => {
    const settled = settlePayment(over(), paid(), 'unknown', after(1_000));
    if (settled.kind !== 'take_again') throw new Error(settled.kind);
    return settled.order;
  };
  const released = { type: 'order.uses_released', data: { uses, late: true } };

  it('says that they will be held once more, before they are, and confirms with them', () => {
    expect(begun()).toEqual({ ...over(), usesHold: 'late' });
    const settled = changed(settlePayment(begun(), paid(), 'goods_and_uses', after(1_000)));
    expect(settled.order).toMatchObject({ status: 'confirmed', usesHold: 'late', refunds: [] });
    expect(settled.events).toMatchObject([
      { type: 'order.confirmed' },
      { type: 'order.uses_redeemed', data: { uses, late: true } },
      { type: 'order.paid' },
    ]);
  });

  it('does not confirm with the goods alone', () => {
    expect(settlePayment(over(), paid(), 'goods', after(1_000))).toMatchObject({ kind: 'take_again' });
    expect(settlePayment(begun(), paid(), 'goods', after(1_000))).toMatchObject({ kind: 'take_again' });
    // Held by a draft whose time is just over, they are there still.
    const draft = withUses(sampleDraft());
    expect(settlePayment(draft, paid(), 'unknown', after(901))).toEqual({ kind: 'take_again', order: draft });
    expect(changed(settlePayment(draft, paid(), 'goods', after(901))).events).toMatchObject([
      { type: 'order.confirmed' },
      { type: 'order.uses_redeemed', data: { late: false } },
      { type: 'order.paid' },
    ]);
  });

  it('is paid back when one is used up, and the timeline and the refund say so', () => {
    const settled = changed(settlePayment(begun(), paid(), 'coupon_exhausted', after(1_000)));
    expect(settled.order).toMatchObject({
      status: 'expired',
      usesHold: 'given_up',
      refunds: [{ amount: 129_990, reason: 'coupon_exhausted' }],
    });
    expect(settled.order.timeline).toContainEqual(
      expect.objectContaining({ type: 'order.coupon_exhausted', public: false }),
    );
    expect(settled.events).toMatchObject([released, { type: 'order.refund_requested' }]);
  });

  it('that another one gives up gives them back for good: whoever is just holding them is paid back', () => {
    const gone = changed(settlePayment(begun(), paid(), 'out_of_stock', after(1_000)));
    expect(gone.events).toMatchObject([
      released,
      { type: 'order.refund_requested', data: { reason: 'order_expired' } },
    ]);
    const second = paid({ id: 'pay_2', attempt: 2, providerRef: 'pi_2' });
    for (const again of ['unknown', 'goods', 'goods_and_uses'] as const) {
      const late = changed(settlePayment(gone.order, second, again, after(1_001)));
      expect(late.order).toMatchObject({ status: 'expired', usesHold: 'given_up' });
      expect(late.events).toMatchObject([
        { type: 'order.refund_requested', data: { paymentId: 'pay_2', reason: 'coupon_exhausted' } },
      ]);
    }
    // All that there was went back at the provider's own desk.
    const refund = { refundId: null, providerRef: 're_1', amount: 129_990, reason: null, failure: null };
    const news = paid({ status: 'refunded', refunded: 129_990, refunds: [{ ...refund, status: 'succeeded' }] });
    const refunded = changed(settlePayment(begun(), news, 'unknown', after(1_000)));
    expect(refunded.order).toMatchObject({ status: 'expired', usesHold: 'given_up' });
    expect(refunded.events).toMatchObject([{ type: 'order.refunded' }, released]);
  });

  it('tells of no uses where there are none', () => {
    for (const again of ['goods', 'out_of_stock'] as const) {
      const told = types(settlePayment(expired(), paid(), again, after(1_000)));
      expect(told.filter((type) => type.startsWith('order.uses_'))).toEqual([]);
    }
  });
});

describe('a payment that did not succeed', () => {
  it('leaves the draft payable when a card fails', () => {
    const failure = { code: 'DECLINED', message: null };
    const settled = changed(
      settlePayment(sampleDraft(), samplePayment({ status: 'failed', failure }), 'unknown', after(30)),
    );
    expect(settled.order).toMatchObject({
      status: 'draft',
      payment: { status: 'failed', failure },
      clientSecret: 'pi_1_secret_1',
    });
    expect(settled.events).toEqual([]);
  });

  it('ends the draft when the latest intent is cancelled, not when an earlier one is', () => {
    const settled = changed(settlePayment(sampleDraft(), samplePayment({ status: 'cancelled' }), 'unknown', after(30)));
    expect(settled.order.status).toBe('cancelled');
    expect(types(settled)).toEqual(['order.cancelled']);

    const second = changed(
      settlePayment(sampleDraft(), samplePayment({ id: 'pay_2', attempt: 2 }), 'unknown', after(5)),
    );
    const earlier = changed(settlePayment(second.order, samplePayment({ status: 'cancelled' }), 'unknown', after(30)));
    expect(earlier.order.status).toBe('draft');
    const opening = { ...sampleDraft(), saga: { step: 'opened' as const, attempt: 2, keyId: 'key_2' } };
    const first = changed(settlePayment(opening, samplePayment({ status: 'cancelled' }), 'unknown', after(30)));
    expect(first.order.status).toBe('draft');
  });

  it('that is authorized confirms without saying paid; the capture says it', () => {
    const authorized = changed(
      settlePayment(sampleDraft(), samplePayment({ status: 'authorized' }), 'unknown', after(30)),
    );
    expect(types(authorized)).toEqual(['order.confirmed']);
    const captured = settlePayment(authorized.order, paid({ version: 3 }), 'unknown', after(60));
    expect(types(captured)).toEqual(['order.paid']);
  });
});

describe('refunds', () => {
  it('are kept by the provider’s id, also those made at the provider’s own desk', () => {
    const { order } = changed(settlePayment(sampleDraft(), paid(), 'unknown', after(30)));
    const refund = {
      refundId: null,
      providerRef: 're_1',
      status: 'pending' as const,
      amount: 5_000,
      reason: null,
      failure: null,
    };
    const pending = changed(settlePayment(order, paid({ version: 3, refunds: [refund] }), 'unknown', after(60)));
    expect(pending.order.refunds).toMatchObject([{ providerRef: 're_1', status: 'pending', amount: 5_000 }]);
    const done = paid({
      version: 4,
      status: 'partially_refunded',
      refunded: 5_000,
      refunds: [{ ...refund, status: 'succeeded' }],
    });
    const succeeded = changed(settlePayment(pending.order, done, 'unknown', after(70)));
    expect(succeeded.order.refunds).toMatchObject([{ providerRef: 're_1', status: 'succeeded' }]);
    expect(types(succeeded)).toEqual(['order.refunded']);
    expect(succeeded.order.status).toBe('confirmed');
  });

  it('follow when a confirmed order’s goods are gone', () => {
    const { order } = changed(settlePayment(sampleDraft(), paid(), 'unknown', after(30)));
    const ending = cancelForMissingGoods(order, after(60));
    expect(ending?.order.status).toBe('cancelled');
    expect(ending?.order.refunds).toMatchObject([{ amount: 129_990, reason: 'out_of_stock' }]);
    expect(ending?.events.map((event) => event.type)).toEqual(['order.cancelled', 'order.refund_requested']);
  });
});

describe('snapshots in any order', () => {
  it('and of two who asked for the goods the one with the older snapshot changes nothing', () => {
    const gone = changed(settlePayment(expired(), paid({ version: 2 }), 'out_of_stock', after(1_000))).order;
    const back = paid({ version: 4, status: 'refunded', refunded: 129_990 });
    const refunded = changed(settlePayment(gone, back, 'unknown', after(1_001))).order;
    for (const goods of ['out_of_stock', 'goods'] as const) {
      expect(settlePayment(refunded, paid({ version: 2 }), goods, after(1_002))).toEqual({ kind: 'same' });
    }
  });

  it('leave the order where the newest one does', () => {
    const history = [
      samplePayment({ version: 2, status: 'requires_action' }),
      samplePayment({ version: 3, status: 'failed', failure: { code: 'DECLINED', message: null } }),
      paid({ version: 4 }),
    ];
    fc.assert(
      fc.property(fc.array(fc.nat(2), { maxLength: 8 }), (order) => {
        let facts = sampleDraft();
        for (const index of [...order, 2]) {
          const snapshot = history[index];
          if (snapshot === undefined) continue;
          const settled = settlePayment(facts, snapshot, 'unknown', after(30));
          if (settled.kind === 'changed') facts = settled.order;
        }
        expect(facts).toMatchObject({ status: 'confirmed', payment: { status: 'paid', captured: 129_990 } });
        expect(facts.timeline.filter((entry) => entry.type === 'order.confirmed')).toHaveLength(1);
        expect(facts.refunds).toEqual([]);
      }),
    );
  });
});
