import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  cartRpc,
  inventoryEvents,
  inventoryRpc,
  newId,
  orderRpc,
  type paymentEvents,
  paymentRpc,
  type Order,
  type Payment,
} from '@kervan/contracts';
import { eventually } from '@kervan/testing';
import type { z } from 'zod';
import {
  BUYER,
  checkout,
  drafted,
  read,
  readCart,
  startOrderService,
  untilOrder,
  type OrderService,
} from './service.ts';
import { ADDRESS, codeOf, valueOf } from './world.ts';

const TTL_S = 4;
let service: OrderService;
beforeAll(async () => {
  service = await startOrderService({
    RESERVATION_TTL_S: String(TTL_S),
    RESERVATION_SWEEP_S: '0.2',
    RECONCILE_S: '1',
  });
}, 60_000);
afterAll(async () => {
  await service.stop();
});

const typesOf = (order: Order): string[] => order.timeline.map(({ type }) => type);
const move = (paymentId: string, change: Partial<Payment>): Payment => service.neighbours.move(paymentId, change);
const pay = (paymentId: string): Payment => move(paymentId, { status: 'paid', captured: 14_990 });
const reservationOf = (orderId: string) => service.neighbours.reservations.get(orderId)?.status;

describe('a payment’s events', () => {
  it('confirm once, however often and in whatever order they come', async () => {
    const { orderNo, order, paymentId, cartId } = await drafted(service);
    const asks = move(paymentId, { status: 'requires_action' });
    const failed = move(paymentId, { status: 'failed', failure: { code: 'DECLINED', message: null } });
    const paid = pay(paymentId);
    const news: [keyof typeof paymentEvents, Payment][] = [
      ['succeeded', paid],
      ...Array.from({ length: 20 }, (): [keyof typeof paymentEvents, Payment] => ['succeeded', paid]),
      ['failed', failed],
      ['requiresAction', asks],
    ];
    await Promise.all(news.map(([kind, payment]) => service.tell(kind, payment)));
    await untilOrder(service, orderNo, 'confirmed');
    await eventually(() => expect(reservationOf(order.id)).toBe('committed'));
    const stored = await read(service, orderNo);
    expect(stored.payment).toMatchObject({ status: 'paid', captured: 14_990, attempts: [{ status: 'paid' }] });
    expect(typesOf(stored).filter((type) => type.startsWith('order.'))).toEqual(['order.created', 'order.confirmed']);
    expect(await readCart(service, cartId)).toMatchObject({ status: 'completed' });
    expect(service.heard.filter(({ orderId }) => orderId === order.id).map(({ type }) => type)).toEqual([
      'order.confirmed',
    ]);
  });

  it('that say it failed leave the draft to be paid, and those that say it is cancelled end it', async () => {
    const { orderNo, order, paymentId, cartId } = await drafted(service);
    await service.tell('failed', move(paymentId, { status: 'failed', failure: { code: 'DECLINED', message: 'no' } }));
    await eventually(async () =>
      expect((await read(service, orderNo)).payment).toMatchObject({ status: 'failed', failure: { code: 'DECLINED' } }),
    );
    expect((await read(service, orderNo)).status).toBe('draft');
    await service.tell('cancelled', move(paymentId, { status: 'cancelled' }));
    await untilOrder(service, orderNo, 'cancelled');
    await eventually(() => expect(reservationOf(order.id)).toBe('released'));
    expect(await readCart(service, cartId)).toMatchObject({ status: 'open' });
  });

  it('that say it takes its time keep the goods for longer, once', async () => {
    const { orderNo, order, paymentId } = await drafted(service);
    const promised = Date.parse(order.reservedUntil ?? '');
    await service.tell('processing', move(paymentId, { status: 'processing' }));
    const extended = async () => Date.parse((await read(service, orderNo)).reservedUntil ?? '') - promised;
    await eventually(async () => expect(await extended()).toBe(TTL_S * 1_000));
    const held = Date.parse(service.neighbours.reservations.get(order.id)?.expiresAt ?? '');
    expect(held).toBe(promised + TTL_S * 1_000 + 60_000);
    await service.tell('processing', move(paymentId, { status: 'processing', attempts: [] }));
    await service.tell('succeeded', pay(paymentId));
    await untilOrder(service, orderNo, 'confirmed');
    expect(service.neighbours.calls.filter((subject) => subject === inventoryRpc.extend.subject)).toHaveLength(1);
  });

  it('of a wrong amount confirm nothing and stand on the timeline', async () => {
    const { orderNo, paymentId } = await drafted(service);
    await service.tell(
      'mismatched',
      move(paymentId, { status: 'paid', captured: 100, mismatch: { amount: 100, currency: 'TRY' } }),
    );
    const stored = await eventually(async () => {
      const found = await read(service, orderNo);
      expect(found.payment.mismatch).toBe(true);
      return found;
    });
    expect(stored.status).toBe('draft');
    expect(stored.timeline).toContainEqual(expect.objectContaining({ type: 'payment.mismatched', public: false }));
  });

  it('of an order that is not there are let go, and hold up nobody', async () => {
    const { orderNo, paymentId } = await drafted(service);
    const stray = { ...pay(paymentId), id: 'pay_stray', orderId: newId('order') };
    await service.tell('succeeded', stray);
    await service.tell('succeeded', pay(paymentId));
    await untilOrder(service, orderNo, 'confirmed');
  });

  it('of a dispute and its end are seen', async () => {
    const { orderNo, paymentId } = await drafted(service);
    await service.tell('succeeded', pay(paymentId));
    await service.tell('disputed', move(paymentId, { status: 'disputed' }));
    await eventually(async () => expect((await read(service, orderNo)).payment.status).toBe('disputed'));
    await service.tell('disputeClosed', move(paymentId, { status: 'paid' }));
    await eventually(async () => expect((await read(service, orderNo)).payment.status).toBe('paid'));
    expect((await read(service, orderNo)).status).toBe('confirmed');
  });
});

describe('a draft that is left alone', () => {
  it('expires when its time is over, and not before', async () => {
    const { orderNo, order, cartId, paymentId } = await drafted(service);
    const stored = await untilOrder(service, orderNo, 'expired');
    expect(Date.parse(stored.expiredAt ?? '')).toBeGreaterThanOrEqual(Date.parse(order.reservedUntil ?? ''));
    expect(stored).toMatchObject({
      reservedUntil: null,
      timeline: [{}, { type: 'order.expired', actor: { kind: 'system' } }],
    });
    await eventually(async () => {
      expect(reservationOf(order.id)).toBe('released');
      expect(service.neighbours.payments.get(paymentId)?.status).toBe('cancelled');
      expect(await readCart(service, cartId)).toMatchObject({ status: 'open' });
    });
    expect(codeOf(await checkout(service, cartId))).toBe('ok');
  });

  it('is confirmed by a payment nobody told of, without asking its provider', async () => {
    const { orderNo, paymentId } = await drafted(service);
    const before = service.neighbours.calls.length;
    pay(paymentId);
    await untilOrder(service, orderNo, 'confirmed');
    expect(service.neighbours.calls.slice(before)).not.toContain(paymentRpc.refresh.subject);
  });

  it('and is paid afterwards gets its goods again where they are there', async () => {
    const { orderNo, order, paymentId } = await drafted(service);
    await untilOrder(service, orderNo, 'expired');
    await eventually(() => expect(reservationOf(order.id)).toBe('released'));
    await service.tell('succeeded', pay(paymentId));
    const stored = await untilOrder(service, orderNo, 'confirmed');
    expect(typesOf(stored)).toEqual(['order.created', 'order.expired', 'payment.paid', 'order.confirmed']);
    expect(stored).toMatchObject({ expiredAt: null, refunds: [] });
    await eventually(() => expect(reservationOf(order.id)).toBe('committed'));
  });

  it('and is paid afterwards is paid back where they are gone, whatever turns up later', async () => {
    const { sku } = service.neighbours.sell('last');
    service.neighbours.onHand.set(sku, 1);
    const { orderNo, order, paymentId } = await drafted(service, { last: 1 });
    await untilOrder(service, orderNo, 'expired');
    await eventually(() => expect(reservationOf(order.id)).toBe('released'));
    service.neighbours.onHand.set(sku, 0);
    const paid = pay(paymentId);
    await service.tell('succeeded', paid);
    await eventually(async () =>
      expect((await read(service, orderNo)).refunds).toMatchObject([{ status: 'pending', amount: 14_990 }]),
    );
    service.neighbours.onHand.set(sku, 1);
    await service.tell('succeeded', { ...paid, version: paid.version + 1 });
    const refunded = await eventually(() => {
      const payment = service.neighbours.payments.get(paymentId);
      if (payment?.status !== 'refunded') throw new Error('not refunded yet');
      return payment;
    });
    await service.tell('refunded', { ...refunded, version: paid.version + 2 });
    const stored = await eventually(async () => {
      const found = await read(service, orderNo);
      expect(found.refunds).toMatchObject([{ status: 'succeeded', amount: 14_990, reason: 'order_expired' }]);
      return found;
    });
    expect(stored).toMatchObject({ status: 'expired', payment: { status: 'refunded', refunded: 14_990 } });
    expect(typesOf(stored)).toEqual(
      expect.arrayContaining(['order.expired', 'order.out_of_stock', 'refund.requested', 'refund.succeeded']),
    );
    expect(reservationOf(order.id)).toBe('released');
  });
});

describe('goods that turn out to be gone', () => {
  it('take a confirmed order back and pay it out, once', async () => {
    const { orderNo, order, paymentId } = await drafted(service);
    await service.tell('succeeded', pay(paymentId));
    await untilOrder(service, orderNo, 'confirmed');
    const event = { type: inventoryEvents.commitFailed.type, version: 1, data: { orderId: order.id, lines: [] } };
    await Promise.all([1, 2, 3].map(() => service.publish('inventory-svc', event, order.id)));
    const stored = await untilOrder(service, orderNo, 'cancelled');
    expect(stored.refunds).toMatchObject([{ amount: 14_990, reason: 'out_of_stock' }]);
    await eventually(() => expect(service.neighbours.payments.get(paymentId)).toMatchObject({ refunded: 14_990 }));
    expect((await read(service, orderNo)).refunds).toHaveLength(1);
  });
});

describe('tracking', () => {
  it('shows the public part to whoever has the number, however it is typed', async () => {
    const { orderNo } = await drafted(service);
    for (const typed of [
      orderNo,
      orderNo.toLowerCase(),
      ` ${orderNo} `,
      orderNo.replaceAll('0', 'O').replaceAll('1', 'l'),
    ]) {
      const tracked = valueOf(await service.call(orderRpc.track, { orderNo: typed }));
      expect(tracked).toMatchObject({
        orderNo,
        status: 'draft',
        shipTo: { name: 'A*** Y***', city: 'İstanbul', country: 'TR' },
      });
      expect(JSON.stringify(tracked)).not.toMatch(/ayse|Ayşe|Bağdat|secret|pay_|cart_|ord_/);
    }
  });

  it('shows the whole to whoever knows the e-mail address, too', async () => {
    const { orderNo } = await drafted(service);
    const verify = (email: string, number = orderNo, tenant = 'demo') =>
      service.call(orderRpc.verify, { orderNo: number, email }, tenant);
    const whole = valueOf(await verify(' Ayse@Example.COM '));
    expect(whole).toMatchObject({ orderNo, email: 'ayse@example.com', shippingAddress: ADDRESS });
    expect(JSON.stringify(whole)).not.toMatch(/secret|checkoutKey|saga/);
    const refused = { ok: false, error: { code: 'order_not_found' } };
    expect(await verify('mehmet@example.com')).toEqual(refused);
    expect(await verify('')).toEqual(refused);
    expect(await verify('ayse@example.com', '0000-0000-0000')).toEqual(refused);
    expect(await verify('', '0000-0000-0000')).toEqual(refused);
    expect(await verify('ayse@example.com', orderNo, 'other')).toEqual(refused);
    expect(await service.call(orderRpc.track, { orderNo: '0000-0000-0000' })).toEqual(refused);
    expect(await service.call(orderRpc.track, { orderNo }, 'other')).toEqual(refused);
  });
});

describe('the list of orders', () => {
  const list = (query: Partial<z.input<typeof orderRpc.list.request>>, tenant = 'staffed') =>
    service.call(orderRpc.list, { limit: 100, ...query }, tenant);
  const numbers = async (query: Partial<z.input<typeof orderRpc.list.request>>): Promise<string[]> =>
    valueOf(await list(query)).data.map(({ orderNo }) => orderNo);
  const placed: Order[] = [];

  beforeAll(async () => {
    for (const [index, variantId] of ['shirt', 'socks', 'shirt', 'socks', 'shirt'].entries()) {
      service.neighbours.sell(variantId);
      const items = [{ variantId, quantity: 1 }];
      const { id: cartId } = valueOf(
        await service.call(cartRpc.create, { currency: 'TRY', locale: 'tr', items }, 'staffed'),
      );
      const input = { ...BUYER, cartId, email: index === 4 ? 'Zeynep@example.com' : `buyer${index % 2}@example.com` };
      const request = { idempotencyKey: newId('event'), input, language: 'tr' };
      const { order } = valueOf(await service.call(orderRpc.checkout, request, 'staffed'));
      placed.push(valueOf(await service.call(orderRpc.get, { orderNo: order.orderNo }, 'staffed')));
    }
    valueOf(await service.call(orderRpc.cancel, { orderNo: placed[0]?.orderNo ?? '' }, 'staffed'));
  });
  const no = (...indexes: number[]): string[] => indexes.map((index) => placed[index]?.orderNo ?? '');

  it('is newest first, or oldest, page by page', async () => {
    expect(await numbers({})).toEqual(no(4, 3, 2, 1, 0));
    expect(await numbers({ sort: 'oldest' })).toEqual(no(0, 1, 2, 3, 4));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = valueOf(await list({ limit: 2, cursor }));
      seen.push(...page.data.map(({ orderNo }) => orderNo));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(no(4, 3, 2, 1, 0));
    expect(codeOf(await list({ cursor: 'nonsense' }))).toBe('invalid_cursor');
  });

  it('can be narrowed by every filter', async () => {
    expect(await numbers({ status: 'cancelled' })).toEqual(no(0));
    expect(await numbers({ paymentStatus: 'paid' })).toEqual([]);
    expect(await numbers({ email: 'BUYER1@example.com' })).toEqual(no(3, 1));
    expect(await numbers({ cartId: placed[2]?.cartId })).toEqual(no(2));
    const [from, to] = [placed[1]?.createdAt, placed[3]?.createdAt];
    expect(await numbers({ from, to })).toEqual(no(2, 1));
    expect(await numbers({ from: to, email: 'buyer1@example.com' })).toEqual(no(3));
  });

  it('can be searched by the beginning of a number or an e-mail address, and by SKU', async () => {
    const number = placed[3]?.orderNo ?? '';
    for (const q of [number, number.toLowerCase(), number.slice(0, 9), ` ${number}`])
      expect(await numbers({ q })).toEqual(no(3));
    expect(await numbers({ q: 'zeyn' })).toEqual(no(4));
    expect(await numbers({ q: 'SKU-socks' })).toEqual(no(3, 1));
    expect(await numbers({ q: 'SKU-socks', email: 'buyer0@example.com' })).toEqual([]);
    for (const q of ['.*', '^', '(', '[a-z]', 'buyer0@example.com|zeynep', '\\', '$'])
      expect(await numbers({ q })).toEqual([]);
  });

  it('is the shop’s own', async () => {
    expect(valueOf(await list({ q: placed[0]?.orderNo }, 'other')).data).toEqual([]);
    expect(codeOf(await service.call(orderRpc.get, { orderNo: placed[0]?.orderNo ?? '' }, 'other'))).toBe(
      'order_not_found',
    );
  });
});
