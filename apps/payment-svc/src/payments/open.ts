import type { Handler } from '@kervan/bus';
import { fail, ok } from '@kervan/contracts';
import type { OpenedPayment, OpenPayment, paymentRpc } from '@kervan/contracts';
import { offered, takes } from '../providers/provider.ts';
import { newPayment, paymentIdOf, paymentView } from './payment.ts';
import type { PaymentDocument } from './payment.ts';
import { buyersDeadline, failureOf } from './settle.ts';
import type { SettleDeps } from './settle.ts';

export type OpenDeps = SettleDeps & { readonly reconcileMs: number };

/**
 * Opens a payment at its provider, once for an order and attempt: asked again it answers the same. The caller has
 * written down that it opens this attempt, and the provider knows the call by a key of order and attempt, so a try
 * after a crash or a lost answer finds the same payment there. payment_method_unavailable, payment_provider_error,
 * payment_provider_unavailable, conflict (this attempt was opened with other words). Should the order have ended
 * meanwhile, its caller tells nobody how to pay, and the reconciler takes the payment back.
 */
export const openPayment =
  (deps: OpenDeps): Handler<typeof paymentRpc.open> =>
  async (request, context) => {
    const { tenant, traceId } = context;
    const { payments, adapters, settings, call, clock, log, reconcileMs } = deps;
    const id = paymentIdOf(request.orderId, request.attempt);
    const known = await payments.get(tenant, id);
    if (known !== null) return opened(known, request);

    const own = offered(await settings.all(tenant), request.currency).find(
      ({ provider, methods }) => provider === request.provider && methods.includes(request.method),
    );
    if (own === undefined || !takes(own, request.amount)) return unavailable(request);
    const adapter = adapters[request.provider];
    const deadline = buyersDeadline(context, clock);
    const created = await call(adapter, () => adapter.createPayment({ settings: own, deadline }, request));
    if (!created.ok) {
      const { error } = created;
      const { orderId, provider } = request;
      log.warn({ tenant, traceId, orderId, provider, reason: error.code, requestId: error.requestId }, 'not opened');
      return error.code === 'unsupported_operation' ? unavailable(request) : failureOf(error, request);
    }
    const checkAt = new Date(clock().getTime() + reconcileMs);
    const payment = newPayment(tenant, request, created.value, checkAt);
    const inserted = await payments.insert(payment, [], traceId);
    if (inserted === null) {
      const other = await payments.get(tenant, id);
      return other === null ? fail('conflict', { orderId: request.orderId }) : opened(other, request);
    }
    return opened(inserted, request);
  };

const unavailable = ({ provider, method }: OpenPayment) => fail('payment_method_unavailable', { provider, method });

const opened = (payment: PaymentDocument, request: OpenPayment) => {
  const { provider, amount, currency } = request;
  if (payment.provider !== provider || payment.amount !== amount || payment.currency !== currency) {
    return fail('conflict', { orderId: request.orderId, attempt: request.attempt });
  }
  const answer: OpenedPayment = {
    payment: paymentView(payment),
    clientSecret: payment.clientSecret,
    nextAction: payment.nextAction,
  };
  return ok(answer);
};
