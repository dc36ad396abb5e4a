import { NextAction, PaymentFailure, PaymentRefund, PaymentStatus, Provider } from '@kervan/contracts';
import type { OpenPayment, Payment } from '@kervan/contracts';
import type { New, Stored } from '@kervan/store';
import { z } from 'zod';
import type { CreatedPayment, PaymentRef } from '../adapters/adapter.ts';
import { DisputeSnapshot } from '../adapters/snapshot.ts';

/** A card that was tried. `ref` names it at the provider, so that it is listed once. */
const Attempt = z.object({
  at: z.date(),
  status: z.string(),
  failure: PaymentFailure.nullable(),
  ref: z.string().nullable(),
});
export type Attempt = z.infer<typeof Attempt>;
const Dispute = DisputeSnapshot.extend({ at: z.date() });

/** A payment as it is kept. Amounts in minor units of `currency`. */
export type PaymentDocument = z.infer<typeof PaymentDocument>;
export const PaymentDocument = z.object({
  _id: z.string(),
  tenant: z.string(),
  version: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
  orderId: z.string(),
  orderNo: z.string(),
  attempt: z.number().int(),
  provider: Provider,
  method: z.string(),
  providerRef: z.string(),
  status: PaymentStatus,
  amount: z.number().int(),
  captured: z.number().int(),
  refunded: z.number().int(),
  currency: z.string(),
  mismatch: z.object({ amount: z.number().int(), currency: z.string() }).nullable(),
  failure: PaymentFailure.nullable(),
  refunds: z.array(PaymentRefund),
  attempts: z.array(Attempt),
  disputes: z.array(Dispute),
  /** For the buyer's browser, kept so that opening again answers the same; gone once paid. Never in an answer or event. */
  clientSecret: z.string().nullable(),
  nextAction: NextAction,
  /** When, by the provider's clock, what we hold of its state happened; null before the first word of it. */
  statusAt: z.date().nullable(),
  /** When the reconciler asks next; null when there is nothing left to ask. */
  checkAt: z.date().nullable(),
  checks: z.number().int(),
}) satisfies z.ZodType<Stored>;

/** The id follows from order and attempt, so opening the same payment twice is one document. */
export const paymentIdOf = (orderId: string, attempt: number): string =>
  `pay_${orderId.slice(orderId.indexOf('_') + 1)}_${String(attempt)}`;

/** The ids of all payments of an order lie between these. */
export const paymentIdRange = (orderId: string): { $gte: string; $lt: string } => {
  const start = paymentIdOf(orderId, 0).slice(0, -1);
  return { $gte: start, $lt: `${start}:` };
};

/** A payment as it begins. `checkAt` is when the reconciler looks after it first. */
export const newPayment = (
  tenant: string,
  request: OpenPayment,
  created: CreatedPayment,
  checkAt: Date,
): New<PaymentDocument> => ({
  _id: paymentIdOf(request.orderId, request.attempt),
  tenant,
  orderId: request.orderId,
  orderNo: request.orderNo,
  attempt: request.attempt,
  provider: request.provider,
  method: request.method,
  providerRef: created.providerRef,
  status: 'pending',
  amount: request.amount,
  captured: 0,
  refunded: 0,
  currency: request.currency,
  mismatch: null,
  failure: null,
  refunds: [],
  attempts: [],
  disputes: [],
  clientSecret: created.clientSecret,
  nextAction: created.nextAction,
  statusAt: null,
  checkAt,
  checks: 0,
});

/** The payment as everyone else sees it: no client secret, none of our bookkeeping. */
export const paymentView = (payment: PaymentDocument): Payment => ({
  id: payment._id,
  orderId: payment.orderId,
  orderNo: payment.orderNo,
  attempt: payment.attempt,
  provider: payment.provider,
  method: payment.method,
  providerRef: payment.providerRef,
  status: payment.status,
  amount: payment.amount,
  captured: payment.captured,
  refunded: payment.refunded,
  currency: payment.currency,
  mismatch: payment.mismatch,
  failure: payment.failure,
  refunds: payment.refunds,
  attempts: payment.attempts.map(({ at, status, failure }) => ({ at: at.toISOString(), status, failure })),
  version: payment.version,
  createdAt: payment.createdAt.toISOString(),
  updatedAt: payment.updatedAt.toISOString(),
});

/** The payment as its provider knows it. */
export const paymentRef = (payment: PaymentDocument): PaymentRef => ({
  providerRef: payment.providerRef,
  orderId: payment.orderId,
  attempt: payment.attempt,
  amount: payment.amount,
  currency: payment.currency,
});
