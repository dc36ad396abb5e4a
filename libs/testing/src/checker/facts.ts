import { z } from 'zod';
import type { HistoryEntry } from './history.ts';

const Line = z.object({ sku: z.string(), quantity: z.number() });
const Use = z.object({ promotionId: z.string(), couponId: z.string().nullable() });

/** An order as it lies in the database, as far as rules look at it. Amounts in minor units. */
export const OrderRow = z.object({
  _id: z.string(),
  tenant: z.string(),
  orderNo: z.string(),
  status: z.string(),
  cartId: z.string(),
  checkoutKey: z.string(),
  currency: z.string(),
  reservedUntil: z.string().nullable(),
  items: z.array(Line),
  totals: z.object({
    subtotal: z.number(),
    discount: z.number(),
    shipping: z.number(),
    fees: z.number(),
    tax: z.number(),
    taxIncluded: z.number(),
    total: z.number(),
    breakdown: z.array(z.object({ amount: z.number() })),
  }),
  payment: z.object({
    paymentId: z.string().nullable(),
    status: z.string(),
    amount: z.number(),
    captured: z.number(),
    refunded: z.number(),
    provider: z.string().nullable(),
    mismatch: z.boolean(),
  }),
  refunds: z.array(
    z.object({ id: z.string(), paymentId: z.string(), amount: z.number(), status: z.string(), reason: z.string() }),
  ),
  timeline: z.array(z.object({ type: z.string(), from: z.string().optional(), to: z.string().optional() })),
  // Orders from before prices had uses say nothing of them.
  uses: z.array(Use).default([]),
});
export type OrderRow = z.infer<typeof OrderRow>;

export const StockRow = z.object({
  tenant: z.string(),
  sku: z.string(),
  onHand: z.number(),
  reserved: z.number(),
  backorder: z.boolean(),
});
/** What all movements of a SKU come to, and those one order made of it (`orderId: null`: those that no order made). */
export const LedgerSum = z.object({
  _id: z.object({ tenant: z.string(), sku: z.string(), orderId: z.string().nullable() }),
  onHand: z.number(),
  reserved: z.number(),
});
/** A movement of the shelf that no order made. */
export const MovementRow = z.object({
  _id: z.string(),
  tenant: z.string(),
  sku: z.string(),
  onHandDelta: z.number(),
  createdAt: z.date(),
});
export const ReservationRow = z.object({
  _id: z.string(),
  tenant: z.string(),
  status: z.string(),
  lines: z.array(Line),
});
export const PaymentRow = z.object({
  _id: z.string(),
  tenant: z.string(),
  orderId: z.string(),
  provider: z.string(),
  providerRef: z.string(),
  status: z.string(),
  amount: z.number(),
  captured: z.number(),
  refunded: z.number(),
  currency: z.string(),
  mismatch: z.unknown(),
  disputes: z.array(z.unknown()),
});
export type PaymentRow = z.infer<typeof PaymentRow>;
export const CartRow = z.object({
  _id: z.string(),
  tenant: z.string(),
  status: z.string(),
  orderId: z.string().nullable(),
  items: z.array(Line),
  updatedAt: z.date(),
});
/** What an order holds or has redeemed of promotions, and the keys each use counts on. */
export const RedemptionRow = z.object({
  _id: z.string(),
  tenant: z.string(),
  status: z.string(),
  uses: z.array(Use.extend({ tallies: z.array(z.string()) })),
});
/** The uses under one key of a shop. */
export const TallyRow = z.object({
  tenant: z.string(),
  key: z.string(),
  held: z.number(),
  used: z.number(),
  /** The largest limit under which they were taken; null: under none. */
  limit: z.number().nullable(),
});
export type TallyRow = z.infer<typeof TallyRow>;
/** How often a promotion or a coupon may be used; null: as often as anybody likes. */
export type Limit = {
  tenant: string;
  kind: 'promotion' | 'coupon';
  id: string;
  maxUses: number | null;
  maxUsesPerCustomer: number | null;
};
/** A document that tells events: those it still keeps, oldest first, and the number of its last one. */
export const OutboxRow = z.object({
  _id: z.string(),
  tenant: z.string(),
  createdAt: z.date(),
  eventSequence: z.number(),
  // A document may have told something that lies nowhere any more.
  outbox: z
    .array(
      z.object({
        id: z.string(),
        type: z.string(),
        tenant: z.string(),
        aggregateId: z.string(),
        sequence: z.number(),
        occurredAt: z.string(),
        sent: z.boolean(),
      }),
    )
    .default([]),
});
/** `owner`: whose database it lies in. */
export type OutboxRow = z.infer<typeof OutboxRow> & { owner: string; collection: string };

/** A payment as its provider knows it, in our minor units. */
export type ProviderPayment = {
  provider: string;
  /** The provider's own id. */
  ref: string;
  /** Whose account it lies in. */
  account: string;
  /** What the payment was told to carry; null where it carries nothing of ours. */
  tenant: string | null;
  orderId: string | null;
  attempt: string;
  currency: string;
  captured: number;
  refunds: { ref: string; refundId: string | null; amount: number; status: 'pending' | 'succeeded' | 'failed' }[];
};

/** An event as it lies in a stream. */
export type StreamEvent = {
  /** The number of its message in the stream. */
  message: number;
  subject: string;
  /** The id the server knows the message by (`Nats-Msg-Id`). */
  messageId: string;
  id: string;
  type: string;
  tenant: string;
  aggregateId: string;
  sequence: number;
};
export type StreamFacts = {
  owner: string;
  name: string;
  /** Events from before then may be gone. */
  keepsSince: Date;
  events: StreamEvent[];
  /** Messages that are no events. */
  unreadable: { message: number; subject: string }[];
};
export type ConsumerFacts = { stream: string; name: string; pending: number; unacknowledged: number };
/** What a service gave up: which message of which stream, and why. `tenant`: whose list it stands in. */
export type Letter = {
  stream: string;
  message: number;
  tenant: string;
  service: string;
  subject: string;
  /** Where the event lay, as `<stream>:<number>`. */
  place: string;
  reason: string;
};
export type BusFacts = {
  /** Null when only consumers were looked at. */
  streams: StreamFacts[] | null;
  consumers: ConsumerFacts[];
  letters: Letter[];
};

/** What the admin API shows of a shop: one line of text a thing, by id. */
export type ApiFacts = { tenant: string; lists: Record<string, ReadonlyMap<string, string>> };

/** Everything the rules look at. What was not asked for is empty, or null where empty would mean something. */
export type Facts = {
  orders: OrderRow[];
  stock: z.infer<typeof StockRow>[];
  ledger: z.infer<typeof LedgerSum>[];
  movements: z.infer<typeof MovementRow>[];
  reservations: z.infer<typeof ReservationRow>[];
  redemptions: z.infer<typeof RedemptionRow>[];
  tallies: TallyRow[];
  limits: Limit[];
  payments: PaymentRow[];
  carts: z.infer<typeof CartRow>[];
  outboxes: OutboxRow[];
  money: ProviderPayment[];
  /** Whose money was looked at, as `<provider>:<tenant>`. */
  accounts: ReadonlySet<string>;
  bus: BusFacts | null;
  api: ApiFacts[];
  history: readonly HistoryEntry[];
  /** Dead letters that were made on purpose, and the messages they were made with. */
  provoked: readonly { readonly service: string; readonly subject: string }[];
  /** How long a draft's time may be over before it has to have ended, in milliseconds; negative: it ends so soon. */
  graceMs: number;
  /** When all this was read. */
  now: Date;
};

/** Facts of a place where there is nothing. */
export const nothing = (now: Date): Facts => ({
  orders: [],
  stock: [],
  ledger: [],
  movements: [],
  reservations: [],
  redemptions: [],
  tallies: [],
  limits: [],
  payments: [],
  carts: [],
  outboxes: [],
  money: [],
  accounts: new Set(),
  bus: null,
  api: [],
  history: [],
  provoked: [],
  graceMs: 0,
  now,
});
