import { describe, expect, it } from '@jest/globals';
import { ORDER_STATUSES, orderEvents, type OrderStatus } from '@kervan/contracts';
import fc from 'fast-check';
import { after, sampleDraft, samplePayment } from '../../test/sample.ts';
import { cancelDraft, cancelForMissingGoods, confirmFree, expire } from './end.ts';
import { moveTo, type Ending } from './move.ts';
import { canMove, hasEnded, isSold, type OrderFacts } from './order.ts';
import { settlePayment } from './payment.ts';

const SYSTEM = { kind: 'system' } as const;
const USES = [{ promotionId: 'promo_1', couponId: 'coup_1', code: 'TEN' }];
const inStatus = (status: OrderStatus, change: Partial<OrderFacts> = {}): OrderFacts => ({
  ...sampleDraft(),
  status,
  ...change,
});
const move = (order: OrderFacts, to: OrderStatus) => moveTo(order, to, { at: after(1), actor: SYSTEM });
const status = fc.constantFrom(...ORDER_STATUSES);
const usesHolds = fc.constantFrom('first' as const, 'late' as const, 'given_up' as const);

describe('a move of the status', () => {
  it('is said on the timeline, and refused where the table has none', () => {
    fc.assert(
      fc.property(status, status, (from, to) => {
        if (!canMove(from, to)) {
          expect(() => move(inStatus(from), to)).toThrow(`${from} to ${to}`);
          return;
        }
        const { order } = move(inStatus(from), to);
        expect(order.status).toBe(to);
        expect(order.timeline).toEqual([
          { at: after(1).toISOString(), actor: SYSTEM, type: `order.${to}`, from, to, public: true },
        ]);
      }),
    );
  });

  it('takes what else changes along, and tells why', () => {
    const { order, events } = moveTo(
      sampleDraft(),
      'cancelled',
      { at: after(1), actor: SYSTEM, reason: 'out_of_stock', data: { by: 'us' } },
      { reservedUntil: null, usesHold: 'late' },
    );
    expect(order).toMatchObject({ status: 'cancelled', reservedUntil: null, usesHold: 'late' });
    expect(order.timeline.at(-1)).toMatchObject({ data: { by: 'us', reason: 'out_of_stock' } });
    expect(events).toEqual([
      {
        type: 'order.cancelled',
        version: 1,
        data: expect.objectContaining({ from: 'draft', status: 'cancelled', reason: 'out_of_stock' }),
      },
    ]);
  });

  it('redeems the uses of an order that becomes a sale, gives back those of one that ends, and else leaves them', () => {
    fc.assert(
      fc.property(status, status, fc.boolean(), usesHolds, (from, to, uses, usesHold) => {
        fc.pre(canMove(from, to));
        const { events } = move(inStatus(from, { uses: uses ? USES : [], usesHold }), to);
        const told = events.filter(({ type }) => type.startsWith('order.uses_'));
        const redeemed = isSold(to) && !isSold(from);
        if (!uses || (!redeemed && !hasEnded(to))) {
          expect(told).toEqual([]);
          return;
        }
        const fact = redeemed ? orderEvents.usesRedeemed : orderEvents.usesReleased;
        const data = { orderId: 'ord_1', orderNo: '7K3M-9QX2-TB4F', uses: USES, late: usesHold !== 'first' };
        expect(told).toEqual([{ type: fact.type, version: 1, data }]);
      }),
    );
  });
});

describe('whoever confirms or ends an order', () => {
  const paid = samplePayment({ status: 'paid', captured: 129_990 });
  const ending = (settled: ReturnType<typeof settlePayment>): Ending => {
    if (settled.kind !== 'changed') throw new Error(settled.kind);
    return settled;
  };
  const draft = (change: Partial<OrderFacts> = {}): OrderFacts => inStatus('draft', { uses: USES, ...change });
  const free = (): OrderFacts => draft({ totals: { ...sampleDraft().totals, total: 0 } });
  const late = (): OrderFacts => inStatus('expired', { uses: USES, usesHold: 'late', reservedUntil: null });

  it.each<[string, () => Ending | null, 'order.uses_redeemed' | 'order.uses_released', boolean]>([
    ['a payment', () => ending(settlePayment(draft(), paid, 'unknown', after(1))), 'order.uses_redeemed', false],
    [
      'a payment at the last moment',
      () => ending(settlePayment(draft(), paid, 'goods', after(901))),
      'order.uses_redeemed',
      false,
    ],
    [
      'a late one',
      () => ending(settlePayment(late(), paid, 'goods_and_uses', after(1_000))),
      'order.uses_redeemed',
      true,
    ],
    ['an order that costs nothing', () => confirmFree(free(), after(1)), 'order.uses_redeemed', false],
    ['the end of its time', () => expire(draft(), after(901)), 'order.uses_released', false],
    ['its buyer', () => cancelDraft(draft(), { kind: 'guest' }, 'buyer', after(1)), 'order.uses_released', false],
    [
      'its provider',
      () => ending(settlePayment(draft(), samplePayment({ status: 'cancelled' }), 'unknown', after(1))),
      'order.uses_released',
      false,
    ],
    [
      'goods that are gone before it is sold',
      () => ending(settlePayment(draft(), paid, 'out_of_stock', after(901))),
      'order.uses_released',
      false,
    ],
    [
      'goods that are gone after it was sold',
      () => cancelForMissingGoods(inStatus('confirmed', { uses: USES, usesHold: 'late' }), after(60)),
      'order.uses_released',
      true,
    ],
  ])('tells what becomes of its uses, once: %s', (_name, end, type, isLate) => {
    const told = end()?.events.filter((event) => event.type.startsWith('order.uses_'));
    expect(told).toEqual([{ type, version: 1, data: expect.objectContaining({ uses: USES, late: isLate }) }]);
  });
});
