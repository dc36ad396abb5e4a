import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ERRORS } from '@kervan/contracts';
import { eventually, hashContent, startStack, type Stack } from '@kervan/testing';
import fc from 'fast-check';
import {
  addProduct,
  ADDRESS,
  checkout,
  checkoutBody,
  codeOf,
  fillCart,
  newKey,
  openShop,
  readOrder,
  type Reply,
  send,
  type Shop,
} from '@kervan/testing/shop';

let stack: Stack;
let shop: Shop;

beforeAll(async () => {
  stack = await startStack();
  shop = await openShop(stack);
}, 120_000);
afterAll(async () => {
  await stack.stop();
}, 60_000);

const expectRefused = (reply: Reply): void => {
  const code = codeOf(reply);
  expect({ status: reply.status, code }).toEqual({ status: expect.any(Number), code: expect.any(String) });
  expect(reply.status).toBeGreaterThanOrEqual(400);
  expect(reply.status).toBeLessThan(500);
  expect(Object.keys(ERRORS)).toContain(code);
};

/** Written for refused calls, too: that a key was seen, when an API key was used last. */
const BESIDES = [
  'order_svc.idempotency_claims',
  'order_svc.idempotency_outcomes',
  'order_svc.idempotency_keys',
  'account_svc.tenants',
];

/** What lies in the databases once nothing moves any more. */
const quiet = async (): Promise<Record<string, string>> => {
  const look = () => hashContent(stack.backends.mongo.uri, BESIDES);
  return eventually(
    async () => {
      const first = await look();
      await wait(1_500);
      const second = await look();
      expect(second).toEqual(first);
      return second;
    },
    { withinMs: 20_000 },
  );
};

/** Values no field of ours takes: operators of the database, wrong types, numbers at the edges. */
const nonsense = fc.oneof(
  fc.constant({ $gt: '' }),
  fc.constant({ $where: 'sleep(1000)' }),
  fc.constant([]),
  fc.constant({}),
  fc.constant(true),
  fc.constant(-1),
  fc.constant(1.5),
  fc.constant(1e308),
  fc.constant('\u0000'),
  fc.constant('x'.repeat(6_000)),
  fc.constant([{ $ne: null }]),
);

describe('a body with something wrong in it', () => {
  it('is refused with a stable code and writes nothing, whatever the field', async () => {
    const { variantId } = await addProduct(shop, { stock: 10 });
    const cart = await fillCart(shop, [{ variantId }]);
    const { order } = await checkout(shop, (await fillCart(shop, [{ variantId }])).id);
    const bodies: [string, 'POST' | 'PATCH', Record<string, unknown>][] = [
      ['/carts', 'POST', { currency: 'TRY', email: 'a@b.co', items: [{ variantId, quantity: 1 }] }],
      [`/carts/${cart.id}/items`, 'POST', { variantId, quantity: 1 }],
      [`/carts/${cart.id}/items/${cart.items[0]?.lineId ?? ''}`, 'PATCH', { quantity: 3 }],
      [`/carts/${cart.id}`, 'PATCH', { email: 'a@b.co', shippingAddress: ADDRESS, payment: { provider: 'sandbox' } }],
      [`/carts/${cart.id}/coupons`, 'POST', { code: 'TEN' }],
      ['/checkout', 'POST', { ...checkoutBody(cart.id), expectedTotal: 1, note: 'please', billingAddress: ADDRESS }],
      [`/checkout/${order.orderNo}/payment`, 'POST', { payment: { provider: 'sandbox', method: 'card' } }],
      [`/orders/track/${order.orderNo}/verify`, 'POST', { email: 'a@b.co' }],
    ];
    const before = await quiet();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...bodies), fc.nat(10), nonsense, async ([path, method, body], pick, value) => {
        const fields = Object.keys(body);
        const field = fields[pick % fields.length] ?? '';
        // An empty list of goods makes an empty cart.
        fc.pre(field !== 'items' || !Array.isArray(value) || value.length > 0);
        const sent = { method, body: { ...body, [field]: value }, headers: { 'idempotency-key': newKey() } };
        expectRefused(await shop.buyer(path, sent));
        const unknown = { ...sent, body: { ...body, [`${field}Too`]: value } };
        expectRefused(await shop.buyer(path, unknown));
      }),
      { numRuns: 200 },
    );
    expect(await quiet()).toEqual(before);
  }, 120_000);

  it('is refused when a field is unknown, the JSON is broken or the type is another', async () => {
    const cart = await fillCart(shop, []);
    const post = (body: unknown, headers: Record<string, string> = {}) =>
      shop.buyer(`/carts/${cart.id}/items`, { method: 'POST', body, headers });
    expect(codeOf(await post({ variantId: 'var_1', quantity: 1, price: 1 }))).toBe('invalid_input');
    expect(codeOf(await post('{"variantId":', { 'content-type': 'application/json' }))).toBe('malformed_json');
    expect(codeOf(await post('variantId=1', { 'content-type': 'application/x-www-form-urlencoded' }))).toBe(
      'unsupported_media_type',
    );
    expectRefused(await post('{"__proto__":{"admin":true}}', { 'content-type': 'application/json' }));
    expect(codeOf(await post({ variantId: 'x'.repeat(300_000) }))).toBe('payload_too_large');
  });

  it('is refused when a path or a query is nonsense', async () => {
    for (const path of [
      '/carts/%00',
      '/carts/..%2f..',
      '/carts/$gt',
      `/carts/${'x'.repeat(2_000)}`,
      '/nothing',
      '/orders/track/%7B%22%24gt%22%3A%22%22%7D',
      '/products?limit=0',
      '/products?limit=abc',
      '/products?cursor=zzz',
    ]) {
      expectRefused(await shop.buyer(path));
    }
    for (const path of [
      '/admin/orders?status=paid',
      '/admin/orders?cursor=%7B%7D',
      '/admin/stock?limit=101',
      '/admin/orders/%24ne',
    ]) {
      expectRefused(await shop.staff(path));
    }
  });
});

describe('another shop’s things', () => {
  it('are not there: the same answer as for made-up ids', async () => {
    const other = await openShop(stack);
    const { sku, variantId, productId } = await addProduct(other, { stock: 10 });
    const cart = await fillCart(other, [{ variantId }]);
    const { order } = await checkout(other, cart.id);
    const stored = await readOrder(other, order.orderNo);
    const pairs: [string, string][] = [
      [`/carts/${cart.id}`, '/carts/cart_00000000000000000000000000'],
      [`/orders/track/${order.orderNo}`, '/orders/track/0000-0000-0000'],
    ];
    for (const [theirs, madeUp] of pairs) {
      const [left, right] = [await shop.buyer(theirs), await shop.buyer(madeUp)];
      expect([left.status, codeOf(left)]).toEqual([right.status, codeOf(right)]);
      expect(left.status).toBe(404);
    }
    const admin: [string, string][] = [
      [`/admin/orders/${order.orderNo}`, '/admin/orders/0000-0000-0000'],
      [`/admin/products/${productId}`, '/admin/products/prod_0'],
      [`/admin/stock/${sku}/ledger`, '/admin/stock/NOT-THERE/ledger'],
    ];
    for (const [theirs, madeUp] of admin) {
      const [left, right] = [await shop.staff(theirs), await shop.staff(madeUp)];
      expect([left.status, codeOf(left)]).toEqual([right.status, codeOf(right)]);
    }
    expect(
      (await shop.buyer(`/carts/${cart.id}/items`, { method: 'POST', body: { variantId, quantity: 1 } })).status,
    ).toBe(404);
    const reservations = await shop.staff(`/admin/reservations?orderId=${stored.id}`);
    expect(reservations.body).toMatchObject({ data: [] });
    const mine = await fillCart(shop, []);
    expect(
      codeOf(await shop.buyer(`/carts/${mine.id}/items`, { method: 'POST', body: { variantId, quantity: 1 } })),
    ).toBe('item_unavailable');
  });

  it('cannot be reached with one shop’s key and another’s name', async () => {
    const other = await openShop(stack);
    const reply = await shop.staff('/admin/orders', { headers: { 'x-tenant': other.tenant } });
    expect([reply.status, codeOf(reply)]).toEqual([403, 'tenant_mismatch']);
    const unknown = await send(`${stack.gateway}/api/v1/products`, { headers: { 'x-tenant': 'nobody' } });
    expect([unknown.status, codeOf(unknown)]).toEqual([404, 'tenant_not_found']);
    const anonymous = await shop.buyer('/admin/orders');
    expect([anonymous.status, codeOf(anonymous)]).toEqual([401, 'unauthorized']);
  });
});
