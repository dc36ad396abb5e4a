import type {
  CouponInput,
  FeeRuleInput,
  GeozoneInput,
  PaymentProviderInput,
  PromotionInput,
  ShippingMethodInput,
  TaxRateInput,
  TenantInput,
} from '@kervan/contracts';
import type { z } from 'zod';

/** The demo shop, as the API is asked to make it. Amounts in kuruş, weights in grams, rates in basis points. */
export const TENANT = {
  slug: 'demo',
  name: 'Kervan Demo',
  // Not `localhost`: a host names its shop, and then no other shop's key works there without X-Tenant.
  hosts: ['demo.localhost'],
  defaultCurrency: 'TRY',
  currencies: ['TRY'],
  languages: ['tr', 'en'],
  defaultLanguage: 'tr',
} as const satisfies z.input<typeof TenantInput>;

export const GEOZONE = {
  name: 'Turkey',
  includes: [{ country: 'TR' }],
} as const satisfies z.input<typeof GeozoneInput>;

type OfZone<T> = Omit<T, 'geozoneId'>;
type TaxRate = OfZone<z.input<typeof TaxRateInput>>;
type ShippingMethod = z.input<typeof ShippingMethodInput>;
type ShippingRate = OfZone<ShippingMethod['rates'][number]>;

/** KDV (value added tax), contained in the prices. */
export const TAX_RATES: readonly TaxRate[] = [
  { taxClass: 'standard', rate: 2_000, included: true, name: { tr: 'KDV %20', en: 'VAT 20 %' } },
  { taxClass: 'reduced', rate: 1_000, included: true, name: { tr: 'KDV %10', en: 'VAT 10 %' } },
];

/** `rate` applies in the demo's geozone. */
export const SHIPPING_METHODS: readonly (Omit<ShippingMethod, 'rates'> & { readonly rate: ShippingRate })[] = [
  {
    code: 'standard',
    name: { tr: 'Standart kargo', en: 'Standard delivery' },
    taxClass: 'standard',
    minDays: 2,
    maxDays: 4,
    rate: {
      basis: 'weight',
      bands: [
        { from: 0, to: 1_000, amount: 4_990 },
        { from: 1_000, to: 5_000, amount: 7_990 },
        { from: 5_000, to: 30_000, amount: 14_990 },
        { from: 30_000, amount: 39_990 },
      ],
      freeFrom: 75_000,
    },
  },
  {
    code: 'express',
    name: { tr: 'Hızlı kargo', en: 'Express delivery' },
    taxClass: 'standard',
    minDays: 1,
    maxDays: 1,
    rate: { basis: 'flat', bands: [{ from: 0, amount: 12_990 }] },
  },
];

export const FEE_RULES: readonly z.input<typeof FeeRuleInput>[] = [
  {
    code: 'cash-on-delivery',
    name: { tr: 'Kapıda ödeme ücreti', en: 'Cash on delivery fee' },
    when: { paymentMethod: 'cash_on_delivery' },
    amount: 2_990,
    taxClass: 'standard',
  },
  {
    code: 'gift-wrap',
    name: { tr: 'Hediye paketi', en: 'Gift wrap' },
    amount: 4_990,
    taxClass: 'standard',
    optional: true,
  },
];

/** Ten per cent for whoever comes for the first time with the code. */
export const WELCOME = {
  name: { tr: 'Hoş geldin indirimi', en: 'Welcome discount' },
  kind: 'percentage',
  value: 1_000,
  maxUsesPerCustomer: 1,
} as const satisfies z.input<typeof PromotionInput>;
export const WELCOME_COUPON = { code: 'HOSGELDIN10' } as const satisfies Omit<
  z.input<typeof CouponInput>,
  'promotionId'
>;

export const PAYMENT_PROVIDER = {
  provider: 'sandbox',
  displayName: { tr: 'Deneme kartı', en: 'Test card' },
  mode: 'test',
  methods: ['card'],
  currencies: ['TRY'],
} as const satisfies z.input<typeof PaymentProviderInput>;

/** Product exports in Shopify's format, below `demo/` in the repository. */
export const PRODUCT_FILES = ['apparel.csv', 'home-and-garden.csv'] as const;
