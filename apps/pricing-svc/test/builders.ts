import type { Geozone, QuoteRequest, ShippingMethod, TaxRate } from '@kervan/contracts';

/** Test data with everything a test does not care about filled in. */
export const geozone = (given: Partial<Geozone> & Pick<Geozone, 'id'>): Geozone => ({
  name: given.id,
  includes: [{ country: 'TR' }],
  excludes: [],
  version: 1,
  ...given,
});

export const taxRate = (given: Partial<TaxRate> & Pick<TaxRate, 'id'>): TaxRate => ({
  geozoneId: 'turkey',
  taxClass: 'standard',
  rate: 2_000,
  included: true,
  compound: false,
  priority: 0,
  name: given.id,
  version: 1,
  ...given,
});

export const shippingMethod = (given: Partial<ShippingMethod> & Pick<ShippingMethod, 'code'>): ShippingMethod => ({
  id: `ship_${given.code}`,
  name: { tr: `${given.code} kargo`, en: `${given.code} shipping` },
  description: null,
  carrier: null,
  currency: 'TRY',
  rates: [{ geozoneId: 'turkey', basis: 'flat', bands: [{ from: 0, amount: 4_990 }] }],
  taxClass: null,
  minDays: 1,
  maxDays: 3,
  enabled: true,
  version: 1,
  ...given,
});

type Line = QuoteRequest['lines'][number];
export const line = (given: Partial<Line> & Pick<Line, 'unitPrice'>): Line => ({
  lineId: 'line_1',
  variantId: 'var_1',
  productId: 'prod_1',
  sku: 'SKU-1',
  quantity: 1,
  taxClass: 'standard',
  weightGrams: 500,
  requiresShipping: true,
  brandId: null,
  categoryIds: [],
  ...given,
});

export const request = (given: Partial<QuoteRequest>): QuoteRequest => ({
  currency: 'TRY',
  lines: [],
  destination: { country: 'TR', region: '34', postalCode: '34710' },
  shippingMethod: null,
  payment: null,
  coupons: [],
  customerId: null,
  ...given,
});

export const NOW = new Date('2026-11-22T10:00:00.000Z');
