import { PROVIDERS } from '@kervan/contracts';
import type { Kit, Started } from '@kervan/service';
import { keyedIdCollection, openKeyedIds } from '@kervan/store';
import { Gauge } from 'prom-client';
import type { Adapters } from './adapters/adapters.ts';
import { providerCalls } from './adapters/call.ts';
import { confirmPayment } from './adapters/sandbox/confirm.ts';
import { startDelivery } from './adapters/sandbox/delivery.ts';
import { sandboxAdapter } from './adapters/sandbox/sandbox.ts';
import { sandboxCollection } from './adapters/sandbox/sandbox.store.ts';
import { stripeAdapter } from './adapters/stripe/stripe.ts';
import type { PaymentEnvironment } from './config.ts';
import { createServer } from './http/server.ts';
import { endedOrderCollection } from './payments/ended-order.store.ts';
import { paymentCollection } from './payments/payment.store.ts';
import { reconcileJob } from './payments/reconcile.ts';
import { providerCollection } from './providers/provider.store.ts';
import { openSettings } from './providers/settings.ts';
import { openVault } from './providers/vault.ts';
import { surface } from './surface.ts';
import { webhookSweep } from './webhooks/handle.ts';
import { receiveWebhook } from './webhooks/receive.ts';
import { handledMarks, webhookCollection } from './webhooks/webhook.store.ts';

const BREAKER_STATES = { closed: 0, 'half-open': 1, open: 2 } as const;

/** Everything payment-svc keeps. */
export const COLLECTIONS = [
  paymentCollection,
  providerCollection,
  sandboxCollection,
  webhookCollection,
  endedOrderCollection,
  keyedIdCollection,
];

/** Wires the service: stores, adapters, its HTTP port, its jobs. */
export const startPayments = async (kit: Kit<PaymentEnvironment>): Promise<Started> => {
  const { env, store, bus, log, clock, metrics, health } = kit;
  const providers = store.collection(providerCollection);
  const payments = store.collection(paymentCollection);
  const intents = store.collection(sandboxCollection);
  const vault = openVault([env.MASTER_KEY, ...env.MASTER_KEY_PREVIOUS]);
  const settings = openSettings({ providers, vault, clock, log });
  const breakers = new Gauge({
    name: 'kervan_provider_breaker_state',
    help: 'Circuit breaker before a payment provider: 0 closed, 1 half open, 2 open',
    labelNames: ['provider'],
    registers: [metrics],
  });
  for (const provider of PROVIDERS) breakers.set({ provider }, BREAKER_STATES.closed);
  const calls = providerCalls((provider, state) => {
    breakers.set({ provider }, BREAKER_STATES[state]);
    log.warn({ provider, state }, 'breaker');
  });
  let port = env.PORT;
  const base = (): string => `http://127.0.0.1:${String(port)}`;
  const delivery = startDelivery({ store, intents, settings, base, clock, log });
  const { deliver } = delivery;
  const adapters: Adapters = {
    stripe: stripeAdapter({ apiBase: env.STRIPE_API_BASE }),
    sandbox: sandboxAdapter({ intents, clock, deliver }),
  };
  const marks = handledMarks(store, clock, log);
  const webhooks = store.collection(webhookCollection);
  const inHand = new Set<Promise<unknown>>();
  const deps = {
    bus,
    payments,
    providers,
    webhooks,
    endedOrders: store.collection(endedOrderCollection),
    marks,
    adapters,
    settings,
    vault,
    keyedId: openKeyedIds(store.collection(keyedIdCollection), { clock, ttlMs: env.IDEMPOTENCY_TTL_S * 1_000 }),
    clock,
    log,
    inHand,
    call: calls.call,
    reconcileMs: env.RECONCILE_S * 1_000,
    toleranceS: env.WEBHOOK_TOLERANCE_S,
  };
  const receive = receiveWebhook(deps);
  const confirm = confirmPayment({ intents, settings, clock, deliver });
  const server = createServer({
    receiveWebhook: (incoming) => store.whileThere(() => receive(incoming)),
    confirmPayment: (request) => store.whileThere(() => confirm(request)),
    health,
    metrics,
    log,
  });
  const address = await server.listen({ port, host: '0.0.0.0' });
  port = Number(new URL(address).port);

  return {
    entries: surface(deps),
    jobs: [reconcileJob(deps), webhookSweep(deps), delivery.sweep],
    stopIntake: async () => {
      // The sandbox sends its last webhooks to this very port.
      await delivery.stop();
      await server.close();
      await Promise.allSettled(inHand);
      await marks.flush();
    },
    stop: async () => calls.stop(),
  };
};
