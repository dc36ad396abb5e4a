import { z } from 'zod';
import { deadLetterRpc } from './dead-letter.ts';
import { defineEvent } from './event.ts';
import { Id } from './ids.ts';
import { defineRpc, Keyed } from './rpc.ts';
import { Address, Amount, Currency, Email, Instant, Name, PageQuery, pageOf } from './values.ts';

/** The providers that exist in this version. */
export const PROVIDERS = ['stripe', 'sandbox'] as const;
export const Provider = z.enum(PROVIDERS);
export type Provider = z.infer<typeof Provider>;

/** Rank of a payment's way: a lower rank never overwrites a higher one; `failed` and `cancelled` only what is not yet authorized. */
export const PAYMENT_STATUSES = [
  'pending',
  'requires_action',
  'processing',
  'authorized',
  'paid',
  'partially_refunded',
  'refunded',
  'failed',
  'cancelled',
  'disputed',
] as const;
export const PaymentStatus = z.enum(PAYMENT_STATUSES);
export type PaymentStatus = z.infer<typeof PaymentStatus>;

/** Settings of a provider for a tenant. `credentials` are write-only: answers list the names of those that are set. */
const providerFields = {
  displayName: Name,
  mode: z.enum(['test', 'live']),
  credentials: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,39}$/), z.string().max(500)),
  methods: z
    .array(z.string().regex(/^[a-z_]{1,40}$/))
    .min(1)
    .max(20),
  currencies: z.array(Currency).max(100),
  minAmount: Amount.nullable(),
  maxAmount: Amount.nullable(),
  capture: z.enum(['automatic', 'manual']),
  priority: z.number().int().min(0).max(1_000),
  enabled: z.boolean(),
};
export const PaymentProviderInput = z.strictObject({
  provider: Provider,
  ...providerFields,
  displayName: providerFields.displayName.default({ tr: 'Kart', en: 'Card' }),
  mode: providerFields.mode.default('test'),
  credentials: providerFields.credentials.default({}),
  methods: providerFields.methods.default(['card']),
  currencies: providerFields.currencies.default([]),
  minAmount: providerFields.minAmount.default(null),
  maxAmount: providerFields.maxAmount.default(null),
  capture: providerFields.capture.default('automatic'),
  priority: providerFields.priority.default(0),
  enabled: providerFields.enabled.default(true),
});
export const PaymentProviderPatch = z.strictObject(providerFields).partial();
export const PaymentProvider = z.object({
  id: Id,
  provider: Provider,
  displayName: Name,
  mode: z.enum(['test', 'live']),
  /** Names of the credentials that are set, never their values. */
  credentials: z.array(z.string()),
  methods: z.array(z.string()),
  currencies: z.array(Currency),
  minAmount: Amount.nullable(),
  maxAmount: Amount.nullable(),
  capture: z.enum(['automatic', 'manual']),
  priority: z.number().int(),
  enabled: z.boolean(),
  version: z.number().int(),
});
export type PaymentProvider = z.infer<typeof PaymentProvider>;

export const PaymentFailure = z.object({ code: z.string(), message: z.string().nullable() });
export type PaymentFailure = z.infer<typeof PaymentFailure>;
/** A refund as the provider knows it; `refundId` is ours, null when it was made at the provider's own desk. */
export const PaymentRefund = z.object({
  refundId: Id.nullable(),
  providerRef: z.string().nullable(),
  status: z.enum(['pending', 'succeeded', 'failed']),
  amount: Amount,
  reason: z.string().nullable(),
  failure: PaymentFailure.nullable(),
});
export type PaymentRefund = z.infer<typeof PaymentRefund>;

/** A payment as everyone but its owner sees it. Amounts in minor units of `currency`. No secret in it. */
export const Payment = z.object({
  id: Id,
  orderId: Id,
  orderNo: z.string(),
  /** Counts the payments opened for one order, from 1. */
  attempt: z.number().int(),
  provider: Provider,
  method: z.string(),
  providerRef: z.string(),
  status: PaymentStatus,
  amount: Amount,
  captured: Amount,
  refunded: Amount,
  currency: Currency,
  /** The provider's amount or currency is not the order's: never confirmed silently. */
  mismatch: z.object({ amount: Amount, currency: z.string() }).nullable(),
  failure: PaymentFailure.nullable(),
  refunds: z.array(PaymentRefund),
  /** Cards tried on this payment, oldest first. */
  attempts: z.array(z.object({ at: Instant, status: z.string(), failure: PaymentFailure.nullable() })),
  /** Counts the changes: a snapshot with a higher one is newer. */
  version: z.number().int(),
  createdAt: Instant,
  updatedAt: Instant,
});
export type Payment = z.infer<typeof Payment>;

export const NextAction = z.object({
  type: z.enum(['none', 'redirect', 'iframe', 'form']),
  url: z.string().nullable(),
  html: z.string().nullable(),
});
export type NextAction = z.infer<typeof NextAction>;

/** What opening a payment needs to know of the order. Idempotent by order and attempt. */
export const OpenPayment = z.object({
  orderId: Id,
  orderNo: z.string(),
  attempt: z.number().int().min(1).max(50),
  provider: Provider,
  method: z.string().max(40),
  amount: Amount,
  currency: Currency,
  returnUrl: z.url().max(2_000).nullable(),
  installments: z.number().int().min(1).max(36),
  email: Email,
  shippingAddress: Address.nullable(),
});
export type OpenPayment = z.infer<typeof OpenPayment>;
export const OpenedPayment = z.object({
  payment: Payment,
  clientSecret: z.string().nullable(),
  nextAction: NextAction,
});
export type OpenedPayment = z.infer<typeof OpenedPayment>;

/** What came of asking a provider whether it takes a tenant's credentials; `reason` is a stable code, null when it does. */
export const ProviderCheck = z.object({ ok: z.boolean(), reason: z.string().nullable() });
export type ProviderCheck = z.infer<typeof ProviderCheck>;

export const PaymentOption = z.object({ provider: Provider, methods: z.array(z.string()), displayName: Name });
/** With the least and the most the provider takes, in minor units, both included; null is no bound. */
export const BoundedPaymentOption = PaymentOption.extend({
  minAmount: Amount.nullable(),
  maxAmount: Amount.nullable(),
});
export type BoundedPaymentOption = z.infer<typeof BoundedPaymentOption>;
export const WebhookEvent = z.object({
  id: Id,
  provider: Provider,
  eventId: z.string(),
  type: z.string(),
  status: z.enum(['received', 'handled', 'ignored', 'unmatched', 'failed']),
  orderId: Id.nullable(),
  paymentId: Id.nullable(),
  tries: z.number().int(),
  error: z.string().nullable(),
  receivedAt: Instant,
  handledAt: Instant.nullable(),
});
export type WebhookEvent = z.infer<typeof WebhookEvent>;

const ById = z.object({ id: Id });

export const paymentRpc = {
  /**
   * payment_method_unavailable (no such provider here, currency or amount outside its limits), payment_provider_error,
   * payment_provider_unavailable (also with the circuit open).
   */
  open: defineRpc({
    owner: 'payment',
    method: 'payments.open',
    request: OpenPayment,
    reply: OpenedPayment,
    timeoutMs: 20_000,
  }),
  /** Asks the provider how the order's payments stand and applies it, as the webhook would. Newest attempt first. */
  refresh: defineRpc({
    owner: 'payment',
    method: 'payments.refresh',
    request: z.object({ orderId: Id }),
    reply: z.object({ payments: z.array(Payment) }),
    timeoutMs: 20_000,
  }),
  listPayments: defineRpc({
    owner: 'payment',
    method: 'payments.list',
    request: PageQuery.extend({
      orderId: Id.optional(),
      orderNo: z.string().max(40).optional(),
      status: PaymentStatus.optional(),
    }),
    reply: pageOf(Payment),
  }),
  /** not_found */
  getPayment: defineRpc({ owner: 'payment', method: 'payments.get', request: ById, reply: Payment }),
  /** What a buyer may choose in this currency, best first; each has its bounds, since what is paid depends on the choice. */
  listOptions: defineRpc({
    owner: 'payment',
    method: 'options.list',
    request: z.object({ currency: Currency }),
    reply: z.object({ options: z.array(BoundedPaymentOption) }),
  }),
  /** provider_config_invalid (`details.errors`), conflict when the tenant has this provider already */
  createProvider: defineRpc({
    owner: 'payment',
    method: 'providers.create',
    request: PaymentProviderInput.extend(Keyed),
    reply: PaymentProvider,
  }),
  listProviders: defineRpc({
    owner: 'payment',
    method: 'providers.list',
    request: PageQuery,
    reply: pageOf(PaymentProvider),
  }),
  getProvider: defineRpc({ owner: 'payment', method: 'providers.get', request: ById, reply: PaymentProvider }),
  updateProvider: defineRpc({
    owner: 'payment',
    method: 'providers.update',
    request: z.object({ id: Id, patch: PaymentProviderPatch, expectedVersion: z.number().int().optional() }),
    reply: PaymentProvider,
  }),
  deleteProvider: defineRpc({
    owner: 'payment',
    method: 'providers.delete',
    request: ById.extend({ expectedVersion: z.number().int().optional() }),
    reply: z.object({ id: Id }),
  }),
  /** Makes a call that changes nothing with the stored credentials. not_found */
  testProvider: defineRpc({
    owner: 'payment',
    method: 'providers.test',
    request: ById,
    reply: ProviderCheck,
    timeoutMs: 20_000,
  }),
  listWebhookEvents: defineRpc({
    owner: 'payment',
    method: 'webhookEvents.list',
    request: PageQuery.extend({
      status: WebhookEvent.shape.status.optional(),
      provider: Provider.optional(),
      type: z.string().max(100).optional(),
    }),
    reply: pageOf(WebhookEvent),
  }),
  /** not_found. Handles the stored event once more; safe at any time. */
  replayWebhookEvent: defineRpc({
    owner: 'payment',
    method: 'webhookEvents.replay',
    request: ById,
    reply: WebhookEvent,
  }),
  ...deadLetterRpc('payment'),
} as const;

const event = <Type extends string>(type: Type) => defineEvent({ owner: 'payment', type, data: Payment });
/** Every change of a payment is one fact with the whole payment; the type names what happened last. */
export const paymentEvents = {
  requiresAction: event('payment.requires_action'),
  processing: event('payment.processing'),
  authorized: event('payment.authorized'),
  succeeded: event('payment.succeeded'),
  failed: event('payment.failed'),
  cancelled: event('payment.cancelled'),
  refunded: event('payment.refunded'),
  disputed: event('payment.disputed'),
  disputeClosed: event('payment.dispute_closed'),
  mismatched: event('payment.mismatched'),
  providersChanged: defineEvent({
    owner: 'payment',
    type: 'providers.changed',
    data: z.object({ provider: Provider }),
  }),
} as const;
