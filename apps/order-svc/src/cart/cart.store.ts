import { Address, BillingAddress, Options, PaymentChoice, Text } from '@kervan/contracts';
import { defineCollection, type Collection, type MarkStatement, type Stored } from '@kervan/store';
import { z } from 'zod';
import type { CartState } from './cart.ts';

/** A cart as it lies in the database. */
export type CartDocument = CartState & Stored;

const Line = z.object({
  lineId: z.string(),
  productId: z.string(),
  variantId: z.string(),
  sku: z.string(),
  title: Text,
  options: Options,
  image: z.string().nullable(),
  quantity: z.number().int(),
  unitPrice: z.number().int(),
  listPrice: z.number().int(),
  taxClass: z.string(),
  weightGrams: z.number().int(),
  requiresShipping: z.boolean(),
  brandId: z.string().nullable(),
  categoryIds: z.array(z.string()),
  snapshotAt: z.string(),
});

const schema: z.ZodType<CartDocument> = z.object({
  _id: z.string(),
  tenant: z.string(),
  version: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
  status: z.enum(['open', 'checkout', 'completed', 'abandoned']),
  orderId: z.string().nullable(),
  currency: z.string(),
  locale: z.string(),
  items: z.array(Line),
  email: z.string().nullable(),
  shippingAddress: Address.nullable(),
  billingAddress: BillingAddress.nullable(),
  shippingMethod: z.string().nullable(),
  payment: PaymentChoice.nullable(),
  coupons: z.array(z.string()),
  extras: z.array(z.string()).default([]),
  note: z.string().nullable(),
  keyedAdds: z.array(z.string()).optional(),
});

/** Carts. The one index finds carts whose checkout has ended without them, for the sweep. */
export const cartCollection = defineCollection<CartDocument>({
  name: 'carts',
  schema,
  // 2: extras
  schemaVersion: 2,
  indexes: [{ key: { updatedAt: 1 }, partial: { status: 'checkout' }, acrossTenants: true, name: 'checkout_since' }],
});

/** Closes carts whose orders were confirmed as drafts: such a cart cannot belong to another order. */
export const closeCart: MarkStatement = { filter: { status: 'checkout' }, update: { $set: { status: 'completed' } } };

export type CartStore = Collection<CartDocument>;
