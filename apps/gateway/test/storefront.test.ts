import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cartRpc, catalogRpc, fail, ok, orderRpc } from '@kervan/contracts';
import { ALL, startGateway } from './harness.ts';
import type { Gateway } from './harness.ts';
import { brand, cart, checkoutAnswer, order, product, totals, tracked } from './samples.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const lastOf = ({ subject }: { subject: string }) => gateway.calls.findLast((call) => call.subject === subject);
const in_ = (language: string) => ({ 'accept-language': language });
const price = { amount: 129_990, currency: 'TRY', formatted: '₺1.299,90' };

describe('goods', () => {
  it('are listed with money and texts in the language, active ones only', async () => {
    gateway.on(catalogRpc.listProducts, async () => ok({ data: [product], nextCursor: 'c2' }));
    const turkish = await gateway.send('GET', '/api/v1/products?limit=2&minPrice=100&sort=-price', {
      headers: in_('tr'),
    });
    expect(turkish).toMatchObject({
      status: 200,
      body: { data: [{ title: 'Okyanus Mavisi Gömlek', variants: [{ price }] }], page: { nextCursor: 'c2' } },
    });
    expect(lastOf(catalogRpc.listProducts)?.request).toMatchObject({
      limit: 2,
      minPrice: 100,
      sort: '-price',
      activeOnly: true,
    });
    const english = await gateway.send('GET', '/api/v1/products', { headers: in_('en') });
    expect(english.body).toMatchObject({
      data: [{ title: 'Ocean Blue Shirt', variants: [{ price: { formatted: 'TRY\u00a01,299.90' } }] }],
    });
  });

  it('are asked for once by many guests, for each shop and language by itself, and anew after a change', async () => {
    gateway.on(catalogRpc.listProducts, async (_request, { tenant }) =>
      ok({ data: [{ ...product, tags: [tenant] }], nextCursor: null }),
    );
    gateway.on(catalogRpc.createProduct, async () => ok(product));
    const asked = () => gateway.calls.filter(({ subject }) => subject === catalogRpc.listProducts.subject).length;
    const list = async (headers: Record<string, string>) => {
      const { body } = await gateway.send('GET', '/api/v1/products?limit=7', { headers });
      return body;
    };
    const shop = (name: string) => ({ data: [{ tags: [name] }] });
    const before = asked();
    const [guest, ...others] = await Promise.all(Array.from({ length: 20 }, () => list(in_('tr'))));
    expect(guest).toMatchObject(shop('demo'));
    for (const other of others) expect(other).toEqual(guest);
    expect(asked() - before).toBe(1);
    expect(await list({ ...in_('tr'), 'x-tenant': 'other' })).toMatchObject(shop('other'));
    expect(await list(in_('en'))).toMatchObject({ data: [{ title: 'Ocean Blue Shirt', tags: ['demo'] }] });
    expect(asked() - before).toBe(3);
    // A key is answered anew, and what it is answered is nobody else's.
    await list({ ...in_('tr'), authorization: `Bearer ${ALL}` });
    await list({ ...in_('tr'), authorization: `Bearer ${ALL}` });
    expect(asked() - before).toBe(5);
    await gateway.admin('POST', '/api/v1/admin/products', {
      body: { title: 'Shirt', variants: [{ sku: 'A', price: 1 }] },
    });
    await list(in_('tr'));
    expect(asked() - before).toBe(6);
  });

  it('are read by slug, and brands are listed', async () => {
    gateway.on(catalogRpc.getProduct, async (by) => ('slug' in by && by.activeOnly ? ok(product) : fail('not_found')));
    gateway.on(catalogRpc.listBrands, async () => ok({ data: [brand], nextCursor: null }));
    expect(await gateway.send('GET', '/api/v1/products/ocean-blue-shirt')).toMatchObject({ body: { id: 'prod_1' } });
    expect(await gateway.send('GET', '/api/v1/brands')).toMatchObject({
      body: { data: [{ slug: 'deniz', description: 'Deniz kenarından' }], page: { nextCursor: null } },
    });
  });
});

describe('a cart', () => {
  it('is made in the currency of the shop and the language of the caller', async () => {
    gateway.on(cartRpc.create, async () => ok(cart));
    const made = await gateway.send('POST', '/api/v1/carts', {
      body: { items: [{ sku: 'SHIRT-M', quantity: 2 }] },
      headers: { ...in_('en'), 'idempotency-key': 'cart-1' },
    });
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe('/api/v1/carts/cart_1');
    expect(lastOf(cartRpc.create)?.request).toEqual({
      currency: 'TRY',
      locale: 'en',
      idempotencyKey: expect.stringMatching(/^[\w-]{43}$/),
      items: [{ sku: 'SHIRT-M', quantity: 2 }],
    });
    expect(await gateway.send('POST', '/api/v1/carts', { body: { currency: 'JPY' } })).toMatchObject({
      status: 422,
      body: { code: 'currency_unsupported', currencies: ['TRY', 'EUR'] },
    });
  });

  it('is made once under a key, which counts for one address alone unless the caller has a key of the shop', async () => {
    gateway.on(cartRpc.create, async () => ok(cart));
    const keyFrom = async (remoteAddress: string, headers: Record<string, string> = {}): Promise<unknown> => {
      const sent = { 'x-tenant': 'demo', 'idempotency-key': 'weak', ...headers };
      await gateway.app.inject({ method: 'POST', url: '/api/v1/carts', headers: sent, remoteAddress });
      return lastOf(cartRpc.create)?.request;
    };
    const first = await keyFrom('192.0.2.1');
    expect(await keyFrom('192.0.2.1')).toEqual(first);
    expect(await keyFrom('192.0.2.2')).not.toEqual(first);
    const machine = { authorization: `Bearer ${ALL}` };
    expect(await keyFrom('192.0.2.1', machine)).toMatchObject({ idempotencyKey: 'weak' });
  });

  it('is answered whole with its quote: amounts as money, reasons and notices in words', async () => {
    gateway.on(cartRpc.get, async () => ok(cart));
    const { body } = await gateway.send('GET', '/api/v1/carts/cart_1', { headers: in_('tr') });
    expect(body).toMatchObject({
      items: [{ title: 'Okyanus Mavisi Gömlek', unitPrice: price, notices: [{ text: 'Fiyatı değişti', now: price }] }],
      quote: {
        total: price,
        tax: [{ name: 'KDV', rate: 2_000, included: true, amount: { formatted: '₺216,65' } }],
        considered: [
          { applied: true },
          { applied: false, reason: { code: 'no_address', text: 'Henüz teslimat adresi yok' } },
        ],
      },
    });
  });

  it.each([
    [
      'PATCH',
      '/carts/cart_1',
      { note: 'ring twice' },
      cartRpc.update,
      { cartId: 'cart_1', patch: { note: 'ring twice' } },
    ],
    [
      'POST',
      '/carts/cart_1/items',
      { sku: 'A' },
      cartRpc.addItem,
      { cartId: 'cart_1', item: { sku: 'A', quantity: 1 } },
    ],
    ['PATCH', '/carts/cart_1/items/line_1', { quantity: 0 }, cartRpc.updateItem, { lineId: 'line_1', quantity: 0 }],
    ['DELETE', '/carts/cart_1/items/line_1', undefined, cartRpc.removeItem, { cartId: 'cart_1', lineId: 'line_1' }],
    ['POST', '/carts/cart_1/coupons', { code: 'HOSGELDIN10' }, cartRpc.addCoupon, { code: 'HOSGELDIN10' }],
    ['DELETE', '/carts/cart_1/coupons/HO%C5%9E', undefined, cartRpc.removeCoupon, { code: 'HOŞ' }],
  ])('is changed by %s %s', async (method, path, body, rpc, request) => {
    gateway.on(rpc, async () => ok(cart));
    expect(await gateway.send(method, `/api/v1${path}`, { body })).toMatchObject({
      status: 200,
      body: { id: 'cart_1' },
    });
    expect(lastOf(rpc)?.request).toMatchObject(request);
  });

  it('lists how it can be shipped and paid', async () => {
    const base = {
      kind: 'standard' as const,
      description: null,
      carrier: null,
      minDays: 1,
      maxDays: 3,
      deliveryWindow: { tr: '1-3 iş günü içinde teslim', en: 'Delivered in 1-3 business days' },
    };
    const fee = {
      code: 'door',
      name: { tr: 'Kapıda ödeme', en: 'Cash on delivery' },
      amount: 1_500,
      tax: { rate: 2_000, amount: 250, included: true },
      refundable: true,
    };
    gateway.on(cartRpc.shippingOptions, async () =>
      ok({
        currency: 'TRY',
        options: [
          {
            ...base,
            code: 'standard',
            name: { tr: 'Standart', en: 'Standard' },
            available: true,
            amount: 3_990,
            discount: 1_000,
          },
          {
            ...base,
            code: 'express',
            name: 'Express',
            available: false,
            amount: null,
            discount: null,
            reason: { code: 'too_heavy', tr: 'Çok ağır', en: 'Too heavy' },
          },
        ],
      }),
    );
    gateway.on(cartRpc.paymentOptions, async () =>
      ok({
        currency: 'TRY',
        options: [
          {
            provider: 'sandbox',
            methods: ['card'],
            displayName: { tr: 'Kart', en: 'Card' },
            prices: [
              {
                method: 'card',
                total: 129_990,
                fees: [fee],
                installments: [{ installments: 3, fee: 1_000, first: 43_664, total: 130_990 }],
              },
            ],
          },
        ],
      }),
    );
    expect((await gateway.send('GET', '/api/v1/carts/cart_1/shipping-options')).body).toMatchObject({
      data: [
        {
          code: 'standard',
          kind: 'standard',
          name: 'Standart',
          deliveryWindow: '1-3 iş günü içinde teslim',
          price: { formatted: '₺39,90' },
          discount: { formatted: '₺10,00' },
        },
        { price: null, discount: null, reason: { text: 'Çok ağır' } },
      ],
    });
    expect((await gateway.send('GET', '/api/v1/carts/cart_1/payment-options')).body).toEqual({
      data: [
        {
          provider: 'sandbox',
          methods: ['card'],
          displayName: 'Kart',
          prices: [
            {
              method: 'card',
              total: price,
              fees: [
                { code: 'door', name: 'Kapıda ödeme', amount: { amount: 1_500, currency: 'TRY', formatted: '₺15,00' } },
              ],
              installments: [
                {
                  installments: 3,
                  fee: { amount: 1_000, currency: 'TRY', formatted: '₺10,00' },
                  first: { amount: 43_664, currency: 'TRY', formatted: '₺436,64' },
                  total: { amount: 130_990, currency: 'TRY', formatted: '₺1.309,90' },
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it('shows what was taken off and what was put on, each by itself and in words', async () => {
    const reason = { code: 'better_discount', tr: 'Daha iyi bir indirim var', en: 'There is a better discount' };
    const wrap = { code: 'gift-wrap', name: { tr: 'Hediye paketi', en: 'Gift wrap' }, amount: 2_500 };
    const [line] = cart.quote.lines;
    if (line === undefined) throw new Error('no line');
    const coupons = [
      { code: 'ON', applied: true, promotionId: 'promo_1', amount: 1_000 },
      { code: 'YILBAŞI', applied: false, promotionId: 'promo_2', amount: 0, reason },
    ];
    const quote = {
      ...cart.quote,
      lines: [{ ...line, discounts: [{ rule: 'promo_1', amount: 1_000 }] }],
      shippingMethod: {
        id: 'ship_1',
        code: 'store',
        name: { tr: 'Mağazadan', en: 'From the store' },
        carrier: null,
        kind: 'pickup' as const,
        minDays: 1,
        maxDays: 2,
        deliveryWindow: { tr: '1-2 iş günü içinde mağazadan', en: 'Ready in 1-2 business days' },
        amount: 0,
        discount: 4_990,
        tax: { rate: 2_000, amount: 0, included: true },
      },
      fees: [{ ...wrap, tax: { rate: 2_000, amount: 417, included: true }, refundable: true }],
      extras: [{ ...wrap, chosen: true }],
      coupons,
    };
    gateway.on(cartRpc.get, async () => ok({ ...cart, coupons, extras: ['gift-wrap'], quote }));
    const { body } = await gateway.send('GET', '/api/v1/carts/cart_1', { headers: in_('tr') });
    const shown = [
      { code: 'ON', applied: true, amount: { formatted: '₺10,00' } },
      { code: 'YILBAŞI', applied: false, amount: { amount: 0 }, reason: { code: reason.code, text: reason.tr } },
    ];
    const fee = { code: 'gift-wrap', name: 'Hediye paketi', amount: { formatted: '₺25,00' } };
    expect(body).toMatchObject({
      coupons: shown,
      extras: ['gift-wrap'],
      quote: {
        lines: [{ discounts: [{ rule: 'promo_1', amount: { formatted: '₺10,00' } }] }],
        shippingMethod: {
          code: 'store',
          name: 'Mağazadan',
          kind: 'pickup',
          carrier: null,
          deliveryWindow: '1-2 iş günü içinde mağazadan',
          price: { amount: 0 },
          discount: { formatted: '₺49,90' },
        },
        fees: [fee],
        extras: [{ ...fee, chosen: true }],
        coupons: shown,
      },
    });
  });

  it.each(['a b', '🎉', 'İNDİRİM!'])('asks about a coupon %j, whatever was typed', async (code) => {
    const reason = { code: 'coupon_unknown', tr: 'Böyle bir kupon yok', en: 'There is no such coupon' };
    gateway.on(cartRpc.addCoupon, async (asked) => fail('coupon_invalid', { code: asked.code, reason }));
    const put = (typed: string) =>
      gateway.send('POST', '/api/v1/carts/cart_1/coupons', { body: { code: typed }, headers: in_('tr') });
    expect(await put(` ${code} `)).toMatchObject({
      status: 422,
      body: { code: 'coupon_invalid', reason: { code: 'coupon_unknown', text: reason.tr } },
    });
    expect(lastOf(cartRpc.addCoupon)?.request).toEqual({ cartId: 'cart_1', code });
    for (const none of ['', ' ', 'x'.repeat(61)])
      expect(await put(none)).toMatchObject({ status: 422, body: { code: 'invalid_input' } });
  });

  it('says why a coupon cannot be used, in the language of the caller', async () => {
    const reason = { code: 'ended', tr: 'Süresi doldu', en: 'It has ended' };
    gateway.on(cartRpc.addCoupon, async () => fail('coupon_invalid', { code: 'OLD', reason }));
    const put = (language: string) =>
      gateway.send('POST', '/api/v1/carts/cart_1/coupons', { body: { code: 'OLD' }, headers: in_(language) });
    for (const [language, text] of [
      ['tr', reason.tr],
      ['en', reason.en],
    ] as const)
      expect(await put(language)).toMatchObject({
        status: 422,
        body: { code: 'coupon_invalid', reason: { code: 'ended', text } },
      });
  });
});

describe('a checkout', () => {
  const checkout = (headers: Record<string, string>, body: unknown = { cartId: 'cart_1' }) =>
    gateway.send('POST', '/api/v1/checkout', { body, headers });

  it.each([
    ['no key', {}, 'idempotency_key_required'],
    ['an empty key', { 'idempotency-key': '' }, 'idempotency_key_invalid'],
    ['a key with a space', { 'idempotency-key': 'a b' }, 'idempotency_key_invalid'],
    ['a key too long', { 'idempotency-key': 'k'.repeat(256) }, 'idempotency_key_invalid'],
  ])('is refused with %s', async (_what, headers, code) => {
    expect(await checkout({ ...headers })).toMatchObject({ status: 400, body: { code } });
    expect(await gateway.send('POST', '/api/v1/checkout/7K3M/payment', { headers, body: {} })).toMatchObject({
      status: 400,
      body: { code },
    });
  });

  it('is passed on with its key and answered as the contract says', async () => {
    gateway.on(orderRpc.checkout, async () => ok(checkoutAnswer));
    const reply = await checkout({ 'idempotency-key': 'k'.repeat(255), ...in_('tr') });
    expect(reply.status).toBe(201);
    expect(reply.headers.get('idempotent-replayed')).toBeNull();
    expect(reply.body).toMatchObject({
      order: {
        orderNo: '7K3M-9QX2-TB4F',
        status: 'draft',
        ...price,
        totals: { subtotal: price, total: price },
        trackingUrl: '/api/v1/orders/track/7K3M-9QX2-TB4F',
      },
      payment: { provider: 'sandbox', clientSecret: 'sbx_1_secret_1', nextAction: { type: 'none' } },
    });
    expect(lastOf(orderRpc.checkout)?.request).toEqual({
      idempotencyKey: 'k'.repeat(255),
      input: { cartId: 'cart_1' },
      language: 'tr',
    });
  });

  it('that is replayed says so, in the words of the first answer', async () => {
    gateway.on(orderRpc.checkout, async () => ok({ ...checkoutAnswer, replayed: true, language: 'tr' }));
    const reply = await checkout({ 'idempotency-key': 'again', ...in_('en') });
    expect(reply.headers.get('idempotent-replayed')).toBe('true');
    expect(reply.headers.get('content-language')).toBe('tr');
    expect(reply.body).toMatchObject({ order: { formatted: '₺1.299,90' } });
  });

  it('refused for its total says the new totals as money', async () => {
    gateway.on(orderRpc.checkout, async () => fail('total_changed', { expected: 1, currency: 'TRY', totals }));
    const told = {
      status: 409,
      body: { code: 'total_changed', detail: 'Toplam tutar değişti', expected: 1, ...price, totals: { total: price } },
    };
    expect(await checkout({ 'idempotency-key': 'total', ...in_('tr') })).toMatchObject(told);
    // The same for another way to pay that would change it.
    gateway.on(orderRpc.retryPayment, async () => fail('total_changed', { expected: 1, currency: 'TRY', totals }));
    const another = await gateway.send('POST', '/api/v1/checkout/7K3M-9QX2-TB4F/payment', {
      body: { payment: { provider: 'stripe', installments: 3 } },
      headers: { 'idempotency-key': 'total', ...in_('tr') },
    });
    expect(another).toMatchObject(told);
    expect(another.text).not.toContain('breakdown');
  });

  it('refused for its stock names the lines; one still running may be asked for again', async () => {
    const lines = [{ sku: 'SHIRT-M', requested: 2, available: 1 }];
    gateway.on(orderRpc.checkout, async () => fail('out_of_stock', { lines }, 'for logs only'));
    const refused = await checkout({ 'idempotency-key': 'stock' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'out_of_stock', lines } });
    expect(refused.text).not.toContain('for logs only');
    gateway.on(orderRpc.checkout, async () => fail('idempotency_in_progress', { retryAfterSeconds: 2 }));
    const running = await checkout({ 'idempotency-key': 'running' });
    expect(running.status).toBe(409);
    expect(running.headers.get('retry-after')).toBe('2');
  });

  it('refused for its coupon says so the same way, whoever found it out', async () => {
    const reason = { code: 'used_up', tr: 'Kullanım hakkı tükendi', en: 'It has been used up' };
    const told = { status: 409, body: { code: 'coupon_exhausted' } };
    const problems = [{ code: 'coupon_exhausted', text: 'FIVE: It has been used up' }];
    const priced = { code: 'coupon_exhausted', tr: `FIVE: ${reason.tr}`, en: `FIVE: ${reason.en}` };
    gateway.on(orderRpc.checkout, async () => fail('coupon_exhausted', { problems: [priced] }));
    expect(await checkout({ 'idempotency-key': 'priced', ...in_('en') })).toMatchObject({
      ...told,
      body: { problems },
    });
    const uses = [
      { promotionId: 'promo_1', code: 'FIVE', reason },
      { promotionId: 'promo_2', code: null, reason },
    ];
    gateway.on(orderRpc.checkout, async () => fail('coupon_exhausted', { uses }));
    const held = await checkout({ 'idempotency-key': 'held', ...in_('en') });
    expect(held).toMatchObject({
      ...told,
      body: { problems: [...problems, { code: 'coupon_exhausted', text: reason.en }] },
    });
    expect(held.text).not.toContain('promo_1');
  });

  it('is confirmed, paid anew and given up by its number', async () => {
    gateway.on(orderRpc.confirm, async () => ok(checkoutAnswer));
    gateway.on(orderRpc.cancel, async () => ok(checkoutAnswer));
    gateway.on(orderRpc.retryPayment, async () => ok(checkoutAnswer));
    const of = (action: string, body?: unknown) =>
      gateway.send('POST', `/api/v1/checkout/7K3M-9QX2-TB4F/${action}`, {
        body,
        headers: { 'idempotency-key': 'p-1' },
      });
    expect((await of('confirm')).status).toBe(200);
    expect((await of('cancel', {})).status).toBe(200);
    expect((await of('payment', { payment: { provider: 'stripe' } })).status).toBe(201);
    expect(lastOf(orderRpc.retryPayment)?.request).toMatchObject({
      orderNo: '7K3M-9QX2-TB4F',
      idempotencyKey: 'p-1',
      payment: { provider: 'stripe', method: 'card', installments: 1 },
    });
  });
});

describe('an order', () => {
  it('is followed by anyone who knows its number, without anything personal', async () => {
    gateway.on(orderRpc.track, async () => ok(tracked));
    const reply = await gateway.send('GET', '/api/v1/orders/track/7K3M-9QX2-TB4F', { headers: in_('tr') });
    expect(reply.body).toMatchObject({
      status: 'confirmed',
      fulfilment: 'none',
      paymentStatus: 'paid',
      ...price,
      summary: { items: [{ title: 'Okyanus Mavisi Gömlek', total: price }], shipTo: { name: 'A*** Y***' } },
      timeline: [{ text: 'Siparişiniz alındı' }, { from: 'draft', to: 'confirmed' }],
    });
  });

  it('shows its buyer why it costs what it does, as the cart did, and nobody who merely follows it', async () => {
    const [item] = order.items;
    if (item === undefined) throw new Error('no line');
    const rows = [
      { rule: 'items', kind: 'items' as const, target: 'order', amount: 130_990, note: { tr: 'Ürünler', en: 'Goods' } },
      {
        rule: 'promo_1',
        kind: 'discount' as const,
        target: 'items',
        amount: -1_000,
        note: { tr: 'Yaz', en: 'Summer' },
      },
      {
        rule: 'tax_1',
        kind: 'tax' as const,
        target: 'order',
        amount: 0,
        included: 21_665,
        note: { tr: 'KDV', en: 'VAT' },
      },
    ];
    const explained = {
      ...order,
      items: [{ ...item, discounts: [{ rule: 'promo_1', amount: 1_000 }] }],
      totals: { ...totals, breakdown: rows },
    };
    gateway.on(orderRpc.verify, async () => ok(explained));
    const verify = (language: string) =>
      gateway.send('POST', '/api/v1/orders/track/7K3M-9QX2-TB4F/verify', {
        body: { email: order.email },
        headers: in_(language),
      });
    expect((await verify('tr')).body).toMatchObject({
      items: [{ discounts: [{ rule: 'promo_1', amount: { amount: 1_000, currency: 'TRY', formatted: '₺10,00' } }] }],
      breakdown: [
        { rule: 'items', kind: 'items', target: 'order', amount: { amount: 130_990 }, note: 'Ürünler' },
        { rule: 'promo_1', kind: 'discount', target: 'items', amount: { amount: -1_000 }, note: 'Yaz' },
        { rule: 'tax_1', kind: 'tax', amount: { amount: 0 }, included: { formatted: '₺216,65' }, note: 'KDV' },
      ],
    });
    expect((await verify('en')).body).toMatchObject({
      breakdown: [{ note: 'Goods' }, { note: 'Summer' }, { note: 'VAT' }],
    });
    gateway.on(cartRpc.get, async () => ok({ ...cart, quote: { ...cart.quote, breakdown: rows } }));
    const shown = await gateway.send('GET', '/api/v1/carts/cart_1', { headers: in_('tr') });
    expect((await verify('tr')).body).toMatchObject({
      breakdown: Reflect.get(Object(Reflect.get(Object(shown.body), 'quote')), 'breakdown'),
    });
    gateway.on(orderRpc.track, async () => ok({ ...tracked, totals: explained.totals }));
    const followed = await gateway.send('GET', '/api/v1/orders/track/7K3M-9QX2-TB4F');
    expect(followed.text).not.toMatch(/breakdown|discounts|promo_1/);
  });

  it('is read whole by its buyer, but not what is for staff', async () => {
    gateway.on(orderRpc.verify, async ({ email }) => (email === order.email ? ok(order) : fail('order_not_found')));
    const verify = (email: unknown) =>
      gateway.send('POST', '/api/v1/orders/track/7K3M-9QX2-TB4F/verify', { body: { email } });
    const whole = await verify(order.email);
    expect(whole.body).toMatchObject({
      email: order.email,
      shippingAddress: { line1: 'Bağdat Cd. 12/3' },
      items: [{ sku: 'SHIRT-M', unitPrice: price }],
      payment: { status: 'paid', installments: 3, captured: price },
      timeline: [{ type: 'order.created' }, { type: 'order.confirmed' }],
    });
    expect(whole.text).not.toMatch(/sbx_1|actor|stock\.committed/);
    expect(await verify('someone@else.example')).toMatchObject({ status: 404, body: { code: 'order_not_found' } });
    expect(await verify({ $gt: '' })).toMatchObject({ status: 422 });
  });
});
