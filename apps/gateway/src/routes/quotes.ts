import {
  Amount,
  catalogRpc,
  Currency,
  fail,
  Id,
  ItemInput,
  MOST_COUPONS,
  ok,
  pricingRpc,
  QuoteDestination,
  QuoteLineInput,
  QuoteRequest,
  saying,
  TaxClass,
  StaffsQuoteView,
} from '@kervan/contracts';
import type { Result, VariantSnapshot } from '@kervan/contracts';
import { z } from 'zod';
import { presentStaffsQuote } from '../present/staff.ts';
import { defineStepsRoute, input } from '../route.ts';
import type { Ask } from '../route.ts';

type Line = z.output<typeof QuoteLineInput>;
type Item = z.output<typeof ItemInput>;

/** A line that is priced as it stands, whether such goods exist or not: for trying out rules. */
const GivenLine = z.strictObject({
  ...QuoteLineInput.shape,
  lineId: Id.optional(),
  /** As a line of a cart may say it; no price depends on it. */
  variantId: Id.optional(),
  productId: Id.default('none'),
  unitPrice: Amount,
  taxClass: TaxClass.default('standard'),
  weightGrams: QuoteLineInput.shape.weightGrams.default(0),
  requiresShipping: z.boolean().default(true),
  brandId: Id.nullable().default(null),
  categoryIds: z.array(Id).max(50).default([]),
});
const buyer = QuoteRequest.shape;
const PreviewInput = z
  .strictObject({
    currency: Currency.optional(),
    items: z.array(ItemInput).min(1).max(200).optional(),
    lines: z.array(GivenLine).min(1).max(200).optional(),
    destination: z.strictObject(QuoteDestination.shape).nullable().default(null),
    shippingMethod: z.string().max(60).nullable().default(null),
    payment: z
      .strictObject({
        provider: z.string().max(40),
        method: z.string().max(40),
        installments: z.number().int().min(1).max(36).default(1),
      })
      .nullable()
      .default(null),
    coupons: z.array(z.string().max(60)).max(MOST_COUPONS).default([]),
    extras: buyer.extras,
    customerId: Id.nullable().default(null),
    email: buyer.email,
    customerGroups: buyer.customerGroups,
    firstOrder: buyer.firstOrder,
    company: buyer.company,
  })
  .refine((body) => (body.items === undefined) !== (body.lines === undefined), {
    ...saying({ tr: 'ya items ya da lines verilir', en: 'give either items or lines' }),
    path: ['items'],
  });

/** The price of something without a cart, with every rule that was looked at. */
export const quoteRoutes = [
  defineStepsRoute({
    who: 'machine',
    area: 'Admin: pricing',
    permission: 'pricing:read',
    method: 'POST',
    path: '/admin/quotes/preview',
    summary: 'Preview a price',
    description:
      'Of goods of the catalogue (`items`, by SKU or variant) or of made-up `lines`, for the buyer that is described: nobody is looked up.',
    errors: ['item_unavailable'],
    timeoutMs: catalogRpc.resolveVariants.timeoutMs + pricingRpc.quote.timeoutMs,
    input: input({ body: PreviewInput }),
    run: async ({ body }, { tenant }, ask) => {
      const { items, lines: given = [], currency = tenant.defaultCurrency, ...rest } = body;
      const named = given.map(({ variantId: _, ...line }, index) => ({
        ...line,
        lineId: line.lineId ?? `line-${index + 1}`,
      }));
      const lines = items === undefined ? ok(named) : await resolve(items, currency, ask);
      if (!lines.ok) return lines;
      const quote = await ask(pricingRpc.quote, { ...rest, currency, lines: lines.value });
      return quote.ok ? ok({ body: presentStaffsQuote(quote.value), headers: {} }) : quote;
    },
    view: StaffsQuoteView,
  }),
];

/** Looks the goods up at today's price. */
const resolve = async (items: readonly Item[], currency: string, ask: Ask): Promise<Result<Line[]>> => {
  const found = await ask(catalogRpc.resolveVariants, {
    variantIds: items.flatMap(({ variantId }) => variantId ?? []),
    skus: items.flatMap(({ sku }) => sku ?? []),
    currency,
  });
  if (!found.ok) return found;
  const lines: Line[] = [];
  const unavailable: Item[] = [];
  for (const [index, item] of items.entries()) {
    const variant = found.value.variants.find(({ variantId, sku }) => variantId === item.variantId || sku === item.sku);
    if (variant === undefined || variant.price === null) unavailable.push(item);
    else lines.push(lineOf(variant, variant.price, item.quantity, index));
  }
  return unavailable.length === 0 ? ok(lines) : fail('item_unavailable', { lines: unavailable });
};

const lineOf = (variant: VariantSnapshot, unitPrice: number, quantity: number, index: number): Line => ({
  lineId: `line-${index + 1}`,
  productId: variant.productId,
  sku: variant.sku,
  quantity,
  unitPrice,
  taxClass: variant.taxClass,
  weightGrams: variant.weightGrams,
  requiresShipping: variant.requiresShipping,
  brandId: variant.brandId,
  categoryIds: variant.categoryIds,
});
