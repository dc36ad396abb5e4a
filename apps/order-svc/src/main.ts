import { runService } from '@kervan/service';
import { keyedIdCollection, openKeyedIds } from '@kervan/store';
import { cartCollection } from './cart/cart.store.ts';
import { claimCollection, outcomeCollection } from './checkout/idempotency.store.ts';
import { checkoutJobs } from './checkout/jobs.ts';
import { OrderEnvironment } from './config.ts';
import { unreachableStatuses } from './order/order.ts';
import { orderCollection } from './order/order.store.ts';
import { surface } from './surface.ts';

const unreachable = unreachableStatuses();
if (unreachable.length > 0) throw new Error(`no way leads to ${unreachable.join(', ')}`);

await runService({
  name: 'order-svc',
  environment: OrderEnvironment,
  collections: [cartCollection, orderCollection, claimCollection, outcomeCollection, keyedIdCollection],
  start: async ({ env, log, store, bus, clock }) => {
    const idempotencyTtlMs = env.IDEMPOTENCY_TTL_S * 1000;
    const deps = {
      carts: store.collection(cartCollection),
      orders: store.collection(orderCollection),
      claims: store.collection(claimCollection),
      outcomes: store.collection(outcomeCollection),
      running: new Map(),
      bus,
      clock,
      log,
      reservationTtlMs: env.RESERVATION_TTL_S * 1000,
      idempotencyTtlMs,
      keyedId: openKeyedIds(store.collection(keyedIdCollection), { clock, ttlMs: idempotencyTtlMs }),
    };
    const jobs = checkoutJobs({ ...deps, sweepSeconds: env.RESERVATION_SWEEP_S, reconcileSeconds: env.RECONCILE_S });
    return { entries: surface(deps), jobs };
  },
});
