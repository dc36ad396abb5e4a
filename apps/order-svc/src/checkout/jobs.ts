import { randomUUID } from 'node:crypto';
import { type Context } from '@kervan/contracts';
import { job, type Job, type Log } from '@kervan/service';
import { keep, write } from '@kervan/store';
import { finishCart, releaseCart } from '../cart/release.ts';
import { expire } from '../order/end.ts';
import type { OrderDocument } from '../order/order.store.ts';
import { refreshOrder, type CheckoutDeps } from './checkout.handlers.ts';
import { proceed } from './proceed.ts';

export type JobDeps = CheckoutDeps & { log: Log; sweepSeconds: number; reconcileSeconds: number };

/** How many documents one round of a job takes on; the next round goes on. */
const BATCH = 500;
/** A draft that has not got its payment open after this long was left behind by a process that died; in milliseconds. */
const LEFT_BEHIND_MS = 15_000;
/** A cart in checkout is looked at after this long, in milliseconds. */
const CART_CHECK_MS = 60_000;

/** The jobs that end what is over, go on with what was left behind and ask about what has not been heard of. */
export const checkoutJobs = (deps: JobDeps): Job[] => [
  job({ name: 'expire-drafts', everySeconds: deps.sweepSeconds, lease: true, run: () => expireDrafts(deps) }),
  job({ name: 'recover-drafts', everySeconds: deps.sweepSeconds, lease: true, run: () => recoverDrafts(deps) }),
  job({ name: 'reconcile-drafts', everySeconds: deps.reconcileSeconds, lease: true, run: () => reconcileDrafts(deps) }),
  job({ name: 'release-carts', everySeconds: deps.sweepSeconds * 2, lease: true, run: () => releaseCarts(deps) }),
];

/** Ends every draft whose time is over; its goods, its payment and its cart follow. */
export const expireDrafts = async (deps: JobDeps): Promise<void> => {
  const now = deps.clock();
  const due = await deps.orders.acrossTenants.find(
    { status: 'draft', reservedUntil: { $lt: now.toISOString() } },
    { sort: { reservedUntil: 1 }, limit: BATCH },
  );
  await each(deps, due, async (order, context) => {
    const ended = await deps.orders.update<boolean>(
      order.tenant,
      order._id,
      (current) => {
        const ending = expire(current, deps.clock());
        return ending === null ? keep(false) : write({ ...current, ...ending.order }, true, ending.events);
      },
      context.traceId,
    );
    if (ended.ok && ended.value) await releaseCart(deps.carts, order.tenant, order.cartId, order._id);
  });
};

/** Goes on with drafts whose process died before the payment was open, so that the buyer's retry finds it done. */
export const recoverDrafts = async (deps: JobDeps): Promise<void> => {
  const now = deps.clock();
  const left = await deps.orders.acrossTenants.find(
    {
      status: 'draft',
      reservedUntil: { $gt: now.toISOString() },
      'saga.step': 'drafted',
      updatedAt: { $lt: new Date(now.getTime() - LEFT_BEHIND_MS) },
    },
    { sort: { reservedUntil: 1 }, limit: BATCH },
  );
  await each(deps, left, async (order, context) => {
    await proceed(deps, context, order, order.locale);
  });
};

/** Asks the provider about drafts whose payment was opened a while ago: a webhook that never comes loses nothing. */
export const reconcileDrafts = async (deps: JobDeps): Promise<void> => {
  const now = deps.clock();
  const silent = await deps.orders.acrossTenants.find(
    {
      status: 'draft',
      reservedUntil: { $gt: now.toISOString() },
      'saga.step': 'opened',
      updatedAt: { $lt: new Date(now.getTime() - deps.reconcileSeconds * 1000) },
    },
    { sort: { reservedUntil: 1 }, limit: BATCH },
  );
  await each(deps, silent, async (order, context) => {
    await refreshOrder(deps, context, order);
  });
};

/** Frees or closes carts whose draft ended while nobody could tell them. */
export const releaseCarts = async (deps: JobDeps): Promise<void> => {
  const stuck = await deps.carts.acrossTenants.find(
    { status: 'checkout', updatedAt: { $lt: new Date(deps.clock().getTime() - CART_CHECK_MS) } },
    { sort: { updatedAt: 1 }, limit: BATCH },
  );
  for (const cart of stuck) {
    if (cart.orderId === null) continue;
    const order = await deps.orders.get(cart.tenant, cart.orderId);
    if (order === null || order.status === 'expired' || order.status === 'cancelled') {
      await releaseCart(deps.carts, cart.tenant, cart._id, cart.orderId);
    } else if (order.status !== 'draft') {
      await finishCart(deps.carts, cart.tenant, { cartId: cart._id, orderId: order._id, confirmedFrom: 'expired' });
    }
  }
};

/** Runs the work for all, side by side so that writes are grouped; one that fails is logged and holds up no other. */
const each = async (
  deps: JobDeps,
  orders: OrderDocument[],
  work: (order: OrderDocument, context: Context) => Promise<void>,
): Promise<void> => {
  await Promise.all(
    orders.map(async (order) => {
      const context: Context = {
        tenant: order.tenant,
        traceId: randomUUID().replaceAll('-', ''),
        deadline: deps.clock().getTime() + 30_000,
        language: order.locale,
        actor: { kind: 'system' },
      };
      try {
        await work(order, context);
      } catch (error) {
        deps.log.error(
          { err: error, tenant: order.tenant, orderId: order._id, traceId: context.traceId },
          'a job could not finish with an order',
        );
      }
    }),
  );
};
