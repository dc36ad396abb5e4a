import { SERVICE_NAMES } from '@kervan/contracts';
import { type Db, type Document, MongoClient } from 'mongodb';
import { z } from 'zod';
import {
  CartRow,
  type Facts,
  LedgerSum,
  type Limit,
  MovementRow,
  OrderRow,
  OutboxRow,
  PaymentRow,
  type ProviderPayment,
  RedemptionRow,
  ReservationRow,
  StockRow,
  TallyRow,
} from './facts.ts';

type Read = Pick<
  Facts,
  | 'orders'
  | 'stock'
  | 'ledger'
  | 'movements'
  | 'reservations'
  | 'redemptions'
  | 'tallies'
  | 'limits'
  | 'payments'
  | 'carts'
  | 'outboxes'
  | 'money'
  | 'accounts'
>;

/** The databases of all services, by the rule they are named by, and whose events lie in them. */
const DATABASES = SERVICE_NAMES.filter((name) => name.endsWith('-svc')).map((name) => ({
  name: name.replaceAll('-', '_'),
  owner: name.slice(0, -'-svc'.length),
}));

const BATCH = 5_000;

/** All documents of a collection, just the fields rules look at. */
const all = async <Row>(
  database: Db,
  collection: string,
  row: z.ZodType<Row>,
  fields: readonly string[],
  filter: Document = {},
): Promise<Row[]> => {
  const projection = Object.fromEntries(fields.map((field) => [field, 1]));
  const rows: Row[] = [];
  for await (const document of database.collection(collection).find(filter, { projection, batchSize: BATCH }))
    rows.push(row.parse(document));
  return rows;
};

const EVENT_FIELDS = ['id', 'type', 'tenant', 'aggregateId', 'sequence', 'occurredAt', 'sent'];

const readOutboxes = async (client: MongoClient): Promise<OutboxRow[]> => {
  const rows: OutboxRow[] = [];
  const fields = ['tenant', 'createdAt', 'eventSequence', ...EVENT_FIELDS.map((field) => `outbox.${field}`)];
  for (const { name, owner } of DATABASES) {
    const database = client.db(name);
    for (const { name: collection } of await database.listCollections({}, { nameOnly: true }).toArray()) {
      const tells = { $or: [{ eventSequence: { $gt: 0 } }, { 'outbox.0': { $exists: true } }] };
      const found = await all(database, collection, OutboxRow, fields, tells);
      rows.push(...found.map((row) => ({ ...row, owner, collection })));
    }
  }
  return rows;
};

const ledgerSums = (database: Db) =>
  database
    .collection('ledger')
    .aggregate([
      {
        $group: {
          _id: { tenant: '$tenant', sku: '$sku', orderId: { $ifNull: ['$orderId', null] } },
          onHand: { $sum: '$onHandDelta' },
          reserved: { $sum: '$reservedDelta' },
        },
      },
    ])
    .map((sum: Document) => LedgerSum.parse(sum))
    .toArray();

/** A payment as the sandbox keeps it: its own store is what a bank's would be. */
const SandboxRow = z.object({
  _id: z.string(),
  tenant: z.string(),
  orderId: z.string(),
  attempt: z.number(),
  currency: z.string(),
  received: z.number(),
  refunds: z.array(
    z.object({
      providerRef: z.string(),
      refundId: z.string().nullable(),
      amount: z.number(),
      status: z.enum(['pending', 'succeeded', 'failed']),
    }),
  ),
});

const sandboxMoney = (row: z.infer<typeof SandboxRow>): ProviderPayment => ({
  provider: 'sandbox',
  ref: row._id,
  account: row.tenant,
  tenant: row.tenant,
  orderId: row.orderId,
  attempt: String(row.attempt),
  currency: row.currency,
  captured: row.received,
  refunds: row.refunds.map(({ providerRef: ref, refundId, amount, status }) => ({ ref, refundId, amount, status })),
});

const Limits = z.object({ maxUses: z.number().nullable(), maxUsesPerCustomer: z.number().nullable() });
const RuleSetRow = z.object({ tenant: z.string(), promotions: z.array(Limits.extend({ id: z.string() })).default([]) });
const CouponRow = Limits.extend({ _id: z.string(), tenant: z.string() });

/** How often promotions and coupons may be used. */
const readLimits = async (pricing: Db): Promise<Limit[]> => {
  const limited = ['id', 'maxUses', 'maxUsesPerCustomer'];
  const ruleSets = await all(pricing, 'ruleSets', RuleSetRow, [
    'tenant',
    ...limited.map((field) => `promotions.${field}`),
  ]);
  const coupons = await all(pricing, 'coupons', CouponRow, Object.keys(CouponRow.shape));
  return [
    ...ruleSets.flatMap(({ tenant, promotions }) =>
      promotions.map((promotion) => ({ kind: 'promotion' as const, tenant, ...promotion })),
    ),
    ...coupons.map(({ _id: id, ...coupon }) => ({ kind: 'coupon' as const, id, ...coupon })),
  ];
};

/** Reads what the rules look at straight from MongoDB, knowing nothing of the services' code. */
export const readDatabases = async (mongoUri: string): Promise<Read> => {
  const client = new MongoClient(mongoUri, { serverSelectionTimeoutMS: 5_000 });
  try {
    await client.connect();
    const order = client.db('order_svc');
    const inventory = client.db('inventory_svc');
    const payment = client.db('payment_svc');
    const pricing = client.db('pricing_svc');
    const outboxes = await readOutboxes(client);
    const payments = await all(payment, 'payments', PaymentRow, Object.keys(PaymentRow.shape));
    const sandbox = await all(payment, 'sandbox_intents', SandboxRow, Object.keys(SandboxRow.shape));
    const orders = await all(order, 'orders', OrderRow, [
      ...Object.keys(OrderRow.shape).filter(
        (field) => !['items', 'totals', 'payment', 'timeline', 'uses'].includes(field),
      ),
      ...['sku', 'quantity'].map((field) => `items.${field}`),
      ...Object.keys(OrderRow.shape.totals.shape).map((field) =>
        field === 'breakdown' ? 'totals.breakdown.amount' : `totals.${field}`,
      ),
      ...Object.keys(OrderRow.shape.payment.shape).map((field) => `payment.${field}`),
      ...['type', 'from', 'to'].map((field) => `timeline.${field}`),
      ...['promotionId', 'couponId'].map((field) => `uses.${field}`),
    ]);
    return {
      orders,
      stock: await all(inventory, 'stock', StockRow, Object.keys(StockRow.shape)),
      ledger: await ledgerSums(inventory),
      movements: await all(inventory, 'ledger', MovementRow, Object.keys(MovementRow.shape), { orderId: null }),
      reservations: await all(inventory, 'reservations', ReservationRow, Object.keys(ReservationRow.shape)),
      redemptions: await all(pricing, 'redemptions', RedemptionRow, Object.keys(RedemptionRow.shape)),
      tallies: await all(pricing, 'tallies', TallyRow, Object.keys(TallyRow.shape)),
      limits: await readLimits(pricing),
      payments,
      carts: await all(order, 'carts', CartRow, [
        ...Object.keys(CartRow.shape).filter((field) => field !== 'items'),
        'items.sku',
        'items.quantity',
      ]),
      outboxes,
      money: sandbox.map(sandboxMoney),
      accounts: new Set(
        payments.filter(({ provider }) => provider === 'sandbox').map(({ tenant }) => `sandbox:${tenant}`),
      ),
    };
  } finally {
    await client.close();
  }
};
