import { SERVICE_NAMES } from '@kervan/contracts';
import { MongoClient, type Document } from 'mongodb';
import { z } from 'zod';

const Totals = z.object({
  subtotal: z.number(),
  discount: z.number(),
  shipping: z.number(),
  fees: z.number(),
  tax: z.number(),
  taxIncluded: z.number(),
  total: z.number(),
  breakdown: z.array(z.object({ amount: z.number() })),
});
const OrderRow = z.object({
  _id: z.string(),
  tenant: z.string(),
  orderNo: z.string(),
  status: z.string(),
  cartId: z.string(),
  checkoutKey: z.string(),
  items: z.array(z.object({ sku: z.string(), quantity: z.number() })),
  totals: Totals,
  payment: z.object({
    paymentId: z.string().nullable(),
    status: z.string(),
    amount: z.number(),
    captured: z.number(),
    refunded: z.number(),
    provider: z.string().nullable(),
  }),
  refunds: z.array(z.object({ paymentId: z.string(), amount: z.number(), status: z.string(), reason: z.string() })),
  timeline: z.array(z.object({ type: z.string(), from: z.string().optional(), to: z.string().optional() })),
});
const StockRow = z.object({
  tenant: z.string(),
  sku: z.string(),
  onHand: z.number(),
  reserved: z.number(),
  backorder: z.boolean(),
});
const LedgerSum = z.object({
  _id: z.object({ tenant: z.string(), sku: z.string() }),
  onHand: z.number(),
  reserved: z.number(),
});
const ReservationRow = z.object({
  _id: z.string(),
  tenant: z.string(),
  status: z.string(),
  lines: z.array(z.object({ sku: z.string(), quantity: z.number() })),
});
const PaymentRow = z.object({
  _id: z.string(),
  tenant: z.string(),
  orderId: z.string(),
  status: z.string(),
  amount: z.number(),
  captured: z.number(),
  refunded: z.number(),
  mismatch: z.unknown(),
});
const CartRow = z.object({
  _id: z.string(),
  tenant: z.string(),
  status: z.string(),
  orderId: z.string().nullable(),
  updatedAt: z.date(),
});

/** What lies in the databases of the services, as far as the numbers need it. */
export type Facts = {
  orders: z.infer<typeof OrderRow>[];
  stock: z.infer<typeof StockRow>[];
  ledger: z.infer<typeof LedgerSum>[];
  reservations: z.infer<typeof ReservationRow>[];
  payments: z.infer<typeof PaymentRow>[];
  carts: z.infer<typeof CartRow>[];
  /** Events that were written and not yet marked as sent, by collection. */
  unsent: { collection: string; id: string; type: string }[];
  /** When all this was read. */
  now: Date;
};

/** The databases of all services, by the rule they are named by. */
const DATABASES = SERVICE_NAMES.map((name) => name.replaceAll('-', '_'));
const WithOutbox = z.object({ _id: z.string(), outbox: z.array(z.object({ sent: z.boolean(), type: z.string() })) });

/** Reads the facts straight from MongoDB, knowing nothing of the services' code. */
export const readFacts = async (mongoUri: string): Promise<Facts> => {
  const client = new MongoClient(mongoUri, { serverSelectionTimeoutMS: 5_000 });
  try {
    await client.connect();
    const all = async <Row>(database: string, collection: string, row: z.ZodType<Row>): Promise<Row[]> => {
      const documents = await client
        .db(database)
        .collection(collection)
        .find({}, { projection: { outbox: 0 } })
        .toArray();
      return documents.map((document: Document) => row.parse(document));
    };
    const sums = await client
      .db('inventory_svc')
      .collection('ledger')
      .aggregate([
        {
          $group: {
            _id: { tenant: '$tenant', sku: '$sku' },
            onHand: { $sum: '$onHandDelta' },
            reserved: { $sum: '$reservedDelta' },
          },
        },
      ])
      .toArray();
    const unsent: Facts['unsent'] = [];
    for (const database of DATABASES.map((name) => client.db(name))) {
      for (const { name: collection } of await database.listCollections({}, { nameOnly: true }).toArray()) {
        const documents = await database.collection(collection).find({ 'outbox.sent': false }).toArray();
        for (const document of documents.map((each) => WithOutbox.parse({ ...each, _id: String(each._id) }))) {
          for (const event of document.outbox)
            if (!event.sent) unsent.push({ collection, id: document._id, type: event.type });
        }
      }
    }
    return {
      orders: await all('order_svc', 'orders', OrderRow),
      stock: await all('inventory_svc', 'stock', StockRow),
      ledger: sums.map((sum) => LedgerSum.parse(sum)),
      reservations: await all('inventory_svc', 'reservations', ReservationRow),
      payments: await all('payment_svc', 'payments', PaymentRow),
      carts: await all('order_svc', 'carts', CartRow),
      unsent,
      now: new Date(),
    };
  } finally {
    await client.close();
  }
};
