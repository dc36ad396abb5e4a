import { randomBytes } from 'node:crypto';
import { Payment, Reservation, StaffsOrderView, StockItem } from '@kervan/contracts';
import { eventually } from '../eventually.ts';
import type { Stack } from '../stack/stack.ts';
import { z } from 'zod';
import { expectReply, send, type Reply, type Send } from './http.ts';

const WithId = z.looseObject({ id: z.string() });
const Made = z.looseObject({ slug: z.string(), apiKey: z.string() });
const Money = z.object({ amount: z.number(), currency: z.string(), formatted: z.string() });
const Product = z.looseObject({
  id: z.string(),
  variants: z.array(z.looseObject({ id: z.string(), sku: z.string() })),
});
const Cart = z.looseObject({
  id: z.string(),
  status: z.string(),
  items: z.array(z.looseObject({ lineId: z.string(), sku: z.string(), quantity: z.number() })),
  quote: z.looseObject({ total: Money, subtotal: Money }),
});
export type CartReply = z.infer<typeof Cart>;
const Checkout = z.looseObject({
  order: z.looseObject({
    orderNo: z.string(),
    status: z.string(),
    amount: z.number(),
    currency: z.string(),
    reservedUntil: z.string().nullable(),
  }),
  payment: z.looseObject({ provider: z.string().nullable(), clientSecret: z.string().nullable(), status: z.string() }),
});
export type CheckoutReply = z.infer<typeof Checkout>;
const Tracking = z.looseObject({ status: z.string(), paymentStatus: z.string() });

/** An address in Turkey, as a storefront sends it. */
export const ADDRESS = {
  firstName: 'Ayşe',
  lastName: 'Yılmaz',
  phone: '+905301112233',
  line1: 'Bağdat Cd. 12/3',
  line2: null,
  district: 'Kadıköy',
  city: 'İstanbul',
  region: '34',
  postalCode: '34710',
  country: 'TR',
};
/** Numbers of the sandbox's test cards. */
export const CARDS = {
  succeeds: '4242424242424242',
  declined: '4000000000000002',
  insufficientFunds: '4000000000009995',
  asks: '4000000000003220',
  slow: '4000000000000077',
  silent: '4000000000000259',
} as const;

/** Where a running system answers, and with which key tenants are made there. */
export type Place = Pick<Stack, 'gateway' | 'payments' | 'platformKey'>;

/** A shop of a running stack, and everything its buyers and its staff do over HTTP. */
export type Shop = {
  tenant: string;
  apiKey: string;
  place: Place;
  /** A storefront's request below `/api/v1`. */
  buyer: (path: string, options?: Send) => Promise<Reply>;
  /** The same with the shop's key. */
  staff: (path: string, options?: Send) => Promise<Reply>;
};

const slug = (): string => `shop-${randomBytes(5).toString('hex')}`;

/** A new tenant with Turkish tax, two shipping methods and the sandbox, as `npm start` makes its demo. */
export const openShop = async (place: Place): Promise<Shop> => {
  const tenant = slug();
  const api = `${place.gateway}/api/v1`;
  const made = await send(`${api}/platform/tenants`, {
    method: 'POST',
    headers: { authorization: `Bearer ${place.platformKey}` },
    body: {
      slug: tenant,
      name: 'A shop',
      hosts: [],
      defaultCurrency: 'TRY',
      languages: ['tr', 'en'],
      defaultLanguage: 'tr',
    },
  });
  const { apiKey } = expectReply(made, 201, Made);
  const shop: Shop = {
    tenant,
    apiKey,
    place,
    buyer: (path, options = {}) =>
      send(`${api}${path}`, { ...options, headers: { 'x-tenant': tenant, ...options.headers } }),
    staff: (path, options = {}) =>
      send(`${api}${path}`, { ...options, headers: { authorization: `Bearer ${apiKey}`, ...options.headers } }),
  };
  const zone = await create(shop, '/admin/geozones', { name: 'Turkey', includes: [{ country: 'TR' }] });
  for (const [taxClass, rate] of Object.entries({ standard: 2_000, reduced: 1_000 })) {
    await create(shop, '/admin/tax-rates', {
      geozoneId: zone,
      taxClass,
      rate,
      included: true,
      name: { tr: `KDV ${rate / 100}`, en: `VAT ${rate / 100}` },
    });
  }
  const method = { name: { tr: 'Standart', en: 'Standard' }, minDays: 1, maxDays: 3, taxClass: 'standard' };
  const bands = [
    { from: 0, to: 5_000, amount: 4_990 },
    { from: 5_000, amount: 9_990 },
  ];
  await create(shop, '/admin/shipping-methods', {
    ...method,
    code: 'standard',
    rates: [{ geozoneId: zone, basis: 'weight', bands, freeFrom: 75_000 }],
  });
  await create(shop, '/admin/payment-providers', { provider: 'sandbox' });
  return shop;
};

/** Makes something through the admin API; its id. */
export const create = async (shop: Shop, path: string, body: unknown): Promise<string> =>
  expectReply(await shop.staff(path, { method: 'POST', body }), 201, WithId).id;

/** A product with one variant of its own SKU, at a price in kuruş, with so many pieces on hand. */
export const addProduct = async (
  shop: Shop,
  options: { stock: number; price?: number },
): Promise<{ sku: string; variantId: string; productId: string }> => {
  const sku = `SKU-${randomBytes(5).toString('hex').toUpperCase()}`;
  const body = {
    title: `Product ${sku}`,
    variants: [{ sku, price: options.price ?? 12_990, weightGrams: 300, stock: options.stock }],
  };
  const product = expectReply(await shop.staff('/admin/products', { method: 'POST', body }), 201, Product);
  await eventually(async () => {
    if ((await stockOf(shop, sku)).onHand !== options.stock) throw new Error(`no stock of ${sku} yet`);
  });
  return { sku, variantId: product.variants[0]?.id ?? '', productId: product.id };
};

const underKey = (key: string | undefined): Pick<Send, 'headers'> =>
  key === undefined ? {} : { headers: { 'idempotency-key': key } };

/** Asks for a new cart, under a key if one is given; the reply as it is. */
export const tryCart = (shop: Shop, key?: string): Promise<Reply> =>
  shop.buyer('/carts', { method: 'POST', body: {}, ...underKey(key) });

/** Asks for goods to be put into a cart, one piece unless told; the reply as it is. */
export const tryAdd = (
  shop: Shop,
  cartId: string,
  { variantId, quantity = 1 }: { variantId: string; quantity?: number },
  key?: string,
): Promise<Reply> =>
  shop.buyer(`/carts/${cartId}/items`, { method: 'POST', body: { variantId, quantity }, ...underKey(key) });

/** Asks for a coupon to count for a cart; the reply as it is. */
export const tryCoupon = (shop: Shop, cartId: string, code: string): Promise<Reply> =>
  shop.buyer(`/carts/${cartId}/coupons`, { method: 'POST', body: { code } });

/** A cart with these goods. */
export const fillCart = async (
  shop: Shop,
  goods: readonly { variantId: string; quantity?: number }[],
): Promise<CartReply> => {
  let cart = expectCart(await tryCart(shop), 201);
  for (const each of goods) cart = expectCart(await tryAdd(shop, cart.id, each), 200);
  return cart;
};

/** The cart of an answer that must have succeeded. */
export const expectCart = (reply: Reply, status: number): CartReply => expectReply(reply, status, Cart);

/** The cart as its buyer sees it. */
export const readCart = async (shop: Shop, cartId: string): Promise<CartReply> =>
  expectReply(await shop.buyer(`/carts/${cartId}`), 200, Cart);

/** Everything a checkout needs in its body. */
export const checkoutBody = (cartId: string, provider = 'sandbox') => ({
  cartId,
  email: 'ayse@example.com',
  shippingAddress: ADDRESS,
  shippingMethod: 'standard',
  payment: { provider, method: 'card', returnUrl: 'https://shop.example/thanks' },
});

/** An idempotency key nobody has used. */
export const newKey = (): string => randomBytes(12).toString('hex');

type CheckoutOptions = { key?: string; provider?: string; expectedTotal?: number; patienceMs?: number };

/** Asks for a checkout under a key (a new one unless given); the reply as it is. */
export const tryCheckout = (
  shop: Shop,
  cartId: string,
  { key = newKey(), provider, patienceMs, ...more }: CheckoutOptions = {},
): Promise<Reply> =>
  shop.buyer('/checkout', {
    method: 'POST',
    ...(patienceMs === undefined ? {} : { patienceMs }),
    headers: { 'idempotency-key': key },
    body: { ...checkoutBody(cartId, provider), ...more },
  });

/** A checkout that must succeed. */
export const checkout = async (shop: Shop, cartId: string, options: CheckoutOptions = {}): Promise<CheckoutReply> =>
  readCheckout(await tryCheckout(shop, cartId, options));

/** The answer of a checkout that must have succeeded. */
export const readCheckout = (reply: Reply, status = 201): CheckoutReply => expectReply(reply, status, Checkout);

/** Asks for another attempt to pay an order, or another provider, under a key; the reply as it is. */
export const tryPayment = (shop: Shop, orderNo: string, provider: string, key = newKey()): Promise<Reply> =>
  shop.buyer(`/checkout/${orderNo}/payment`, {
    method: 'POST',
    headers: { 'idempotency-key': key },
    body: { payment: { provider, method: 'card' } },
  });

/** The buyer gives an order up; the reply as it is. */
export const tryCancel = (shop: Shop, orderNo: string): Promise<Reply> =>
  shop.buyer(`/checkout/${orderNo}/cancel`, { method: 'POST' });

/** The buyer's payment page: pays a sandbox intent with a card, or passes or fails the bank's step. */
export const pay = (
  shop: Shop,
  clientSecret: string,
  number: string = CARDS.succeeds,
  patienceMs = 10_000,
): Promise<Reply> =>
  send(`${shop.place.payments}/sandbox/confirm`, {
    method: 'POST',
    patienceMs,
    body: { clientSecret, card: { number, expMonth: 12, expYear: 2035, cvc: '123' } },
  });
export const answerStep = (
  shop: Shop,
  clientSecret: string,
  step: 'pass' | 'fail',
  patienceMs = 10_000,
): Promise<Reply> =>
  send(`${shop.place.payments}/sandbox/confirm`, { method: 'POST', patienceMs, body: { clientSecret, step } });

/** How the order stands, as anyone with its number sees it. */
export const track = async (shop: Shop, orderNo: string) =>
  expectReply(await shop.buyer(`/orders/track/${orderNo}`), 200, Tracking);

/** Waits until the order has this status. */
export const untilOrder = (shop: Shop, orderNo: string, status: string, withinMs = 15_000): Promise<void> =>
  eventually(
    async () => {
      const found = (await track(shop, orderNo)).status;
      if (found !== status) throw new Error(`order ${orderNo} is ${found}, not ${status}`);
    },
    { withinMs },
  );

/** The whole order, as staff see it. */
export const readOrder = async (shop: Shop, orderNo: string) =>
  expectReply(await shop.staff(`/admin/orders/${orderNo}`), 200, StaffsOrderView);

const ListOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ data: z.array(item), page: z.object({ nextCursor: z.string().nullable() }) });

/** All items of an admin list, page by page. */
export const listAll = async <Item extends z.ZodType>(
  shop: Shop,
  path: string,
  item: Item,
): Promise<z.output<Item>[]> => {
  const items: z.output<Item>[] = [];
  let cursor: string | null = null;
  do {
    const query: string = `${path.includes('?') ? '&' : '?'}limit=100${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const page: { data: z.output<Item>[]; page: { nextCursor: string | null } } = expectReply(
      await shop.staff(`${path}${query}`),
      200,
      ListOf(item),
    );
    items.push(...page.data);
    cursor = page.page.nextCursor;
  } while (cursor !== null);
  return items;
};

export const listOrders = (shop: Shop, filter = '') => listAll(shop, `/admin/orders${filter}`, StaffsOrderView);
export const listPayments = (shop: Shop, filter = '') => listAll(shop, `/admin/payments${filter}`, Payment);
export const listReservations = (shop: Shop, filter = '') => listAll(shop, `/admin/reservations${filter}`, Reservation);

/** The stock of one SKU. */
export const stockOf = async (shop: Shop, sku: string) => {
  const [item] = await listAll(shop, `/admin/stock?sku=${encodeURIComponent(sku)}`, StockItem);
  if (item === undefined) throw new Error(`no stock of ${sku}`);
  return item;
};

/** Waits until the stock of a SKU stands at these numbers. */
export const untilStock = (
  shop: Shop,
  sku: string,
  numbers: { onHand: number; reserved: number },
  withinMs = 15_000,
): Promise<void> =>
  eventually(
    async () => {
      const { onHand, reserved } = await stockOf(shop, sku);
      if (onHand !== numbers.onHand || reserved !== numbers.reserved)
        throw new Error(`${sku} stands at ${onHand}/${reserved}`);
    },
    { withinMs },
  );
