import { connectBus, hear, type Bus } from '@kervan/bus';
import {
  cartRpc,
  newId,
  orderEvents,
  orderRpc,
  paymentEvents,
  type Cart,
  type CheckoutAnswer,
  type CheckoutInput,
  type Context,
  type NewEvent,
  type Order,
  type Owner,
  type Payment,
  type Received,
  type Result,
  type Rpc,
  type ServiceName,
} from '@kervan/contracts';
import { createLog } from '@kervan/service';
import { openStore, type Store } from '@kervan/store';
import { eventually, startBackends, startStack, type Stack } from '@kervan/testing';
import type { z } from 'zod';
import { startNeighbours, type Neighbours } from './neighbours.ts';
import { ADDRESS, valueOf } from './world.ts';

const OWNER_OF: Partial<Record<Owner, ServiceName>> = {
  catalog: 'catalog-svc',
  inventory: 'inventory-svc',
  pricing: 'pricing-svc',
  payment: 'payment-svc',
};

/** order-svc as a real process; on its bus its neighbours, and us in the gateway's place. */
export type OrderService = {
  readonly neighbours: Neighbours;
  readonly stack: Stack;
  /** Its database. */
  readonly store: Store;
  /** Events of orders as their hearers got them. */
  readonly heard: { type: string; orderId: string }[];
  /** Asks as the gateway would, within 20 s unless told. */
  readonly call: <Request extends z.ZodType, Reply extends z.ZodType>(
    rpc: Rpc<Request, Reply>,
    request: z.input<Request>,
    tenant?: string,
  ) => Promise<Result<z.output<Reply>>>;
  /** Tells of a payment as payment-svc would. */
  readonly tell: (kind: keyof typeof paymentEvents, payment: Payment) => Promise<void>;
  /** Tells of anything else. */
  readonly publish: (as: ServiceName, event: NewEvent, aggregateId: string) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts it all. `env` goes to the service. */
export const startOrderService = async (env: Record<string, string> = {}): Promise<OrderService> => {
  const backends = await startBackends();
  const stack = await startStack({ only: ['order-svc'], backends, env: { LOG_LEVEL: 'error', ...env } });
  const log = createLog('order-svc', 'silent');
  const buses = new Map<ServiceName, Bus>();
  const connect = async (service: ServiceName): Promise<Bus> => {
    const bus = await connectBus({ service, servers: backends.nats.url, nkeySeed: backends.nats.seeds[service], log });
    buses.set(service, bus);
    return bus;
  };
  const neighbours = startNeighbours();
  for (const [owner, service] of Object.entries(OWNER_OF)) {
    const bus = await connect(service);
    await bus.serve(neighbours.entries.filter((entry) => entry.owner === owner));
  }
  const heard: OrderService['heard'] = [];
  const listen = async ({ type, data }: Received<{ orderId: string }>): Promise<void> => {
    heard.push({ type, orderId: data.orderId });
    neighbours.hear({ type, data });
  };
  const { confirmed, expired, cancelled, refundRequested, usesRedeemed, usesReleased } = orderEvents;
  await buses.get('inventory-svc')?.serve([confirmed, expired, cancelled].map((event) => hear(event, listen)));
  await buses.get('payment-svc')?.serve([hear(refundRequested, listen)]);
  await buses.get('pricing-svc')?.serve([usesRedeemed, usesReleased].map((event) => hear(event, listen)));
  const gateway = await connect('gateway');
  const store = await openStore({ uri: backends.mongo.uri, database: 'order_svc', log });

  const publish: OrderService['publish'] = async (as, event, aggregateId) => {
    const bus = buses.get(as);
    const envelope = {
      ...event,
      id: newId('event'),
      tenant: TENANT,
      aggregateId,
      sequence: 1,
      occurredAt: new Date().toISOString(),
      traceId: 'test',
    };
    const stored = await bus?.publish([envelope]);
    if (stored?.has(envelope.id) !== true) throw new Error('the event was not stored');
  };
  return {
    neighbours,
    stack,
    store,
    heard,
    call: (rpc, request, tenant = TENANT) => gateway.call(rpc, contextOf(tenant), request),
    publish,
    tell: (kind, payment) =>
      publish('payment-svc', { type: paymentEvents[kind].type, version: 1, data: payment }, payment.id),
    stop: async () => {
      for (const bus of buses.values()) await bus.stop();
      await store.close();
      await stack.stop();
      await backends.stop();
    },
  };
};

export const TENANT = 'demo';
const contextOf = (tenant: string): Context => ({
  tenant,
  traceId: newId('event'),
  deadline: Date.now() + 20_000,
  language: 'tr',
  actor: { kind: 'guest' },
});

/** A cart with so many pieces of each of these variants. */
export const cartWith = async (service: OrderService, goods: Record<string, number>): Promise<Cart> => {
  const { call, neighbours } = service;
  for (const variantId of Object.keys(goods)) if (!neighbours.variants.has(variantId)) neighbours.sell(variantId);
  const items = Object.entries(goods).map(([variantId, quantity]) => ({ variantId, quantity }));
  return valueOf(await call(cartRpc.create, { currency: 'TRY', locale: 'tr', items }));
};

/** Everything a checkout needs beside the goods. */
export const BUYER: Omit<CheckoutInput, 'cartId'> = {
  email: 'ayse@example.com',
  shippingAddress: ADDRESS,
  shippingMethod: 'standard',
  payment: { provider: 'sandbox', method: 'card', installments: 1 },
};

/** Checks a cart out, under a new key unless one is given. */
export const checkout = (
  { call }: OrderService,
  cartId: string,
  { key = newId('event'), ...input }: Partial<CheckoutInput> & { key?: string } = {},
): Promise<Result<CheckoutAnswer>> =>
  call(orderRpc.checkout, { idempotencyKey: key, input: { cartId, ...BUYER, ...input }, language: 'tr' });

/** A draft of these goods, ready to be paid. */
export const drafted = async (service: OrderService, goods: Record<string, number> = { shirt: 1 }) => {
  const cart = await cartWith(service, goods);
  const answer = valueOf(await checkout(service, cart.id));
  const order = await read(service, answer.order.orderNo);
  return { cartId: cart.id, answer, order, orderNo: order.orderNo, paymentId: order.payment.paymentId ?? '' };
};

export const read = async ({ call }: OrderService, orderNo: string): Promise<Order> =>
  valueOf(await call(orderRpc.get, { orderNo }));
export const readCart = async ({ call }: OrderService, cartId: string): Promise<Cart> =>
  valueOf(await call(cartRpc.get, { cartId }));

/** Waits until the order has this status; the order as it is then. */
export const untilOrder = (service: OrderService, orderNo: string, status: Order['status']): Promise<Order> =>
  eventually(async () => {
    const order = await read(service, orderNo);
    if (order.status !== status) throw new Error(`${orderNo} is ${order.status}, not ${status}`);
    return order;
  });
