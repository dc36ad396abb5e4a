import type { Handler } from '@kervan/bus';
import { fail, ok } from '@kervan/contracts';
import type { paymentRpc, Result } from '@kervan/contracts';
import { paymentIdRange, paymentView } from './payment.ts';
import type { PaymentDocument } from './payment.ts';
import type { PaymentStore } from './payment.store.ts';
import { askProvider, buyersDeadline, failureOf, settle } from './settle.ts';
import type { SettleDeps, Work } from './settle.ts';
import { isLive } from './transitions.ts';

const MOST_ATTEMPTS = 50;

/** All payments of an order, newest attempt first. */
export const paymentsOfOrder = async (
  payments: PaymentStore,
  tenant: string,
  orderId: string,
): Promise<PaymentDocument[]> => {
  const page = await payments.list(
    tenant,
    { _id: paymentIdRange(orderId) },
    { sort: { _id: 1 }, limit: MOST_ATTEMPTS },
  );
  const found = page.ok ? page.value.data : [];
  return found.filter((each) => each.orderId === orderId).toSorted((one, other) => other.attempt - one.attempt);
};

/** Newest first. invalid_cursor */
export const listPayments =
  ({ payments }: { payments: PaymentStore }): Handler<typeof paymentRpc.listPayments> =>
  async ({ limit, cursor, orderId, orderNo, status }, { tenant }) => {
    const filter = {
      ...(orderId === undefined ? {} : { _id: paymentIdRange(orderId), orderId }),
      ...(orderNo === undefined ? {} : { orderNo }),
      ...(status === undefined ? {} : { status }),
    };
    const page = await payments.list(tenant, filter, { sort: { createdAt: -1 }, limit, cursor });
    return page.ok ? ok({ ...page.value, data: page.value.data.map(paymentView) }) : page;
  };

/** not_found */
export const getPayment =
  ({ payments }: { payments: PaymentStore }): Handler<typeof paymentRpc.getPayment> =>
  async ({ id }, { tenant }) => {
    const found = await payments.get(tenant, id);
    return found === null ? fail('not_found') : ok(paymentView(found));
  };

/**
 * Asks the providers how the order's payments stand and applies it, as their webhooks would. Those that are settled
 * answer as they are. payment_provider_unavailable, payment_provider_error.
 */
export const refreshPayments =
  (deps: SettleDeps): Handler<typeof paymentRpc.refresh> =>
  async ({ orderId }, context) => {
    const { tenant, traceId } = context;
    const deadline = buyersDeadline(context, deps.clock);
    const held = await paymentsOfOrder(deps.payments, tenant, orderId);
    const refreshed = await Promise.all(held.map((payment) => refresh(deps, { tenant, deadline, traceId }, payment)));
    const payments = [];
    for (const each of refreshed) {
      if (!each.ok) return each;
      payments.push(paymentView(each.value));
    }
    return ok({ payments });
  };

/** Brings one payment to where its provider says it stands. */
export const refresh = async (
  deps: SettleDeps,
  work: Work,
  payment: PaymentDocument,
): Promise<Result<PaymentDocument>> => {
  if (!isLive(payment.status)) return ok(payment);
  const askedAt = deps.clock();
  const answer = await askProvider(deps, work, payment, (adapter, context, ref) => adapter.confirm(context, ref));
  if (!answer.ok) return failureOf(answer.error, payment);
  return settle(deps, work, payment._id, answer.value, { by: 'answer', at: askedAt });
};
