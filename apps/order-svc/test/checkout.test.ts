import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  cartRpc,
  catalogRpc,
  inventoryRpc,
  newId,
  orderRpc,
  paymentRpc,
  pricingRpc,
  type CheckoutAnswer,
  type CheckoutInput,
  type ErrorCode,
  type PromotionUse,
  type Result,
} from '@kervan/contracts';
import { eventually } from '@kervan/testing';
import { orderCollection } from '../src/order/order.store.ts';
import {
  BUYER,
  cartWith,
  checkout,
  drafted,
  read,
  readCart,
  startOrderService,
  untilOrder,
  type OrderService,
} from './service.ts';
import { ADDRESS, codeOf, valueOf } from './world.ts';

let service: OrderService;
beforeAll(async () => {
  service = await startOrderService();
}, 60_000);
afterAll(async () => {
  await service.stop();
});

const ordersOf = async (cartId: string) => valueOf(await service.call(orderRpc.list, { cartId })).data;
const callsDuring = async <T>(work: () => Promise<T>): Promise<{ done: T; calls: string[] }> => {
  const { calls } = service.neighbours;
  const before = calls.length;
  const done = await work();
  return { done, calls: calls.slice(before) };
};

describe('a checkout', () => {
  it('takes its steps in order and answers what the storefront needs', async () => {
    const cart = await cartWith(service, { shirt: 2 });
    const { done, calls } = await callsDuring(() => checkout(service, cart.id, { note: 'ring twice' }));
    expect(calls).toEqual(
      [catalogRpc.resolveVariants, pricingRpc.quote, inventoryRpc.reserve, paymentRpc.open].map(
        ({ subject }) => subject,
      ),
    );
    const answer = valueOf(done);
    const [order] = await ordersOf(cart.id);
    const paymentId = order?.payment.paymentId ?? '';
    expect(answer).toEqual({
      order: {
        orderNo: order?.orderNo,
        status: 'draft',
        amount: 24_990,
        currency: 'TRY',
        reservedUntil: order?.reservedUntil,
        totals: order?.totals,
      },
      payment: {
        provider: 'sandbox',
        clientSecret: `secret of ${paymentId}`,
        status: 'pending',
        nextAction: { type: 'none', url: null, html: null },
      },
      language: 'tr',
      replayed: false,
    });
    expect(order).toMatchObject({
      status: 'draft',
      cartId: cart.id,
      email: 'ayse@example.com',
      locale: 'tr',
      note: 'ring twice',
      shippingAddress: ADDRESS,
      billingAddress: ADDRESS,
      payment: { status: 'pending', attempts: [{ attempt: 1, paymentId }] },
      timeline: [{ type: 'order.created', actor: { kind: 'guest' }, public: true }],
    });
    const promised = Date.parse(order?.reservedUntil ?? '') - Date.parse(order?.createdAt ?? '');
    expect(promised).toBeGreaterThan(899_000);
    expect(promised).toBeLessThanOrEqual(900_000);
    // Inventory holds the goods a minute longer than the order promises.
    const held = service.neighbours.reservations.get(order?.id ?? '');
    expect(held).toMatchObject({ status: 'held', lines: [{ sku: 'SKU-shirt', quantity: 2 }] });
    expect(Date.parse(held?.expiresAt ?? '') - Date.parse(order?.reservedUntil ?? '')).toBe(60_000);
    expect(await readCart(service, cart.id)).toMatchObject({ status: 'checkout' });
  });

  it('takes from the cart what the body leaves out, and null for none', async () => {
    const billing = { ...ADDRESS, company: 'Yılmaz Ltd.', taxNumber: '1234567890' };
    const filled = async () => {
      const { id } = await cartWith(service, { shirt: 1 });
      const patch = { ...BUYER, billingAddress: billing, note: 'ring twice' };
      valueOf(await service.call(cartRpc.update, { cartId: id, patch }));
      return id;
    };
    const order = async (input: Partial<CheckoutInput>) => {
      const cartId = await filled();
      valueOf(
        await service.call(orderRpc.checkout, {
          idempotencyKey: newId('event'),
          input: { cartId, ...input },
          language: 'en',
        }),
      );
      return (await ordersOf(cartId))[0];
    };
    expect(await order({})).toMatchObject({
      email: 'ayse@example.com',
      locale: 'en',
      billingAddress: billing,
      note: 'ring twice',
    });
    expect(await order({ billingAddress: null, note: null })).toMatchObject({ billingAddress: ADDRESS, note: null });
    expect(await order({ email: 'mehmet@example.com', note: 'leave it' })).toMatchObject({
      email: 'mehmet@example.com',
      note: 'leave it',
    });
  });

  it('sells at the prices of now, and never at another total than the one that was shown', async () => {
    service.neighbours.sell('lamp');
    const cart = await cartWith(service, { lamp: 1 });
    service.neighbours.sell('lamp', { price: 12_000 });
    const refused = await checkout(service, cart.id, { expectedTotal: 14_990 });
    expect(refused).toMatchObject({
      ok: false,
      error: {
        code: 'total_changed',
        details: { expected: 14_990, currency: 'TRY', totals: { subtotal: 12_000, total: 16_990 } },
      },
    });
    expect(await ordersOf(cart.id)).toEqual([]);
    expect(await readCart(service, cart.id)).toMatchObject({ status: 'open' });
    expect(valueOf(await checkout(service, cart.id, { expectedTotal: 16_990 })).order.amount).toBe(16_990);
    expect((await ordersOf(cart.id))[0]?.items).toMatchObject([{ unitPrice: 12_000, total: 12_000 }]);
  });

  it('confirms at once what costs nothing, without a payment', async () => {
    service.neighbours.sell('sample', { price: 0, requiresShipping: false });
    const cart = await cartWith(service, { sample: 1 });
    const { done, calls } = await callsDuring(() =>
      checkout(service, cart.id, { payment: null, shippingMethod: null }),
    );
    expect(valueOf(done)).toMatchObject({
      order: { status: 'confirmed', amount: 0 },
      payment: { provider: null, clientSecret: null, status: 'paid' },
    });
    expect(calls).not.toContain(paymentRpc.open.subject);
    const [order] = await ordersOf(cart.id);
    await eventually(() => expect(service.neighbours.reservations.get(order?.id ?? '')?.status).toBe('committed'));
    expect(await readCart(service, cart.id)).toMatchObject({ status: 'completed' });
  });
});

describe('a checkout is refused, and leaves an open cart and no order,', () => {
  const leftAlone = async (cartId: string): Promise<void> => {
    expect(await ordersOf(cartId)).toEqual([]);
    expect(await readCart(service, cartId)).toMatchObject({ status: 'open', version: 1 });
  };

  it.each<[ErrorCode, Partial<CheckoutInput>]>([
    ['email_required', { email: null }],
    ['shipping_address_required', { shippingAddress: null }],
    ['shipping_method_required', { shippingMethod: null }],
    ['payment_method_required', { payment: null }],
  ])('with %s for what is missing', async (code, input) => {
    const cart = await cartWith(service, { shirt: 1 });
    expect(codeOf(await checkout(service, cart.id, input))).toBe(code);
    await leftAlone(cart.id);
  });

  it('when the cart is empty, unknown or another shop’s', async () => {
    const empty = await cartWith(service, {});
    expect(codeOf(await checkout(service, empty.id))).toBe('cart_empty');
    await leftAlone(empty.id);
    expect(codeOf(await checkout(service, 'cart_none'))).toBe('cart_not_found');
    const cart = await cartWith(service, { shirt: 1 });
    const request = { idempotencyKey: newId('event'), input: { cartId: cart.id, ...BUYER }, language: 'tr' };
    expect(codeOf(await service.call(orderRpc.checkout, request, 'other'))).toBe('cart_not_found');
    await leftAlone(cart.id);
  });

  it('when a line is not sold any more, and names it', async () => {
    service.neighbours.sell('vase');
    const cart = await cartWith(service, { shirt: 1, vase: 1 });
    service.neighbours.sell('vase', { active: false });
    const lineId = cart.items[1]?.lineId;
    expect(await checkout(service, cart.id)).toMatchObject({
      ok: false,
      error: { code: 'item_unavailable', details: { lines: [{ lineId, sku: 'SKU-vase', variantId: 'vase' }] } },
    });
    await leftAlone(cart.id);
  });

  it('when pricing finds something wrong, with its reason', async () => {
    const reason = { code: 'shipping_method_unavailable', tr: 'Buraya gitmiyor', en: 'Does not go there' };
    const cart = await cartWith(service, { shirt: 1 });
    service.neighbours.problems = [reason];
    const refused = await checkout(service, cart.id);
    service.neighbours.problems = [];
    expect(refused).toMatchObject({ ok: false, error: { code: reason.code, details: { problems: [reason] } } });
    await leftAlone(cart.id);
  });

  it('when a neighbour does not answer before anything is written', async () => {
    for (const rpc of [catalogRpc.resolveVariants, pricingRpc.quote]) {
      const cart = await cartWith(service, { shirt: 1 });
      service.neighbours.refuseNext(rpc, 'service_unavailable');
      expect(codeOf(await checkout(service, cart.id))).toBe('service_unavailable');
      await leftAlone(cart.id);
    }
  });
});

describe('a checkout with a coupon', () => {
  const withCoupon = async (code: string) => {
    const cart = await cartWith(service, { shirt: 1 });
    return valueOf(await service.call(cartRpc.addCoupon, { cartId: cart.id, code }));
  };
  const redemptionOf = (orderId: string | undefined) => service.neighbours.redemptions.get(orderId ?? '');

  it('holds it after the goods, before anyone is asked for money, and redeems it with the payment', async () => {
    const { id, code, promotionId } = service.neighbours.issue('TEN');
    const uses = [{ promotionId, couponId: id, code }];
    const cart = await withCoupon('ten');
    const { done, calls } = await callsDuring(() => checkout(service, cart.id));
    expect(calls).toEqual(
      [catalogRpc.resolveVariants, pricingRpc.quote, inventoryRpc.reserve, pricingRpc.holdUses, paymentRpc.open].map(
        ({ subject }) => subject,
      ),
    );
    const { orderNo, amount } = valueOf(done).order;
    expect(amount).toBe(13_990);
    const order = await read(service, orderNo);
    expect(order).toMatchObject({
      coupons: [{ code, promotionId, amount: 1_000 }],
      items: [{ discounts: [{ rule: promotionId, amount: 1_000 }], total: 9_000 }],
      considered: [{ kind: 'coupon', applied: true, rules: ['ten'] }],
      totals: { discount: 1_000, total: 13_990 },
    });
    // What the order holds is its own affair.
    expect(JSON.stringify(order)).not.toMatch(/"uses"|usesHold/);
    expect(redemptionOf(order.id)).toEqual({ status: 'held', uses, late: false });

    const paid = service.neighbours.move(order.payment.paymentId ?? '', { status: 'paid', captured: 13_990 });
    await Promise.all([1, 2, 3].map(() => service.tell('succeeded', paid)));
    await untilOrder(service, orderNo, 'confirmed');
    await eventually(() => expect(redemptionOf(order.id)).toEqual({ status: 'redeemed', uses, late: false }));
    const told = service.heard.filter(({ orderId }) => orderId === order.id).map(({ type }) => type);
    expect(told.sort()).toEqual(['order.confirmed', 'order.uses_redeemed']);
  });

  it('of before rules stood in groups is answered and goes on in the new shape', async () => {
    service.neighbours.issue('OLD');
    const cart = await withCoupon('old');
    const { orderNo } = valueOf(await checkout(service, cart.id)).order;
    const { id, considered } = await read(service, orderNo);
    const orders = service.store.raw(orderCollection);
    const rows = [
      { rule: 'old', kind: 'coupon', applied: true, amount: 1_000 },
      ...['one', 'two'].map((rule) => ({ rule, kind: 'promotion', applied: false, reason: { code: 'no_match' } })),
    ];
    await orders.updateOne({ _id: id }, { $set: { considered: rows, schemaVersion: 3 } });
    const grouped = [
      { kind: 'coupon', applied: true, rules: ['old'], amounts: [1_000] },
      { kind: 'promotion', applied: false, reason: 'no_match', rules: ['one', 'two'] },
    ];
    expect(considered).not.toEqual(grouped);
    expect((await read(service, orderNo)).considered).toEqual(grouped);
    valueOf(await service.call(orderRpc.cancel, { orderNo }));
    expect(await orders.findOne({ _id: id })).toMatchObject({ considered: grouped, schemaVersion: 4 });
  });

  it('that costs nothing then is confirmed with it at once', async () => {
    service.neighbours.sell('card', { price: 1_000, requiresShipping: false });
    service.neighbours.issue('GIFT', { maxUses: 1 });
    const { id: cartId } = await cartWith(service, { card: 1 });
    valueOf(await service.call(cartRpc.addCoupon, { cartId, code: 'GIFT' }));
    const free = { payment: null, shippingMethod: null };
    expect(valueOf(await checkout(service, cartId, free)).order).toMatchObject({ status: 'confirmed', amount: 0 });
    const [order] = await ordersOf(cartId);
    await eventually(() => expect(redemptionOf(order?.id)?.status).toBe('redeemed'));
    const again = await cartWith(service, { card: 1 });
    expect(codeOf(await service.call(cartRpc.addCoupon, { cartId: again.id, code: 'GIFT' }))).toBe('coupon_exhausted');
  });

  it('is refused when it is used up by then, with the reason, and its cart stays as it is', async () => {
    const coupon = service.neighbours.issue('GONE');
    const cart = await withCoupon('GONE');
    service.neighbours.coupons.set('gone', { ...coupon, maxUses: 0 });
    expect(await checkout(service, cart.id)).toMatchObject({
      ok: false,
      error: { code: 'coupon_exhausted', details: { problems: [{ code: 'coupon_exhausted', en: 'Used up' }] } },
    });
    service.neighbours.coupons.delete('gone');
    expect(codeOf(await checkout(service, cart.id))).toBe('coupon_invalid');
    expect(await ordersOf(cart.id)).toEqual([]);
    valueOf(await service.call(cartRpc.removeCoupon, { cartId: cart.id, code: 'gone' }));
    expect(codeOf(await checkout(service, cart.id))).toBe('ok');
  });

  it('leaves a draft when pricing cannot be asked to hold it, and the same key goes on at that step', async () => {
    service.neighbours.issue('LATER');
    const cart = await withCoupon('LATER');
    const key = newId('event');
    service.neighbours.refuseNext(pricingRpc.holdUses, 'service_unavailable');
    expect(codeOf(await checkout(service, cart.id, { key }))).toBe('service_unavailable');
    const [order] = await ordersOf(cart.id);
    const { done, calls } = await callsDuring(() => checkout(service, cart.id, { key }));
    expect(valueOf(done).order).toMatchObject({ orderNo: order?.orderNo, status: 'draft' });
    expect(calls).toEqual([inventoryRpc.reserve, pricingRpc.holdUses, paymentRpc.open].map(({ subject }) => subject));
    expect(redemptionOf(order?.id)?.status).toBe('held');
  });

  it('holds it before another way of payment, too, where the first try came no further', async () => {
    service.neighbours.issue('OTHER-WAY');
    const cart = await withCoupon('OTHER-WAY');
    service.neighbours.refuseNext(inventoryRpc.reserve, 'service_unavailable');
    expect(codeOf(await checkout(service, cart.id))).toBe('service_unavailable');
    const [order] = await ordersOf(cart.id);
    const { done, calls } = await callsDuring(() => pay(order?.orderNo ?? ''));
    expect(codeOf(done)).toBe('ok');
    expect(calls).toEqual([inventoryRpc.reserve, pricingRpc.holdUses, paymentRpc.open].map(({ subject }) => subject));
  });

  it('whose order has ended meanwhile can no longer be paid', async () => {
    service.neighbours.issue('ENDED');
    const cart = await withCoupon('ENDED');
    service.neighbours.refuseNext(pricingRpc.holdUses, 'reservation_closed');
    expect(codeOf(await checkout(service, cart.id))).toBe('order_not_payable');
  });

  it('that is given up shows its coupon free again at once, and pricing hears it from the order, too', async () => {
    const coupon = service.neighbours.issue('ONCE', { maxUses: 1 });
    const cart = await withCoupon('ONCE');
    const { orderNo } = valueOf(await checkout(service, cart.id)).order;
    const [order] = await ordersOf(cart.id);
    expect(await readCart(service, cart.id)).toMatchObject({ status: 'checkout', coupons: [{ applied: true }] });
    const other = await cartWith(service, { shirt: 1 });
    const put = () => service.call(cartRpc.addCoupon, { cartId: other.id, code: 'once' });
    expect(codeOf(await put())).toBe('coupon_exhausted');
    const { done, calls } = await callsDuring(() => service.call(orderRpc.cancel, { orderNo }));
    expect(codeOf(done)).toBe('ok');
    expect(calls).toEqual([pricingRpc.releaseUses.subject]);
    expect(service.neighbours.usesOf(coupon)).toBe(0);
    expect(await readCart(service, cart.id)).toMatchObject({ status: 'open', coupons: [{ applied: true }] });
    expect(codeOf(await put())).toBe('ok');
    await eventually(() =>
      expect(service.heard).toContainEqual({ type: 'order.uses_released', orderId: order?.id ?? '' }),
    );
  });

  it('that is given up, or taken back, while pricing hangs does not wait for it', async () => {
    service.neighbours.issue('HANGS');
    const given = await withCoupon('HANGS');
    const { orderNo } = valueOf(await checkout(service, given.id)).order;
    const hanging = [service.neighbours.holdNext(pricingRpc.releaseUses)];
    // Less than pricing is given for anything else: whoever waited for it would run out of time.
    const answered = valueOf(await service.call(orderRpc.cancel, { orderNo }));
    expect(answered.order.status).toBe('cancelled');
    expect(await readCart(service, given.id)).toMatchObject({ status: 'open' });

    const taken = await withCoupon('HANGS');
    hanging.push(service.neighbours.holdNext(pricingRpc.releaseUses));
    service.neighbours.refuseNext(paymentRpc.open, 'payment_method_unavailable');
    expect(codeOf(await checkout(service, taken.id))).toBe('payment_method_unavailable');
    expect(await readCart(service, taken.id)).toMatchObject({ status: 'open' });
    for (const { id } of [given, taken]) {
      const [order] = await ordersOf(id);
      // The event has told it meanwhile.
      await eventually(() => expect(redemptionOf(order?.id)?.status).toBe('released'));
    }
    for (const letGo of hanging) letGo();
  });

  it('that is given up while pricing does not answer is given up all the same', async () => {
    service.neighbours.issue('SILENT', { maxUses: 1 });
    const cart = await withCoupon('SILENT');
    const { orderNo } = valueOf(await checkout(service, cart.id)).order;
    const [order] = await ordersOf(cart.id);
    service.neighbours.refuseNext(pricingRpc.releaseUses, 'service_unavailable');
    expect(valueOf(await service.call(orderRpc.cancel, { orderNo })).order.status).toBe('cancelled');
    await eventually(() => expect(redemptionOf(order?.id)?.status).toBe('released'));
    expect(codeOf(await checkout(service, cart.id))).toBe('ok');
  });
});

describe('a draft is taken back', () => {
  const takenBack = async (cartId: string, reason: string): Promise<void> => {
    const [order] = await ordersOf(cartId);
    expect(order).toMatchObject({ status: 'cancelled', timeline: [{}, { type: 'order.cancelled', data: { reason } }] });
    expect(await readCart(service, cartId)).toMatchObject({ status: 'open' });
    await eventually(() => expect(service.neighbours.reservations.get(order?.id ?? '')?.status).not.toBe('held'));
  };

  it('when goods are short, which are named; the key may try again', async () => {
    const { sku } = service.neighbours.sell('rare');
    service.neighbours.onHand.set(sku, 1);
    const cart = await cartWith(service, { rare: 2 });
    const key = newId('event');
    expect(await checkout(service, cart.id, { key })).toMatchObject({
      ok: false,
      error: { code: 'out_of_stock', details: { lines: [{ sku, requested: 2, available: 1 }] } },
    });
    await takenBack(cart.id, 'out_of_stock');
    service.neighbours.onHand.set(sku, 2);
    expect(valueOf(await checkout(service, cart.id, { key })).order.status).toBe('draft');
    expect((await ordersOf(cart.id)).map(({ status }) => status).sort()).toEqual(['cancelled', 'draft']);
  });

  it('when a coupon was used up by someone who was faster', async () => {
    const coupon = service.neighbours.issue('LAST', { maxUses: 1 });
    const [cart, rival] = await Promise.all([cartWith(service, { shirt: 1 }), cartWith(service, { shirt: 1 })]);
    for (const { id } of [cart, rival]) valueOf(await service.call(cartRpc.addCoupon, { cartId: id, code: 'LAST' }));
    // Both have their price before either holds it.
    const letGo = service.neighbours.holdNext(inventoryRpc.reserve);
    const slow = checkout(service, cart.id);
    await eventually(async () => expect(await ordersOf(cart.id)).toHaveLength(1));
    valueOf(await checkout(service, rival.id));
    letGo();
    expect(await slow).toMatchObject({
      ok: false,
      error: { code: 'coupon_exhausted', details: { uses: [{ code: 'LAST', reason: { code: 'used_up' } }] } },
    });
    await takenBack(cart.id, 'coupon_exhausted');
    expect(service.neighbours.usesOf(coupon)).toBe(1);
    expect(await readCart(service, cart.id)).toMatchObject({ coupons: [{ applied: false }] });
  });

  it('when a promotion that applied by itself was used up by someone who was faster, for its total', async () => {
    const use = { promotionId: 'promo_first', couponId: null, code: null };
    const reason = { code: 'used_up', tr: 'Tükendi', en: 'Used up' };
    let isTaken = false;
    service.neighbours.adjust = (quote) =>
      isTaken ? quote : { ...quote, total: quote.total - 1_000, uses: [...quote.uses, use] };
    const lose = async (cartId: string, uses: PromotionUse[]) => {
      isTaken = false;
      service.neighbours.refuseNext(pricingRpc.holdUses, 'coupon_exhausted', {
        uses: uses.map((each) => ({ ...each, reason })),
      });
      const letGo = service.neighbours.holdNext(inventoryRpc.reserve);
      const losing = checkout(service, cartId);
      await eventually(async () => expect(await ordersOf(cartId)).toHaveLength(1));
      isTaken = true;
      letGo();
      return losing;
    };
    // The method is the checkout's: the price of now is that of what was ordered, not of what the cart was before.
    const cart = await cartWith(service, { shirt: 1 });
    expect(await lose(cart.id, [use])).toMatchObject({
      ok: false,
      error: {
        code: 'total_changed',
        details: { expected: 13_990, currency: 'TRY', totals: { subtotal: 10_000, shipping: 4_990, total: 14_990 } },
      },
    });
    await takenBack(cart.id, 'coupon_exhausted');
    expect(codeOf(await checkout(service, cart.id, { expectedTotal: 13_990 }))).toBe('total_changed');
    expect(valueOf(await checkout(service, cart.id, { expectedTotal: 14_990 })).order.amount).toBe(14_990);

    // Where a coupon is used up as well, that is what its buyer is told.
    const both = await cartWith(service, { shirt: 1 });
    const coupon = { ...use, couponId: 'coup_1', code: 'BOTH' };
    expect(codeOf(await lose(both.id, [use, coupon]))).toBe('coupon_exhausted');
    service.neighbours.adjust = (quote) => quote;
    await takenBack(both.id, 'coupon_exhausted');
  });

  it('and says so when the price of now cannot be asked for', async () => {
    const cart = await cartWith(service, { shirt: 1 });
    const use = { promotionId: 'promo_first', couponId: null, code: null };
    service.neighbours.adjust = (quote) => ({ ...quote, uses: [use] });
    const reason = { code: 'used_up', tr: 'Tükendi', en: 'Used up' };
    service.neighbours.refuseNext(pricingRpc.holdUses, 'coupon_exhausted', { uses: [{ ...use, reason }] });
    const letGo = service.neighbours.holdNext(inventoryRpc.reserve);
    const key = newId('event');
    const losing = checkout(service, cart.id, { key });
    await eventually(async () => expect(await ordersOf(cart.id)).toHaveLength(1));
    service.neighbours.refuseNext(pricingRpc.quote, 'service_unavailable');
    letGo();
    const lost = await losing;
    service.neighbours.adjust = (quote) => quote;
    expect(codeOf(lost)).toBe('service_unavailable');
    await takenBack(cart.id, 'coupon_exhausted');
    expect(codeOf(await checkout(service, cart.id, { key }))).toBe('ok');
  });

  it('with its coupon, when the way of payment does not exist here', async () => {
    const coupon = service.neighbours.issue('NO-WAY', { maxUses: 1 });
    const cart = await cartWith(service, { shirt: 1 });
    valueOf(await service.call(cartRpc.addCoupon, { cartId: cart.id, code: 'NO-WAY' }));
    service.neighbours.refuseNext(paymentRpc.open, 'payment_method_unavailable');
    expect(codeOf(await checkout(service, cart.id))).toBe('payment_method_unavailable');
    expect(service.neighbours.usesOf(coupon)).toBe(0);
    await takenBack(cart.id, 'payment_method_unavailable');
  });

  it('when the way of payment does not exist here', async () => {
    const cart = await cartWith(service, { shirt: 1 });
    service.neighbours.refuseNext(paymentRpc.open, 'payment_method_unavailable');
    expect(codeOf(await checkout(service, cart.id))).toBe('payment_method_unavailable');
    await takenBack(cart.id, 'payment_method_unavailable');
  });
});

describe('a payment that cannot be opened', () => {
  it.each<ErrorCode>([
    'payment_provider_error',
    'payment_provider_unavailable',
    'service_unavailable',
    'deadline_exceeded',
  ])('with %s leaves a draft, and the same key goes on at that step', async (code) => {
    const cart = await cartWith(service, { shirt: 1 });
    const key = newId('event');
    service.neighbours.refuseNext(paymentRpc.open, code);
    expect(codeOf(await checkout(service, cart.id, { key }))).toBe(code);
    const [order] = await ordersOf(cart.id);
    expect(order).toMatchObject({ status: 'draft', payment: { status: 'pending', paymentId: null } });
    const { done, calls } = await callsDuring(() => checkout(service, cart.id, { key }));
    expect(valueOf(done)).toMatchObject({ order: { orderNo: order?.orderNo, status: 'draft' }, replayed: false });
    expect(calls).toEqual([inventoryRpc.reserve.subject, paymentRpc.open.subject]);
    expect(await ordersOf(cart.id)).toHaveLength(1);
  });

  it('may be opened another way', async () => {
    const cart = await cartWith(service, { shirt: 1 });
    service.neighbours.refuseNext(paymentRpc.open, 'payment_provider_error');
    await checkout(service, cart.id);
    const [order] = await ordersOf(cart.id);
    const again = await pay(order?.orderNo ?? '', { provider: 'stripe' });
    expect(valueOf(again)).toMatchObject({ order: { orderNo: order?.orderNo }, payment: { provider: 'stripe' } });
    expect(await read(service, order?.orderNo ?? '')).toMatchObject({
      payment: { provider: 'stripe', attempts: [{ attempt: 2 }] },
    });
  });
});

const pay = (
  orderNo: string,
  { key = newId('event'), provider = 'sandbox' }: { key?: string; provider?: 'sandbox' | 'stripe' } = {},
): Promise<Result<CheckoutAnswer>> =>
  service.call(orderRpc.retryPayment, {
    orderNo,
    idempotencyKey: key,
    language: 'tr',
    payment: { provider, method: 'card', installments: 1 },
  });

describe('a key', () => {
  it('answers the same again, fifty times at once and later', async () => {
    const cart = await cartWith(service, { shirt: 1 });
    const key = newId('event');
    const { done: results, calls } = await callsDuring(() =>
      Promise.all(Array.from({ length: 50 }, () => checkout(service, cart.id, { key }))),
    );
    expect(calls.filter((subject) => subject === paymentRpc.open.subject)).toHaveLength(1);
    const answers = [...results, await checkout(service, cart.id, { key })].map(valueOf);
    expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1);
    expect(new Set(answers.map((answer) => JSON.stringify({ ...answer, replayed: null }))).size).toBe(1);
    expect(await ordersOf(cart.id)).toHaveLength(1);
  });

  it('whose first call still runs is waited for briefly', async () => {
    const cart = await cartWith(service, { shirt: 1 });
    const key = newId('event');
    const letGo = service.neighbours.holdNext(paymentRpc.open);
    const first = checkout(service, cart.id, { key });
    await eventually(async () => expect(await ordersOf(cart.id)).toHaveLength(1));
    expect(await checkout(service, cart.id, { key })).toEqual({
      ok: false,
      error: { code: 'idempotency_in_progress', details: { retryAfterSeconds: 1 } },
    });
    const second = checkout(service, cart.id, { key });
    letGo();
    const answers = [valueOf(await first), valueOf(await second)];
    expect(answers.map(({ replayed }) => replayed)).toEqual([false, true]);
    expect(answers[1]?.order).toEqual(answers[0]?.order);
  });

  it('stands for its request, in any order of fields, and for no other', async () => {
    const cart = await cartWith(service, { shirt: 1 });
    const key = newId('event');
    valueOf(await checkout(service, cart.id, { key, note: 'one', email: 'a@b.co' }));
    const turned = { email: 'a@b.co', note: 'one' };
    expect(valueOf(await checkout(service, cart.id, { key, ...turned })).replayed).toBe(true);
    expect(await checkout(service, cart.id, { key, note: 'two', email: 'a@b.co' })).toEqual({
      ok: false,
      error: { code: 'idempotency_key_reused' },
    });
  });

  it('keeps a refusal that depends on the request alone, and no other', async () => {
    const key = newId('event');
    const unknown = await checkout(service, 'cart_none', { key });
    expect(unknown).toEqual({ ok: false, error: { code: 'cart_not_found' } });
    expect(await checkout(service, 'cart_none', { key })).toEqual({
      ok: false,
      error: { code: 'cart_not_found', replayed: true },
    });
    const cart = await cartWith(service, { shirt: 1 });
    expect(codeOf(await checkout(service, cart.id, { key }))).toBe('idempotency_key_reused');

    // The cart lacks an address, then has one: the same request under the same key.
    const another = newId('event');
    const bare = { key: another, shippingAddress: null };
    expect(codeOf(await checkout(service, cart.id, bare))).toBe('shipping_address_required');
    expect(codeOf(await checkout(service, cart.id, bare))).toBe('shipping_address_required');
    valueOf(await service.call(cartRpc.update, { cartId: cart.id, patch: { shippingAddress: ADDRESS } }));
    expect(valueOf(await checkout(service, cart.id, bare))).toMatchObject({
      order: { status: 'draft' },
      replayed: false,
    });
  });

  it('of two on one cart at once gets the order, the other is told the cart is taken', async () => {
    const cart = await cartWith(service, { shirt: 1 });
    const results = await Promise.all([checkout(service, cart.id), checkout(service, cart.id)]);
    expect(results.map(codeOf).sort()).toEqual(['cart_closed', 'ok']);
    expect(await ordersOf(cart.id)).toHaveLength(1);
  });

  it('makes a new order when the first one has ended and was never answered', async () => {
    const cart = await cartWith(service, { shirt: 1 });
    const key = newId('event');
    service.neighbours.refuseNext(paymentRpc.open, 'payment_provider_error');
    await checkout(service, cart.id, { key });
    const [first] = await ordersOf(cart.id);
    valueOf(await service.call(orderRpc.cancel, { orderNo: first?.orderNo ?? '' }));
    const answer = valueOf(await checkout(service, cart.id, { key }));
    expect(answer.order).toMatchObject({ status: 'draft' });
    expect(answer.order.orderNo).not.toBe(first?.orderNo);
  });
});

describe('another payment for a draft', () => {
  it('is opened as the next attempt, once under its key', async () => {
    const { orderNo, order } = await drafted(service);
    const key = newId('event');
    const answers = (await Promise.all(Array.from({ length: 10 }, () => pay(orderNo, { key })))).map(valueOf);
    expect(new Set(answers.map(({ payment }) => payment.clientSecret))).toEqual(
      new Set([`secret of pay_${order.id.slice(4)}_2`]),
    );
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect((await read(service, orderNo)).payment.attempts.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(codeOf(await pay(orderNo, { key, provider: 'stripe' }))).toBe('idempotency_key_reused');
    expect(valueOf(await pay(orderNo)).payment.clientSecret).toBe(`secret of pay_${order.id.slice(4)}_3`);
  });

  it('costs the same, or is refused with what it would come to', async () => {
    const { orderNo, order } = await drafted(service);
    const dearer = { provider: 'stripe' as const };
    service.neighbours.adjust = (quote, { payment }) => {
      const fee = payment?.provider === 'stripe' ? 500 : 0;
      const reason = { code: 'payment_method_unavailable', tr: 'Olmaz', en: 'No' };
      return {
        ...quote,
        feesTotal: fee,
        total: quote.total + fee,
        problems: payment?.installments === 6 ? [reason] : [],
      };
    };
    const refused = await pay(orderNo, dearer);
    const tooMany = await service.call(orderRpc.retryPayment, {
      orderNo,
      idempotencyKey: newId('event'),
      language: 'tr',
      payment: { provider: 'sandbox', installments: 6 },
    });
    const { done, calls } = await callsDuring(() => pay(orderNo));
    service.neighbours.adjust = (quote) => quote;
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'total_changed', details: { expected: 14_990, totals: { fees: 500, total: 15_490 } } },
    });
    expect(tooMany).toMatchObject({
      ok: false,
      error: { code: 'payment_method_unavailable', details: { problems: [{ en: 'No' }] } },
    });
    // The same way once more is a matter of payment alone.
    expect(codeOf(done)).toBe('ok');
    expect(calls).not.toContain(pricingRpc.quote.subject);
    expect((await read(service, orderNo)).payment).toMatchObject({ provider: 'sandbox', amount: 14_990 });
    expect(order.totals.total).toBe(14_990);
    expect(codeOf(await pay(orderNo, dearer))).toBe('ok');
  });

  it('says in how many parts it is paid, also when an earlier one is paid after all', async () => {
    const cart = await cartWith(service, { shirt: 1 });
    const inParts = (installments: number) => ({ provider: 'sandbox' as const, method: 'card', installments });
    const { orderNo } = valueOf(await checkout(service, cart.id, { payment: inParts(3) })).order;
    const installmentsOf = async () => {
      const { payment } = await read(service, orderNo);
      return [payment.installments, ...payment.attempts.map(({ installments }) => installments)];
    };
    expect(await installmentsOf()).toEqual([3, 3]);
    const first = (await read(service, orderNo)).payment.paymentId ?? '';
    expect(
      codeOf(
        await service.call(orderRpc.retryPayment, {
          orderNo,
          idempotencyKey: newId('event'),
          language: 'tr',
          payment: inParts(6),
        }),
      ),
    ).toBe('ok');
    expect(await installmentsOf()).toEqual([6, 3, 6]);
    await service.tell('succeeded', service.neighbours.move(first, { status: 'paid', captured: 14_990 }));
    await untilOrder(service, orderNo, 'confirmed');
    expect(await installmentsOf()).toEqual([3, 3, 6]);
  });

  it('of before there were installments is one at once', async () => {
    const { orderNo, order } = await drafted(service);
    await service.store
      .raw(orderCollection)
      .updateOne(
        { _id: order.id },
        { $unset: { 'payment.installments': '', 'payment.attempts.0.installments': '' }, $set: { schemaVersion: 2 } },
      );
    expect((await read(service, orderNo)).payment).toMatchObject({ installments: 1, attempts: [{ installments: 1 }] });
  });

  it('does not end the draft when it cannot be made', async () => {
    const { orderNo } = await drafted(service);
    service.neighbours.refuseNext(paymentRpc.open, 'payment_method_unavailable');
    expect(codeOf(await pay(orderNo, { provider: 'stripe' }))).toBe('payment_method_unavailable');
    expect(await read(service, orderNo)).toMatchObject({ status: 'draft' });
    expect(codeOf(await pay(orderNo))).toBe('ok');
  });

  it('keeps the goods for the whole time again, once, and never longer than an hour', async () => {
    const { orderNo, order } = await drafted(service);
    // As if the draft were ten minutes old, or fifty-five.
    const age = async (minutes: number) => {
      const back = (at: string) => new Date(Date.parse(at) - minutes * 60_000);
      const { reservedUntil, createdAt } = await read(service, orderNo);
      await service.store
        .raw(orderCollection)
        .updateOne(
          { _id: order.id },
          { $set: { createdAt: back(createdAt), reservedUntil: back(reservedUntil ?? '').toISOString() } },
        );
    };
    const minutesLeft = async () =>
      Math.round((Date.parse((await read(service, orderNo)).reservedUntil ?? '') - Date.now()) / 60_000);
    await age(10);
    expect(await minutesLeft()).toBe(5);
    valueOf(await pay(orderNo));
    expect(await minutesLeft()).toBe(15);
    const held = service.neighbours.reservations.get(order.id);
    expect(Date.parse(held?.expiresAt ?? '') - Date.parse((await read(service, orderNo)).reservedUntil ?? '')).toBe(
      60_000,
    );
    await age(10);
    valueOf(await pay(orderNo));
    expect(await minutesLeft()).toBe(5);
  });

  it('is refused for an order that is paid, over, given up, or not there', async () => {
    const { orderNo, paymentId } = await drafted(service);
    await service.tell('succeeded', service.neighbours.move(paymentId, { status: 'paid', captured: 14_990 }));
    await untilOrder(service, orderNo, 'confirmed');
    expect(await pay(orderNo)).toMatchObject({
      ok: false,
      error: { code: 'order_not_payable', details: { status: 'confirmed' } },
    });
    const given = await drafted(service);
    valueOf(await service.call(orderRpc.cancel, { orderNo: given.orderNo }));
    expect(codeOf(await pay(given.orderNo))).toBe('order_not_payable');
    expect(codeOf(await pay('0000-0000-0000'))).toBe('order_not_found');
    const busy = await drafted(service);
    await service.tell('processing', service.neighbours.move(busy.paymentId, { status: 'processing' }));
    await eventually(async () => expect((await read(service, busy.orderNo)).payment.status).toBe('processing'));
    expect(codeOf(await pay(busy.orderNo))).toBe('order_not_payable');
  });
});

describe('giving up', () => {
  it('ends the draft now: goods, payment and cart are free, and it may be said again', async () => {
    const { orderNo, order, cartId, paymentId } = await drafted(service);
    const cancel = () => service.call(orderRpc.cancel, { orderNo });
    const answers = (await Promise.all([cancel(), cancel(), cancel()])).map(valueOf);
    for (const answer of answers)
      expect(answer).toMatchObject({ order: { status: 'cancelled' }, payment: { clientSecret: null } });
    expect(await readCart(service, cartId)).toMatchObject({ status: 'open' });
    await eventually(() => {
      expect(service.neighbours.reservations.get(order.id)?.status).toBe('released');
      expect(service.neighbours.payments.get(paymentId)?.status).toBe('cancelled');
    });
    expect(service.heard.filter(({ orderId }) => orderId === order.id)).toEqual([
      { type: 'order.cancelled', orderId: order.id },
    ]);
  });

  it('comes too late for an order that is confirmed', async () => {
    const { orderNo, paymentId } = await drafted(service);
    await service.tell('succeeded', service.neighbours.move(paymentId, { status: 'paid', captured: 14_990 }));
    await untilOrder(service, orderNo, 'confirmed');
    expect(await service.call(orderRpc.cancel, { orderNo })).toMatchObject({
      ok: false,
      error: { code: 'order_not_cancellable', details: { status: 'confirmed' } },
    });
    expect(codeOf(await service.call(orderRpc.cancel, { orderNo }, 'other'))).toBe('order_not_found');
  });
});

describe('the buyer’s return', () => {
  it('applies what the provider says before any webhook', async () => {
    const { orderNo, paymentId, cartId } = await drafted(service);
    const confirm = () => service.call(orderRpc.confirm, { orderNo });
    expect(valueOf(await confirm())).toMatchObject({ order: { status: 'draft' }, payment: { status: 'pending' } });
    service.neighbours.move(paymentId, { status: 'paid', captured: 14_990 });
    expect(valueOf(await confirm())).toMatchObject({
      order: { status: 'confirmed' },
      payment: { status: 'paid', clientSecret: null },
    });
    expect(await readCart(service, cartId)).toMatchObject({ status: 'completed' });
    const { calls } = await callsDuring(confirm);
    expect(calls).toEqual([]);
  });

  it('says so when the provider cannot be asked', async () => {
    const { orderNo } = await drafted(service);
    service.neighbours.refuseNext(paymentRpc.refresh, 'payment_provider_unavailable');
    expect(codeOf(await service.call(orderRpc.confirm, { orderNo }))).toBe('payment_provider_unavailable');
    expect(codeOf(await service.call(orderRpc.confirm, { orderNo: '0000-0000-0000' }))).toBe('order_not_found');
  });

  it('of a buyer who gave up and paid all the same gives the money back', async () => {
    const { orderNo, order, paymentId } = await drafted(service);
    valueOf(await service.call(orderRpc.cancel, { orderNo }));
    await eventually(() => expect(service.neighbours.payments.get(paymentId)?.status).toBe('cancelled'));
    // Cancelled is final: the money goes back.
    service.neighbours.move(paymentId, { status: 'paid', captured: 14_990 });
    expect(valueOf(await service.call(orderRpc.confirm, { orderNo }))).toMatchObject({
      order: { status: 'cancelled' },
    });
    await eventually(() =>
      expect(service.neighbours.payments.get(paymentId)).toMatchObject({ status: 'refunded', refunded: 14_990 }),
    );
    expect((await read(service, orderNo)).refunds).toMatchObject([{ amount: 14_990, reason: 'order_cancelled' }]);
    expect(service.neighbours.reservations.get(order.id)?.status).toBe('released');
  });
});
