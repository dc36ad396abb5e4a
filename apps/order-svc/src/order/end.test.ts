import { describe, expect, it } from '@jest/globals';
import { ORDER_STATUSES } from '@kervan/contracts';
import { after, sampleDraft } from '../../test/sample.ts';
import { cancelDraft, cancelForMissingGoods, confirmFree, expire } from './end.ts';
import type { OrderFacts } from './order.ts';

const BUYER = { kind: 'guest' } as const;
const inStatus = (status: OrderFacts['status']): OrderFacts => ({ ...sampleDraft(), status });
const free = (): OrderFacts => {
  const draft = sampleDraft();
  return { ...draft, totals: { ...draft.totals, total: 0 } };
};

describe('a draft', () => {
  it('expires when its time is over, not before', () => {
    expect(expire(sampleDraft(), after(899.999))).toBeNull();
    const ending = expire(sampleDraft(), after(900));
    expect(ending?.order).toMatchObject({
      status: 'expired',
      reservedUntil: null,
      clientSecret: null,
      expiredAt: after(900).toISOString(),
    });
    expect(ending?.order.timeline.at(-1)).toMatchObject({
      type: 'order.expired',
      from: 'draft',
      to: 'expired',
      actor: { kind: 'system' },
      public: true,
    });
    expect(ending?.events).toEqual([
      {
        type: 'order.expired',
        version: 1,
        data: expect.objectContaining({
          orderId: 'ord_1',
          from: 'draft',
          status: 'expired',
          lines: [{ sku: 'SHIRT', quantity: 2 }],
        }),
      },
    ]);
  });

  it('is cancelled by whoever gives it up, with the reason', () => {
    const ending = cancelDraft(sampleDraft(), BUYER, 'buyer', after(10));
    expect(ending?.order).toMatchObject({ status: 'cancelled', reservedUntil: null, clientSecret: null });
    expect(ending?.order.timeline.at(-1)).toMatchObject({
      type: 'order.cancelled',
      actor: BUYER,
      data: { reason: 'buyer' },
    });
    expect(ending?.events).toMatchObject([{ type: 'order.cancelled', data: { reason: 'buyer' } }]);
  });

  it('that costs nothing is confirmed without a payment', () => {
    const ending = confirmFree(free(), after(1));
    expect(ending?.order).toMatchObject({
      status: 'confirmed',
      reservedUntil: null,
      payment: { status: 'paid', captured: 0 },
    });
    expect(ending?.events.map(({ type }) => type)).toEqual(['order.confirmed']);
    expect(confirmFree(sampleDraft(), after(1))).toBeNull();
  });

  it('alone can end so: no other status expires, is given up or confirmed for nothing', () => {
    for (const status of ORDER_STATUSES.filter((each) => each !== 'draft')) {
      expect(expire(inStatus(status), after(10_000))).toBeNull();
      expect(cancelDraft(inStatus(status), BUYER, 'buyer', after(1))).toBeNull();
      expect(confirmFree({ ...free(), status }, after(1))).toBeNull();
    }
  });
});

describe('goods that are gone', () => {
  it('take a sale back, with the money that is still there', () => {
    const sold = inStatus('confirmed');
    const money = { captured: 129_990, refunded: 29_990 };
    const attempts = sold.payment.attempts.map((attempt) => ({ ...attempt, ...money }));
    const paid = { ...sold, payment: { ...sold.payment, ...money, attempts } };
    for (const status of ['confirmed', 'packing'] as const) {
      const ending = cancelForMissingGoods({ ...paid, status }, after(60));
      expect(ending?.order).toMatchObject({
        status: 'cancelled',
        refunds: [{ amount: 100_000, status: 'pending', reason: 'out_of_stock' }],
      });
      expect(ending?.events.map(({ type }) => type)).toEqual(['order.cancelled', 'order.refund_requested']);
    }
  });

  it('ask for no refund where nothing was taken, and change no order that is shipped or has ended', () => {
    expect(cancelForMissingGoods(inStatus('confirmed'), after(60))).toMatchObject({ order: { refunds: [] } });
    for (const status of ['draft', 'shipped', 'delivered', 'expired', 'cancelled'] as const)
      expect(cancelForMissingGoods(inStatus(status), after(60))).toBeNull();
  });
});
