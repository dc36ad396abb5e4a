import { z } from 'zod';
import { defineEvent } from './event.ts';
import { Id } from './ids.ts';
import { defineRpc, Keyed } from './rpc.ts';
import { Amount, Currency, Instant, LongText, Name, Nothing, PageQuery, pageOf, Sku, Slug, Text } from './values.ts';

const Token = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
/** The tax class of goods, shipping and fees: `standard`, `reduced`, … as the tenant's tax rates name them. */
export const TaxClass = z.string().regex(/^[a-z0-9-]{1,40}$/);
/** Option name to value, e.g. `{ "Color": "Blue" }`. */
export const Options = z.record(z.string().min(1).max(100), z.string().min(1).max(200));
const WebAddress = z.url({ protocol: /^https?$/ }).max(1_000);
const AttributeValue = z.union([z.string().max(1_000), z.number(), z.boolean(), z.array(z.string().max(200)).max(50)]);

export const Brand = z.object({
  id: Id,
  slug: Slug,
  name: z.string(),
  description: Text.nullable(),
  logo: z.string().nullable(),
  version: z.number().int(),
});
export type Brand = z.infer<typeof Brand>;
export const BrandInput = z.strictObject({
  slug: Slug.optional(),
  name: z.string().trim().min(1).max(200),
  description: Text.nullish(),
  logo: WebAddress.nullish(),
});
export const BrandPatch = BrandInput.partial();

export const Media = z.object({ id: Id, url: z.string(), alt: z.string().nullable(), position: z.number().int() });
const MediaInput = z.strictObject({
  id: Id.optional(),
  url: WebAddress,
  alt: z.string().max(500).nullish(),
  position: z.number().int().min(0).max(1_000).optional(),
});

/** `price` and `compareAtPrice` are minor units of `currency`; `prices` are fixed prices in other currencies. */
export const Variant = z.object({
  id: Id,
  productId: Id,
  sku: Sku,
  title: z.string(),
  options: Options,
  price: Amount,
  compareAtPrice: Amount.nullable(),
  currency: Currency,
  prices: z.array(z.object({ currency: Currency, amount: Amount })),
  barcode: z.string().nullable(),
  weightGrams: z.number().int(),
  requiresShipping: z.boolean(),
  mediaId: Id.nullable(),
  position: z.number().int(),
});
export type Variant = z.infer<typeof Variant>;
export const VariantInput = z.strictObject({
  sku: Sku,
  title: z.string().trim().max(300).optional(),
  options: Options.default({}),
  price: Amount,
  compareAtPrice: Amount.nullish(),
  currency: Currency.optional(),
  prices: z
    .array(z.strictObject({ currency: Currency, amount: Amount }))
    .max(50)
    .default([]),
  barcode: z.string().max(64).nullish(),
  weightGrams: z.number().int().min(0).max(10_000_000).default(0),
  requiresShipping: z.boolean().default(true),
  mediaId: Id.nullish(),
  /** Pieces on hand when the variant is new; passed on to the stock's owner. */
  stock: z.number().int().min(0).max(10_000_000).optional(),
});
export const VariantPatch = z.strictObject({
  sku: Sku.optional(),
  title: z.string().trim().max(300).optional(),
  options: Options.optional(),
  price: Amount.optional(),
  compareAtPrice: Amount.nullish(),
  currency: Currency.optional(),
  prices: z
    .array(z.strictObject({ currency: Currency, amount: Amount }))
    .max(50)
    .optional(),
  barcode: z.string().max(64).nullish(),
  weightGrams: z.number().int().min(0).max(10_000_000).optional(),
  requiresShipping: z.boolean().optional(),
  mediaId: Id.nullish(),
});

export const ProductStatus = z.enum(['draft', 'active', 'archived']);
export const Product = z.object({
  id: Id,
  slug: Slug,
  title: Name,
  description: LongText,
  brandId: Id.nullable(),
  categoryIds: z.array(Id),
  tags: z.array(z.string()),
  status: ProductStatus,
  options: z.array(z.object({ name: z.string(), values: z.array(z.string()) })),
  attributes: z.record(z.string(), AttributeValue),
  media: z.array(Media),
  seo: z.object({ title: Text.nullable(), description: Text.nullable() }),
  taxClass: TaxClass,
  rating: z.object({ average: z.number(), count: z.number().int() }),
  variants: z.array(Variant),
  version: z.number().int(),
  createdAt: Instant,
  updatedAt: Instant,
});
export type Product = z.infer<typeof Product>;

const productFields = {
  slug: Slug,
  title: Name,
  description: LongText,
  brandId: Id.nullable(),
  categoryIds: z.array(Id).max(50),
  tags: z.array(z.string().trim().min(1).max(100)).max(250),
  status: ProductStatus,
  options: z
    .array(
      z.strictObject({
        name: z.string().trim().min(1).max(100),
        values: z.array(z.string().trim().min(1).max(200)).max(250),
      }),
    )
    .max(3),
  attributes: z.record(Token, AttributeValue),
  media: z.array(MediaInput).max(250),
  seo: z.strictObject({ title: Text.nullish(), description: Text.nullish() }),
  taxClass: TaxClass,
};
/** A product with its variants in one call. Without `slug` one is made of the title; without `currency` the tenant's. */
export const ProductInput = z.strictObject({
  ...productFields,
  slug: productFields.slug.optional(),
  description: productFields.description.default(''),
  brandId: productFields.brandId.default(null),
  categoryIds: productFields.categoryIds.default([]),
  tags: productFields.tags.default([]),
  status: productFields.status.default('active'),
  options: productFields.options.default([]),
  attributes: productFields.attributes.default({}),
  media: productFields.media.default([]),
  seo: productFields.seo.default({}),
  taxClass: productFields.taxClass.default('standard'),
  variants: z.array(VariantInput).min(1).max(250),
});
export type ProductInput = z.infer<typeof ProductInput>;
export const ProductPatch = z.strictObject(productFields).partial();

/** What a cart or an order copies of a variant. `price` is in the asked currency; `null` when it is not sold in it. */
export const VariantSnapshot = z.object({
  variantId: Id,
  productId: Id,
  sku: Sku,
  slug: Slug,
  title: Name,
  options: Options,
  image: z.string().nullable(),
  price: Amount.nullable(),
  listPrice: Amount.nullable(),
  currency: Currency,
  taxClass: TaxClass,
  weightGrams: z.number().int(),
  requiresShipping: z.boolean(),
  brandId: Id.nullable(),
  categoryIds: z.array(Id),
  /** Whether it may be bought now (the product is active). */
  active: z.boolean(),
});
export type VariantSnapshot = z.infer<typeof VariantSnapshot>;

/** A row of an import that was refused; `line` is the first line of the row in the file, the header being line 1. */
export const ImportProblem = z.object({
  line: z.number().int(),
  handle: z.string().nullable(),
  column: z.string().nullable(),
  reason: z.string(),
});
export const ImportReport = z.object({
  importId: Id,
  rows: z.number().int(),
  products: z.object({ created: z.number().int(), updated: z.number().int(), unchanged: z.number().int() }),
  variants: z.object({ created: z.number().int(), updated: z.number().int(), unchanged: z.number().int() }),
  images: z.number().int(),
  failed: z.number().int(),
  problems: z.array(ImportProblem),
});
export type ImportReport = z.infer<typeof ImportReport>;

const WithVersion = { expectedVersion: z.number().int().optional() };
const ProductSort = z.enum(['newest', 'oldest', 'title', '-title', 'price', '-price']);

export const catalogRpc = {
  /** slug_taken, sku_taken, invalid_input. `defaultCurrency` is the tenant's, for variants without one. */
  createProduct: defineRpc({
    owner: 'catalog',
    method: 'products.create',
    request: z.object({ product: ProductInput, defaultCurrency: Currency, ...Keyed }),
    reply: Product,
  }),
  /** By id or by slug; not_found */
  getProduct: defineRpc({
    owner: 'catalog',
    method: 'products.get',
    request: z.union([z.object({ id: Id }), z.object({ slug: z.string().max(120), activeOnly: z.boolean() })]),
    reply: Product,
  }),
  listProducts: defineRpc({
    owner: 'catalog',
    method: 'products.list',
    request: PageQuery.extend({
      activeOnly: z.boolean(),
      status: ProductStatus.optional(),
      brand: z.string().max(120).optional(),
      tag: z.string().max(100).optional(),
      sku: z.string().max(64).optional(),
      minPrice: Amount.optional(),
      maxPrice: Amount.optional(),
      sort: ProductSort.default('newest'),
    }),
    reply: pageOf(Product),
  }),
  /** not_found, slug_taken, precondition_failed */
  updateProduct: defineRpc({
    owner: 'catalog',
    method: 'products.update',
    request: z.object({ id: Id, patch: ProductPatch, ...WithVersion }),
    reply: Product,
  }),
  /** not_found, precondition_failed */
  deleteProduct: defineRpc({
    owner: 'catalog',
    method: 'products.delete',
    request: z.object({ id: Id, ...WithVersion }),
    reply: z.object({ id: Id }),
  }),
  /** not_found, sku_taken, precondition_failed; each answers the whole product */
  createVariant: defineRpc({
    owner: 'catalog',
    method: 'variants.create',
    request: z.object({ productId: Id, variant: VariantInput, defaultCurrency: Currency, ...WithVersion, ...Keyed }),
    reply: Product,
  }),
  updateVariant: defineRpc({
    owner: 'catalog',
    method: 'variants.update',
    request: z.object({ productId: Id, variantId: Id, patch: VariantPatch, ...WithVersion }),
    reply: Product,
  }),
  deleteVariant: defineRpc({
    owner: 'catalog',
    method: 'variants.delete',
    request: z.object({ productId: Id, variantId: Id, ...WithVersion }),
    reply: Product,
  }),
  /** What carts copy, for many at once, by variant id or SKU; unknown ones are left out. */
  resolveVariants: defineRpc({
    owner: 'catalog',
    method: 'variants.resolve',
    request: z.object({
      variantIds: z.array(Id).max(200).default([]),
      skus: z.array(z.string().max(64)).max(200).default([]),
      currency: Currency,
    }),
    reply: z.object({ variants: z.array(VariantSnapshot) }),
  }),
  /** slug_taken */
  createBrand: defineRpc({
    owner: 'catalog',
    method: 'brands.create',
    request: BrandInput.extend(Keyed),
    reply: Brand,
  }),
  listBrands: defineRpc({ owner: 'catalog', method: 'brands.list', request: PageQuery, reply: pageOf(Brand) }),
  getBrand: defineRpc({ owner: 'catalog', method: 'brands.get', request: z.object({ id: Id }), reply: Brand }),
  updateBrand: defineRpc({
    owner: 'catalog',
    method: 'brands.update',
    request: z.object({ id: Id, patch: BrandPatch, ...WithVersion }),
    reply: Brand,
  }),
  /** not_found, in_use, precondition_failed */
  deleteBrand: defineRpc({
    owner: 'catalog',
    method: 'brands.delete',
    request: z.object({ id: Id, ...WithVersion }),
    reply: z.object({ id: Id }),
  }),
  /** A file comes in parts (each within the bus's message size), then is worked off as a whole. */
  startImport: defineRpc({
    owner: 'catalog',
    method: 'imports.start',
    request: z.object({ defaultCurrency: Currency }),
    reply: z.object({ importId: Id }),
  }),
  appendImport: defineRpc({
    owner: 'catalog',
    method: 'imports.append',
    request: z.object({ importId: Id, part: z.number().int().min(0).max(10_000), text: z.string().max(300_000) }),
    reply: Nothing,
  }),
  /** not_found, invalid_input (not a CSV of products at all). Bad rows are in the report. */
  runImport: defineRpc({
    owner: 'catalog',
    method: 'imports.run',
    request: z.object({ importId: Id }),
    reply: ImportReport,
    timeoutMs: 120_000,
  }),
} as const;

const ProductRef = z.object({ productId: Id, slug: Slug });
export const catalogEvents = {
  productCreated: defineEvent({ owner: 'catalog', type: 'product.created', data: ProductRef }),
  productUpdated: defineEvent({ owner: 'catalog', type: 'product.updated', data: ProductRef }),
  productDeleted: defineEvent({ owner: 'catalog', type: 'product.deleted', data: ProductRef }),
} as const;
