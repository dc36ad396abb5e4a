import { randomBytes } from 'node:crypto';
import { DeadLetter, Payment, Product, Redemption, WebhookEvent } from '@kervan/contracts';
import { eventually, type Nats, publishPoison } from '@kervan/testing';
import { z } from 'zod';
import {
  ADDRESS,
  create,
  expectCart,
  expectReply,
  listAll,
  listReservations,
  pay,
  readCheckout,
  readOrder,
  type Shop,
  tryCoupon,
  untilOrder,
} from '@kervan/testing/shop';

/** The id of one thing of every kind that a shop has. */
export type Belongings = {
  cartId: string;
  lineId: string;
  productId: string;
  slug: string;
  variantId: string;
  sku: string;
  brandId: string;
  geozoneId: string;
  taxRateId: string;
  shippingMethodId: string;
  feeRuleId: string;
  promotionId: string;
  couponId: string;
  installmentTableId: string;
  providerId: string;
  apiKeyId: string;
  orderNo: string;
  orderId: string;
  orderCartId: string;
  email: string;
  paymentId: string;
  webhookEventId: string;
  deadLetterId: string;
};

/** A word that stands nowhere else. */
export const word = (): string => randomBytes(6).toString('hex');

/** The same of letters alone. */
const letters = (): string => word().replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)] ?? '');

const WithId = z.looseObject({ id: z.string() });

/** An event of the shop that nobody can read; the id of the letter it ends as. */
const provokeDeadLetter = async (shop: Shop, nats: Nats): Promise<string> => {
  const subject = await publishPoison({ natsUrl: nats.url, seeds: nats.seeds }, shop.tenant);
  return eventually(async () => {
    const letter = (await listAll(shop, '/admin/dead-letters', DeadLetter)).find((each) => each.subject === subject);
    if (letter === undefined) throw new Error('no dead letter yet');
    return letter.id;
  });
};

/** Makes one thing of every kind in a shop: also an order that is paid, and an event that could not be handled. */
export const furnish = async (shop: Shop, nats: Nats): Promise<Belongings> => {
  const brandId = await create(shop, '/admin/brands', { name: `Brand ${word()}` });
  const variants = [{ sku: `SKU-${word()}`, price: 12_990, weightGrams: 300, stock: 50 }];
  const made = await shop.staff('/admin/products', { method: 'POST', body: { title: word(), brandId, variants } });
  const product = expectReply(made, 201, Product);
  const [{ id: variantId, sku } = { id: '', sku: '' }] = product.variants;
  const apiKeyId = await create(shop, '/admin/api-keys', { name: word(), permissions: ['orders:read'] });
  const [geozone, taxRate, shippingMethod, provider] = await Promise.all(
    ['geozones', 'tax-rates', 'shipping-methods', 'payment-providers'].map((kind) =>
      listAll(shop, `/admin/${kind}`, WithId),
    ),
  );

  // None of them touches the price of a cart whose buyer does not ask for it.
  const feeRuleId = await create(shop, '/admin/fee-rules', feeRule());
  const promotionId = await create(shop, '/admin/promotions', promotion());
  const code = word();
  const couponId = await create(shop, '/admin/coupons', { code, promotionId });
  const installmentTableId = await create(shop, '/admin/installment-tables', installmentTable());

  const email = `${word()}@example.com`;
  const newCart = async () =>
    expectCart(
      await shop.buyer('/carts', { method: 'POST', body: { email, items: [{ variantId, quantity: 1 }] } }),
      201,
    );
  const [cart, orderCart] = [await newCart(), await newCart()];
  expectCart(await tryCoupon(shop, orderCart.id, code), 200);
  const ordered = await shop.buyer('/checkout', {
    method: 'POST',
    headers: { 'idempotency-key': word() },
    body: {
      cartId: orderCart.id,
      email,
      shippingAddress: ADDRESS,
      shippingMethod: 'standard',
      payment: { provider: 'sandbox', method: 'card' },
    },
  });
  const { order, payment } = readCheckout(ordered);
  await pay(shop, payment.clientSecret ?? '');
  await untilOrder(shop, order.orderNo, 'confirmed');
  const { id: orderId } = await readOrder(shop, order.orderNo);
  const [paid] = await listAll(shop, `/admin/payments?orderId=${orderId}`, Payment);
  // Until all that follows from the payment has come to rest.
  const webhookEventId = await eventually(async () => {
    const [event] = await listAll(shop, '/admin/webhook-events', WebhookEvent);
    const [reservation] = await listReservations(shop, `?orderId=${orderId}`);
    const [redemption] = await listAll(shop, `/admin/coupon-redemptions?orderId=${orderId}`, Redemption);
    if (event?.status !== 'handled' || reservation?.status !== 'committed' || redemption?.status !== 'redeemed')
      throw new Error('not there yet');
    return event.id;
  });
  return {
    cartId: cart.id,
    lineId: cart.items[0]?.lineId ?? '',
    productId: product.id,
    slug: product.slug,
    variantId,
    sku,
    brandId,
    geozoneId: geozone?.[0]?.id ?? '',
    taxRateId: taxRate?.[0]?.id ?? '',
    shippingMethodId: shippingMethod?.[0]?.id ?? '',
    feeRuleId,
    promotionId,
    couponId,
    installmentTableId,
    providerId: provider?.[0]?.id ?? '',
    apiKeyId,
    orderNo: order.orderNo,
    orderId,
    orderCartId: orderCart.id,
    email,
    paymentId: paid?.id ?? '',
    webhookEventId,
    deadLetterId: await provokeDeadLetter(shop, nats),
  };
};

/** Ids that look right and belong to nothing. */
export const madeUp = (): Belongings => {
  const id = (prefix: string) => `${prefix}_${word()}${word()}00`;
  return {
    cartId: id('cart'),
    lineId: id('line'),
    productId: id('prod'),
    slug: word(),
    variantId: id('var'),
    sku: `SKU-${word()}`,
    brandId: id('brand'),
    geozoneId: id('zone'),
    taxRateId: id('tax'),
    shippingMethodId: id('ship'),
    feeRuleId: id('fee'),
    promotionId: id('promo'),
    couponId: id('coup'),
    installmentTableId: id('inst'),
    providerId: id('pprov'),
    apiKeyId: id('key'),
    orderNo: '7K3M-9QX2-TB4F',
    orderId: id('ord'),
    orderCartId: id('cart'),
    email: `${word()}@example.com`,
    paymentId: id('pay'),
    webhookEventId: id('whe'),
    deadLetterId: `letter_order_${Number.parseInt(word(), 16)}`,
  };
};

/** Which of a shop's things a path parameter names; `id` depends on the word before it. */
const PARAMETERS: Readonly<Record<string, keyof Belongings>> = {
  cartId: 'cartId',
  lineId: 'lineId',
  variantId: 'variantId',
  orderNo: 'orderNo',
  sku: 'sku',
  slug: 'slug',
  'products/id': 'productId',
  'brands/id': 'brandId',
  'geozones/id': 'geozoneId',
  'tax-rates/id': 'taxRateId',
  'shipping-methods/id': 'shippingMethodId',
  'fee-rules/id': 'feeRuleId',
  'promotions/id': 'promotionId',
  'coupons/id': 'couponId',
  'installment-tables/id': 'installmentTableId',
  'payment-providers/id': 'providerId',
  'payments/id': 'paymentId',
  'webhook-events/id': 'webhookEventId',
  'dead-letters/id': 'deadLetterId',
  'api-keys/id': 'apiKeyId',
};
/** Which of a shop's things a filter of a list names. */
const FILTERS: Readonly<Record<string, keyof Belongings>> = {
  sku: 'sku',
  brand: 'brandId',
  promotionId: 'promotionId',
  couponId: 'couponId',
  orderId: 'orderId',
  orderNo: 'orderNo',
  cartId: 'orderCartId',
  email: 'email',
  q: 'orderNo',
};
/** Filters that name nothing of anybody's. */
const PLAIN_FILTERS = new Set([
  'limit',
  'cursor',
  'sort',
  'status',
  'paymentStatus',
  'level',
  'from',
  'to',
  'tag',
  'type',
  'provider',
  'service',
  'minPrice',
  'maxPrice',
]);

/** The path of a route with a shop's things in it. An unknown parameter throws: then this file has to learn it. */
export const pathOf = (template: string, of: Belongings): string =>
  template.replace(/([\w-]+)\/\{(\w+)\}/g, (_, before: string, name: string) => {
    // A coupon's code names no thing of a cart's: any will do.
    if (name === 'code') return `${before}/NO-SUCH-COUPON`;
    const belonging = PARAMETERS[name === 'id' ? `${before}/id` : name];
    if (belonging === undefined) throw new Error(`which id is {${name}} of ${template}?`);
    return `${before}/${encodeURIComponent(of[belonging])}`;
  });

/** One query for every filter of a list that names one of a shop's things. An unknown filter throws. */
export const queriesOf = (parameters: readonly string[], of: Belongings): string[] =>
  parameters
    .filter((name) => !PLAIN_FILTERS.has(name))
    .map((name) => {
      const belonging = FILTERS[name];
      if (belonging === undefined) throw new Error(`which id does ?${name}= name?`);
      return `?${name}=${encodeURIComponent(of[belonging])}`;
    });

const rate = (of: Belongings) => ({
  geozoneId: of.geozoneId,
  basis: 'weight',
  bands: [
    { from: 0, to: 1_000, amount: 4_990 },
    { from: 1_000, amount: 9_990 },
  ],
  freeFrom: 75_000,
});
const payment = { provider: 'sandbox', method: 'card', returnUrl: 'https://shop.example/thanks', installments: 1 };
const variant = () => ({
  sku: `SKU-${word()}`,
  options: { Size: word() },
  price: 12_990,
  prices: [{ currency: 'EUR', amount: 390 }],
  weightGrams: 300,
  requiresShipping: true,
});
const product = (of: Belongings) => ({
  title: { tr: word(), en: word() },
  slug: word(),
  description: 'Cotton',
  brandId: of.brandId,
  tags: ['summer'],
  status: 'active',
  options: [],
  attributes: { material: 'cotton' },
  media: [{ url: 'https://a.example/shirt.png', alt: 'Shirt' }],
  seo: { title: 'Shirt' },
});
const feeRule = () => ({ code: word(), name: { tr: 'Paket', en: 'Wrap' }, amount: 500, optional: true });
const promotion = () => ({ name: word(), kind: 'percentage', value: 1_000, conditions: { minSubtotal: 100 } });
const installmentTable = () => ({ provider: letters(), rows: [{ installments: 3, rate: 300 }], minTotal: 10_000 });
let count = 0;

/** A right body of every route that takes one, of a shop's things; each time another one. */
export const BODIES: Readonly<Record<string, (of: Belongings) => Readonly<Record<string, unknown>>>> = {
  'POST /carts': (of) => ({
    currency: 'TRY',
    email: `${word()}@example.com`,
    items: [{ variantId: of.variantId, quantity: 1 }],
  }),
  'PATCH /carts/{cartId}': () => ({
    email: `${word()}@example.com`,
    shippingAddress: ADDRESS,
    shippingMethod: 'standard',
    payment,
    note: word(),
  }),
  'POST /carts/{cartId}/items': (of) => ({ variantId: of.variantId, quantity: 1 + (count++ % 9) }),
  'PATCH /carts/{cartId}/items/{lineId}': () => ({ quantity: 2 }),
  'POST /carts/{cartId}/coupons': () => ({ code: `NO-${word()}` }),
  'POST /checkout': (of) => ({
    cartId: of.cartId,
    email: of.email,
    shippingAddress: ADDRESS,
    shippingMethod: 'standard',
    payment,
  }),
  'POST /checkout/{orderNo}/payment': () => ({ payment }),
  'POST /orders/track/{orderNo}/verify': (of) => ({ email: of.email }),
  'POST /admin/products': (of) => ({ ...product(of), variants: [{ ...variant(), stock: 5 }] }),
  'PATCH /admin/products/{id}': (of) => product(of),
  'POST /admin/products/{id}/variants': () => ({ ...variant(), stock: 5 }),
  'PATCH /admin/products/{id}/variants/{variantId}': () => ({ title: word(), price: 13_990, barcode: '869' }),
  'POST /admin/brands': () => ({ name: word(), slug: word(), description: { tr: 'Deniz', en: 'Sea' } }),
  'PATCH /admin/brands/{id}': () => ({ name: word() }),
  'POST /admin/stock/{sku}/adjust': () => ({ delta: 1, reason: `receive ${word()}`, note: word(), lowStockAt: 2 }),
  'POST /admin/stock/recompute': (of) => ({ sku: of.sku, repair: false }),
  'POST /admin/geozones': () => ({
    name: word(),
    includes: [{ country: 'DE', postalCodes: ['10*'] }],
    excludes: [{ country: 'FR' }],
  }),
  'PATCH /admin/geozones/{id}': () => ({ name: word(), includes: [{ country: 'TR' }] }),
  'POST /admin/tax-rates': (of) => ({
    geozoneId: of.geozoneId,
    taxClass: word(),
    rate: 100,
    included: true,
    name: { tr: 'KDV', en: 'VAT' },
  }),
  'PATCH /admin/tax-rates/{id}': (of) => ({ geozoneId: of.geozoneId, rate: 1_900, priority: 1 }),
  'POST /admin/shipping-methods': (of) => ({
    code: word(),
    kind: 'express',
    name: word(),
    rates: [rate(of)],
    minDays: 1,
    maxDays: 3,
  }),
  'PATCH /admin/shipping-methods/{id}': (of) => ({ name: word(), rates: [rate(of)] }),
  'POST /admin/fee-rules': (of) => ({ ...feeRule(), when: { geozoneId: of.geozoneId, shippingMethod: 'standard' } }),
  'PATCH /admin/fee-rules/{id}': (of) => ({ name: word(), when: { geozoneId: of.geozoneId, minSubtotal: 100 } }),
  'POST /admin/promotions': promotion,
  'PATCH /admin/promotions/{id}': promotion,
  'POST /admin/promotions/{id}/coupons': () => ({ count: 2, prefix: `${word().toUpperCase()}-`, length: 8 }),
  'POST /admin/coupons': (of) => ({ code: word(), promotionId: of.promotionId, maxUses: 5 }),
  'PATCH /admin/coupons/{id}': (of) => ({ promotionId: of.promotionId, maxUses: 10 }),
  'POST /admin/installment-tables': installmentTable,
  'PATCH /admin/installment-tables/{id}': () => ({ rows: [{ installments: 6, rate: 600 }], minTotal: null }),
  'POST /admin/quotes/preview': (of) => ({
    currency: 'TRY',
    items: [{ sku: of.sku, quantity: 2 }],
    destination: { country: 'TR', region: '34' },
    shippingMethod: 'standard',
    payment: { provider: 'sandbox', method: 'card', installments: 3 },
    coupons: ['NO-SUCH-COUPON'],
    extras: ['none'],
    email: of.email,
    customerGroups: ['wholesale'],
    firstOrder: false,
    company: false,
  }),
  'POST /admin/payment-providers': () => ({
    provider: 'stripe',
    credentials: { secretKey: `sk_test_${word()}`, webhookSecret: `whsec_${word()}` },
    methods: ['card'],
    currencies: ['TRY'],
  }),
  'PATCH /admin/payment-providers/{id}': () => ({ displayName: { tr: 'Kart', en: 'Card' }, priority: 1 }),
  'POST /admin/api-keys': () => ({ name: word(), permissions: ['orders:read'] }),
  'POST /platform/tenants': () => ({
    slug: word(),
    name: word(),
    hosts: [`${word()}.example`],
    languages: ['tr', 'en'],
    settings: { orderPrefix: 'ABC' },
  }),
  'PATCH /platform/tenants/{slug}': () => ({ name: word(), settings: { corsOrigins: ['https://a.example'] } }),
};
