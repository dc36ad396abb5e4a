import { randomUUID } from 'node:crypto';
import { paymentRpc, type Context, type Result } from '@kervan/contracts';
import { job, type Job, type Log } from '@kervan/service';
import { keep, write } from '@kervan/store';
import type { CartDocument } from '../cart/cart.store.ts';
import { catchUp, releaseCart, releaseOrphan } from '../cart/release.ts';
import { expire } from '../order/end.ts';
import type { OrderDocument } from '../order/order.store.ts';
import { settle } from '../order/settle.ts';
import type { CheckoutDeps } from './checkout.handlers.ts';
import { proceed } from './proceed.ts';

export type JobDeps = CheckoutDeps & { log: Log; sweepSeconds: number; reconcileSeconds: number };

/** How many documents a job has in hand at once. */
const BATCH = 500;
/** What a job may spend on one document, in milliseconds. */
const PATIENCE_MS = 30_000;
/** A draft that has not got its payment open after this long was left behind by a process that died; in milliseconds. */
const LEFT_BEHIND_MS = 15_000;
/** A cart in checkout without a draft is taken for forgotten after this long, in milliseconds: no checkout takes as long. */
const FORGOTTEN_MS = 60_000;

/** The jobs that end what is over, go on with what was left behind and ask about what has not been heard of. */
export const checkoutJobs = (deps: JobDeps): Job[] => [
  job({
    name: 'expire-drafts',
    everySeconds: deps.sweepSeconds,
    lease: true,
    run: (signal) => expireDrafts(deps, signal),
  }),
  job({
    name: 'recover-drafts',
    everySeconds: deps.sweepSeconds,
    lease: true,
    run: (signal) => recoverDrafts(deps, signal),
  }),
  job({
    name: 'reconcile-drafts',
    everySeconds: deps.reconcileSeconds,
    lease: true,
    run: (signal) => reconcileDrafts(deps, signal),
  }),
  job({
    name: 'release-carts',
    everySeconds: deps.sweepSeconds * 4,
    lease: true,
    run: (signal) => releaseCarts(deps, signal),
  }),
];

/** Ends every draft whose time is over; its goods, its payment and its cart follow. */
export const expireDrafts = (deps: JobDeps, signal: AbortSignal): Promise<void> => {
  const until = deps.clock().toISOString();
  return forDrafts(deps, signal, { until }, async (order, context) => {
    const ended = await deps.orders.change<boolean>(
      order,
      (current) => {
        const ending = expire(current, deps.clock());
        return ending === null ? keep(false) : write({ ...current, ...ending.order }, true, ending.events);
      },
      context.traceId,
    );
    if (ended.ok && ended.value) await releaseCart(deps.carts, order.tenant, order.cartId, order._id);
    return ended;
  });
};

/**
 * Goes on with drafts whose process died before the payment was open, so that the buyer's retry finds it done. One that
 * cannot be gone on with now is left alone for as long again.
 */
export const recoverDrafts = (deps: JobDeps, signal: AbortSignal): Promise<void> => {
  const now = deps.clock();
  const filter = { 'saga.step': 'drafted', updatedAt: { $lt: new Date(now.getTime() - LEFT_BEHIND_MS) } };
  return forDrafts(deps, signal, { from: now.toISOString(), filter }, async (order, context) => {
    const done = await proceed(deps, context, order, order.locale);
    if (!done.ok)
      await deps.orders.update<null>(order.tenant, order._id, (current) =>
        current.status === 'draft' ? write({ ...current, saga: { ...current.saga } }, null) : keep(null),
      );
    return done;
  });
};

/**
 * Asks payment-svc how the payments of drafts stand of which nothing was heard for a while, so that a fact that got lost
 * on its way is not missed. Asking the provider is payment-svc's own affair.
 */
export const reconcileDrafts = (deps: JobDeps, signal: AbortSignal): Promise<void> => {
  const now = deps.clock();
  const filter = { 'saga.step': 'opened', updatedAt: { $lt: new Date(now.getTime() - deps.reconcileSeconds * 1000) } };
  return forDrafts(deps, signal, { from: now.toISOString(), filter }, async (order, context) => {
    const held = await deps.bus.call(paymentRpc.listPayments, context, { orderId: order._id, limit: 50 });
    if (!held.ok) return held;
    for (const payment of held.value.data) {
      const settled = await settle(deps, context, payment);
      if (!settled.ok) return settled;
    }
    return held;
  });
};

/** Frees or closes carts whose draft ended while nobody could tell them, and those whose draft was never written. */
export const releaseCarts = async (deps: JobDeps, signal: AbortSignal): Promise<void> => {
  const { carts, orders, clock, sweepSeconds } = deps;
  const now = clock().getTime();
  // Whoever ended the draft tells the cart in the next moment.
  const before = new Date(now - sweepSeconds * 2_000);
  let after = new Date(0);
  while (!signal.aborted) {
    const found = await carts.acrossTenants.find(
      { status: 'checkout', updatedAt: { $gt: after, $lt: before } },
      { sort: { updatedAt: 1 }, limit: BATCH },
    );
    await forEach(deps, found, 'cartId', async (cart: CartDocument) => {
      const known = cart.orderId === null ? null : await orders.get(cart.tenant, cart.orderId);
      if (known?.status === 'draft') return;
      if (known !== null) await catchUp(deps, cart);
      else if (cart.updatedAt.getTime() < now - FORGOTTEN_MS) await releaseOrphan(carts, cart);
    });
    const last = found.at(-1);
    if (last === undefined || found.length < BATCH) return;
    after = last.updatedAt;
  }
};

/** Which drafts a job looks at: those promised their goods until then or later, until before then, and what else. */
type Drafts = { from?: string; until?: string; filter?: Readonly<Record<string, unknown>> };

/** Does the work for all drafts that match, a batch after the other in the order in which their time ends. */
const forDrafts = async (
  deps: JobDeps,
  signal: AbortSignal,
  { from = '', until, filter = {} }: Drafts,
  work: (order: OrderDocument, context: Context) => Promise<Result<unknown>>,
): Promise<void> => {
  let after = from;
  while (!signal.aborted) {
    const reservedUntil = { $gt: after, ...(until === undefined ? {} : { $lte: until }) };
    const found = await deps.orders.acrossTenants.find(
      { ...filter, status: 'draft', reservedUntil },
      { sort: { reservedUntil: 1 }, limit: BATCH },
    );
    await forEach(deps, found, 'orderId', async (order: OrderDocument) => {
      const context: Context = {
        tenant: order.tenant,
        traceId: randomUUID().replaceAll('-', ''),
        deadline: deps.clock().getTime() + PATIENCE_MS,
        language: order.locale,
        actor: { kind: 'system' },
      };
      const done = await work(order, context);
      if (!done.ok) {
        const { traceId } = context;
        deps.log.warn(
          { tenant: order.tenant, orderId: order._id, traceId, code: done.error.code },
          'a draft has to wait',
        );
      }
    });
    const last = found.at(-1)?.reservedUntil ?? null;
    if (last === null || found.length < BATCH) return;
    after = last;
  }
};

/** Runs the work for all, side by side so that it is grouped; one that fails is logged and holds up no other. */
const forEach = async <Item extends { _id: string; tenant: string }>(
  { log }: JobDeps,
  items: readonly Item[],
  name: 'cartId' | 'orderId',
  work: (item: Item) => Promise<void>,
): Promise<void> => {
  await Promise.all(
    items.map(async (item) => {
      try {
        await work(item);
      } catch (error) {
        log.error({ err: error, tenant: item.tenant, [name]: item._id }, 'a job could not finish with a document');
      }
    }),
  );
};
