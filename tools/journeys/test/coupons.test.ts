import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  BreakdownView,
  CartView,
  type Coupon,
  Coupon as CouponShape,
  PaymentOptionsView,
  Promotion,
} from '@kervan/contracts';
import { eventually, startStack, type Stack } from '@kervan/testing';
import {
  addProduct,
  checkout,
  checkoutBody,
  codeOf,
  create,
  expectReply,
  fillCart,
  listOrders,
  newKey,
  openShop,
  pay,
  readCheckout,
  readOrder,
  type Reply,
  type Shop,
  sideBySide,
  tallyReplies,
  tryCancel,
  tryCheckout,
  untilOrder,
} from '@kervan/testing/shop';
import { z } from 'zod';
import { untilSound } from '../src/sound.ts';

let stack: Stack;
let shop: Shop;
let variantId: string;

/** The price of the one product of the tests, in kuruş. */
const PRICE = 12_990;
const SHIPPING = 4_990;
const YESTERDAY = new Date(Date.now() - 86_400_000).toISOString();

beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack);
  ({ variantId } = await addProduct(shop, { stock: 10_000, price: PRICE }));
}, 120_000);
afterAll(async () => {
  await stack.stop();
}, 60_000);

/** A promotion by code that takes 10 % off the order, changed as said; its id. */
const promote = (change: Record<string, unknown> = {}, at = shop): Promise<string> =>
  create(at, '/admin/promotions', {
    name: { tr: 'Kampanya', en: 'Campaign' },
    kind: 'percentage',
    value: 1_000,
    ...change,
  });
/** A code for a promotion. */
const issue = async (code: string, promotionId: string, limits: object = {}, at = shop): Promise<string> => {
  const body = { code, promotionId, ...limits };
  return expectReply(await at.staff('/admin/coupons', { method: 'POST', body }), 201, CouponShape).code;
};
const readCoupon = async (code: string, at = shop): Promise<Coupon> =>
  expectReply(await at.staff(`/admin/coupons/${encodeURIComponent(code)}`), 200, CouponShape);
const readPromotion = async (id: string) => expectReply(await shop.staff(`/admin/promotions/${id}`), 200, Promotion);
const change = async (path: string, body: object): Promise<void> => {
  expectReply(await shop.staff(path, { method: 'PATCH', body }), 200, z.looseObject({}));
};

const cartOf = async (quantity = 1): Promise<string> => (await fillCart(shop, [{ variantId, quantity }])).id;
const put = (cartId: string, code: string, language = 'tr', at = shop): Promise<Reply> =>
  at.buyer(`/carts/${cartId}/coupons`, { method: 'POST', body: { code }, headers: { 'accept-language': language } });
const patch = async (cartId: string, body: object) =>
  expectReply(await shop.buyer(`/carts/${cartId}`, { method: 'PATCH', body }), 200, CartView);
const look = async (cartId: string, at = shop) => expectReply(await at.buyer(`/carts/${cartId}`), 200, CartView);
const cartWith = async (code: string, quantity = 1): Promise<string> => {
  const cartId = await cartOf(quantity);
  expectReply(await put(cartId, code), 200, CartView);
  return cartId;
};
/** A checkout with another body than everybody's; the reply as it is. */
const order = (cartId: string, body: object): Promise<Reply> =>
  shop.buyer('/checkout', {
    method: 'POST',
    headers: { 'idempotency-key': newKey() },
    body: { ...checkoutBody(cartId), ...body },
  });

const sum = (rows: readonly { amount: number }[]): number => rows.reduce((total, { amount }) => total + amount, 0);
const Named = z.looseObject({ id: z.string(), provider: z.string() });
const sumOf = (quote: z.infer<typeof CartView>['quote']): number => sum(quote.breakdown.map(({ amount }) => amount));

describe('a coupon on a cart', () => {
  it('takes its part off, is explained, and stays on the order with all that was looked at', async () => {
    const promotion = await promote({ name: { tr: 'Yılbaşı', en: 'New Year' } });
    await issue('YILBAŞI10', promotion);
    const cartId = await cartOf(2);
    const cart = expectReply(await put(cartId, 'yılbaşı10', 'en'), 200, CartView);
    expect(cart.coupons).toMatchObject([{ code: 'YILBAŞI10', applied: true, amount: { amount: 2_598 } }]);
    expect(cart.quote).toMatchObject({
      subtotal: { amount: 2 * PRICE },
      discount: { amount: 2_598 },
      total: { amount: 2 * PRICE - 2_598 },
      lines: [{ discounts: [{ rule: promotion, amount: { amount: 2_598 } }] }],
      problems: [],
    });
    expect(cart.quote.breakdown).toContainEqual(
      expect.objectContaining({ rule: promotion, kind: 'discount', note: 'New Year' }),
    );
    expect(sumOf(cart.quote)).toBe(cart.quote.total.amount);
    expect(cart.quote.considered).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ rule: promotion, kind: 'promotion', applied: true }),
        expect.objectContaining({ rule: 'YILBAŞI10', kind: 'coupon', applied: true }),
      ]),
    );

    const expectedTotal = 2 * PRICE - 2_598 + SHIPPING;
    const made = await checkout(shop, cartId, { expectedTotal });
    const stored = await readOrder(shop, made.order.orderNo);
    expect(stored).toMatchObject({
      coupons: [{ code: 'YILBAŞI10', promotionId: promotion, amount: 2_598 }],
      totals: { discount: 2_598, total: expectedTotal },
      payment: { amount: expectedTotal },
    });
    expect(sum(stored.totals.breakdown)).toBe(expectedTotal);
    for (const kind of ['promotion', 'coupon', 'tax', 'shipping'])
      expect(stored.considered.map((row) => row.kind)).toContain(kind);
  });

  it('is refused with the reason, in the buyer’s language, and the cart stays as it is', async () => {
    await issue('OVER', await promote({ endsAt: YESTERDAY }));
    await issue('RICH', await promote({ conditions: { minSubtotal: 20_000 } }));
    const cartId = await cartOf();
    for (const [code, reason, tr, en] of [
      ['NOBODYS', 'coupon_unknown', 'Böyle bir kupon yok', 'There is no such coupon'],
      ['a b', 'coupon_unknown', 'Böyle bir kupon yok', 'There is no such coupon'],
      ['🎉', 'coupon_unknown', 'Böyle bir kupon yok', 'There is no such coupon'],
      ['OVER', 'ended', 'Süresi doldu', 'It has ended'],
      ['RICH', 'below_minimum', expect.stringContaining('₺70,10'), expect.stringContaining('70.10')],
    ] as const)
      for (const [language, text] of [
        ['tr', tr],
        ['en', en],
      ] as const) {
        const refused = await put(cartId, code, language);
        expect(refused.status).toBe(422);
        expect(refused.body).toMatchObject({ code: 'coupon_invalid', reason: { code: reason, text } });
      }
    expect(await look(cartId)).toMatchObject({ coupons: [], quote: { total: { amount: PRICE } } });
    expectReply(await put(await cartOf(2), 'RICH'), 200, CartView);
  });

  it('stays where there is a better discount, and counts when that is gone', async () => {
    await issue('SMALL', await promote({ value: 500 }));
    await issue('LARGE', await promote({ value: 2_000 }));
    const cartId = await cartWith('LARGE');
    const both = expectReply(await put(cartId, 'small', 'en'), 200, CartView);
    expect(both.coupons).toMatchObject([
      { code: 'LARGE', applied: true },
      { code: 'SMALL', applied: false, amount: { amount: 0 }, reason: { code: 'better_discount' } },
    ]);
    expect(both.quote.problems).toEqual([]);
    const left = await shop.buyer(`/carts/${cartId}/coupons/large`, { method: 'DELETE' });
    expect(expectReply(left, 200, CartView).coupons).toMatchObject([{ code: 'SMALL', applied: true }]);
  });
});

describe('a price that was shown', () => {
  it('is not charged another way when a discount ends before the order', async () => {
    const automatic = await promote({ kind: 'fixed', value: 1_500, automatic: true });
    const cartId = await cartOf();
    expect((await look(cartId)).quote.total.amount).toBe(PRICE - 1_500);
    await change(`/admin/promotions/${automatic}`, { enabled: false });
    const expectedTotal = PRICE - 1_500 + SHIPPING;
    const refused = await tryCheckout(shop, cartId, { expectedTotal });
    expect(refused).toMatchObject({
      status: 409,
      body: { code: 'total_changed', expected: expectedTotal, totals: { total: { amount: PRICE + SHIPPING } } },
    });
    expect((await checkout(shop, cartId, { expectedTotal: PRICE + SHIPPING })).order.amount).toBe(PRICE + SHIPPING);
  });

  it('with a coupon whose promotion has ended is refused for the coupon', async () => {
    const promotion = await promote();
    await issue('LATE', promotion);
    const cartId = await cartWith('LATE');
    await change(`/admin/promotions/${promotion}`, { endsAt: new Date().toISOString() });
    const refused = await tryCheckout(shop, cartId);
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'coupon_invalid', problems: [{ code: 'coupon_invalid' }] },
    });
    expect((await look(cartId)).status).toBe('open');
  });
});

describe('two hundred buyers for a coupon of five uses', () => {
  it('make exactly five orders with it; one is given up, and exactly one more is made', async () => {
    const code = await issue('FIVE', await promote({ value: 2_500 }), { maxUses: 5 });
    const carts = await sideBySide(Array.from({ length: 200 }), 20, () => cartWith(code));
    const replies = await Promise.all(carts.map((cartId) => tryCheckout(shop, cartId)));
    expect(tallyReplies(replies)).toEqual({ '201 ok': 5, '409 coupon_exhausted': 195 });
    for (const { status, body } of replies)
      if (status === 409) expect(body).toMatchObject({ problems: [{ code: 'coupon_exhausted' }] });
    expect(await readCoupon(code)).toMatchObject({ heldCount: 5, usedCount: 0 });
    const made = replies.filter(({ status }) => status === 201).map((reply) => readCheckout(reply));
    for (const each of made) expect(each.order.amount).toBe(PRICE - 3_248 + SHIPPING);

    const [first, ...others] = made;
    expect((await tryCancel(shop, first?.order.orderNo ?? '')).status).toBe(200);
    const late = carts.filter((_, index) => replies[index]?.status === 409);
    const again = await Promise.all(late.map((cartId) => tryCheckout(shop, cartId)));
    expect(tallyReplies(again)).toEqual({ '201 ok': 1, '409 coupon_exhausted': 194 });
    const five = [...others, ...again.filter(({ status }) => status === 201).map((reply) => readCheckout(reply))];
    await Promise.all(five.map(({ payment }) => pay(shop, payment.clientSecret ?? '')));
    for (const {
      order: { orderNo },
    } of five)
      await untilOrder(shop, orderNo, 'confirmed');
    await eventually(async () => expect(await readCoupon(code)).toMatchObject({ usedCount: 5, heldCount: 0 }));
    expect(codeOf(await put(await cartOf(), code))).toBe('coupon_exhausted');
    const orders = (await listOrders(shop)).filter(({ coupons }) => coupons.some((coupon) => coupon.code === code));
    expect(orders.filter(({ status }) => status === 'confirmed')).toHaveLength(5);
    await untilSound(stack);
  }, 240_000);
});

describe('a limit for each customer', () => {
  it('counts by e-mail address, however it is typed, and for nobody else', async () => {
    const code = await issue('ONCE-EACH', await promote(), { maxUsesPerCustomer: 1 });
    const email = 'Zeynep@example.com';
    expect((await order(await cartWith(code), { email })).status).toBe(201);
    const again = await order(await cartWith(code), { email: 'zeynep@EXAMPLE.com' });
    expect([again.status, codeOf(again)]).toEqual([409, 'coupon_exhausted']);
    const named = await cartOf();
    await patch(named, { email: email.toUpperCase() });
    expect(await put(named, code, 'en')).toMatchObject({
      status: 409,
      body: { code: 'coupon_exhausted', reason: { code: 'customer_used_up' } },
    });
    expect((await order(await cartWith(code), { email: 'mehmet@example.com' })).status).toBe(201);
  });

  it('lets nobody have a first order twice', async () => {
    const code = await issue('WELCOME', await promote({ conditions: { firstOrder: true } }));
    const email = 'first@example.com';
    const cartIds = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const cartId = await cartOf();
        await patch(cartId, { email });
        expectReply(await put(cartId, code), 200, CartView);
        return cartId;
      }),
    );
    const replies = await Promise.all(cartIds.map((cartId) => order(cartId, { email })));
    expect(tallyReplies(replies)).toEqual({ '201 ok': 1, '409 coupon_exhausted': 4 });
    const won = replies.find(({ status }) => status === 201);
    const { order: first, payment } = readCheckout(won ?? { status: 0, headers: new Headers(), body: null });
    await pay(shop, payment.clientSecret ?? '');
    await untilOrder(shop, first.orderNo, 'confirmed');
    const regular = await cartOf();
    await patch(regular, { email });
    expect(await put(regular, code)).toMatchObject({ body: { reason: { code: 'not_first_order' } } });
  });
});

describe('a promotion that applies by itself, so many times', () => {
  it('is had that often by two hundred buyers, and whoever comes later is told the price without it', async () => {
    const promotion = await promote({ kind: 'fixed', value: 1_000, automatic: true, maxUses: 5, stackable: true });
    const carts = await sideBySide(Array.from({ length: 200 }), 20, () => cartOf());
    const reduced = PRICE - 1_000;
    for (const cartId of carts.slice(0, 10)) expect((await look(cartId)).quote.total.amount).toBe(reduced);
    const expectedTotal = reduced + SHIPPING;
    const replies = await Promise.all(carts.map((cartId) => tryCheckout(shop, cartId, { expectedTotal })));
    expect(tallyReplies(replies)).toEqual({ '201 ok': 5, '409 total_changed': 195 });
    for (const { status, body } of replies)
      if (status === 409)
        expect(body).toMatchObject({
          expected: expectedTotal,
          amount: PRICE + SHIPPING,
          totals: { discount: { amount: 0 }, total: { amount: PRICE + SHIPPING } },
        });
    expect(await readPromotion(promotion)).toMatchObject({ heldCount: 5, usedCount: 0 });
    const late = carts.find((_, index) => replies[index]?.status === 409) ?? '';
    const dear = await look(late);
    expect(dear.quote.discount.amount).toBe(0);
    expect(dear.quote.considered).toContainEqual(
      expect.objectContaining({
        rule: promotion,
        applied: false,
        reason: expect.objectContaining({ code: 'used_up' }),
      }),
    );
    const given = replies.find(({ status }) => status === 201);
    if (given !== undefined) await tryCancel(shop, readCheckout(given).order.orderNo);
    expect((await look(late)).quote.discount.amount).toBe(1_000);
    expect(await readPromotion(promotion)).toMatchObject({ heldCount: 4, usedCount: 0 });
    await change(`/admin/promotions/${promotion}`, { enabled: false });
  }, 240_000);
});

describe('fees', () => {
  it('are lines of the order with their tax, those a buyer asks for too, and the total is their sum', async () => {
    const fee = (code: string, more: object) =>
      create(shop, '/admin/fee-rules', { code, name: { tr: `Ücret ${code}`, en: `Fee ${code}` }, ...more });
    const rules = await Promise.all([
      fee('packaging', { rate: 200, min: 300, max: 1_000, taxClass: 'standard' }),
      fee('gift-wrap', { amount: 2_500, optional: true, refundable: false }),
      fee('card', { amount: 99, when: { paymentMethod: 'card' }, taxClass: 'reduced' }),
    ]);
    const cartId = await cartOf();
    const plain = (await look(cartId)).quote;
    expect(plain.fees).toMatchObject([{ code: 'packaging', name: 'Ücret packaging', amount: { amount: 300 } }]);
    expect(plain.extras).toMatchObject([{ code: 'gift-wrap', amount: { amount: 2_500 }, chosen: false }]);
    const wrapped = await patch(cartId, { extras: ['gift-wrap'] });
    expect(wrapped).toMatchObject({ extras: ['gift-wrap'], quote: { extras: [{ chosen: true }] } });
    expect(wrapped.quote.total.amount).toBe(PRICE + 2_800);

    const expectedTotal = PRICE + SHIPPING + 300 + 2_500 + 99;
    const { orderNo } = (await checkout(shop, cartId, { expectedTotal })).order;
    const stored = await readOrder(shop, orderNo);
    expect(stored.fees).toEqual([
      expect.objectContaining({ code: 'card', amount: 99, tax: { rate: 1_000, amount: 9, included: true } }),
      expect.objectContaining({
        code: 'gift-wrap',
        amount: 2_500,
        refundable: false,
        refunded: 0,
        tax: { rate: 2_000, amount: 417, included: true },
      }),
      expect.objectContaining({
        code: 'packaging',
        amount: 300,
        refundable: true,
        tax: { rate: 2_000, amount: 50, included: true },
      }),
    ]);
    expect(stored.totals).toMatchObject({ fees: 2_899, total: expectedTotal });
    expect(sum(stored.totals.breakdown)).toBe(expectedTotal);
    expect(stored.payment.amount).toBe(expectedTotal);
    const verified = await shop.buyer(`/orders/track/${orderNo}/verify`, {
      method: 'POST',
      body: { email: 'ayse@example.com' },
      headers: { 'accept-language': 'en' },
    });
    expect(verified.body).toMatchObject({
      fees: [{ code: 'card' }, { code: 'gift-wrap', name: 'Fee gift-wrap', amount: { amount: 2_500 } }, {}],
    });
    const { breakdown } = z.object({ breakdown: BreakdownView }).parse(verified.body);
    expect(breakdown).toContainEqual(
      expect.objectContaining({ rule: 'gift-wrap', kind: 'fee', note: 'Fee gift-wrap' }),
    );
    expect(sum(breakdown.map(({ amount }) => amount))).toBe(expectedTotal);
    for (const id of rules) await change(`/admin/fee-rules/${id}`, { enabled: false });
  });

  it('of installments are shown before, and charged as shown', async () => {
    const rows = [
      { installments: 3, rate: 450 },
      { installments: 6, rate: 900 },
    ];
    const table = await create(shop, '/admin/installment-tables', { provider: 'sandbox', rows });
    const cartId = await cartOf();
    const { email, shippingAddress, shippingMethod } = checkoutBody(cartId);
    await patch(cartId, { email, shippingAddress, shippingMethod });
    const pricesOfCard = async () => {
      const { data } = expectReply(await shop.buyer(`/carts/${cartId}/payment-options`), 200, PaymentOptionsView);
      return data[0]?.prices[0];
    };
    const card = await pricesOfCard();
    const total = PRICE + SHIPPING;
    expect(card).toMatchObject({ method: 'card', total: { amount: total }, fees: [] });
    expect(
      card?.installments.map(({ installments, fee, first, total: all }) => [
        installments,
        fee.amount,
        first.amount,
        all.amount,
      ]),
    ).toEqual([
      [3, 809, 6_263, total + 809],
      [6, 1_618, 3_267, total + 1_618],
    ]);
    const paidIn = (installments: number) =>
      order(cartId, { payment: { provider: 'sandbox', method: 'card', installments }, expectedTotal: null });
    const refused = await paidIn(5);
    expect([refused.status, codeOf(refused)]).toEqual([422, 'payment_method_unavailable']);

    // What is offered is what the provider takes, whatever is chosen on the cart.
    const providers = expectReply(
      await shop.staff('/admin/payment-providers'),
      200,
      z.object({ data: z.array(Named) }),
    );
    const sandbox = `/admin/payment-providers/${providers.data.find(({ provider }) => provider === 'sandbox')?.id ?? ''}`;
    await change(sandbox, { maxAmount: total + 809 });
    await patch(cartId, { payment: { provider: 'sandbox', method: 'card', installments: 6 } });
    expect(await pricesOfCard()).toMatchObject({ total: { amount: total }, installments: [{ installments: 3 }] });
    const tooMuch = await paidIn(6);
    expect([tooMuch.status, codeOf(tooMuch)]).toEqual([422, 'payment_method_unavailable']);
    await change(sandbox, { maxAmount: null });

    const stored = await readOrder(shop, readCheckout(await paidIn(6)).order.orderNo);
    expect(stored.fees).toMatchObject([{ code: 'installments', amount: 1_618, name: { tr: 'Taksit farkı' } }]);
    expect(stored.totals.total).toBe(total + 1_618);
    expect(stored.payment).toMatchObject({ installments: 6, attempts: [{ installments: 6 }] });
    expect(sum(stored.totals.breakdown)).toBe(total + 1_618);

    // Paid at once after all, the order would cost less: that is another order.
    const cheaper = await shop.buyer(`/checkout/${stored.orderNo}/payment`, {
      method: 'POST',
      headers: { 'idempotency-key': newKey() },
      body: { payment: { provider: 'sandbox', method: 'card' } },
    });
    expect(cheaper).toMatchObject({
      status: 409,
      body: { code: 'total_changed', totals: { total: { amount: total } } },
    });
    await change(`/admin/installment-tables/${table}`, { enabled: false });
  });
});

describe('free shipping', () => {
  it('from an amount on looks at the goods after discount', async () => {
    await issue('TENTH', await promote());
    const cartId = await cartOf(6);
    const { shippingAddress, shippingMethod } = checkoutBody(cartId);
    const free = await patch(cartId, { shippingAddress, shippingMethod });
    expect(free.quote).toMatchObject({ subtotal: { amount: 77_940 }, shipping: { amount: 0 } });
    const dear = expectReply(await put(cartId, 'TENTH'), 200, CartView);
    expect(dear.quote).toMatchObject({
      discount: { amount: 7_794 },
      shipping: { amount: SHIPPING },
      total: { amount: 77_940 - 7_794 + SHIPPING },
    });
  });

  it('by a coupon is taken off the method, and stands on the order', async () => {
    const promotion = await promote({ kind: 'freeShipping', value: undefined, stackable: true });
    await issue('KARGO', promotion);
    const cartId = await cartWith('kargo');
    const { shippingAddress, shippingMethod } = checkoutBody(cartId);
    const { quote } = await patch(cartId, { shippingAddress, shippingMethod });
    expect(quote).toMatchObject({
      discount: { amount: 0 },
      shipping: { amount: 0 },
      shippingMethod: {
        kind: 'standard',
        price: { amount: 0 },
        discount: { amount: SHIPPING },
        deliveryWindow: '1-3 iş günü içinde teslim',
      },
      total: { amount: PRICE },
    });
    expect(sumOf(quote)).toBe(PRICE);
    const made = await checkout(shop, cartId, { expectedTotal: PRICE });
    expect(await readOrder(shop, made.order.orderNo)).toMatchObject({
      coupons: [{ code: 'KARGO', promotionId: promotion, amount: SHIPPING }],
      totals: { shipping: 0, total: PRICE },
    });
  });
});

describe('after all that', () => {
  it('the numbers hold', () => untilSound(stack));
});
