import type { EventHandler } from '@kervan/bus';
import { retry } from '@kervan/bus';
import { ok, type orderEvents, type Result } from '@kervan/contracts';
import type { z } from 'zod';
import type { PaymentDocument } from './payment.ts';
import { REMEMBERED_MS, type EndedOrderStore } from './ended-order.store.ts';
import { paymentsOfOrder } from './payment.handlers.ts';
import { askProvider, failureOf, settle } from './settle.ts';
import type { SettleDeps, Work } from './settle.ts';
import { isLive } from './transitions.ts';

export type EndDeps = SettleDeps & { readonly endedOrders: EndedOrderStore };

type OrderFact = z.output<typeof orderEvents.expired.data>;

/**
 * An order has ended: what its buyer could still pay is taken back. A payment that went through meanwhile is found so,
 * and its own event tells the order.
 */
export const onOrderEnded =
  (deps: EndDeps): EventHandler<OrderFact> =>
  async ({ data: { orderId } }, { tenant, traceId, deadline }) => {
    const expiresAt = new Date(deps.clock().getTime() + REMEMBERED_MS);
    await deps.endedOrders.insert({ _id: orderId, tenant, expiresAt });
    const held = await paymentsOfOrder(deps.payments, tenant, orderId);
    const work = { tenant, traceId, deadline };
    const cancelled = await Promise.all(held.map((payment) => cancelPayment(deps, work, payment)));
    return cancelled.every(({ ok: done }) => done) ? undefined : retry();
  };

/** Cancels a payment that is on its way; one that is not is left as it is. */
export const cancelPayment = async (
  deps: SettleDeps,
  work: Work,
  payment: PaymentDocument,
): Promise<Result<PaymentDocument>> => {
  if (!isLive(payment.status)) return ok(payment);
  const askedAt = deps.clock();
  const told = { by: 'answer', at: askedAt } as const;
  const cancelled = await askProvider(deps, work, payment, (adapter, context, ref) => adapter.cancel(context, ref));
  if (cancelled.ok) return settle(deps, work, payment._id, cancelled.value, told);
  if (cancelled.error.code !== 'invalid_state') return failureOf(cancelled.error, payment);
  // Too late: it was paid, or cancelled before.
  const answer = await askProvider(deps, work, payment, (adapter, context, ref) => adapter.getStatus(context, ref));
  return answer.ok ? settle(deps, work, payment._id, answer.value, told) : failureOf(answer.error, payment);
};
