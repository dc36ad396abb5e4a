import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cartRpc, catalogRpc, newId, paymentRpc, pricingRpc, type Cart } from '@kervan/contracts';
import { cartCollection } from '../src/cart/cart.store.ts';
import { samplePaymentOption } from './neighbours.ts';
import {
  BUYER,
  cartWith,
  checkout,
  drafted,
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

const add = (cartId: string, item: { variantId?: string; sku?: string; quantity?: number }) =>
  service.call(cartRpc.addItem, { cartId, item });
const set = (cartId: string, lineId: string, quantity: number) =>
  service.call(cartRpc.updateItem, { cartId, lineId, quantity });

describe('a cart', () => {
  it('is made with goods, asked for in one call, or empty', async () => {
    const { calls } = service.neighbours;
    const before = calls.length;
    const cart = await cartWith(service, { shirt: 2, socks: 3 });
    expect(calls.slice(before)).toEqual([catalogRpc.resolveVariants.subject, pricingRpc.quote.subject]);
    expect(cart).toMatchObject({
      status: 'open',
      currency: 'TRY',
      locale: 'tr',
      items: [
        { variantId: 'shirt', quantity: 2, unitPrice: 10_000, total: 20_000 },
        { variantId: 'socks', quantity: 3, unitPrice: 10_000, total: 30_000 },
      ],
      quote: { subtotal: 50_000, total: 50_000 },
      version: 1,
    });
    expect(await readCart(service, cart.id)).toMatchObject({ items: cart.items, version: 1 });
    expect(await cartWith(service, {})).toMatchObject({ items: [], quote: { total: 0 } });
  });

  it('is priced once for each change that nobody else gets in the way of', async () => {
    service.neighbours.issue('ONCE');
    const { id, items } = await cartWith(service, { shirt: 1, socks: 1 });
    const lineId = items[0]?.lineId ?? '';
    const { resolveVariants } = catalogRpc;
    const steps = [
      [() => add(id, { variantId: 'shirt' }), [resolveVariants, pricingRpc.quote]],
      [() => set(id, lineId, 5), [pricingRpc.quote]],
      [() => service.call(cartRpc.update, { cartId: id, patch: { note: 'ring' } }), [pricingRpc.quote]],
      [() => service.call(cartRpc.addCoupon, { cartId: id, code: 'once' }), [pricingRpc.quote]],
      [() => service.call(cartRpc.removeCoupon, { cartId: id, code: 'once' }), [pricingRpc.quote]],
      [() => service.call(cartRpc.removeItem, { cartId: id, lineId }), [pricingRpc.quote]],
    ] as const;
    const { calls } = service.neighbours;
    for (const [step, asked] of steps) {
      const before = calls.length;
      valueOf<Cart>(await step());
      expect(calls.slice(before)).toEqual(asked.map(({ subject }) => subject));
    }
  });

  it('takes goods by variant or SKU, and names what is not there', async () => {
    service.neighbours.sell('scarf', { sku: 'SCARF-RED' });
    service.neighbours.sell('gone', { active: false });
    const { id } = await cartWith(service, {});
    expect(valueOf(await add(id, { sku: 'SCARF-RED', quantity: 2 })).items).toMatchObject([
      { variantId: 'scarf', quantity: 2 },
    ]);
    expect(valueOf(await add(id, { variantId: 'scarf' })).items).toMatchObject([{ variantId: 'scarf', quantity: 3 }]);
    expect(await add(id, { sku: 'NOTHING' })).toEqual({
      ok: false,
      error: { code: 'item_unavailable', details: { lines: [{ sku: 'NOTHING' }] } },
    });
    expect(codeOf(await add(id, { variantId: 'gone' }))).toBe('item_unavailable');
    const made = await service.call(cartRpc.create, {
      currency: 'TRY',
      locale: 'tr',
      items: [{ sku: 'SCARF-RED' }, { variantId: 'var_none' }, { sku: 'NONE' }],
    });
    expect(made).toMatchObject({
      ok: false,
      error: { code: 'item_unavailable', details: { lines: [{ variantId: 'var_none' }, { sku: 'NONE' }] } },
    });
  });

  it('counts two adds at once, and forty', async () => {
    const { id } = await cartWith(service, {});
    const added = await Promise.all(Array.from({ length: 40 }, () => add(id, { variantId: 'shirt', quantity: 2 })));
    expect(new Set(added.map(codeOf))).toEqual(new Set(['ok']));
    expect(await readCart(service, id)).toMatchObject({ items: [{ quantity: 80 }], version: 41 });
  });

  it('counts an add once under one key', async () => {
    const { id } = await cartWith(service, {});
    const keyed = (quantity: number) =>
      service.call(cartRpc.addItem, {
        cartId: id,
        item: { variantId: 'shirt', quantity },
        idempotencyKey: `add to ${id}`,
      });
    const added = await Promise.all(Array.from({ length: 10 }, () => keyed(3)));
    expect(new Set(added.map(codeOf))).toEqual(new Set(['ok']));
    expect(await readCart(service, id)).toMatchObject({ items: [{ quantity: 3 }] });
    expect(codeOf(await keyed(4))).toBe('idempotency_key_reused');
  });

  it('holds 200 lines and 999 pieces of each', async () => {
    const goods = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`v${index}`, 1]));
    const { id, items } = await cartWith(service, goods);
    expect(items).toHaveLength(200);
    expect(codeOf(await add(id, { variantId: 'shirt' }))).toBe('cart_full');
    expect(valueOf(await add(id, { variantId: 'v7', quantity: 998 })).items[7]).toMatchObject({ quantity: 999 });
    expect(await add(id, { variantId: 'v7' })).toMatchObject({
      ok: false,
      error: { code: 'cart_full', details: { maxQuantity: 999 } },
    });
    expect(codeOf(await set(id, items[0]?.lineId ?? '', 1_000))).toBe('invalid_input');
    expect(codeOf(await checkout(service, id))).toBe('ok');
  });

  it('has lines that can be changed and taken out', async () => {
    const { id, items } = await cartWith(service, { shirt: 1, socks: 1 });
    const [shirt, socks] = items.map((item) => item.lineId);
    expect(valueOf(await set(id, shirt ?? '', 5)).items).toMatchObject([{ quantity: 5 }, { quantity: 1 }]);
    expect(valueOf(await set(id, shirt ?? '', 0)).items).toMatchObject([{ variantId: 'socks' }]);
    expect(valueOf(await service.call(cartRpc.removeItem, { cartId: id, lineId: socks ?? '' })).items).toEqual([]);
    expect(codeOf(await set(id, socks ?? '', 1))).toBe('line_not_found');
  });

  it('keeps who buys, where to and how, and gives up what is null', async () => {
    const { id } = await cartWith(service, { shirt: 1 });
    const patch = (change: object) => service.call(cartRpc.update, { cartId: id, patch: change });
    const { email, shippingAddress, shippingMethod, payment } = BUYER;
    const filled = valueOf(await patch({ email, shippingAddress, shippingMethod, payment, note: 'please' }));
    expect(filled).toMatchObject({
      email,
      shippingAddress,
      shippingMethod,
      payment,
      note: 'please',
      quote: { total: 14_990 },
    });
    expect(valueOf(await patch({ note: null }))).toMatchObject({ note: null, email });
  });

  it('shows the prices of now, and what changed since', async () => {
    service.neighbours.sell('hat');
    service.neighbours.sell('mug');
    const { id } = await cartWith(service, { hat: 2, mug: 1 });
    service.neighbours.sell('hat', { price: 8_000 });
    service.neighbours.variants.delete('mug');
    expect(await readCart(service, id)).toMatchObject({
      items: [
        { unitPrice: 8_000, total: 16_000, notices: [{ code: 'price_changed', was: 10_000, now: 8_000 }] },
        { unitPrice: 10_000, notices: [{ code: 'item_unavailable' }] },
      ],
    });
  });

  it('refuses a coupon that pricing does not know', async () => {
    const { id } = await cartWith(service, { shirt: 1 });
    const refused = await service.call(cartRpc.addCoupon, { cartId: id, code: 'TEN' });
    expect(refused).toMatchObject({ ok: false, error: { code: 'coupon_invalid', details: { code: 'TEN' } } });
    expect((await readCart(service, id)).coupons).toEqual([]);
    expect(codeOf(await service.call(cartRpc.removeCoupon, { cartId: id, code: 'TEN' }))).toBe('ok');
  });

  it('takes any text for a code, and says that there is no such coupon', async () => {
    const { id: cartId } = await cartWith(service, { shirt: 1 });
    for (const code of ['a b', '🎉', '$gt', '<b>', 'x'.repeat(60)])
      expect(await service.call(cartRpc.addCoupon, { cartId, code })).toMatchObject({
        ok: false,
        error: { code: 'coupon_invalid', details: { code, reason: { code: 'coupon_unknown' } } },
      });
    for (const code of ['', '  ', 'x'.repeat(61)])
      expect(codeOf(await service.call(cartRpc.addCoupon, { cartId, code }))).toBe('invalid_input');
  });

  it('counts a coupon however it is typed, shows what it takes off, and gives it up', async () => {
    service.neighbours.issue('İNDİRİM');
    const { id } = await cartWith(service, { shirt: 1 });
    const put = (code: string) => service.call(cartRpc.addCoupon, { cartId: id, code });
    for (const code of ['indirim', 'INDIRIM', 'İndirim']) {
      expect(valueOf(await put(code))).toMatchObject({
        coupons: [{ code: 'İNDİRİM', applied: true, promotionId: 'promo_indirim', amount: 1_000 }],
        quote: { discount: 1_000, total: 9_000 },
      });
    }
    const without = await service.call(cartRpc.removeCoupon, { cartId: id, code: 'ındırım' });
    expect(valueOf(without)).toMatchObject({ coupons: [], quote: { total: 10_000 } });
  });

  it('refuses a coupon that is used up, and keeps one that is merely beaten', async () => {
    service.neighbours.issue('NONE-LEFT', { maxUses: 0 });
    service.neighbours.issue('BEATEN', { beaten: true });
    const { id } = await cartWith(service, { shirt: 1 });
    const put = (code: string) => service.call(cartRpc.addCoupon, { cartId: id, code });
    expect(await put('none-left')).toMatchObject({
      ok: false,
      error: { code: 'coupon_exhausted', details: { code: 'none-left', reason: { code: 'used_up' } } },
    });
    expect(valueOf(await put('BEATEN')).coupons).toMatchObject([
      { code: 'BEATEN', applied: false, amount: 0, reason: { code: 'better_discount' } },
    ]);
    expect(codeOf(await checkout(service, id))).toBe('ok');
  });

  it('keeps which extras its buyer wants', async () => {
    const { id } = await cartWith(service, { shirt: 1 });
    const patch = (extras: string[]) => service.call(cartRpc.update, { cartId: id, patch: { extras } });
    expect(valueOf(await patch(['gift-wrap']))).toMatchObject({ extras: ['gift-wrap'] });
    expect(service.neighbours.quoted.at(-1)).toMatchObject({ extras: ['gift-wrap'] });
    expect(valueOf(await patch(['gift-wrap', 'card', 'gift-wrap'])).extras).toEqual(['gift-wrap', 'card']);
    expect(valueOf(await patch([])).extras).toEqual([]);
  });

  it('of before there were extras has none', async () => {
    const { id } = await cartWith(service, { shirt: 1 });
    const carts = service.store.raw(cartCollection);
    await carts.updateOne({ _id: id }, { $unset: { extras: '', schemaVersion: '' } });
    expect(await readCart(service, id)).toMatchObject({ extras: [], items: [{ quantity: 1 }] });
    expect(valueOf(await add(id, { variantId: 'shirt' }))).toMatchObject({ extras: [], items: [{ quantity: 2 }] });
    expect(await carts.findOne({ _id: id })).toMatchObject({ extras: [], schemaVersion: 2 });
  });

  it('says what it comes to each way it can be paid', async () => {
    const { id } = await cartWith(service, { shirt: 1 });
    const { calls } = service.neighbours;
    const before = calls.length;
    const options = valueOf(await service.call(cartRpc.paymentOptions, { cartId: id }));
    expect(calls.slice(before)).toEqual([paymentRpc.listOptions.subject, pricingRpc.paymentPrices.subject]);
    expect(options).toEqual({
      currency: 'TRY',
      options: [
        {
          provider: 'sandbox',
          methods: ['card', 'wallet'],
          displayName: 'Card',
          prices: [
            {
              method: 'card',
              total: 10_000,
              fees: [],
              installments: [{ installments: 3, fee: 290, first: 3_430, total: 10_290 }],
            },
            { method: 'wallet', total: 10_000, fees: [], installments: [] },
          ],
        },
      ],
    });
  });

  it('is offered no way to pay that its provider would not take, whatever is chosen now', async () => {
    const { id: cartId } = await cartWith(service, { shirt: 1 });
    // By wallet the cart costs a lira more; the choice on the cart, three lira more, must not matter.
    service.neighbours.adjust = (quote, { payment }) => ({
      ...quote,
      total: quote.total + (payment?.method === 'wallet' ? 100 : payment?.installments === 6 ? 300 : 0),
    });
    const payment = { provider: 'sandbox', method: 'card', installments: 6 } as const;
    expect(valueOf(await service.call(cartRpc.update, { cartId, patch: { payment } })).quote.total).toBe(10_300);
    const offered = async (minAmount: number | null, maxAmount: number | null) => {
      service.neighbours.paymentOptions = [samplePaymentOption({ minAmount, maxAmount })];
      const { options } = valueOf(await service.call(cartRpc.paymentOptions, { cartId }));
      expect(JSON.stringify(options)).not.toMatch(/minAmount|maxAmount/);
      return options.map(({ methods, prices }) => [
        methods,
        prices.map(({ total, installments }) => [total, ...installments.map((row) => row.total)]),
      ]);
    };
    const all = [
      ['card', 'wallet'],
      [[10_000, 10_290], [10_100]],
    ];
    expect(await offered(null, null)).toEqual([all]);
    expect(await offered(10_000, 10_290)).toEqual([all]);
    expect(await offered(null, 10_289)).toEqual([
      [
        ['card', 'wallet'],
        [[10_000], [10_100]],
      ],
    ]);
    expect(await offered(null, 10_000)).toEqual([[['card'], [[10_000]]]]);
    expect(await offered(10_001, null)).toEqual([[['wallet'], [[10_100]]]]);
    expect(await offered(null, 9_999)).toEqual([]);
    expect(await offered(10_101, null)).toEqual([]);
    service.neighbours.adjust = (quote) => ({ ...quote, total: 0 });
    expect(await offered(1, null)).toEqual([]);
    service.neighbours.adjust = (quote) => quote;
    service.neighbours.paymentOptions = [samplePaymentOption()];
  });

  it('is not priced where there is no way to pay', async () => {
    const { id: cartId } = await cartWith(service, { shirt: 1 });
    service.neighbours.paymentOptions = [];
    const { calls } = service.neighbours;
    const before = calls.length;
    const options = await service.call(cartRpc.paymentOptions, { cartId });
    service.neighbours.paymentOptions = [samplePaymentOption()];
    expect(options).toEqual({ ok: true, value: { currency: 'TRY', options: [] } });
    expect(calls.slice(before)).toEqual([paymentRpc.listOptions.subject]);
  });

  it('that pricing refuses has no ways to pay, but its refusal', async () => {
    const { id: cartId } = await cartWith(service, { shirt: 1 });
    service.neighbours.refuseNext(pricingRpc.paymentPrices, 'invalid_input');
    expect(codeOf(await service.call(cartRpc.paymentOptions, { cartId }))).toBe('invalid_input');
  });

  it('is closed to every change while its draft lives', async () => {
    const { id, items } = await cartWith(service, { shirt: 1 });
    valueOf(await checkout(service, id));
    const tries = [
      add(id, { variantId: 'shirt' }),
      set(id, items[0]?.lineId ?? '', 2),
      service.call(cartRpc.removeItem, { cartId: id, lineId: items[0]?.lineId ?? '' }),
      service.call(cartRpc.update, { cartId: id, patch: { note: 'too late' } }),
      service.call(cartRpc.addCoupon, { cartId: id, code: 'TEN' }),
      checkout(service, id),
    ];
    for (const tried of await Promise.all(tries))
      expect(tried).toMatchObject({ ok: false, error: { code: 'cart_closed', details: { status: 'checkout' } } });
    expect(await readCart(service, id)).toMatchObject({ status: 'checkout', items: [{ quantity: 1 }] });
  });

  it('is not there for anyone else: the same as a made-up one', async () => {
    const { id, items } = await cartWith(service, { shirt: 1 });
    const lineId = items[0]?.lineId ?? '';
    for (const [cartId, tenant] of [
      [id, 'other'],
      ['cart_00000000000000000000000000', 'demo'],
    ] as const) {
      const tries = [
        service.call(cartRpc.get, { cartId }, tenant),
        service.call(cartRpc.addItem, { cartId, item: { variantId: 'shirt' } }, tenant),
        service.call(cartRpc.updateItem, { cartId, lineId, quantity: 2 }, tenant),
        service.call(cartRpc.removeItem, { cartId, lineId }, tenant),
        service.call(cartRpc.update, { cartId, patch: { shippingAddress: ADDRESS } }, tenant),
        service.call(cartRpc.addCoupon, { cartId, code: 'TEN' }, tenant),
        service.call(cartRpc.removeCoupon, { cartId, code: 'TEN' }, tenant),
        service.call(cartRpc.shippingOptions, { cartId }, tenant),
        service.call(cartRpc.paymentOptions, { cartId }, tenant),
      ];
      for (const tried of await Promise.all(tries))
        expect(tried).toEqual({ ok: false, error: { code: 'cart_not_found' } });
    }
    expect(await readCart(service, id)).toMatchObject({ version: 1, items: [{ quantity: 1 }] });
  });

  it('says so when a neighbour does not answer, and stays as it is', async () => {
    const { id } = await cartWith(service, { shirt: 1 });
    service.neighbours.refuseNext(catalogRpc.resolveVariants, 'service_unavailable');
    expect(codeOf(await add(id, { variantId: 'shirt' }))).toBe('service_unavailable');
    expect(await readCart(service, id)).toMatchObject({ version: 1, items: [{ quantity: 1 }] });
    expect(codeOf(await service.call(cartRpc.get, { cartId: newId('cart') }))).toBe('cart_not_found');
  });
});

describe('a rule for first orders', () => {
  const asked = async (work: () => Promise<unknown>) => {
    const before = service.neighbours.quoted.length;
    await work();
    return service.neighbours.quoted.slice(before).map(({ firstOrder }) => firstOrder);
  };
  beforeAll(() => {
    // Such a rule: pricing wants to know, and takes a lira off a first order.
    service.neighbours.adjust = (quote, { firstOrder }) => ({
      ...quote,
      unknown: firstOrder === null ? ['firstOrder'] : [],
      total: quote.total - (firstOrder === true ? 100 : 0),
    });
  });
  afterAll(() => {
    service.neighbours.adjust = (quote) => quote;
  });
  const of = async (email: string): Promise<Cart> => {
    const { id } = await cartWith(service, { shirt: 1 });
    return valueOf(await service.call(cartRpc.update, { cartId: id, patch: { email } }));
  };
  /** The e-mail address of somebody who has bought. */
  const emailOfBuyer = async (): Promise<string> => {
    const { orderNo, paymentId, order } = await drafted(service, { shirt: 1 });
    const { amount } = order.payment;
    await service.tell('succeeded', service.neighbours.move(paymentId, { status: 'paid', captured: amount }));
    await untilOrder(service, orderNo, 'confirmed');
    return order.email;
  };

  it('is looked up when the cart says who buys, and not before', async () => {
    const { id } = await cartWith(service, { shirt: 1 });
    expect(await asked(() => readCart(service, id))).toEqual([null]);
    const named = await of('first@example.com');
    expect(named.quote.total).toBe(9_900);
    expect(await asked(() => readCart(service, named.id))).toEqual([null, true]);
    const { id: cartId } = named;
    expect(await asked(() => service.call(cartRpc.paymentOptions, { cartId }))).toEqual([null, true]);
    expect(await asked(() => service.call(cartRpc.paymentOptions, { cartId: id }))).toEqual([null]);
    expect(await asked(() => service.call(cartRpc.shippingOptions, { cartId }))).toEqual([null, true]);
  });

  it('counts in what ways to pay come to', async () => {
    const offered = async (cartId: string) => {
      const { calls } = service.neighbours;
      const before = calls.length;
      const { options } = valueOf(await service.call(cartRpc.paymentOptions, { cartId }));
      const prices = options.flatMap((option) => option.prices);
      return { calls: calls.slice(before), totals: prices.map(({ total }) => total) };
    };
    const { subject: list } = paymentRpc.listOptions;
    const { subject: price } = pricingRpc.paymentPrices;
    const { id: nameless } = await cartWith(service, { shirt: 1 });
    expect(await offered(nameless)).toEqual({ calls: [list, price], totals: [10_000, 10_000] });
    const { id: first } = await of('newcomer@example.com');
    expect(await offered(first)).toEqual({ calls: [list, price, price], totals: [9_900, 9_900] });
    const { id: second } = await of(await emailOfBuyer());
    expect(await offered(second)).toEqual({ calls: [list, price, price], totals: [10_000, 10_000] });
  });

  it('counts orders that are sold, of the same address in any case, in the same shop', async () => {
    const email = 'Second@Example.com';
    const left = await of(email);
    valueOf(await checkout(service, left.id, { email, expectedTotal: 14_890 }));
    expect((await of(email)).quote.total).toBe(9_900);

    const sold = await emailOfBuyer();
    expect((await of(sold.toUpperCase())).quote.total).toBe(10_000);
    expect((await of('third@example.com')).quote.total).toBe(9_900);
    const elsewhere = { currency: 'TRY', locale: 'tr', email: sold, items: [{ variantId: 'shirt' }] };
    expect(valueOf(await service.call(cartRpc.create, elsewhere, 'other')).quote.total).toBe(9_900);
  });
});
