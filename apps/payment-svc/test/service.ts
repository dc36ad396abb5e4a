import { randomBytes } from 'node:crypto';
import { type Bus, connectBus, hear } from '@kervan/bus';
import { type Context, newId, type OpenPayment, type Payment, paymentEvents, paymentRpc } from '@kervan/contracts';
import type { EventEnvelope, NewEvent, PaymentProviderInput, Result, WebhookEvent } from '@kervan/contracts';
import { createLog } from '@kervan/service';
import { eventually, type Stack, startBackends, startStack, startStripeFake, type StripeFake } from '@kervan/testing';
import { MongoClient } from 'mongodb';
import type { z } from 'zod';

/** An event of payment-svc as order-svc gets it; one that comes twice has the same id. */
export type Heard = { readonly id: string; readonly type: string; readonly tenant: string; readonly payment: Payment };

/** What came back over HTTP; the body is null when it was no JSON. */
export type Reply = { readonly status: number; readonly body: unknown };

/** payment-svc as a real process, with a Stripe to test against, and us in order-svc's place on the bus. */
export type PaymentService = {
  readonly url: string;
  readonly stack: Stack;
  /** The other copies that run beside it, see `startPaymentService`. */
  readonly others: readonly Stack[];
  readonly stripe: StripeFake;
  readonly bus: Bus;
  readonly mongo: MongoClient;
  readonly heard: Heard[];
  readonly stop: () => Promise<void>;
};

/** Starts it all. `env` goes to the service, of which so many copies run on the same database and bus. */
export const startPaymentService = async (
  env: Record<string, string> = {},
  { copies = 1 }: { copies?: number } = {},
): Promise<PaymentService> => {
  const [backends, stripe] = await Promise.all([startBackends(), startStripeFake()]);
  const MASTER_KEY = randomBytes(32).toString('hex');
  const startCopy = () =>
    startStack({
      only: ['payment-svc'],
      backends,
      env: { STRIPE_API_BASE: stripe.url, LOG_LEVEL: 'warn', MASTER_KEY, ...env },
    });
  const stack = await startCopy();
  const others = await Promise.all(Array.from({ length: copies - 1 }, startCopy));
  const log = createLog('test', 'silent');
  const nkeySeed = backends.nats.seeds['order-svc'];
  const bus = await connectBus({ service: 'order-svc', servers: [backends.nats.url], nkeySeed, log });
  const heard: Heard[] = [];
  const { requiresAction, processing, authorized, succeeded, failed, cancelled } = paymentEvents;
  const { refunded, disputed, disputeClosed, mismatched } = paymentEvents;
  const told = [requiresAction, processing, authorized, succeeded, failed, cancelled];
  await bus.serve(
    [...told, refunded, disputed, disputeClosed, mismatched].map((event) =>
      hear(event, async ({ id, type, tenant, data }) => {
        if (heard.every((each) => each.id !== id)) heard.push({ id, type, tenant, payment: data });
      }),
    ),
  );
  const mongo = await MongoClient.connect(backends.mongo.uri);
  return {
    url: stack.payments,
    stack,
    others,
    stripe,
    bus,
    mongo,
    heard,
    stop: async () => {
      await bus.stop();
      await mongo.close();
      await Promise.all([stack, ...others].map((copy) => copy.stop()));
      await stripe.stop();
      await backends.stop();
    },
  };
};

/** Posts a body as it is. */
export const postTo = async (
  url: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<Reply> => {
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : Uint8Array.from(body),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : null };
};

/** A call's context as order-svc would make it. */
export const contextOf = (tenant: string): Context => ({
  tenant,
  traceId: randomBytes(16).toString('hex'),
  deadline: Date.now() + 20_000,
  language: 'en',
  actor: { kind: 'system' },
});

/** The value of a result that has to be one. */
export const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(`${result.error.code} ${JSON.stringify(result.error.details)}`);
  return result.value;
};

/** A shop of its own with both providers, and what its tests do again and again. */
export type Shop = {
  readonly tenant: string;
  readonly context: Context;
  readonly secretKey: string;
  readonly webhookSecret: string;
  readonly provide: (input: z.input<typeof PaymentProviderInput>) => Promise<Result<unknown>>;
  readonly request: (more?: Partial<OpenPayment>) => OpenPayment;
  readonly open: (more?: Partial<OpenPayment>) => Promise<{ payment: Payment; clientSecret: string }>;
  readonly payment: (id: string) => Promise<Payment>;
  /** Waits until the payment looks like this. */
  readonly until: (id: string, want: (payment: Payment) => void, withinMs?: number) => Promise<Payment>;
  readonly refresh: (orderId: string) => Promise<Payment[]>;
  /** Types of the events heard of a payment so far. */
  readonly eventsOf: (id: string) => string[];
  readonly events: () => Promise<WebhookEvent[]>;
  /** Waits until the event with the provider's id looks like this. */
  readonly untilEvent: (eventId: string, want: (event: WebhookEvent) => void) => Promise<WebhookEvent>;
  /** Posts to the shop's Stripe endpoint as anybody could. */
  readonly post: (body: string | Buffer, headers: Record<string, string>) => Promise<Reply>;
  readonly publish: (event: NewEvent, orderId: string) => Promise<void>;
};

/** Opens a shop: `stripe` with an endpoint at the service, and `sandbox`. */
export const openShop = async (
  service: PaymentService,
  settings: Partial<z.input<typeof PaymentProviderInput>> = {},
): Promise<Shop> => {
  const tenant = `shop-${randomBytes(5).toString('hex')}`;
  const context = () => contextOf(tenant);
  const secretKey = `sk_test_${randomBytes(8).toString('hex')}`;
  const webhookSecret = `whsec_${randomBytes(8).toString('hex')}`;
  const { bus, stripe, heard, url } = service;
  const provide: Shop['provide'] = (input) => bus.call(paymentRpc.createProvider, context(), input);
  valueOf(await provide({ ...settings, provider: 'stripe', credentials: { secretKey, webhookSecret } }));
  valueOf(await provide({ ...settings, provider: 'sandbox' }));
  stripe.endpoint(secretKey, { url: `${url}/webhooks/stripe/${tenant}`, secrets: [webhookSecret] });

  const request: Shop['request'] = (more = {}) => ({
    orderId: newId('order'),
    orderNo: 'AAAA-BBBB-CCCC',
    attempt: 1,
    provider: 'stripe',
    method: 'card',
    amount: 129_990,
    currency: 'TRY',
    returnUrl: null,
    installments: 1,
    email: 'ayse@example.com',
    shippingAddress: null,
    ...more,
  });
  const events: Shop['events'] = async () =>
    valueOf(await bus.call(paymentRpc.listWebhookEvents, context(), { limit: 100 })).data;
  const payment: Shop['payment'] = async (id) => valueOf(await bus.call(paymentRpc.getPayment, context(), { id }));
  return {
    tenant,
    context: context(),
    secretKey,
    webhookSecret,
    provide,
    request,
    open: async (more) => {
      const opened = valueOf(await bus.call(paymentRpc.open, context(), request(more)));
      return { payment: opened.payment, clientSecret: opened.clientSecret ?? '' };
    },
    payment,
    until: (id, want, withinMs = 10_000) =>
      eventually(
        async () => {
          const found = await payment(id);
          want(found);
          return found;
        },
        { withinMs },
      ),
    refresh: async (orderId) => valueOf(await bus.call(paymentRpc.refresh, context(), { orderId })).payments,
    eventsOf: (id) => heard.filter((each) => each.tenant === tenant && each.payment.id === id).map(({ type }) => type),
    events,
    untilEvent: (eventId, want) =>
      eventually(async () => {
        const found = (await events()).find((each) => each.eventId === eventId);
        if (found === undefined) throw new Error(`there is no event ${eventId}`);
        want(found);
        return found;
      }),
    post: (body, headers) => postTo(`${url}/webhooks/stripe/${tenant}`, body, headers),
    publish: async (event, orderId) => {
      const envelope: EventEnvelope = {
        ...event,
        id: newId('event'),
        tenant,
        aggregateId: orderId,
        sequence: 1,
        occurredAt: new Date().toISOString(),
        traceId: context().traceId,
      };
      const stored = await bus.publish([envelope]);
      if (!stored.has(envelope.id)) throw new Error('the event was not stored');
    },
  };
};
