import { z } from 'zod';
import { Options } from './catalog.ts';
import { CartStatus } from './cart.ts';
import { Considered } from './considered.ts';
import { Fulfilment, Order, OrderStatus } from './order.ts';
import { NextAction, PaymentStatus, Provider } from './payment.ts';
import { Quote, ShippingKind } from './pricing.ts';
import { Reason } from './reasons.ts';
import { Address, BillingAddress, Currency, Instant, Minor } from './values.ts';

/**
 * What storefronts read: the services' answers with every amount as money with its text, and every text in one language.
 * The admin API answers the schemas of the owners instead (integers, the currency beside them); where it says more or
 * otherwise, its view stands here, too.
 */
export const MoneyView = z.object({ amount: Minor, currency: Currency, formatted: z.string() }).meta({
  id: 'Money',
  description: 'Integer minor units of the currency, and the same as text in the language asked for.',
});
export type MoneyView = z.infer<typeof MoneyView>;

const TaxView = z.object({
  name: z.string(),
  rate: z.number().int(),
  included: z.boolean(),
  base: MoneyView,
  amount: MoneyView,
});
const ReasonView = z.object({ code: z.string(), text: z.string() });
const CouponView = z.object({
  code: z.string(),
  applied: z.boolean(),
  amount: MoneyView,
  reason: ReasonView.optional(),
});
/** What a rule takes off a line. */
export const DiscountView = z.object({ rule: z.string(), amount: MoneyView });
/** One row for everything that makes a total; the amounts add up to it. */
export const BreakdownView = z.array(
  z.object({
    rule: z.string(),
    kind: z.string(),
    target: z.string(),
    amount: MoneyView,
    included: MoneyView.optional(),
    note: z.string(),
  }),
);
/** A fee, a line of its own. */
export const FeeView = z.object({ code: z.string(), name: z.string(), amount: MoneyView });

export const TotalsView = z
  .object({
    subtotal: MoneyView,
    discount: MoneyView,
    shipping: MoneyView,
    fees: MoneyView,
    tax: MoneyView,
    total: MoneyView,
    taxes: z.array(TaxView),
  })
  .meta({ id: 'Totals' });

export const QuoteView = z
  .object({
    currency: Currency,
    lines: z.array(
      z.object({
        lineId: z.string(),
        sku: z.string(),
        quantity: z.number().int(),
        unitPrice: MoneyView,
        subtotal: MoneyView,
        discount: MoneyView,
        discounts: z.array(DiscountView),
        tax: z.object({ rate: z.number().int(), included: z.boolean(), amount: MoneyView }),
        total: MoneyView,
      }),
    ),
    subtotal: MoneyView,
    discount: MoneyView,
    shipping: MoneyView,
    shippingMethod: z
      .object({
        code: z.string(),
        name: z.string(),
        kind: ShippingKind,
        carrier: z.string().nullable(),
        minDays: z.number().int(),
        maxDays: z.number().int(),
        deliveryWindow: z.string(),
        price: MoneyView,
        discount: MoneyView,
      })
      .nullable(),
    fees: z.array(FeeView),
    feesTotal: MoneyView,
    extras: z.array(FeeView.extend({ chosen: z.boolean() })),
    tax: z.array(TaxView),
    taxTotal: MoneyView,
    taxIncluded: MoneyView,
    total: MoneyView,
    breakdown: BreakdownView,
    considered: z.array(
      z.object({
        rule: z.string(),
        kind: z.string(),
        applied: z.boolean(),
        reason: ReasonView.optional(),
        amount: MoneyView.optional(),
      }),
    ),
    coupons: z.array(CouponView),
    problems: z.array(ReasonView),
    expiresAt: Instant,
  })
  .meta({ id: 'Quote' });

export const CartView = z
  .object({
    id: z.string(),
    status: CartStatus,
    currency: Currency,
    locale: z.string(),
    items: z.array(
      z.object({
        lineId: z.string(),
        productId: z.string(),
        variantId: z.string(),
        sku: z.string(),
        title: z.string(),
        options: Options,
        image: z.string().nullable(),
        quantity: z.number().int(),
        unitPrice: MoneyView,
        total: MoneyView,
        snapshotAt: Instant,
        notices: z.array(
          z.object({ code: z.string(), text: z.string(), was: MoneyView.optional(), now: MoneyView.optional() }),
        ),
      }),
    ),
    email: z.string().nullable(),
    shippingAddress: Address.nullable(),
    billingAddress: BillingAddress.nullable(),
    shippingMethod: z.string().nullable(),
    payment: z
      .object({
        provider: Provider,
        method: z.string(),
        returnUrl: z.string().nullish(),
        installments: z.number().int(),
      })
      .nullable(),
    coupons: z.array(CouponView),
    extras: z.array(z.string()),
    note: z.string().nullable(),
    quote: QuoteView,
    version: z.number().int(),
    updatedAt: Instant,
  })
  .meta({ id: 'Cart' });

export const ShippingOptionsView = z.object({
  data: z.array(
    z.object({
      code: z.string(),
      kind: ShippingKind,
      name: z.string(),
      description: z.string().nullable(),
      carrier: z.string().nullable(),
      minDays: z.number().int(),
      maxDays: z.number().int(),
      deliveryWindow: z.string(),
      available: z.boolean(),
      price: MoneyView.nullable(),
      discount: MoneyView.nullable(),
      reason: ReasonView.optional(),
    }),
  ),
});
export const PaymentOptionsView = z.object({
  data: z.array(
    z.object({
      provider: Provider,
      methods: z.array(z.string()),
      displayName: z.string(),
      prices: z.array(
        z.object({
          method: z.string(),
          total: MoneyView,
          fees: z.array(FeeView),
          installments: z.array(
            z.object({ installments: z.number().int(), fee: MoneyView, first: MoneyView, total: MoneyView }),
          ),
        }),
      ),
    }),
  ),
});

export const ProductView = z
  .object({
    id: z.string(),
    slug: z.string(),
    title: z.string(),
    description: z.string(),
    brandId: z.string().nullable(),
    categoryIds: z.array(z.string()),
    tags: z.array(z.string()),
    options: z.array(z.object({ name: z.string(), values: z.array(z.string()) })),
    attributes: z.record(z.string(), z.unknown()),
    media: z.array(
      z.object({ id: z.string(), url: z.string(), alt: z.string().nullable(), position: z.number().int() }),
    ),
    seo: z.object({ title: z.string().nullable(), description: z.string().nullable() }),
    rating: z.object({ average: z.number(), count: z.number().int() }),
    variants: z.array(
      z.object({
        id: z.string(),
        sku: z.string(),
        title: z.string(),
        options: Options,
        price: MoneyView,
        compareAtPrice: MoneyView.nullable(),
        currency: Currency,
        barcode: z.string().nullable(),
        weightGrams: z.number().int(),
        requiresShipping: z.boolean(),
        mediaId: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'StorefrontProduct' });
export const BrandView = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  logo: z.string().nullable(),
});

export const CheckoutView = z
  .object({
    order: z.object({
      orderNo: z.string(),
      status: OrderStatus,
      amount: Minor,
      currency: Currency,
      formatted: z.string(),
      reservedUntil: Instant.nullable(),
      totals: TotalsView,
      trackingUrl: z.string(),
    }),
    payment: z.object({
      provider: Provider.nullable(),
      clientSecret: z.string().nullable(),
      status: PaymentStatus,
      nextAction: NextAction,
    }),
  })
  .meta({ id: 'CheckoutAnswer' });

export const TrackingView = z
  .object({
    orderNo: z.string(),
    status: OrderStatus,
    fulfilment: Fulfilment,
    paymentStatus: PaymentStatus,
    createdAt: Instant,
    amount: Minor,
    currency: Currency,
    formatted: z.string(),
    summary: z.object({
      items: z.array(z.object({ title: z.string(), options: Options, quantity: z.number().int(), total: MoneyView })),
      totals: TotalsView,
      shippingMethod: z
        .object({ code: z.string(), name: z.string(), minDays: z.number().int(), maxDays: z.number().int() })
        .nullable(),
      shipTo: z.object({ name: z.string(), city: z.string(), country: z.string() }).nullable(),
    }),
    shipments: z.array(z.record(z.string(), z.unknown())),
    timeline: z.array(
      z.object({
        at: Instant,
        type: z.string(),
        from: z.string().optional(),
        to: z.string().optional(),
        text: z.string(),
      }),
    ),
  })
  .meta({ id: 'Tracking' });

/** Every rule that was looked at for a price, a row each, the reasons in full. */
const StaffsConsideredView = z.array(Considered.extend({ reason: Reason.optional() }));
/** The price of a cart, for staff and machines. */
export const StaffsQuoteView = Quote.extend({ considered: StaffsConsideredView });
export type StaffsQuoteView = z.infer<typeof StaffsQuoteView>;
/** The whole order, for staff and machines. */
export const StaffsOrderView = Order.extend({ considered: StaffsConsideredView.default([]) });
export type StaffsOrderView = z.infer<typeof StaffsOrderView>;

/** RFC 9457 with a stable `code`; `errors` names each wrong field. */
export const ProblemView = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().optional(),
    instance: z.string(),
    code: z.string(),
    traceId: z.string(),
    errors: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem' });
