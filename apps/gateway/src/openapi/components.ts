import * as contracts from '@kervan/contracts';
import { z } from 'zod';

/** Schemas that the document names once and refers to, by the name they have there. */
const NAMED = {
  Address: contracts.Address,
  ApiKey: contracts.ApiKey,
  BillingAddress: contracts.BillingAddress,
  Brand: contracts.Brand,
  BrandView: contracts.BrandView,
  CartView: contracts.CartView,
  CheckoutView: contracts.CheckoutView,
  Geozone: contracts.Geozone,
  ImportReport: contracts.ImportReport,
  LedgerRow: contracts.LedgerRow,
  Money: contracts.MoneyView,
  Order: contracts.StaffsOrderView,
  Payment: contracts.Payment,
  PaymentChoice: contracts.PaymentChoice,
  PaymentOptionsView: contracts.PaymentOptionsView,
  PaymentProvider: contracts.PaymentProvider,
  Problem: contracts.ProblemView,
  Product: contracts.Product,
  ProductView: contracts.ProductView,
  Quote: contracts.StaffsQuoteView,
  QuoteView: contracts.QuoteView,
  Reservation: contracts.Reservation,
  ShippingMethod: contracts.ShippingMethod,
  ShippingOptionsView: contracts.ShippingOptionsView,
  StockItem: contracts.StockItem,
  TaxRate: contracts.TaxRate,
  Tenant: contracts.Tenant,
  TotalsView: contracts.TotalsView,
  TrackingView: contracts.TrackingView,
  Variant: contracts.Variant,
  WebhookEvent: contracts.WebhookEvent,
} as const satisfies Record<string, z.ZodType>;

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Turns schemas into JSON Schema 2020-12 as OpenAPI 3.1 wants it, and collects what they refer to. */
export const createSchemaWriter = () => {
  const components: Record<string, JsonSchema> = {};
  // Requests and answers differ where there are defaults, so each direction has its own names.
  const registries = { output: registryOf(''), input: registryOf('Input') };

  const write = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
    const { $defs = {}, ...rest } = z.toJSONSchema(schema, {
      io,
      metadata: registries[io],
      unrepresentable: 'any',
      // An answer may hold more than is described: new fields are no break.
      override: ({ jsonSchema }) => {
        if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      },
    });
    delete rest.$schema;
    for (const [name, definition] of Object.entries($defs)) components[name] ??= relocate(definition);
    return relocate(rest);
  };
  return { write, components };
};

const registryOf = (suffix: string) => {
  const registry = z.registry<{ id: string }>();
  for (const [name, schema] of Object.entries(NAMED)) registry.add(schema, { id: name + suffix });
  return registry;
};

/** zod puts definitions under `$defs`; OpenAPI has its own place for them. */
const relocate = <T>(schema: T): T =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));
