import {
  Considered,
  groupConsidered,
  NextAction,
  Order,
  ORDER_STATUSES,
  PromotionUse,
  Provider,
} from '@kervan/contracts';
import { defineCollection, type Collection, type Stored } from '@kervan/store';
import { z } from 'zod';
import { isSold, type OrderState } from './order.ts';

/** An order as it lies in the database: the truth of a sale. */
export type OrderDocument = OrderState & Stored;

const schema: z.ZodType<OrderDocument> = z.object({
  ...Order.omit({ id: true, version: true, createdAt: true, updatedAt: true }).shape,
  _id: z.string(),
  tenant: z.string(),
  version: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
  saga: z.object({ step: z.enum(['drafted', 'opened']), attempt: z.number().int(), keyId: z.string().nullable() }),
  checkoutKey: z.string(),
  choice: z
    .object({
      provider: Provider,
      method: z.string(),
      returnUrl: z.string().nullable(),
      installments: z.number().int(),
    })
    .nullable(),
  clientSecret: z.string().nullable(),
  nextAction: NextAction,
  extended: z.object({ opening: z.boolean(), processing: z.boolean() }),
  uses: z.array(PromotionUse).default([]),
  usesHold: z.enum(['first', 'late', 'given_up']).default('first'),
});

/** Before 4 every rule that was looked at had a row of its own. */
const upgrade = (old: unknown): unknown => {
  const rows = z.array(Considered).safeParse(Object(old).considered);
  return rows.success ? { ...Object(old), considered: groupConsidered(rows.data) } : old;
};

/** Orders: by number for buyers, by age and state for staff, drafts by the end of their time for the expiry job. */
export const orderCollection = defineCollection<OrderDocument>({
  name: 'orders',
  schema,
  // 2: fees, considered, uses; 3: installments of the payment; 4: considered in groups
  schemaVersion: 4,
  upgrade,
  outbox: 'order',
  indexes: [
    { key: { orderNo: 1 }, unique: true },
    { key: { createdAt: -1 } },
    { key: { email: 1, createdAt: -1 } },
    { key: { reservedUntil: 1 }, partial: { status: 'draft' }, acrossTenants: true, name: 'draft_until' },
  ],
});

export type OrderStore = Collection<OrderDocument>;

const SOLD = ORDER_STATUSES.filter(isSold);

/** Whether somebody with this e-mail address (in lower case) has bought here before: an order that is sold and still is. */
export const hasOrdered = async (orders: OrderStore, tenant: string, email: string): Promise<boolean> => {
  const found = await orders.list(tenant, { email, status: { $in: SOLD } }, { sort: { createdAt: -1 }, limit: 1 });
  return found.ok && found.value.data.length > 0;
};

/** The order as staff and machines see it: without what only the checkout needs. */
export const toOrder = ({
  _id,
  tenant: _tenant,
  saga: _saga,
  checkoutKey: _checkoutKey,
  choice: _choice,
  clientSecret: _clientSecret,
  nextAction: _nextAction,
  extended: _extended,
  uses: _uses,
  usesHold: _usesHold,
  ...order
}: OrderDocument): z.input<typeof Order> => ({
  ...order,
  id: _id,
  createdAt: order.createdAt.toISOString(),
  updatedAt: order.updatedAt.toISOString(),
});
