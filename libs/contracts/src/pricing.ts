import { z } from 'zod';
import { TaxClass } from './catalog.ts';
import { ConsideredGroup } from './considered.ts';
import { deadLetterRpc } from './dead-letter.ts';
import { defineEvent } from './event.ts';
import { Id } from './ids.ts';
import { Reason } from './reasons.ts';
import { defineRpc, Keyed } from './rpc.ts';
import { Texts } from './texts.ts';
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
  /** Whether companies with a tax number do not pay it; an included tax is then taken out of the price. */
  companiesExempt: z.boolean().default(false),
  name: Name,
});
export const TaxRatePatch = TaxRateInput.extend({
  compound: z.boolean(),
  priority: z.number().int().min(0).max(1_000),
  companiesExempt: z.boolean(),
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
  companiesExempt: z.boolean().default(false),
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
export const SHIPPING_KINDS = ['standard', 'express', 'pickup'] as const;
/** How a method is thought of; it decides the words of the delivery window. */
export const ShippingKind = z.enum(SHIPPING_KINDS);
export const ShippingMethodInput = z.strictObject({
  code: Code,
  kind: ShippingKind.default('standard'),
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
export const ShippingMethodPatch = ShippingMethodInput.extend({ kind: ShippingKind, enabled: z.boolean() }).partial();
export const ShippingMethod = z.object({
  id: Id,
  code: Code,
  kind: ShippingKind.default('standard'),
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

/** A name of a way to pay or of its provider, as fee rules and installment tables match it. */
const PaymentName = z.string().regex(/^[a-z_]{1,40}$/);

/** All that are given must hold. Subtotals are of the goods before discounts, in minor units, both ends included. */
export const FeeCondition = z.strictObject({
  /** A method (`cash_on_delivery`, `card`) or a provider, whichever way it is paid through. */
  paymentMethod: PaymentName.nullish(),
  geozoneId: Id.nullish(),
  minSubtotal: Amount.nullish(),
  maxSubtotal: Amount.nullish(),
  /** The code of a shipping method. */
  shippingMethod: Code.nullish(),
});
const feeFields = {
  code: Code,
  name: Name,
  when: FeeCondition,
  /** Minor units; either this or `rate`. */
  amount: Amount.nullish(),
  /** Basis points of the goods after discount; never less than `min`, never more than `max`. */
  rate: BasisPoints.nullish(),
  min: Amount.nullish(),
  max: Amount.nullish(),
  /** The currency of every amount of the rule; the shop's default when left out. */
  currency: Currency.optional(),
  taxClass: TaxClass.nullish(),
  /** Only for carts whose buyer asked for it (gift wrap). */
  optional: z.boolean(),
  /** Whether it goes back with the goods. */
  refundable: z.boolean(),
  enabled: z.boolean(),
};
export const FeeRuleInput = z.strictObject({
  ...feeFields,
  when: feeFields.when.default({}),
  optional: feeFields.optional.default(false),
  refundable: feeFields.refundable.default(true),
  enabled: feeFields.enabled.default(true),
});
export const FeeRulePatch = z.strictObject(feeFields).partial();
/** Something on top of goods and shipping: cash on delivery, packaging, gift wrap. Exactly one of `amount` and `rate`. */
export const FeeRule = z.object({
  id: Id,
  code: Code,
  name: Name,
  when: z.object({
    paymentMethod: z.string().nullable(),
    geozoneId: Id.nullable(),
    minSubtotal: Amount.nullable(),
    maxSubtotal: Amount.nullable(),
    shippingMethod: z.string().nullable(),
  }),
  amount: Amount.nullable(),
  rate: BasisPoints.nullable(),
  min: Amount.nullable(),
  max: Amount.nullable(),
  currency: Currency,
  taxClass: TaxClass.nullable(),
  optional: z.boolean(),
  refundable: z.boolean(),
  enabled: z.boolean(),
  version: z.number().int(),
});
export type FeeRule = z.infer<typeof FeeRule>;

export const PROMOTION_KINDS = ['percentage', 'fixed', 'freeShipping', 'buyXGetY'] as const;
export const PromotionKind = z.enum(PROMOTION_KINDS);
export type PromotionKind = z.infer<typeof PromotionKind>;
/** An instant as people's tools write it, in any time zone; kept in UTC. */
const Moment = z.iso.datetime({ offset: true });
const Uses = z.number().int().min(1).max(1_000_000_000);
const Pieces = z.number().int().min(1).max(999);
/**
 * All that are given must hold; in a list one is enough. `minSubtotal` (minor units, before discounts) is of the whole cart, or
 * with the scope `items` of the lines that match. `firstOrder`: the buyer has no order yet.
 */
export const PromotionConditions = z.strictObject({
  minSubtotal: Amount.nullish(),
  productIds: z.array(Id).max(1_000).optional(),
  categoryIds: z.array(Id).max(1_000).optional(),
  brandIds: z.array(Id).max(1_000).optional(),
  customerGroup: z.string().trim().min(1).max(60).nullish(),
  firstOrder: z.boolean().optional(),
});
const promotionFields = {
  name: Name,
  kind: PromotionKind,
  /**
   * percentage: basis points. fixed: minor units, off the order or off each matching piece. buyXGetY: basis points off the
   * cheaper pieces, 10000 (free) when left out. freeShipping has none.
   */
  value: z.number().int().min(0).max(1_000_000_000_000),
  /** The currency of every amount of the promotion; the shop's default when left out. */
  currency: Currency.optional(),
  scope: z.enum(['order', 'items']),
  /** buyXGetY: of so many pieces together, the cheapest `getQuantity` are reduced. */
  buyQuantity: Pieces.nullish(),
  getQuantity: Pieces.nullish(),
  /** The most a percentage takes off, in minor units. */
  maxDiscount: Amount.nullish(),
  conditions: PromotionConditions,
  startsAt: Moment.nullish(),
  endsAt: Moment.nullish(),
  maxUses: Uses.nullish(),
  maxUsesPerCustomer: Uses.nullish(),
  stackable: z.boolean(),
  priority: z.number().int().min(0).max(1_000),
  automatic: z.boolean(),
  enabled: z.boolean(),
};
export const PromotionInput = z.strictObject({
  ...promotionFields,
  value: promotionFields.value.optional(),
  scope: promotionFields.scope.optional(),
  conditions: promotionFields.conditions.default({}),
  stackable: promotionFields.stackable.default(false),
  priority: promotionFields.priority.default(0),
  automatic: promotionFields.automatic.default(false),
  enabled: promotionFields.enabled.default(true),
});
export const PromotionPatch = z.strictObject(promotionFields).partial();
/** A promotion as pricing keeps it: a rule, without how often it was used. Lower `priority` comes first. */
export const PromotionRule = z.object({
  id: Id,
  name: Name,
  kind: PromotionKind,
  value: Amount,
  currency: Currency,
  scope: z.enum(['order', 'items']),
  buyQuantity: z.number().int().nullable(),
  getQuantity: z.number().int().nullable(),
  maxDiscount: Amount.nullable(),
  conditions: z.object({
    minSubtotal: Amount.nullable(),
    productIds: z.array(Id),
    categoryIds: z.array(Id),
    brandIds: z.array(Id),
    customerGroup: z.string().nullable(),
    firstOrder: z.boolean(),
  }),
  startsAt: Instant.nullable(),
  endsAt: Instant.nullable(),
  maxUses: z.number().int().nullable(),
  maxUsesPerCustomer: z.number().int().nullable(),
  stackable: z.boolean(),
  priority: z.number().int(),
  automatic: z.boolean(),
  enabled: z.boolean(),
  version: z.number().int(),
});
export type PromotionRule = z.infer<typeof PromotionRule>;
/** With its uses: redeemed by confirmed orders, held by drafts. Counted where a coupon or a limit makes them count. */
export const Promotion = PromotionRule.extend({ usedCount: z.number().int(), heldCount: z.number().int() });
export type Promotion = z.infer<typeof Promotion>;

/** A coupon's code as it was written; codes are told apart by `couponKey`. */
export const CouponCode = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^[\p{L}\p{N}_-]+$/u);
/**
 * What tells codes apart: the same in any case, and the four i of Turkish (i, ı, İ, I) are one letter, because a code is typed
 * on any keyboard.
 */
export const couponKey = (code: string): string =>
  code.normalize('NFKC').toLowerCase().replaceAll('\u0307', '').replaceAll('ı', 'i');
const couponFields = {
  promotionId: Id,
  maxUses: Uses.nullish(),
  maxUsesPerCustomer: Uses.nullish(),
  enabled: z.boolean(),
};
export const CouponInput = z.strictObject({
  code: CouponCode,
  ...couponFields,
  enabled: couponFields.enabled.default(true),
});
export const CouponPatch = z.strictObject(couponFields).partial();
/** A code that brings its promotion; its own limits hold beside those of the promotion. */
export const Coupon = z.object({
  id: Id,
  code: z.string(),
  promotionId: Id,
  maxUses: z.number().int().nullable(),
  maxUsesPerCustomer: z.number().int().nullable(),
  usedCount: z.number().int(),
  heldCount: z.number().int(),
  enabled: z.boolean(),
  version: z.number().int(),
  createdAt: Instant,
});
export type Coupon = z.infer<typeof Coupon>;
/** Unique codes made at random, `prefix` first; each may be used once unless `maxUses` says otherwise. */
export const CouponBatchInput = z.strictObject({
  count: z.number().int().min(1).max(1_000),
  prefix: z
    .string()
    .regex(/^[A-Z0-9-]{0,20}$/)
    .default(''),
  length: z.number().int().min(8).max(24).default(10),
  maxUses: Uses.nullable().default(1),
  maxUsesPerCustomer: Uses.nullable().default(null),
});

/** What paying in so many installments adds, in basis points of the total without it. */
export const InstallmentRow = z.strictObject({ installments: z.number().int().min(2).max(36), rate: BasisPoints });
const installmentFields = {
  /** A payment provider. */
  provider: PaymentName,
  rows: z.array(InstallmentRow).min(1).max(35),
  /** Installments are offered from this total on, in minor units of `currency`. */
  minTotal: Amount.nullish(),
  currency: Currency.optional(),
  taxClass: TaxClass.nullish(),
  enabled: z.boolean(),
};
export const InstallmentTableInput = z.strictObject({
  ...installmentFields,
  enabled: installmentFields.enabled.default(true),
});
export const InstallmentTablePatch = z.strictObject(installmentFields).partial();
/** One for each provider: which numbers of installments buyers may choose, and what each adds to the total. */
export const InstallmentTable = z.object({
  id: Id,
  provider: PaymentName,
  rows: z.array(InstallmentRow),
  minTotal: Amount.nullable(),
  currency: Currency,
  taxClass: TaxClass.nullable(),
  enabled: z.boolean(),
  version: z.number().int(),
});
export type InstallmentTable = z.infer<typeof InstallmentTable>;

/** What a quote is asked with: quantities and prices of the moment, where to, how. */
export const QuoteLineInput = z.object({
  lineId: Id,
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
/** The most coupons and optional fees of one cart. */
export const MOST_COUPONS = 20;
export const MOST_EXTRAS = 20;
export const QuoteRequest = z.object({
  currency: Currency,
  lines: z.array(QuoteLineInput).max(200),
  destination: QuoteDestination.nullable(),
  shippingMethod: z.string().max(60).nullable(),
  payment: z
    .object({
      provider: z.string().max(40),
      method: z.string().max(40),
      installments: z.number().int().min(1).max(36).default(1),
    })
    .nullable(),
  coupons: z.array(z.string().max(60)).max(MOST_COUPONS),
  /** Codes of the optional fees the buyer asked for. */
  extras: z.array(z.string().max(60)).max(MOST_EXTRAS).default([]),
  customerId: Id.nullable(),
  /** Limits per customer go by it; null while it is not known. */
  email: z.string().max(254).nullable().default(null),
  customerGroups: z.array(z.string().max(60)).max(50).default([]),
  /** Whether the buyer has no order yet; null when nobody has looked (`Quote.unknown` says if it matters). */
  firstOrder: z.boolean().nullable().default(null),
  /** Whether a company with a tax number buys. */
  company: z.boolean().default(false),
  /** The draft this cart belongs to: what it holds of coupons is its own. */
  orderId: Id.nullable().default(null),
});
export type QuoteRequest = z.infer<typeof QuoteRequest>;

/** The buyer has something better or the same already, or has not said yet who he is. */
const HARMLESS: ReadonlySet<string> = new Set([
  'better_discount',
  'nothing_left',
  'already_applied',
  'first_order_unknown',
]);
/**
 * The refusal that a coupon which does not count comes to, by the code of its reason; null where the buyer has something
 * better, and nothing stands in the way of the order.
 */
export const couponProblem = (reason: string): 'coupon_exhausted' | 'coupon_invalid' | null => {
  if (reason === 'used_up' || reason === 'customer_used_up') return 'coupon_exhausted';
  return HARMLESS.has(reason) ? null : 'coupon_invalid';
};

/**
 * One row per thing that makes the total; the `amount`s add up to the total exactly. A tax inside the prices has
 * amount 0 and says in `included` how much of the price it is.
 */
export const BreakdownRow = z.object({
  rule: z.string(),
  kind: z.enum(['items', 'discount', 'shipping', 'fee', 'tax']),
  /** `order`, `items` (the lines it matches), `shipping` or `fees`. */
  target: z.string(),
  amount: Minor,
  included: Amount.optional(),
  note: Texts,
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
export const QuoteFee = z.object({
  code: z.string(),
  name: Name,
  amount: Amount,
  tax: LineTax,
  refundable: z.boolean(),
});
export type QuoteFee = z.infer<typeof QuoteFee>;
/** An optional fee this cart may have; its price whether or not it was asked for. */
export const QuoteExtra = z.object({ code: z.string(), name: Name, amount: Amount, chosen: z.boolean() });
/** What of a buyer matters for some rule and was not said. */
const Unknown = z.enum(['firstOrder']);
/** A promotion that counts its uses, and the coupon that brought it; what a checkout holds and an order redeems. */
export const PromotionUse = z.object({ promotionId: Id, couponId: Id.nullable(), code: z.string().nullable() });
export type PromotionUse = z.infer<typeof PromotionUse>;
/** A coupon of the cart: whether it counts, of which promotion, and what that takes off (minor units). */
export const QuoteCoupon = z.object({
  code: z.string(),
  applied: z.boolean(),
  promotionId: Id.nullable(),
  amount: Amount,
  reason: Reason.optional(),
});
export type QuoteCoupon = z.infer<typeof QuoteCoupon>;
export const QuoteShipping = z.object({
  id: Id,
  code: z.string(),
  name: Name,
  carrier: z.string().nullable(),
  kind: ShippingKind,
  minDays: z.number().int(),
  maxDays: z.number().int(),
  /** When goods arrive, or can be fetched, in words. */
  deliveryWindow: Texts,
  /** What the buyer pays, and what a promotion took off it. */
  amount: Amount,
  discount: Amount,
  tax: LineTax,
});
export type QuoteShipping = z.infer<typeof QuoteShipping>;
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
  extras: z.array(QuoteExtra),
  tax: z.array(QuoteTax),
  taxTotal: Amount,
  taxIncluded: Amount,
  total: Amount,
  breakdown: z.array(BreakdownRow),
  considered: z.array(ConsideredGroup),
  coupons: z.array(QuoteCoupon),
  /** What a checkout has to hold before this price may be promised. */
  uses: z.array(PromotionUse),
  /** What the asker would have to look up for some rule: ask again with it. */
  unknown: z.array(Unknown),
  /** Why this cart cannot be ordered as it is: `shipping_method_unavailable`, `coupon_invalid`, … */
  problems: z.array(Reason),
  expiresAt: Instant,
});
export type Quote = z.infer<typeof Quote>;

/** A shipping method for this cart: its price, or why it is not offered. */
export const ShippingOption = z.object({
  code: z.string(),
  kind: ShippingKind,
  name: Name,
  description: Text.nullable(),
  carrier: z.string().nullable(),
  minDays: z.number().int(),
  maxDays: z.number().int(),
  /** When goods arrive, or can be fetched, in words. */
  deliveryWindow: Texts,
  available: z.boolean(),
  /** What this cart would pay for it, and what promotions take off its price; null when it is not offered. */
  amount: Amount.nullable(),
  discount: Amount.nullable(),
  reason: Reason.optional(),
});
export type ShippingOption = z.infer<typeof ShippingOption>;

/** What paying this way comes to: the whole total, the fees in it that only this way has, and what installments make of it. */
export const PaymentPrice = z.object({
  provider: z.string(),
  method: z.string(),
  total: Amount,
  fees: z.array(QuoteFee),
  /** `first` is the first installment; the others are no more. `fee` is what installments add with its tax. */
  installments: z.array(z.object({ installments: z.number().int(), fee: Amount, first: Amount, total: Amount })),
});
export type PaymentPrice = z.infer<typeof PaymentPrice>;

export const RedemptionStatus = z.enum(['held', 'redeemed', 'released']);
/** What an order holds of promotions that count: `held` while it is a draft, `redeemed` once it is confirmed. */
export const Redemption = z.object({
  orderId: Id,
  status: RedemptionStatus,
  uses: z.array(PromotionUse),
  createdAt: Instant,
  updatedAt: Instant,
});
export type Redemption = z.infer<typeof Redemption>;

const ById = z.object({ id: Id });
const Versioned = { id: Id, expectedVersion: z.number().int().optional() };

/** The calls that are the same for every list of rules, but for what is in it. */
const list = <Rule extends z.ZodType>(name: string, rule: Rule) =>
  defineRpc({ owner: 'pricing', method: `${name}.list`, request: PageQuery, reply: pageOf(rule) });
const get = <Rule extends z.ZodType>(name: string, rule: Rule) =>
  defineRpc({ owner: 'pricing', method: `${name}.get`, request: ById, reply: rule });
const update = <Patch extends z.ZodType, Rule extends z.ZodType>(name: string, patch: Patch, rule: Rule) =>
  defineRpc({ owner: 'pricing', method: `${name}.update`, request: z.object({ ...Versioned, patch }), reply: rule });
const remove = (name: string) =>
  defineRpc({ owner: 'pricing', method: `${name}.delete`, request: z.object(Versioned), reply: ById });
/** A coupon's id, or its code in any case. */
export const CouponRef = z.string().trim().min(1).max(80);

export const pricingRpc = {
  quote: defineRpc({ owner: 'pricing', method: 'quote', request: QuoteRequest, reply: Quote }),
  shippingOptions: defineRpc({
    owner: 'pricing',
    method: 'shippingOptions',
    request: QuoteRequest,
    reply: z.object({ options: z.array(ShippingOption), unknown: z.array(Unknown).default([]) }),
  }),
  /** What each way to pay this cart comes to. As a quote, for each choice. */
  paymentPrices: defineRpc({
    owner: 'pricing',
    method: 'paymentPrices',
    request: z.object({
      cart: QuoteRequest,
      choices: z.array(z.object({ provider: z.string().max(40), method: z.string().max(40) })).max(100),
    }),
    reply: z.object({ prices: z.array(PaymentPrice), unknown: z.array(Unknown).default([]) }),
  }),
  /**
   * Holds all uses of an order or none, once per order. coupon_exhausted (`details.uses`: each with its reason),
   * reservation_closed (the order gave them back). `late`: once more for a payment that came after the order had expired.
   */
  holdUses: defineRpc({
    owner: 'pricing',
    method: 'uses.hold',
    request: z.object({
      orderId: Id,
      uses: z.array(PromotionUse).min(1).max(200),
      customerId: Id.nullable(),
      email: z.string().max(254).nullable(),
      late: z.boolean(),
    }),
    reply: Redemption,
  }),
  /** Newest first. invalid_cursor */
  listRedemptions: defineRpc({
    owner: 'pricing',
    method: 'uses.list',
    request: PageQuery.extend({
      orderId: Id.optional(),
      promotionId: Id.optional(),
      couponId: Id.optional(),
      status: RedemptionStatus.optional(),
    }),
    reply: pageOf(Redemption),
  }),
  /**
   * Gives an order's uses back at once, without waiting for its event; what is redeemed only the event gives back. An order
   * nobody knows is remembered: a hold that comes late is refused.
   */
  releaseUses: defineRpc({
    owner: 'pricing',
    method: 'uses.release',
    request: z.object({ orderId: Id, late: z.boolean() }),
    reply: Redemption,
  }),
  createGeozone: defineRpc({
    owner: 'pricing',
    method: 'geozones.create',
    request: GeozoneInput.extend(Keyed),
    reply: Geozone,
  }),
  listGeozones: list('geozones', Geozone),
  getGeozone: get('geozones', Geozone),
  updateGeozone: update('geozones', GeozonePatch, Geozone),
  /** not_found, in_use, precondition_failed */
  deleteGeozone: remove('geozones'),
  /** invalid_input when the geozone is unknown */
  createTaxRate: defineRpc({
    owner: 'pricing',
    method: 'taxRates.create',
    request: TaxRateInput.extend(Keyed),
    reply: TaxRate,
  }),
  listTaxRates: list('taxRates', TaxRate),
  getTaxRate: get('taxRates', TaxRate),
  updateTaxRate: update('taxRates', TaxRatePatch, TaxRate),
  deleteTaxRate: remove('taxRates'),
  /** code_taken; invalid_input for unknown geozones, gaps or overlaps of bands, minDays > maxDays */
  createShippingMethod: defineRpc({
    owner: 'pricing',
    method: 'shippingMethods.create',
    request: z.object({ method: ShippingMethodInput, defaultCurrency: Currency, ...Keyed }),
    reply: ShippingMethod,
  }),
  listShippingMethods: list('shippingMethods', ShippingMethod),
  getShippingMethod: get('shippingMethods', ShippingMethod),
  /** As createShippingMethod; in_use for another code while a fee rule names this one */
  updateShippingMethod: update('shippingMethods', ShippingMethodPatch, ShippingMethod),
  /** in_use while a fee rule names it */
  deleteShippingMethod: remove('shippingMethods'),
  /** code_taken; invalid_input for unknown geozones or methods, neither or both of `amount` and `rate` */
  createFeeRule: defineRpc({
    owner: 'pricing',
    method: 'feeRules.create',
    request: z.object({ rule: FeeRuleInput, defaultCurrency: Currency, ...Keyed }),
    reply: FeeRule,
  }),
  listFeeRules: list('feeRules', FeeRule),
  getFeeRule: get('feeRules', FeeRule),
  updateFeeRule: update('feeRules', FeeRulePatch, FeeRule),
  deleteFeeRule: remove('feeRules'),
  /** invalid_input for a value that fits no such kind, a percentage over 100 %, an end before the start */
  createPromotion: defineRpc({
    owner: 'pricing',
    method: 'promotions.create',
    request: z.object({ promotion: PromotionInput, defaultCurrency: Currency, ...Keyed }),
    reply: Promotion,
  }),
  listPromotions: list('promotions', Promotion),
  getPromotion: get('promotions', Promotion),
  updatePromotion: update('promotions', PromotionPatch, Promotion),
  /** in_use while coupons bring it */
  deletePromotion: remove('promotions'),
  /** code_taken; invalid_input for an unknown promotion */
  createCoupon: defineRpc({
    owner: 'pricing',
    method: 'coupons.create',
    request: CouponInput.extend(Keyed),
    reply: Coupon,
  }),
  /** not_found (the promotion), invalid_input */
  generateCoupons: defineRpc({
    owner: 'pricing',
    method: 'coupons.generate',
    request: CouponBatchInput.extend({ promotionId: Id, ...Keyed }),
    reply: z.object({ coupons: z.array(Coupon) }),
    timeoutMs: 20_000,
  }),
  listCoupons: defineRpc({
    owner: 'pricing',
    method: 'coupons.list',
    request: PageQuery.extend({ promotionId: Id.optional() }),
    reply: pageOf(Coupon),
  }),
  /** By id or by code, here and below. */
  getCoupon: defineRpc({
    owner: 'pricing',
    method: 'coupons.get',
    request: z.object({ id: CouponRef }),
    reply: Coupon,
  }),
  updateCoupon: defineRpc({
    owner: 'pricing',
    method: 'coupons.update',
    request: z.object({ id: CouponRef, expectedVersion: z.number().int().optional(), patch: CouponPatch }),
    reply: Coupon,
  }),
  deleteCoupon: defineRpc({
    owner: 'pricing',
    method: 'coupons.delete',
    request: z.object({ id: CouponRef, expectedVersion: z.number().int().optional() }),
    reply: z.object({ id: Id }),
  }),
  /** conflict when the provider has one; invalid_input for a number of installments twice */
  createInstallmentTable: defineRpc({
    owner: 'pricing',
    method: 'installmentTables.create',
    request: z.object({ table: InstallmentTableInput, defaultCurrency: Currency, ...Keyed }),
    reply: InstallmentTable,
  }),
  listInstallmentTables: list('installmentTables', InstallmentTable),
  getInstallmentTable: get('installmentTables', InstallmentTable),
  updateInstallmentTable: update('installmentTables', InstallmentTablePatch, InstallmentTable),
  deleteInstallmentTable: remove('installmentTables'),
  ...deadLetterRpc('pricing'),
} as const;

/** Every copy of pricing-svc drops what it keeps in memory for the tenant. */
export const pricingEvents = {
  rulesChanged: defineEvent({
    owner: 'pricing',
    type: 'rules.changed',
    data: z.object({
      kind: z.enum(['geozone', 'taxRate', 'shippingMethod', 'feeRule', 'promotion', 'installmentTable']),
      id: Id,
    }),
  }),
} as const;
