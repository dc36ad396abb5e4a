import { fail, ok, paymentRpc, type Context, type orderRpc, type PaymentChoice, type Result } from '@kervan/contracts';
import type { Handler } from '@kervan/bus';
import { documentOf, keep, refuse, write } from '@kervan/store';
import { quoteRequest } from '../cart/cart.ts';
import { askQuote } from '../cart/cart.view.ts';
import { releaseCart } from '../cart/release.ts';
import { choiceOf, totalChanged } from '../order/draft.ts';
import { cancelDraft } from '../order/end.ts';
import { hasEnded } from '../order/order.ts';
import { readOrderNo } from '../order/order-no.ts';
import type { OrderDocument } from '../order/order.store.ts';
import { isOver } from '../order/payment.ts';
import { settle } from '../order/settle.ts';
import { releaseUses } from '../order/uses.ts';
import { writeDraft, type DraftDeps } from './draft.handlers.ts';
import { onceByKey, type OnceDeps } from './once.ts';
import { answerOf, proceed, proceedAgain, type ProceedDeps } from './proceed.ts';

export type CheckoutDeps = DraftDeps & OnceDeps & ProceedDeps;

/** Payments opened for one order at most: payment-svc counts no further. */
const MOST_ATTEMPTS = 50;

/** Turns a cart into a draft order, reserves its stock and opens a payment, once per key. */
export const startCheckout =
  (deps: CheckoutDeps): Handler<typeof orderRpc.checkout> =>
  ({ idempotencyKey, input, language }, context) =>
    onceByKey(deps, context, { scope: 'checkout', key: idempotencyKey, request: input }, async (turn) => {
      const earlier = turn.resumed ? await deps.orders.get(context.tenant, turn.orderId) : null;
      const draft = earlier === null ? await writeDraft(deps, context, turn, input, language) : ok(earlier);
      return draft.ok ? proceed(deps, context, draft.value, language) : draft;
    });

/**
 * The buyer's browser is back: asks the provider, applies what it says, answers how the order stands. Also for an order
 * that has ended, whose money may have come all the same.
 */
export const confirmCheckout =
  (deps: CheckoutDeps): Handler<typeof orderRpc.confirm> =>
  async ({ orderNo }, context) => {
    const order = await deps.orders.findBy(context.tenant, 'orderNo', readOrderNo(orderNo));
    if (order === null) return fail('order_not_found');
    const isOpen = order.saga.step === 'opened' && (order.status === 'draft' || hasEnded(order.status));
    if (!isOpen) return ok(answerOf(order, order.locale));
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

/** Another payment attempt, with this or another provider, while the draft lives. */
export const retryPayment =
  (deps: CheckoutDeps): Handler<typeof orderRpc.retryPayment> =>
  async (request, context) => {
    const order = await deps.orders.findBy(context.tenant, 'orderNo', readOrderNo(request.orderNo));
    if (order === null) return fail('order_not_found');
    const call = { scope: `payment:${order._id}`, key: request.idempotencyKey, request: request.payment };
    return onceByKey(deps, context, call, async ({ keyId }) => {
      const same = await costsTheSame(deps, context, order, request.payment);
      if (!same.ok) return same;
      const begun = await beginAttempt(deps, context, order._id, { keyId, choice: choiceOf(request.payment) });
      return begun.ok ? proceedAgain(deps, context, begun.value, request.language) : begun;
    });
  };

/** The buyer gives up: the draft ends now, its goods and its coupons are free. */
export const cancelCheckout =
  (deps: CheckoutDeps): Handler<typeof orderRpc.cancel> =>
  async ({ orderNo }, context) => {
    const found = await deps.orders.findBy(context.tenant, 'orderNo', readOrderNo(orderNo));
    if (found === null) return fail('order_not_found');
    const cancelled = await deps.orders.change<null>(
      found,
      (order) => {
        if (hasEnded(order.status)) return keep(null);
        const ending = cancelDraft(order, context.actor, 'buyer', deps.clock());
        if (ending === null) return refuse('order_not_cancellable', { status: order.status });
        const next = { ...order, ...ending.order };
        return write(next, null, ending.events);
      },
      context.traceId,
    );
    if (!cancelled.ok) return cancelled;
    await Promise.all([
      releaseUses(deps, context, found, false),
      releaseCart(deps.carts, context.tenant, found.cartId, found._id),
    ]);
    return ok(answerOf(cancelled.document, found.locale));
  };

/**
 * An order keeps its price: a way to pay that would cost more or less, by a fee of its own or by its installments, needs
 * another checkout. total_changed (with the totals it would have), payment_method_unavailable.
 */
const costsTheSame = async (
  deps: CheckoutDeps,
  context: Context,
  { _id: orderId, cartId, choice, totals }: OrderDocument,
  wanted: PaymentChoice,
): Promise<Result<null>> => {
  if (choice === null || isPricedAlike(choice, wanted)) return ok(null);
  const cart = await deps.carts.get(context.tenant, cartId);
  // What has become of the order meanwhile is found out in the next step.
  if (cart?.orderId !== orderId) return ok(null);
  const request = quoteRequest(cart);
  const before = await askQuote(deps, context, { ...request, payment: choice });
  if (!before.ok) return before;
  const after = await askQuote(deps, context, { ...request, payment: wanted });
  if (!after.ok) return after;
  const problems = after.value.problems.filter(({ code }) => code === 'payment_method_unavailable');
  if (problems.length > 0) return fail('payment_method_unavailable', { problems });
  return after.value.total === before.value.total ? ok(null) : totalChanged(totals.total, after.value);
};

/**
 * Numbers the next attempt on the order before any provider is asked, so that a try after a crash opens the same one.
 * An earlier try under the same key has begun its attempt already: then it is gone on with.
 */
const beginAttempt = async (
  deps: CheckoutDeps,
  context: Context,
  orderId: string,
  { keyId, choice }: { keyId: string; choice: NonNullable<OrderDocument['choice']> },
): Promise<Result<OrderDocument>> => {
  const begun = await deps.orders.update<null>(context.tenant, orderId, (order) => {
    if (order.saga.keyId === keyId) return keep(null);
    if (!isPayable(order, deps.clock())) return refuse('order_not_payable', { status: order.status });
    // A provider's idempotency key belongs to an attempt: once it may have been used for something else, the next one begins.
    const used =
      order.payment.attempts.some((attempt) => attempt.attempt === order.saga.attempt) ||
      !isSameChoice(order.choice, choice);
    const attempt = used ? order.saga.attempt + 1 : order.saga.attempt;
    if (attempt > MOST_ATTEMPTS) return refuse('order_not_payable', { status: order.status, attempts: MOST_ATTEMPTS });
    const { provider, method, installments } = choice;
    const next: OrderDocument = {
      ...order,
      choice,
      saga: { ...order.saga, attempt, keyId },
      payment: { ...order.payment, provider, method, installments, status: 'pending', failure: null },
    };
    return write(next, null);
  });
  return documentOf(begun);
};

const isSameChoice = (left: OrderDocument['choice'], right: NonNullable<OrderDocument['choice']>): boolean =>
  left !== null && isPricedAlike(left, right) && left.returnUrl === right.returnUrl;

type Priced = Pick<PaymentChoice, 'provider' | 'method' | 'installments'>;
const isPricedAlike = (left: Priced, right: Priced): boolean =>
  left.provider === right.provider && left.method === right.method && left.installments === right.installments;

const isPayable = (order: OrderDocument, now: Date): boolean =>
  order.status === 'draft' &&
  !isOver(order, now) &&
  order.totals.total > 0 &&
  order.payment.captured === 0 &&
  order.payment.status !== 'processing';
