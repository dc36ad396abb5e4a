import {
  type Coupon,
  couponKey,
  type FeeRule,
  type Geozone,
  type InstallmentTable,
  type PromotionRule,
  type QuoteRequest,
  type ShippingMethod,
  type TaxRate,
} from '@kervan/contracts';
import type { Taken } from '../src/redemptions/tally.ts';
import type { Standing } from '../src/quote/standing.ts';

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
  companiesExempt: false,
  name: given.id,
  version: 1,
  ...given,
});

export const shippingMethod = (given: Partial<ShippingMethod> & Pick<ShippingMethod, 'code'>): ShippingMethod => ({
  id: `ship_${given.code}`,
  kind: 'standard',
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

type FeeConditions = FeeRule['when'];
export const feeRule = (
  given: Partial<Omit<FeeRule, 'when'>> & Pick<FeeRule, 'code'> & { when?: Partial<FeeConditions> },
): FeeRule => ({
  id: `fee_${given.code}`,
  name: { tr: `${given.code} ücreti`, en: `${given.code} fee` },
  amount: (given.rate ?? null) === null ? 1_000 : null,
  rate: null,
  min: null,
  max: null,
  currency: 'TRY',
  taxClass: null,
  optional: false,
  refundable: true,
  enabled: true,
  version: 1,
  ...given,
  when: {
    paymentMethod: null,
    geozoneId: null,
    minSubtotal: null,
    maxSubtotal: null,
    shippingMethod: null,
    ...given.when,
  },
});

type PromotionConditions = PromotionRule['conditions'];
/** Automatic, ten percent off the order, when nothing else is said. */
export const promotion = (
  given: Partial<Omit<PromotionRule, 'conditions'>> &
    Pick<PromotionRule, 'id'> & { conditions?: Partial<PromotionConditions> },
): PromotionRule => ({
  name: { tr: `${given.id} indirimi`, en: `${given.id} discount` },
  kind: 'percentage',
  value: 1_000,
  currency: 'TRY',
  scope: given.kind === 'buyXGetY' ? 'items' : 'order',
  buyQuantity: null,
  getQuantity: null,
  maxDiscount: null,
  startsAt: null,
  endsAt: null,
  maxUses: null,
  maxUsesPerCustomer: null,
  stackable: false,
  priority: 0,
  automatic: true,
  enabled: true,
  version: 1,
  ...given,
  conditions: {
    minSubtotal: null,
    productIds: [],
    categoryIds: [],
    brandIds: [],
    customerGroup: null,
    firstOrder: false,
    ...given.conditions,
  },
});

export const coupon = (given: Partial<Coupon> & Pick<Coupon, 'code' | 'promotionId'>): Coupon => ({
  id: `coup_${Buffer.from(couponKey(given.code)).toString('hex')}`,
  maxUses: null,
  maxUsesPerCustomer: null,
  usedCount: 0,
  heldCount: 0,
  enabled: true,
  version: 1,
  createdAt: '2026-11-01T00:00:00.000Z',
  ...given,
});

export const installmentTable = (
  given: Partial<InstallmentTable> & Pick<InstallmentTable, 'provider'>,
): InstallmentTable => ({
  id: `inst_${given.provider}`,
  rows: [
    { installments: 3, rate: 300 },
    { installments: 6, rate: 600 },
  ],
  minTotal: null,
  currency: 'TRY',
  taxClass: null,
  enabled: true,
  version: 1,
  ...given,
});

/** What a quote rests on: coupons that were given, and uses that are taken by tally key. */
export const standing = (coupons: readonly Coupon[] = [], taken: Taken = new Map()): Standing => ({
  coupons: new Map(coupons.map((one) => [couponKey(one.code), one])),
  taken,
});

type Line = QuoteRequest['lines'][number];
export const line = (given: Partial<Line> & Pick<Line, 'unitPrice'>): Line => ({
  lineId: 'line_1',
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
  extras: [],
  customerId: null,
  email: null,
  customerGroups: [],
  firstOrder: null,
  company: false,
  orderId: null,
  ...given,
});

export const NOW = new Date('2026-11-22T10:00:00.000Z');
