import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { catalogRpc, fail, inventoryRpc, ok, orderRpc, pricingRpc } from '@kervan/contracts';
import { ALL, startGateway } from './harness.ts';
import type { Gateway } from './harness.ts';
import { order, product, quote } from './samples.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const lastOf = ({ subject }: { subject: string }) => gateway.calls.findLast((call) => call.subject === subject);

describe('what staff read', () => {
  it('is whole: integers with the currency beside them, texts in all languages', async () => {
    gateway.on(catalogRpc.getProduct, async () => ok(product));
    const reply = await gateway.admin('GET', '/api/v1/admin/products/prod_1');
    expect(reply.body).toEqual(product);
    expect(reply.headers.get('etag')).toBe('"7"');
    expect((await gateway.admin('GET', '/api/v1/admin/products/prod_1/variants')).body).toEqual({
      data: product.variants,
      page: { nextCursor: null },
    });
  });

  it('comes in pages', async () => {
    gateway.on(orderRpc.list, async ({ cursor }) =>
      cursor === 'broken'
        ? fail('invalid_cursor')
        : ok({ data: [order], nextCursor: cursor === undefined ? 'c2' : null }),
    );
    const list = (query: string) => gateway.admin('GET', `/api/v1/admin/orders${query}`);
    expect((await list('?status=confirmed&limit=1')).body).toMatchObject({
      data: [{ id: order.id }],
      page: { nextCursor: 'c2' },
    });
    expect(lastOf(orderRpc.list)?.request).toEqual({ limit: 1, status: 'confirmed', sort: 'newest' });
    expect((await list('?cursor=c2')).body).toMatchObject({ page: { nextCursor: null } });
    expect(await list('?cursor=broken')).toMatchObject({ status: 422, body: { code: 'invalid_cursor' } });
    expect(await list('?status=eaten')).toMatchObject({ status: 422, body: { code: 'invalid_input' } });
  });
});

describe('an order', () => {
  it('tells staff in full why a rule did not apply', async () => {
    gateway.on(orderRpc.get, async () => ok(order));
    gateway.on(orderRpc.list, async () => ok({ data: [order], nextCursor: null }));
    const explained = {
      ...order,
      considered: [
        { rule: 'tax_1', kind: 'tax', applied: true, amount: 21_665 },
        {
          rule: 'promo_1',
          kind: 'promotion',
          applied: false,
          reason: {
            code: 'below_minimum',
            tr: '₺15,00 tutarında uygun ürün daha eklenmeli',
            en: 'Matching goods worth TRY\u00a015.00 more are needed',
          },
        },
      ],
    };
    expect((await gateway.admin('GET', `/api/v1/admin/orders/${order.orderNo}`)).body).toEqual(explained);
    expect((await gateway.admin('GET', '/api/v1/admin/orders')).body).toMatchObject({ data: [explained] });
  });
});

describe('what staff change', () => {
  const patch = (headers: Record<string, string>) =>
    gateway.admin('PATCH', '/api/v1/admin/products/prod_1', { body: { tags: ['sale'] }, headers });

  it('is changed only in the version they saw', async () => {
    gateway.on(catalogRpc.updateProduct, async ({ expectedVersion }) =>
      expectedVersion === undefined || expectedVersion === 7
        ? ok({ ...product, version: 8 })
        : fail('precondition_failed'),
    );
    expect((await patch({})).headers.get('etag')).toBe('"8"');
    expect((await patch({ 'if-match': '"7"' })).status).toBe(200);
    expect((await patch({ 'if-match': '*' })).status).toBe(200);
    expect(await patch({ 'if-match': '"6"' })).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
    expect(await patch({ 'if-match': 'seven' })).toMatchObject({ status: 412, body: { code: 'precondition_failed' } });
  });

  it('is made with the shop’s currency, and says where it is', async () => {
    gateway.on(catalogRpc.createProduct, async () => ok(product));
    const body = { title: 'Shirt', variants: [{ sku: 'SHIRT-M', price: 129_990, stock: 5 }] };
    const reply = await gateway.admin('POST', '/api/v1/admin/products', { body });
    expect(reply.status).toBe(201);
    expect(reply.headers.get('location')).toBe('/api/v1/admin/products/prod_1');
    expect(lastOf(catalogRpc.createProduct)?.request).toMatchObject({
      defaultCurrency: 'TRY',
      product: { title: 'Shirt', status: 'active', variants: [{ sku: 'SHIRT-M', price: 129_990, stock: 5 }] },
    });
  });

  it('is deleted without a body', async () => {
    gateway.on(catalogRpc.deleteProduct, async ({ id }) => ok({ id }));
    expect(await gateway.admin('DELETE', '/api/v1/admin/products/prod_1')).toMatchObject({ status: 204, text: '' });
  });

  it('is stock: by a difference or a count, once for a key, also of a SKU with a slash', async () => {
    const item = {
      onHand: 5,
      reserved: 0,
      available: 5,
      backorder: false,
      lowStockAt: null,
      updatedAt: order.createdAt,
    };
    gateway.on(inventoryRpc.adjustStock, async ({ sku }) => ok({ sku, ...item }));
    const reply = await gateway.admin('POST', '/api/v1/admin/stock/A%2F1/adjust', {
      body: { delta: 5, reason: 'count' },
      headers: { 'idempotency-key': 'adjust-1' },
    });
    expect(reply.body).toMatchObject({ sku: 'A/1', available: 5 });
    expect(lastOf(inventoryRpc.adjustStock)?.request).toMatchObject({ sku: 'A/1', idempotencyKey: 'adjust-1' });
    const both = { delta: 5, count: 5, reason: 'count' };
    expect(await gateway.admin('POST', '/api/v1/admin/stock/A/adjust', { body: both })).toMatchObject({ status: 422 });
  });
});

describe('a preview of a price', () => {
  const preview = (body: unknown) => gateway.admin('POST', '/api/v1/admin/quotes/preview', { body });

  it('prices goods of the catalogue, and made-up lines', async () => {
    gateway.on(pricingRpc.quote, async () => ok(quote));
    const [variant] = product.variants;
    gateway.on(catalogRpc.resolveVariants, async ({ skus }) =>
      ok({
        variants: skus.includes('SHIRT-M')
          ? [
              {
                variantId: variant?.id ?? '',
                productId: product.id,
                sku: 'SHIRT-M',
                slug: product.slug,
                title: product.title,
                options: {},
                image: null,
                price: 129_990,
                listPrice: 129_990,
                currency: 'TRY',
                taxClass: 'standard',
                weightGrams: 250,
                requiresShipping: true,
                brandId: null,
                categoryIds: [],
                active: true,
              },
            ]
          : [],
      }),
    );
    const destination = { country: 'TR', region: '34' };
    expect((await preview({ items: [{ sku: 'SHIRT-M', quantity: 2 }], destination })).body).toEqual({
      ...quote,
      considered: [
        { rule: 'tax_1', kind: 'tax', applied: true, amount: 21_665 },
        {
          rule: 'ship_1',
          kind: 'shipping',
          applied: false,
          reason: { code: 'no_address', tr: 'Henüz teslimat adresi yok', en: 'There is no delivery address yet' },
        },
      ],
    });
    expect(lastOf(pricingRpc.quote)?.request).toMatchObject({
      currency: 'TRY',
      destination,
      lines: [{ lineId: 'line-1', sku: 'SHIRT-M', quantity: 2, unitPrice: 129_990, weightGrams: 250 }],
    });
    expect((await preview({ lines: [{ sku: 'X', quantity: 3, unitPrice: 100 }] })).status).toBe(200);
    expect(await preview({ items: [{ sku: 'GONE', quantity: 1 }] })).toMatchObject({
      status: 409,
      body: { code: 'item_unavailable', lines: [{ sku: 'GONE', quantity: 1 }] },
    });
    expect(await preview({})).toMatchObject({ status: 422 });
  });

  it('is for the buyer and the way to pay that are described, and for nobody when none is', async () => {
    gateway.on(pricingRpc.quote, async () => ok(quote));
    const lines = [{ sku: 'X', quantity: 3, unitPrice: 100 }];
    const buyer = {
      customerId: 'cus_1',
      email: 'ayse@example.com',
      customerGroups: ['wholesale'],
      firstOrder: true,
      company: true,
    };
    const chosen = {
      ...buyer,
      coupons: ['TEN'],
      extras: ['gift-wrap'],
      payment: { provider: 'sandbox', method: 'card', installments: 3 },
    };
    expect((await preview({ lines, ...chosen })).status).toBe(200);
    expect(lastOf(pricingRpc.quote)?.request).toMatchObject(chosen);
    expect((await preview({ lines })).status).toBe(200);
    expect(lastOf(pricingRpc.quote)?.request).toMatchObject({
      coupons: [],
      extras: [],
      payment: null,
      customerId: null,
      email: null,
      customerGroups: [],
      firstOrder: null,
      company: false,
    });
    expect(await preview({ lines, firstOrder: 'yes' })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'firstOrder' }] },
    });
    expect(await preview({ lines, payment: { provider: 'sandbox', method: 'card', installments: 37 } })).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'payment.installments' }] },
    });
  });
});

describe('a coupon', () => {
  const coupon = {
    id: 'coup_1',
    code: 'HOŞGELDİN',
    promotionId: 'promo_1',
    maxUses: 5,
    maxUsesPerCustomer: null,
    usedCount: 2,
    heldCount: 1,
    enabled: true,
    version: 3,
    createdAt: order.createdAt,
  };

  it('is read, changed and deleted by its id or its code', async () => {
    gateway.on(pricingRpc.getCoupon, async () => ok(coupon));
    gateway.on(pricingRpc.updateCoupon, async () => ok({ ...coupon, version: 4 }));
    gateway.on(pricingRpc.deleteCoupon, async () => ok({ id: coupon.id }));
    const path = `/api/v1/admin/coupons/${encodeURIComponent('hoşgeldin')}`;
    const read = await gateway.admin('GET', path);
    expect([read.status, read.headers.get('etag'), read.body]).toEqual([200, '"3"', coupon]);
    expect(lastOf(pricingRpc.getCoupon)?.request).toEqual({ id: 'hoşgeldin' });
    const changed = await gateway.admin('PATCH', path, { body: { maxUses: null }, headers: { 'if-match': '"3"' } });
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"4"']);
    expect(lastOf(pricingRpc.updateCoupon)?.request).toEqual({
      id: 'hoşgeldin',
      patch: { maxUses: null },
      expectedVersion: 3,
    });
    expect(await gateway.admin('DELETE', '/api/v1/admin/coupons/coup_1')).toMatchObject({ status: 204, text: '' });
    expect(lastOf(pricingRpc.deleteCoupon)?.request).toEqual({ id: 'coup_1' });
    expect(await gateway.admin('GET', `/api/v1/admin/coupons/${'x'.repeat(81)}`)).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
  });

  it('is made alone, or many at once of a promotion', async () => {
    gateway.on(pricingRpc.createCoupon, async () => ok(coupon));
    const made = await gateway.admin('POST', '/api/v1/admin/coupons', {
      body: { code: ' HOŞGELDİN ', promotionId: 'promo_1', maxUses: 5 },
      headers: { 'idempotency-key': 'coupon-1' },
    });
    expect([made.status, made.headers.get('location')]).toEqual([201, '/api/v1/admin/coupons/coup_1']);
    expect(lastOf(pricingRpc.createCoupon)?.request).toEqual({
      code: 'HOŞGELDİN',
      promotionId: 'promo_1',
      maxUses: 5,
      enabled: true,
      idempotencyKey: 'coupon-1',
    });
    gateway.on(pricingRpc.generateCoupons, async () => ok({ coupons: [coupon] }));
    const many = await gateway.admin('POST', '/api/v1/admin/promotions/promo_1/coupons', {
      body: { count: 1, prefix: 'YAZ-' },
    });
    expect(many).toMatchObject({ status: 201, body: { data: [coupon] } });
    expect(lastOf(pricingRpc.generateCoupons)?.request).toEqual({
      promotionId: 'promo_1',
      count: 1,
      prefix: 'YAZ-',
      length: 10,
      maxUses: 1,
      maxUsesPerCustomer: null,
    });
  });

  it('is listed for a promotion', async () => {
    gateway.on(pricingRpc.listCoupons, async () => ok({ data: [coupon], nextCursor: 'c2' }));
    expect((await gateway.admin('GET', '/api/v1/admin/coupons?promotionId=promo_1&limit=1')).body).toEqual({
      data: [coupon],
      page: { nextCursor: 'c2' },
    });
    expect(lastOf(pricingRpc.listCoupons)?.request).toEqual({ limit: 1, promotionId: 'promo_1' });
  });
});

describe('amounts of rules', () => {
  it('are in the currency of the shop when none is said', async () => {
    const made = fail('invalid_input', { errors: [{ path: 'value', code: 'value_out_of_range', message: 'no' }] });
    for (const rpc of [pricingRpc.createFeeRule, pricingRpc.createPromotion, pricingRpc.createInstallmentTable]) {
      gateway.on(rpc, async () => made);
    }
    const name = { tr: 'Ad', en: 'Name' };
    const replies = [
      await gateway.admin('POST', '/api/v1/admin/fee-rules', { body: { code: 'cod', name, amount: 100 } }),
      await gateway.admin('POST', '/api/v1/admin/promotions', { body: { name, kind: 'fixed', value: 100 } }),
      await gateway.admin('POST', '/api/v1/admin/installment-tables', {
        body: { provider: 'sandbox', rows: [{ installments: 2, rate: 100 }] },
      }),
    ];
    for (const reply of replies) {
      expect(reply).toMatchObject({ status: 422, body: { code: 'invalid_input', errors: [{ path: 'value' }] } });
    }
    expect(lastOf(pricingRpc.createFeeRule)?.request).toMatchObject({
      defaultCurrency: 'TRY',
      rule: { code: 'cod', amount: 100, when: {}, optional: false, refundable: true, enabled: true },
    });
    expect(lastOf(pricingRpc.createPromotion)?.request).toMatchObject({
      defaultCurrency: 'TRY',
      promotion: { kind: 'fixed', value: 100, automatic: false, stackable: false },
    });
    expect(lastOf(pricingRpc.createInstallmentTable)?.request).toMatchObject({
      defaultCurrency: 'TRY',
      table: { provider: 'sandbox', enabled: true },
    });
  });
});

describe('an import', () => {
  const csv = { 'content-type': 'text/csv; charset=utf-8' };
  const report = {
    importId: 'imp_1',
    rows: 1,
    products: { created: 1, updated: 0, unchanged: 0 },
    variants: { created: 1, updated: 0, unchanged: 0 },
    images: 0,
    failed: 0,
    problems: [],
  };

  it('passes the file on in parts that add up to it, letters unbroken', async () => {
    const parts: string[] = [];
    gateway.on(catalogRpc.startImport, async () => ok({ importId: 'imp_1' }));
    gateway.on(catalogRpc.appendImport, async ({ part, text }) => {
      parts[part] = text;
      return ok({});
    });
    gateway.on(catalogRpc.runImport, async () => ok(report));
    const file = `Handle,Title\n${'😀'.repeat(100_000)}${'gömlek,"Şık ₺ gömlek"\n'.repeat(30_000)}`;
    const reply = await gateway.admin('POST', '/api/v1/admin/imports/products', { body: file, headers: csv });
    expect(reply).toMatchObject({ status: 200, body: report });
    expect(parts.length).toBeGreaterThan(4);
    expect(parts.join('') === file).toBe(true);
  });

  it('is refused when its letters are not UTF-8', async () => {
    gateway.on(catalogRpc.startImport, async () => ok({ importId: 'imp_1' }));
    gateway.on(catalogRpc.appendImport, async () => ok({}));
    gateway.on(catalogRpc.runImport, async () => ok(report));
    const send = async (bytes: Buffer<ArrayBuffer>) => {
      const headers = { authorization: `Bearer ${ALL}`, ...csv };
      const response = await fetch(`${gateway.url}/api/v1/admin/imports/products`, {
        method: 'POST',
        headers,
        body: bytes,
      });
      return { status: response.status, body: await response.json() };
    };
    for (const end of [Buffer.from([0x61, 0xfe, 0x6b]), Buffer.from('ş').subarray(0, 1), Buffer.from([0xff, 0xfe])]) {
      expect(await send(Buffer.concat([Buffer.from('Handle,Title\na,'), end]))).toMatchObject({
        status: 422,
        body: { code: 'invalid_input', errors: [{ path: 'file', code: 'not_utf8' }] },
      });
    }
    expect(await send(Buffer.from('Handle,Title\na,şık'))).toMatchObject({ status: 200 });
  });

  it('is refused when it is too large or no CSV', async () => {
    const large = 'x'.repeat(11 * 1_024 * 1_024);
    const send = (body: unknown, headers: Record<string, string>) =>
      gateway.admin('POST', '/api/v1/admin/imports/products', { body, headers });
    expect(await send(large, csv)).toMatchObject({ status: 413, body: { code: 'payload_too_large' } });
    const unannounced = await fetch(`${gateway.url}/api/v1/admin/imports/products`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ALL}`, ...csv },
      body: ReadableStream.from([Buffer.from(large)]),
      duplex: 'half',
    });
    expect(unannounced.status).toBe(413);
    expect(await send({}, {})).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
    expect(await send(undefined, {})).toMatchObject({ status: 415 });
  });
});
