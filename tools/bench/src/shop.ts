import { Pool } from 'undici';
import { z } from 'zod';
import type { Stack } from './stack.ts';

const Variants = z.object({
  data: z.array(z.object({ variants: z.array(z.object({ id: z.string(), sku: z.string() })) })),
});
const CartAnswer = z.object({ id: z.string() });
const CheckoutAnswer = z.object({
  order: z.object({ orderNo: z.string() }),
  payment: z.object({ clientSecret: z.string() }),
});
const Tracked = z.object({ status: z.string() });

type Request = [method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown, headers?: Record<string, string>];

/** A storefront's connection to the gateway and to the payment page, kept open like a browser's. */
export type Shop = {
  request: (...request: Request) => Promise<unknown>;
  /**
   * The same, for an answer that nobody needs: it is received and not read. Else the garbage of a quarter of a megabyte an
   * answer would stop this process when it has to be collected, and count as the shop's time.
   */
  command: (...request: Request) => Promise<void>;
  pay: (clientSecret: string) => Promise<void>;
  close: () => Promise<void>;
};

/** Bytes up to which an answer is received to its end; the connection of a larger one is closed. */
const LARGEST_ANSWER = 16 * 1024 * 1024;

/** Opens as many connections as there are buyers. Answers that are not 2xx throw with their body's code. */
export const openShop = (stack: Stack, buyers: number): Shop => {
  const gateway = new Pool(stack.gateway, { connections: buyers, pipelining: 1 });
  const payments = new Pool(stack.payments, { connections: buyers, pipelining: 1 });
  const send = async (pool: Pool, ...[method, path, body, headers = {}]: Request) => {
    const answer = await pool.request({
      method,
      path,
      headers: {
        'x-tenant': stack.tenant,
        'accept-language': 'tr',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (answer.statusCode < 300) return answer.body;
    throw new Error(`${method} ${path}: ${answer.statusCode} ${(await answer.body.text()).slice(0, 200)}`);
  };
  return {
    request: async (...request) => (await send(gateway, ...request)).json(),
    command: async (...request) => (await send(gateway, ...request)).dump({ limit: LARGEST_ANSWER }),
    pay: async (clientSecret) => {
      const card = { number: '4242424242424242', expMonth: 12, expYear: 2035, cvc: '123' };
      await (await send(payments, 'POST', '/sandbox/confirm', { clientSecret, card })).json();
    },
    close: async () => {
      await Promise.all([gateway.close(), payments.close()]);
    },
  };
};

/** The variants of the first products, each with plenty of stock. */
export const stockUp = async (shop: Shop, stack: Stack): Promise<string[]> => {
  const { data } = Variants.parse(await shop.request('GET', '/api/v1/products?limit=20'));
  const variants = data.flatMap((product) => product.variants);
  for (const { sku } of variants) {
    const path = `/api/v1/admin/stock/${encodeURIComponent(sku)}/adjust`;
    await shop.request(
      'POST',
      path,
      { count: 9_000_000, reason: 'benchmark' },
      { authorization: `Bearer ${stack.apiKey}` },
    );
  }
  return variants.map(({ id }) => id);
};

/** An empty cart's id. */
export const newCart = async (shop: Shop): Promise<string> =>
  CartAnswer.parse(await shop.request('POST', '/api/v1/carts', {})).id;

/** A cart of another shop with a piece of each variant. */
export const fullCart = async (shop: Shop, variants: readonly string[], tenant: string): Promise<string> => {
  const items = variants.map((variantId) => ({ variantId, quantity: 1 }));
  return CartAnswer.parse(await shop.request('POST', '/api/v1/carts', { items }, { 'x-tenant': tenant })).id;
};

/** Puts one piece of a variant into a cart, of the stack's own shop or of another. */
export const addItem = (shop: Shop, cartId: string, variantId: string, tenant?: string): Promise<void> => {
  const headers = tenant === undefined ? {} : { 'x-tenant': tenant };
  return shop.command('POST', `/api/v1/carts/${cartId}/items`, { variantId, quantity: 1 }, headers);
};

/** Where to and how, and who. */
export const setDelivery = (shop: Shop, cartId: string): Promise<void> =>
  shop.command('PATCH', `/api/v1/carts/${cartId}`, {
    email: 'ayse@example.com',
    shippingMethod: 'standard',
    shippingAddress: {
      firstName: 'Ayşe',
      lastName: 'Yılmaz',
      phone: '+905301112233',
      line1: 'Bağdat Cd. 12/3',
      district: 'Kadıköy',
      city: 'İstanbul',
      region: '34',
      postalCode: '34710',
      country: 'TR',
    },
  });

/** Turns the cart into an order with a sandbox payment. */
export const checkout = async (shop: Shop, cartId: string): Promise<{ orderNo: string; clientSecret: string }> => {
  const body = { cartId, payment: { provider: 'sandbox', method: 'card' } };
  const answer = CheckoutAnswer.parse(
    await shop.request('POST', '/api/v1/checkout', body, { 'idempotency-key': `bench-${cartId}` }),
  );
  return { orderNo: answer.order.orderNo, clientSecret: answer.payment.clientSecret };
};

/** How the order stands, as its buyer sees it. */
export const orderStatus = async (shop: Shop, orderNo: string): Promise<string> =>
  Tracked.parse(await shop.request('GET', `/api/v1/orders/track/${orderNo}`)).status;
