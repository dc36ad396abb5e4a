import { fail, inventoryRpc, ok, orderRpc, paymentRpc, type Context, type Result } from '@kervan/contracts';
import type { Handler } from '@kervan/bus';
import { keep, refuse, write } from '@kervan/store';
import { releaseCart } from '../cart/release.ts';
import { choiceOf } from '../order/draft.ts';
import { cancelDraft } from '../order/end.ts';
import { readOrderNo } from '../order/order-no.ts';
import { isOver } from '../order/payment.ts';
import type { OrderDocument } from '../order/order.store.ts';
import { settle } from '../order/settle.ts';
import { writeDraft, type DraftDeps } from './draft.handlers.ts';
import { onceByKey, type OnceDeps } from './once.ts';
import { answerOf, openPayment, proceed, recordOpened, RESERVATION_GRACE_MS } from './proceed.ts';

export type CheckoutDeps = DraftDeps & OnceDeps;

/** A draft never lives longer than this after its creation, however often its payment is opened; in milliseconds. */
const LONGEST_DRAFT_MS = 60 * 60_000;

/** Turns a cart into a draft order, reserves its stock and opens a payment, once per key. */
export const startCheckout =
  (deps: CheckoutDeps): Handler<typeof orderRpc.checkout> =>
  ({ idempotencyKey, input, language }, context) =>
    onceByKey(deps, context, { scope: 'checkout', key: idempotencyKey, request: input }, async (orderId, resumed) => {
      const earlier = resumed ? await deps.orders.get(context.tenant, orderId) : null;
      const draft = earlier === null ? await writeDraft(deps, context, orderId, input, language) : ok(earlier);
      return draft.ok ? proceed(deps, context, draft.value, language) : draft;
    });

/** The buyer's browser is back: asks the provider, applies what it says, answers how the order stands. */
export const confirmCheckout =
  (deps: CheckoutDeps): Handler<typeof orderRpc.confirm> =>
  async ({ orderNo }, context) => {
    const order = await deps.orders.findBy(context.tenant, 'orderNo', readOrderNo(orderNo));
    if (order === null) return fail('order_not_found');
    if (order.status !== 'draft' || order.saga.step !== 'opened') return ok(answerOf(order, order.locale));
    return refreshOrder(deps, context, order);
  };

/** Another payment attempt, with this or another provider, while the draft lives. */
export const retryPayment =
  (deps: CheckoutDeps): Handler<typeof orderRpc.retryPayment> =>
  async (request, context) => {
    const order = await deps.orders.findBy(context.tenant, 'orderNo', readOrderNo(request.orderNo));
    if (order === null) return fail('order_not_found');
    const call = { scope: `payment:${order._id}`, key: request.idempotencyKey, request: request.payment };
    return onceByKey(deps, context, call, async () => {
      const begun = await beginAttempt(deps, context, order._id, choiceOf(request.payment));
      if (!begun.ok) return begun;
      if (begun.value.saga.step === 'drafted') return proceed(deps, context, begun.value, request.language);
      const opened = await openPayment(deps, context, begun.value);
      if (!opened.ok) return opened;
      const recorded = await recordOpened(deps, context, order._id, opened.value);
      return recorded.ok ? ok(answerOf(recorded.value, request.language)) : recorded;
    });
  };

/** The buyer gives up: the draft ends now and its goods are free. */
export const cancelCheckout =
  (deps: CheckoutDeps): Handler<typeof orderRpc.cancel> =>
  async ({ orderNo }, context) => {
    const found = await deps.orders.findBy(context.tenant, 'orderNo', readOrderNo(orderNo));
    if (found === null) return fail('order_not_found');
    const cancelled = await deps.orders.update<OrderDocument>(
      context.tenant,
      found._id,
      (order) => {
        if (order.status === 'cancelled' || order.status === 'expired') return keep(order);
        const ending = cancelDraft(order, context.actor, 'buyer', deps.clock());
        if (ending === null) return refuse('order_not_cancellable', { status: order.status });
        const next = { ...order, ...ending.order };
        return write(next, next, ending.events);
      },
      context.traceId,
    );
    if (!cancelled.ok) return cancelled;
    await releaseCart(deps.carts, context.tenant, found.cartId, found._id);
    return ok(answerOf(cancelled.value, found.locale));
  };

/** Asks payment-svc how the order's payments stand at their providers and applies it. */
export const refreshOrder = async (deps: CheckoutDeps, context: Context, order: OrderDocument) => {
  const refreshed = await deps.bus.call(paymentRpc.refresh, context, { orderId: order._id });
  if (!refreshed.ok) return refreshed;
  let current = order;
  for (const payment of refreshed.value.payments) {
    const settled = await settle(deps, context, payment);
    if (!settled.ok) return settled;
    current = settled.value;
  }
  return ok(answerOf(current, order.locale));
};

/**
 * Numbers the next attempt on the order before any provider is asked, so that a try after a crash opens the same one,
 * and holds the goods for longer: inventory first, so that the order never promises more than is held.
 */
const beginAttempt = async (
  deps: CheckoutDeps,
  context: Context,
  orderId: string,
  choice: NonNullable<OrderDocument['choice']>,
): Promise<Result<OrderDocument>> => {
  const order = await deps.orders.get(context.tenant, orderId);
  if (order === null) return fail('order_not_found');
  if (!isPayable(order, deps.clock())) return fail('order_not_payable', { status: order.status });
  const until = extendedEnd(order, deps.clock());
  const expiresAt = new Date(Date.parse(until) + RESERVATION_GRACE_MS).toISOString();
  const extended =
    order.saga.step === 'drafted'
      ? ok(null)
      : await deps.bus.call(inventoryRpc.extend, context, { orderId, expiresAt });
  if (!extended.ok) return extended.error.code === 'reservation_closed' ? fail('order_not_payable') : extended;
  return deps.orders.update<OrderDocument>(context.tenant, orderId, (current) => {
    if (!isPayable(current, deps.clock())) return refuse('order_not_payable', { status: current.status });
    // A provider's idempotency key belongs to an attempt: once it may have been used for something else, the next one begins.
    const used =
      current.payment.attempts.some((attempt) => attempt.attempt === current.saga.attempt) ||
      !isSameChoice(current.choice, choice);
    const next: OrderDocument = {
      ...current,
      choice,
      reservedUntil: current.saga.step === 'drafted' ? current.reservedUntil : until,
      saga: { ...current.saga, attempt: used ? current.saga.attempt + 1 : current.saga.attempt },
      payment: {
        ...current.payment,
        provider: choice.provider,
        method: choice.method,
        status: 'pending',
        failure: null,
      },
    };
    return write(next, next);
  });
};

const isSameChoice = (left: OrderDocument['choice'], right: NonNullable<OrderDocument['choice']>): boolean =>
  left !== null &&
  left.provider === right.provider &&
  left.method === right.method &&
  left.returnUrl === right.returnUrl &&
  left.installments === right.installments;

const isPayable = (order: OrderDocument, now: Date): boolean =>
  order.status === 'draft' &&
  !isOver(order, now) &&
  order.payment.captured === 0 &&
  order.payment.status !== 'processing';

const extendedEnd = (order: OrderDocument, now: Date): string => {
  const held = Date.parse(order.reservedUntil ?? '') || 0;
  const wanted = Math.min(now.getTime() + 15 * 60_000, order.createdAt.getTime() + LONGEST_DRAFT_MS);
  return new Date(Math.max(held, wanted)).toISOString();
};
