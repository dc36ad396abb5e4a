import {
  fail,
  inventoryRpc,
  ok,
  paymentRpc,
  type CheckoutAnswer,
  type Context,
  type Failure,
  type OpenedPayment,
  type Result,
} from '@kervan/contracts';
import type { Caller } from '@kervan/bus';
import { keep, write } from '@kervan/store';
import { finishCart, releaseCart } from '../cart/release.ts';
import type { CartStore } from '../cart/cart.store.ts';
import { cancelDraft, confirmFree } from '../order/end.ts';
import { reservationLines } from '../order/order.ts';
import { settlePayment } from '../order/payment.ts';
import type { OrderDocument, OrderStore } from '../order/order.store.ts';

export type ProceedDeps = { carts: CartStore; orders: OrderStore; bus: Caller; clock: () => Date };

/** Inventory keeps the goods a little longer than the order promises, for the commit that is on its way at the end. */
export const RESERVATION_GRACE_MS = 60_000;

/**
 * Steps 5 to 7 of a checkout, from wherever the draft stands: reserve the goods, open the payment. Every step is
 * idempotent by the order's id, so the checkout itself, a retry under the same key and the recovery job all come here.
 */
export const proceed = async (
  deps: ProceedDeps,
  context: Context,
  order: OrderDocument,
  language: string,
): Promise<Result<CheckoutAnswer>> => {
  if (order.status !== 'draft' || order.saga.step === 'opened') return ok(answerOf(order, language));
  const reserved = await deps.bus.call(inventoryRpc.reserve, context, {
    orderId: order._id,
    lines: reservationLines(order.items),
    expiresAt: reservationEnd(order),
    again: false,
  });
  if (!reserved.ok) {
    if (reserved.error.code === 'out_of_stock') return undo(deps, context, order, reserved.error);
    return reserved.error.code === 'reservation_closed'
      ? fail('order_not_payable', { orderNo: order.orderNo })
      : reserved;
  }
  if (order.totals.total === 0) return confirmAtOnce(deps, context, order, language);
  const opened = await openPayment(deps, context, order);
  if (!opened.ok)
    return opened.error.code === 'payment_method_unavailable' ? undo(deps, context, order, opened.error) : opened;
  const recorded = await recordOpened(deps, context, order._id, opened.value);
  return recorded.ok ? ok(answerOf(recorded.value, language)) : recorded;
};

/** When the goods of a draft become free for others, as an RFC 3339 text. */
export const reservationEnd = (order: Pick<OrderDocument, 'reservedUntil' | 'createdAt'>): string =>
  new Date(Date.parse(order.reservedUntil ?? order.createdAt.toISOString()) + RESERVATION_GRACE_MS).toISOString();

/** Opens the payment of the draft's current attempt at its provider, idempotent by order and attempt. */
export const openPayment = async (
  { bus }: ProceedDeps,
  context: Context,
  order: OrderDocument,
): Promise<Result<OpenedPayment>> => {
  if (order.choice === null) return fail('payment_method_required');
  return bus.call(paymentRpc.open, context, {
    orderId: order._id,
    orderNo: order.orderNo,
    attempt: order.saga.attempt,
    provider: order.choice.provider,
    method: order.choice.method,
    amount: order.totals.total,
    currency: order.currency,
    returnUrl: order.choice.returnUrl,
    installments: order.choice.installments,
    email: order.email,
    shippingAddress: order.shippingAddress,
  });
};

/** Writes down that the payment is open, and what the buyer's browser needs for it. */
export const recordOpened = async (
  deps: ProceedDeps,
  context: Context,
  orderId: string,
  opened: OpenedPayment,
): Promise<Result<OrderDocument>> => {
  const now = deps.clock();
  return deps.orders.update<OrderDocument>(
    context.tenant,
    orderId,
    (order) => {
      const settled = settlePayment(order, opened.payment, 'unknown', now);
      // A payment that is already through by now is settled by its own event; here only its opening is recorded.
      const next = settled.kind === 'changed' ? { ...order, ...settled.order } : order;
      if (next.status !== 'draft') return settled.kind === 'changed' ? write(next, next, settled.events) : keep(order);
      const open: OrderDocument = {
        ...next,
        saga: { ...next.saga, step: 'opened' },
        clientSecret: opened.clientSecret,
        nextAction: opened.nextAction,
      };
      return write(open, open, settled.kind === 'changed' ? settled.events : []);
    },
    context.traceId,
  );
};

/** What the storefront is told of an order and its payment. */
export const answerOf = (order: OrderDocument, language: string): CheckoutAnswer => ({
  order: {
    orderNo: order.orderNo,
    status: order.status,
    amount: order.totals.total,
    currency: order.currency,
    reservedUntil: order.reservedUntil,
    totals: order.totals,
  },
  payment: {
    provider: order.payment.provider,
    clientSecret: order.clientSecret,
    status: order.payment.status,
    nextAction: order.nextAction,
  },
  language,
  replayed: false,
});

/** Takes the draft back after a refusal that another try cannot change: it ends, its cart is open again. */
const undo = async (
  deps: ProceedDeps,
  context: Context,
  order: OrderDocument,
  error: Failure,
): Promise<Result<CheckoutAnswer>> => {
  await deps.orders.update<null>(
    context.tenant,
    order._id,
    (current) => {
      const ending = cancelDraft(current, { kind: 'system' }, error.code, deps.clock());
      return ending === null ? keep(null) : write({ ...current, ...ending.order }, null, ending.events);
    },
    context.traceId,
  );
  await releaseCart(deps.carts, context.tenant, order.cartId, order._id);
  return { ok: false, error };
};

const confirmAtOnce = async (
  deps: ProceedDeps,
  context: Context,
  order: OrderDocument,
  language: string,
): Promise<Result<CheckoutAnswer>> => {
  const confirmed = await deps.orders.update<OrderDocument>(
    context.tenant,
    order._id,
    (current) => {
      const ending = confirmFree(current, deps.clock());
      if (ending === null) return keep(current);
      const next = { ...current, ...ending.order };
      return write(next, next, ending.events);
    },
    context.traceId,
  );
  if (!confirmed.ok) return confirmed;
  await finishCart(deps.carts, context.tenant, { cartId: order.cartId, orderId: order._id, confirmedFrom: 'draft' });
  return ok(answerOf(confirmed.value, language));
};
