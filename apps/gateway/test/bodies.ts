import { ADDRESS } from '@kervan/testing/shop';
import type { Route } from '../src/route.ts';

const payment = {
  provider: 'sandbox',
  method: 'card',
  returnUrl: 'https://shop.example/thanks',
  installments: 1,
};
const brand = {
  name: 'Deniz',
  slug: 'deniz',
  description: { tr: 'Deniz', en: 'Sea' },
  logo: 'https://a.example/l.png',
};
const variant = {
  sku: 'SHIRT-M',
  title: 'M',
  options: { Size: 'M' },
  price: 129_990,
  compareAtPrice: 149_990,
  currency: 'TRY',
  prices: [{ currency: 'EUR', amount: 3_990 }],
  barcode: '869',
  weightGrams: 250,
  requiresShipping: true,
};
const product = {
  title: { tr: 'Gömlek', en: 'Shirt' },
  slug: 'shirt',
  description: 'Cotton',
  brandId: 'brand_1',
  categoryIds: ['cat_1'],
  tags: ['summer'],
  status: 'active',
  options: [{ name: 'Size', values: ['M'] }],
  attributes: { material: 'cotton' },
  media: [{ url: 'https://a.example/shirt.png', alt: 'Shirt', position: 1 }],
  seo: { title: 'Shirt', description: null },
  taxClass: 'standard',
};
const geozone = {
  name: 'Turkey',
  includes: [{ country: 'TR', region: '34', postalCodes: ['34*'] }],
  excludes: [{ country: 'TR', region: '35' }],
};
const taxRate = {
  geozoneId: 'zone_1',
  taxClass: 'standard',
  rate: 2_000,
  included: true,
  compound: false,
  priority: 0,
  name: { tr: 'KDV', en: 'VAT' },
};
const shippingMethod = {
  code: 'standard',
  name: { tr: 'Standart', en: 'Standard' },
  description: 'By van',
  carrier: 'Van',
  currency: 'TRY',
  rates: [{ geozoneId: 'zone_1', basis: 'weight', bands: [{ from: 0, amount: 4_990 }], freeFrom: 75_000 }],
  taxClass: 'standard',
  minDays: 1,
  maxDays: 3,
  enabled: true,
};
const provider = {
  displayName: { tr: 'Kart', en: 'Card' },
  mode: 'test',
  credentials: { secretKey: 'sk_test_1' },
  methods: ['card'],
  currencies: ['TRY'],
  minAmount: 1,
  maxAmount: 1_000_000,
  capture: 'automatic',
  priority: 0,
  enabled: true,
};
const tenantFacts = {
  name: 'Shop',
  hosts: ['shop.example'],
  defaultCurrency: 'TRY',
  currencies: ['TRY', 'EUR'],
  languages: ['tr', 'en'],
  defaultLanguage: 'tr',
  settings: { corsOrigins: ['https://shop.example'], orderPrefix: 'SHOP' },
};

/** A right body for every route that takes JSON, with every field it has. */
const BODIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'POST /carts': { currency: 'TRY', email: 'ayse@example.com', items: [{ sku: 'SHIRT-M', quantity: 2 }] },
  'PATCH /carts/:cartId': {
    email: 'ayse@example.com',
    shippingAddress: ADDRESS,
    billingAddress: { ...ADDRESS, invoiceKind: 'person' },
    shippingMethod: 'standard',
    payment,
    note: 'Ring twice',
  },
  'POST /carts/:cartId/items': { variantId: 'var_1', quantity: 2 },
  'PATCH /carts/:cartId/items/:lineId': { quantity: 3 },
  'POST /carts/:cartId/coupons': { code: 'HOSGELDIN10' },
  'POST /checkout': {
    cartId: 'cart_1',
    email: 'ayse@example.com',
    shippingAddress: ADDRESS,
    billingAddress: null,
    shippingMethod: 'standard',
    payment,
    expectedTotal: 129_990,
    note: null,
  },
  'POST /checkout/:orderNo/payment': { payment },
  'POST /orders/track/:orderNo/verify': { email: 'ayse@example.com' },
  'POST /admin/products': { ...product, variants: [{ ...variant, stock: 5 }] },
  'PATCH /admin/products/:id': product,
  'POST /admin/products/:id/variants': { ...variant, stock: 5 },
  'PATCH /admin/products/:id/variants/:variantId': variant,
  'POST /admin/brands': brand,
  'PATCH /admin/brands/:id': brand,
  'POST /admin/stock/:sku/adjust': { delta: 5, reason: 'receive', note: 'late', backorder: false, lowStockAt: 2 },
  'POST /admin/stock/recompute': { sku: 'SHIRT-M', repair: false },
  'POST /admin/geozones': geozone,
  'PATCH /admin/geozones/:id': geozone,
  'POST /admin/tax-rates': taxRate,
  'PATCH /admin/tax-rates/:id': taxRate,
  'POST /admin/shipping-methods': shippingMethod,
  'PATCH /admin/shipping-methods/:id': shippingMethod,
  'POST /admin/quotes/preview': {
    currency: 'TRY',
    lines: [{ sku: 'SHIRT-M', quantity: 2, unitPrice: 129_990, taxClass: 'standard', weightGrams: 250 }],
    destination: { country: 'TR', region: '34', postalCode: '34710' },
    shippingMethod: 'standard',
    payment: { provider: 'sandbox', method: 'card' },
    coupons: ['HOSGELDIN10'],
    customerId: null,
  },
  'POST /admin/payment-providers': { ...provider, provider: 'stripe' },
  'PATCH /admin/payment-providers/:id': provider,
  'POST /admin/api-keys': { name: 'Till', permissions: ['orders:read'], expiresAt: '2099-01-01T00:00:00.000Z' },
  'POST /platform/tenants': { slug: 'shop', ...tenantFacts },
  'PATCH /platform/tenants/:slug': { ...tenantFacts, status: 'active' },
};

/** The name of a route, as its row begins. */
export const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>): string => `${method} ${path}`;

/** A right body of a route; a route that takes JSON and has none here fails the tests that walk over all routes. */
export const bodyFor = (route: Route): Readonly<Record<string, unknown>> | undefined => BODIES[nameOf(route)];
