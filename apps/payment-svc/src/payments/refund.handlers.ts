import { retry, type EventHandler } from '@kervan/bus';
import type { orderEvents } from '@kervan/contracts';
import { keep, write } from '@kervan/store';
import { reach } from '@kervan/test-points';
import type { z } from 'zod';
import { mayTryAgain } from '../adapters/provider-error.ts';
import { changed } from './apply.ts';
import { failRefund, requestRefund } from './refund.ts';
import { askProvider, settle } from './settle.ts';
import type { SettleDeps, Work } from './settle.ts';

type RefundRequested = z.output<typeof orderEvents.refundRequested.data>;

/**
 * Gives money back, once for a refund's id: the refund is written down first, so that all refunds together never exceed
 * what was captured; the provider is asked under the id as its key; its answer is applied like any news. Unknown
 * outcomes come again, definite refusals are recorded as failed.
 */
export const onRefundRequested =
  (deps: SettleDeps): EventHandler<RefundRequested> =>
  async ({ data: refund }, { tenant, traceId, deadline }) => {
    const { payments, clock, log } = deps;
    const work: Work = { tenant, traceId, deadline };
    const asked = await payments.update(
      tenant,
      refund.paymentId,
      (payment) => {
        const { outcome, refunds } = requestRefund(payment, refund);
        if (refunds === payment.refunds) return keep(outcome);
        const { payment: next, events } = changed({ ...payment, refunds }, ['refunded'], clock());
        return write(next, outcome, events);
      },
      traceId,
    );
    const fields = { tenant, traceId, orderId: refund.orderId, paymentId: refund.paymentId, refundId: refund.refundId };
    if (!asked.ok) {
      log.warn({ ...fields, code: asked.error.code }, 'a refund waits for its payment');
      return retry();
    }
    if (asked.value !== 'asked') return undefined;

    reach('refund.inside');
    const askedAt = clock();
    const amount = asked.document.refunds.find(({ refundId }) => refundId === refund.refundId)?.amount ?? refund.amount;
    const given = await askProvider(deps, work, asked.document, (adapter, context, payment) =>
      adapter.refund(context, payment, { ...refund, amount }),
    );
    reach('refund.made');
    if (given.ok) {
      const snapshot = { providerRef: asked.document.providerRef, refunds: [given.value] };
      const settled = await settle(deps, work, refund.paymentId, snapshot, { by: 'answer', at: askedAt });
      return settled.ok ? undefined : retry();
    }
    const { error } = given;
    log.warn({ ...fields, reason: error.code, requestId: error.requestId }, 'a refund was not accepted');
    if (mayTryAgain(error) || error.outcome !== 'refused') return retry();
    await payments.update(
      tenant,
      refund.paymentId,
      (payment) => {
        const refunds = failRefund(payment.refunds, refund.refundId, { code: error.code, message: null });
        if (refunds === payment.refunds) return keep(null);
        const { payment: next, events } = changed({ ...payment, refunds }, ['refunded'], clock());
        return write(next, null, events);
      },
      traceId,
    );
    return undefined;
  };
