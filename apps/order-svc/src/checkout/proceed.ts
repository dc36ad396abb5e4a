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
import { documentOf, keep, write } from '@kervan/store';
import { reach } from '@kervan/test-points';
import { z } from 'zod';
import { quoteCart } from '../cart/cart.view.ts';
import { finishCart, releaseCart } from '../cart/release.ts';
import type { CartStore } from '../cart/cart.store.ts';
import { totalChanged } from '../order/draft.ts';
import { cancelDraft, confirmFree } from '../order/end.ts';
import { holdLonger, releaseTime, type HoldDeps } from '../order/hold.ts';
import { hasEnded, reservationLines } from '../order/order.ts';
import type { OrderDocument } from '../order/order.store.ts';
import { settlePayment } from '../order/payment.ts';
import { settle } from '../order/settle.ts';
import { holdUses, releaseUses } from '../order/uses.ts';

export type ProceedDeps = HoldDeps & { carts: CartStore };

/**
 * Steps 5 to 8 of a checkout, from wherever the draft stands: reserve the goods, hold the uses of promotions, open the
 * payment. Every step is idempotent by the order's id, so the checkout itself, a retry under the same key and the recovery
 * job all come here. What another try cannot change ends the draft: out_of_stock, coupon_exhausted, total_changed (a
 * promotion that applied by itself is used up), payment_method_unavailable.
 */
export const proceed = async (
  deps: ProceedDeps,
  context: Context,
  order: OrderDocument,
  language: string,
): Promise<Result<CheckoutAnswer>> => {
  if (hasEnded(order.status)) return notPayable(order);
  if (order.status !== 'draft' || order.saga.step === 'opened') return ok(answerOf(order, language));
  const secured = await secure(deps, context, order);
  if (!secured.ok) return secured;
  if (order.totals.total === 0) return confirmAtOnce(deps, context, order, language);
  const opened = await open(deps, context, order, language);
  return !opened.ok && opened.error.code === 'payment_method_unavailable'
    ? undo(deps, context, order, opened.error)
    : opened;
};

/**
 * The same for another attempt on a draft whose buyer may still choose: a way of payment that is not available does not
 * end it.
 */
export const proceedAgain = async (
  deps: ProceedDeps,
  context: Context,
  order: OrderDocument,
  language: string,
): Promise<Result<CheckoutAnswer>> => {
  if (order.status !== 'draft') return hasEnded(order.status) ? notPayable(order) : ok(answerOf(order, language));
  const secured = order.saga.step === 'drafted' ? await secure(deps, context, order) : ok(null);
  return secured.ok ? open(deps, context, order, language) : secured;
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

const notPayable = ({ orderNo, status }: OrderDocument) => fail('order_not_payable', { orderNo, status });

/** Secures what the draft promises its buyer, before anyone is asked for money: the goods, and the price it has. */
const secure = async (deps: ProceedDeps, context: Context, order: OrderDocument): Promise<Result<null>> => {
  const reserved = await reserve(deps, context, order);
  return reserved.ok && order.uses.length > 0 ? hold(deps, context, order) : reserved;
};

/** Holds what the draft uses of promotions that count; where one is used up meanwhile, it ends as it does without goods. */
const hold = async (deps: ProceedDeps, context: Context, order: OrderDocument): Promise<Result<null>> => {
  const held = await holdUses(deps.bus, context, order, false);
  if (held.ok) {
    reach('checkout.held');
    return ok(null);
  }
  if (held.error.code === 'coupon_exhausted') {
    const undone = await undo(deps, context, order, held.error);
    return isWithoutCode(undone.error) ? priceLost(deps, context, order, undone.error) : undone;
  }
  return held.error.code === 'reservation_closed' ? notPayable(order) : held;
};

const Exhausted = z.object({ uses: z.array(z.object({ code: z.string().nullable() })).min(1) });
/** Whether all that is used up applied by itself: then there is no coupon to speak of to whoever typed none. */
const isWithoutCode = ({ details }: Failure): boolean =>
  Exhausted.safeParse(details).data?.uses.every(({ code }) => code === null) === true;

/** What the cart of a draft that could not keep its price comes to now, beside what was promised. */
const priceLost = async (
  deps: ProceedDeps,
  context: Context,
  { cartId, totals }: OrderDocument,
  error: Failure,
): Promise<Result<null>> => {
  const cart = await deps.carts.get(context.tenant, cartId);
  if (cart === null) return { ok: false, error };
  const quote = await quoteCart(deps, context, cart);
  return quote.ok ? totalChanged(totals.total, quote.value) : quote;
};

/** Sets the goods aside; without them the draft ends and its cart is open again. */
const reserve = async (deps: ProceedDeps, context: Context, order: OrderDocument): Promise<Result<null>> => {
  const reserved = await deps.bus.call(inventoryRpc.reserve, context, {
    orderId: order._id,
    lines: reservationLines(order.items),
    expiresAt: releaseTime(order.reservedUntil ?? order.createdAt.toISOString()),
    again: false,
  });
  if (reserved.ok) {
    reach('checkout.reserved');
    return ok(null);
  }
  if (reserved.error.code === 'out_of_stock') return undo(deps, context, order, reserved.error);
  return reserved.error.code === 'reservation_closed' ? notPayable(order) : reserved;
};

/** Opens the payment of the draft's current attempt, idempotent by order and attempt, and writes down that it is open. */
const open = async (
  deps: ProceedDeps,
  context: Context,
  order: OrderDocument,
  language: string,
): Promise<Result<CheckoutAnswer>> => {
  if (order.choice === null) return fail('payment_method_required');
  const held = await holdLonger(deps, context, order, 'opening');
  if (!held.ok) return held;
  const opened = await deps.bus.call(paymentRpc.open, context, {
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
  reach('checkout.opened');
  if (!opened.ok) return opened;
  const recorded = await recordOpened(deps, context, order, opened.value);
  if (!recorded.ok) return recorded;
  // Opened by an earlier try and paid, perhaps, since then.
  const { payment } = opened.value;
  const settled = payment.status === 'pending' ? recorded : await settle(deps, context, payment);
  if (!settled.ok) return settled;
  return hasEnded(settled.value.status) ? notPayable(settled.value) : ok(answerOf(settled.value, language));
};

/** Writes down that the payment is open, and what the buyer's browser needs for it. Moves no status. */
const recordOpened = async (
  deps: ProceedDeps,
  context: Context,
  draft: OrderDocument,
  { payment, clientSecret, nextAction }: OpenedPayment,
): Promise<Result<OrderDocument>> => {
  const now = deps.clock();
  const recorded = await deps.orders.change<null>(
    draft,
    (order) => {
      // Another attempt has been begun meanwhile: its secret is the one that counts.
      if (order.status !== 'draft' || payment.attempt !== order.saga.attempt) return keep(null);
      const settled = payment.status === 'pending' ? settlePayment(order, payment, 'unknown', now) : null;
      const next: OrderDocument = {
        ...order,
        ...(settled?.kind === 'changed' ? settled.order : {}),
        saga: { ...order.saga, step: 'opened' },
        clientSecret,
        nextAction,
      };
      return write(next, null, settled?.kind === 'changed' ? settled.events : []);
    },
    context.traceId,
  );
  return documentOf(recorded);
};

/** Takes the draft back after a refusal that another try cannot change: it ends, its cart is open again. */
const undo = async (
  deps: ProceedDeps,
  context: Context,
  order: OrderDocument,
  error: Failure,
): Promise<{ ok: false; error: Failure }> => {
  const undone = await deps.orders.update<null>(
    context.tenant,
    order._id,
    (current) => {
      const ending = cancelDraft(current, { kind: 'system' }, error.code, deps.clock());
      return ending === null ? keep(null) : write({ ...current, ...ending.order }, null, ending.events);
    },
    context.traceId,
  );
  if (!undone.ok) return undone;
  // Paid in the last moment, perhaps: then nothing is given back.
  if (!hasEnded(undone.document.status)) return { ok: false, error };
  await Promise.all([
    releaseUses(deps, context, order, false),
    releaseCart(deps.carts, context.tenant, order.cartId, order._id),
  ]);
  return { ok: false, error };
};

const confirmAtOnce = async (
  deps: ProceedDeps,
  context: Context,
  order: OrderDocument,
  language: string,
): Promise<Result<CheckoutAnswer>> => {
  const confirmed = await deps.orders.change<null>(
    order,
    (current) => {
      const ending = confirmFree(current, deps.clock());
      return ending === null ? keep(null) : write({ ...current, ...ending.order }, null, ending.events);
    },
    context.traceId,
  );
  if (!confirmed.ok) return confirmed;
  if (hasEnded(confirmed.document.status)) return notPayable(confirmed.document);
  await finishCart(deps.carts, context.tenant, { cartId: order.cartId, orderId: order._id, confirmedFrom: 'draft' });
  return ok(answerOf(confirmed.document, language));
};
