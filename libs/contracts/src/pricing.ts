import { z } from 'zod';
import { TaxClass } from './catalog.ts';
import { defineEvent } from './event.ts';
import { Id } from './ids.ts';
import { defineRpc, Keyed } from './rpc.ts';
import {
  Amount,
  BasisPoints,
  CountryCode,
  Currency,
  Instant,
  Minor,
  Name,
  PageQuery,
  pageOf,
  Sku,
  Text,
} from './values.ts';

const Code = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/);

/** A part of the world: a country, a region of it (ISO 3166-2 part), postal codes as patterns (`34*`) or ranges. */
export const Place = z.strictObject({
  country: CountryCode,
  region: z.string().trim().min(1).max(10).nullish(),
  postalCodes: z
    .array(z.string().regex(/^(?:[A-Za-z0-9 -]{1,10}\*?|[0-9]{1,10}-[0-9]{1,10})$/))
    .max(200)
    .optional(),
});
export const GeozoneInput = z.strictObject({
  name: z.string().trim().min(1).max(200),
  includes: z.array(Place).min(1).max(300),
  excludes: z.array(Place).max(300).default([]),
});
/** Without the defaults of the input: zod would fill them in, and a new name would take away the excludes. */
export const GeozonePatch = GeozoneInput.extend({ excludes: z.array(Place).max(300) }).partial();
/** The most specific match wins: postal code before region before country. */
export const Geozone = z.object({
  id: Id,
  name: z.string(),
  includes: z.array(Place),
  excludes: z.array(Place),
  version: z.number().int(),
});
export type Geozone = z.infer<typeof Geozone>;

export const TaxRateInput = z.strictObject({
  geozoneId: Id,
  taxClass: TaxClass,
  rate: BasisPoints,
  included: z.boolean(),
  compound: z.boolean().default(false),
  priority: z.number().int().min(0).max(1_000).default(0),
  name: Name,
});
export const TaxRatePatch = TaxRateInput.extend({
  compound: z.boolean(),
  priority: z.number().int().min(0).max(1_000),
}).partial();
/** `rate` in basis points; `included`: prices already contain it. */
export const TaxRate = z.object({
  id: Id,
  geozoneId: Id,
  taxClass: TaxClass,
  rate: BasisPoints,
  included: z.boolean(),
  compound: z.boolean(),
  priority: z.number().int(),
  name: Name,
  version: z.number().int(),
});
export type TaxRate = z.infer<typeof TaxRate>;

/** `[from, to)` in grams or minor units; the last band may be open. Flat rates have one band from 0. */
export const Band = z.strictObject({ from: Amount, to: Amount.nullish(), amount: Amount });
export const ShippingRateInput = z.strictObject({
  geozoneId: Id,
  basis: z.enum(['flat', 'weight', 'price']),
  bands: z.array(Band).min(1).max(100),
  /** Free when the goods after discount are worth at least this, in minor units. */
  freeFrom: Amount.nullish(),
});
export const ShippingMethodInput = z.strictObject({
  code: Code,
  name: Name,
  description: Text.nullish(),
  carrier: z.string().trim().max(100).nullish(),
  /** The currency of all amounts below; the tenant's default when left out. */
  currency: Currency.optional(),
  rates: z.array(ShippingRateInput).min(1).max(100),
  taxClass: TaxClass.nullish(),
  minDays: z.number().int().min(0).max(365),
  maxDays: z.number().int().min(0).max(365),
  enabled: z.boolean().default(true),
});
export const ShippingMethodPatch = ShippingMethodInput.extend({ enabled: z.boolean() }).partial();
export const ShippingMethod = z.object({
  id: Id,
  code: Code,
  name: Name,
  description: Text.nullable(),
  carrier: z.string().nullable(),
  currency: Currency,
  rates: z.array(ShippingRateInput),
  taxClass: TaxClass.nullable(),
  minDays: z.number().int(),
  maxDays: z.number().int(),
  enabled: z.boolean(),
  version: z.number().int(),
});
export type ShippingMethod = z.infer<typeof ShippingMethod>;

/** What a quote is asked with: quantities and prices of the moment, where to, how. */
export const QuoteLineInput = z.object({
  lineId: Id,
  variantId: Id,
  productId: Id,
  sku: Sku,
  quantity: z.number().int().min(1).max(999),
  unitPrice: Amount,
  taxClass: TaxClass,
  weightGrams: z.number().int().min(0),
  requiresShipping: z.boolean(),
  brandId: Id.nullable(),
  categoryIds: z.array(Id),
});
export const QuoteDestination = z.object({
  country: CountryCode,
  region: z.string().nullish(),
  postalCode: z.string().nullish(),
});
export type QuoteDestination = z.infer<typeof QuoteDestination>;
export const QuoteRequest = z.object({
  currency: Currency,
  lines: z.array(QuoteLineInput).max(200),
  destination: QuoteDestination.nullable(),
  shippingMethod: z.string().max(60).nullable(),
  payment: z.object({ provider: z.string().max(40), method: z.string().max(40) }).nullable(),
  coupons: z.array(z.string().max(60)).max(20),
  customerId: Id.nullable(),
});
export type QuoteRequest = z.infer<typeof QuoteRequest>;

/** A reason a buyer can read, with a stable code. */
export const Reason = z.object({ code: z.string(), tr: z.string(), en: z.string() });
export type Reason = z.infer<typeof Reason>;

export const RuleKind = z.enum(['promotion', 'coupon', 'tax', 'shipping', 'fee']);
/** `rule` is the id or code of what was looked at; `amount` in minor units when it applied. */
export const Considered = z.object({
  rule: z.string(),
  kind: RuleKind,
  applied: z.boolean(),
  reason: Reason.optional(),
  amount: Minor.optional(),
});
export type Considered = z.infer<typeof Considered>;

/**
 * One row per thing that makes the total; the `amount`s add up to the total exactly. A tax inside the prices has
 * amount 0 and says in `included` how much of the price it is.
 */
export const BreakdownRow = z.object({
  rule: z.string(),
  kind: z.enum(['items', 'discount', 'shipping', 'fee', 'tax']),
  /** `order`, `shipping`, or a line's id. */
  target: z.string(),
  amount: Minor,
  included: Amount.optional(),
  note: z.object({ tr: z.string(), en: z.string() }),
});
export type BreakdownRow = z.infer<typeof BreakdownRow>;

/** Tax of one line (or of shipping or a fee); `rate` is the sum in basis points, `included` when the price contains it all. */
export const LineTax = z.object({ rate: z.number().int(), amount: Amount, included: z.boolean() });
export type LineTax = z.infer<typeof LineTax>;
export const QuoteLine = z.object({
  lineId: Id,
  sku: Sku,
  quantity: z.number().int(),
  unitPrice: Amount,
  /** `unitPrice * quantity` */
  subtotal: Amount,
  discount: Amount,
  discounts: z.array(z.object({ rule: z.string(), amount: Amount })),
  tax: LineTax,
  /** What the buyer pays for the line: subtotal - discount + tax not included. */
  total: Amount,
});
export type QuoteLine = z.infer<typeof QuoteLine>;
export const QuoteTax = z.object({
  name: Name,
  rate: z.number().int(),
  included: z.boolean(),
  /** What the tax was reckoned on, without it. */
  base: Amount,
  amount: Amount,
});
export type QuoteTax = z.infer<typeof QuoteTax>;
export const QuoteFee = z.object({ code: z.string(), name: Name, amount: Amount, tax: LineTax });
export const QuoteShipping = z.object({
  id: Id,
  code: z.string(),
  name: Name,
  carrier: z.string().nullable(),
  minDays: z.number().int(),
  maxDays: z.number().int(),
  amount: Amount,
  tax: LineTax,
});
/**
 * The price of a cart, explained. `total = subtotal - discount + shipping + fees + (tax not included)`; all amounts in
 * minor units of `currency`. `taxTotal` is all tax, `taxIncluded` the part the prices already contain.
 */
export const Quote = z.object({
  currency: Currency,
  lines: z.array(QuoteLine),
  subtotal: Amount,
  discount: Amount,
  shipping: Amount,
  shippingMethod: QuoteShipping.nullable(),
  fees: z.array(QuoteFee),
  feesTotal: Amount,
  tax: z.array(QuoteTax),
  taxTotal: Amount,
  taxIncluded: Amount,
  total: Amount,
  breakdown: z.array(BreakdownRow),
  considered: z.array(Considered),
  coupons: z.array(z.object({ code: z.string(), applied: z.boolean(), reason: Reason.optional() })),
  /** Why this cart cannot be ordered as it is: `shipping_method_unavailable`, `coupon_invalid`, … */
  problems: z.array(Reason),
  expiresAt: Instant,
});
export type Quote = z.infer<typeof Quote>;

/** A shipping method for this cart: its price, or why it is not offered. */
export const ShippingOption = z.object({
  code: z.string(),
  name: Name,
  description: Text.nullable(),
  carrier: z.string().nullable(),
  minDays: z.number().int(),
  maxDays: z.number().int(),
  available: z.boolean(),
  amount: Amount.nullable(),
  reason: Reason.optional(),
});
export type ShippingOption = z.infer<typeof ShippingOption>;

const ById = z.object({ id: Id });
const Versioned = { id: Id, expectedVersion: z.number().int().optional() };
const Deleted = z.object({ id: Id });

export const pricingRpc = {
  quote: defineRpc({ owner: 'pricing', method: 'quote', request: QuoteRequest, reply: Quote }),
  shippingOptions: defineRpc({
    owner: 'pricing',
    method: 'shippingOptions',
    request: QuoteRequest,
    reply: z.object({ options: z.array(ShippingOption) }),
  }),
  createGeozone: defineRpc({
    owner: 'pricing',
    method: 'geozones.create',
    request: GeozoneInput.extend(Keyed),
    reply: Geozone,
  }),
  listGeozones: defineRpc({ owner: 'pricing', method: 'geozones.list', request: PageQuery, reply: pageOf(Geozone) }),
  getGeozone: defineRpc({ owner: 'pricing', method: 'geozones.get', request: ById, reply: Geozone }),
  updateGeozone: defineRpc({
    owner: 'pricing',
    method: 'geozones.update',
    request: z.object({ ...Versioned, patch: GeozonePatch }),
    reply: Geozone,
  }),
  /** not_found, in_use, precondition_failed */
  deleteGeozone: defineRpc({
    owner: 'pricing',
    method: 'geozones.delete',
    request: z.object(Versioned),
    reply: Deleted,
  }),
  /** invalid_input when the geozone is unknown */
  createTaxRate: defineRpc({
    owner: 'pricing',
    method: 'taxRates.create',
    request: TaxRateInput.extend(Keyed),
    reply: TaxRate,
  }),
  listTaxRates: defineRpc({ owner: 'pricing', method: 'taxRates.list', request: PageQuery, reply: pageOf(TaxRate) }),
  getTaxRate: defineRpc({ owner: 'pricing', method: 'taxRates.get', request: ById, reply: TaxRate }),
  updateTaxRate: defineRpc({
    owner: 'pricing',
    method: 'taxRates.update',
    request: z.object({ ...Versioned, patch: TaxRatePatch }),
    reply: TaxRate,
  }),
  deleteTaxRate: defineRpc({
    owner: 'pricing',
    method: 'taxRates.delete',
    request: z.object(Versioned),
    reply: Deleted,
  }),
  /** code_taken; invalid_input for unknown geozones, gaps or overlaps of bands, minDays > maxDays */
  createShippingMethod: defineRpc({
    owner: 'pricing',
    method: 'shippingMethods.create',
    request: z.object({ method: ShippingMethodInput, defaultCurrency: Currency, ...Keyed }),
    reply: ShippingMethod,
  }),
  listShippingMethods: defineRpc({
    owner: 'pricing',
    method: 'shippingMethods.list',
    request: PageQuery,
    reply: pageOf(ShippingMethod),
  }),
  getShippingMethod: defineRpc({
    owner: 'pricing',
    method: 'shippingMethods.get',
    request: ById,
    reply: ShippingMethod,
  }),
  updateShippingMethod: defineRpc({
    owner: 'pricing',
    method: 'shippingMethods.update',
    request: z.object({ ...Versioned, patch: ShippingMethodPatch }),
    reply: ShippingMethod,
  }),
  deleteShippingMethod: defineRpc({
    owner: 'pricing',
    method: 'shippingMethods.delete',
    request: z.object(Versioned),
    reply: Deleted,
  }),
} as const;

/** Every copy of pricing-svc drops what it keeps in memory for the tenant. */
export const pricingEvents = {
  rulesChanged: defineEvent({
    owner: 'pricing',
    type: 'rules.changed',
    data: z.object({ kind: z.enum(['geozone', 'taxRate', 'shippingMethod']), id: Id }),
  }),
} as const;
