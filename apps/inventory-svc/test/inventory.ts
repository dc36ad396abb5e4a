import { connectBus } from '@kervan/bus';
import {
  newId,
  type Context,
  type EventDefinition,
  type inventoryRpc,
  type orderEvents,
  type Result,
  type Rpc,
} from '@kervan/contracts';
import { createLog } from '@kervan/service';
import { openStore, type Store } from '@kervan/store';
import { overhear, startBackends, startStack, type Stack } from '@kervan/testing';
import type { z } from 'zod';
import { ledger, openCollections, reservations, stock } from '../src/collections.ts';

const log = createLog('inventory-svc', 'fatal');

/** inventory-svc as it runs in earnest, in as many processes as asked for, and a bus on which order-svc speaks. */
export const startInventory = async (copies = 1, env: Readonly<Record<string, string>> = {}) => {
  const backends = await startBackends();
  const stacks: Stack[] = [];
  for (let copy = 0; copy < copies; copy++) {
    // Lapsed reservations are left to the writes that need them, unless a test wants the sweep.
    const settings = { RESERVATION_SWEEP_S: '3600', LOG_LEVEL: 'error', ...env };
    stacks.push(await startStack({ only: ['inventory-svc'], backends, env: settings }));
  }
  const connection = { servers: backends.nats.url, nkeySeed: backends.nats.seeds['order-svc'] };
  const bus = await connectBus({ service: 'order-svc', ...connection, log });
  const overheard = await overhear(backends.nats, 'inventory');
  const store = await openStore({ uri: backends.mongo.uri, database: 'inventory_svc', log });
  openCollections(store);

  const contextOf = (tenant: string, withinMs: number): Context => ({
    tenant,
    traceId: newId('event'),
    deadline: Date.now() + withinMs,
    language: 'en',
    actor: { kind: 'system' },
  });

  return {
    stacks,
    backends,
    store,
    /** What inventory-svc has told so far. */
    told: overheard.events,
    /** Asks for something as order-svc would. */
    call: <Request extends z.ZodType, Reply extends z.ZodType>(
      rpc: Rpc<Request, Reply>,
      request: z.input<Request>,
      tenant = 'demo',
      withinMs = 20_000,
    ): Promise<Result<z.output<Reply>>> => bus.call(rpc, contextOf(tenant, withinMs), request),
    /** Says what happened to an order. */
    tell: async (
      definition: (typeof orderEvents)['confirmed'] | (typeof orderEvents)['cancelled'],
      orderId: string,
      sequence: number,
      lines: { sku: string; quantity: number }[],
    ): Promise<void> => {
      const event = { ...envelope(definition, orderId, sequence), data: orderFact(orderId, lines) };
      const stored = await bus.publish([event]);
      if (!stored.has(event.id)) throw new Error('the event was not stored');
    },
    stop: async (): Promise<void> => {
      await overheard.stop();
      await bus.stop();
      await store.close();
      for (const stack of stacks) await stack.stop();
      await backends.stop();
    },
  };
};
export type Inventory = Awaited<ReturnType<typeof startInventory>>;

const envelope = ({ type, version }: EventDefinition, aggregateId: string, sequence: number) => ({
  id: newId('event'),
  type,
  version,
  tenant: 'demo',
  aggregateId,
  sequence,
  occurredAt: new Date().toISOString(),
  traceId: 'test',
});

const orderFact = (orderId: string, lines: { sku: string; quantity: number }[]) => ({
  orderId,
  orderNo: '7K3M-9QX2-TB4F',
  cartId: newId('cart'),
  from: null,
  status: 'confirmed',
  amount: 100,
  currency: 'TRY',
  lines,
});

/** A reservation as order-svc asks for it; `seconds` from now until it lapses. */
export const hold = (
  orderId: string,
  lines: Record<string, number>,
  seconds = 900,
): z.input<(typeof inventoryRpc)['reserve']['request']> => ({
  orderId,
  lines: Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity })),
  expiresAt: new Date(Date.now() + seconds * 1000).toISOString(),
});

const SUM_OF_LEDGER = [
  {
    $group: {
      _id: { $concat: ['$tenant', ':', '$sku'] },
      onHand: { $sum: '$onHandDelta' },
      reserved: { $sum: '$reservedDelta' },
      count: { $sum: 1 },
      last: { $max: '$sequence' },
    },
  },
];
const PIECES_HELD = [
  { $match: { status: 'held' } },
  { $unwind: '$lines' },
  { $group: { _id: { $concat: ['$tenant', ':', '$lines.sku'] }, quantity: { $sum: '$lines.quantity' } } },
];

/** What of the numbers that must hold does not: one line each, read straight from the database. */
export const faultsIn = async (store: Store): Promise<string[]> => {
  const { rows, sums, held } = await store.transaction(async (session) => ({
    rows: await store.raw(stock).find({}, { session }).toArray(),
    sums: await store.raw(ledger).aggregate(SUM_OF_LEDGER, { session }).toArray(),
    held: await store.raw(reservations).aggregate(PIECES_HELD, { session }).toArray(),
  }));
  const faults: string[] = [];
  for (const row of rows) {
    const sum = sums.find(({ _id }) => _id === row._id);
    const pieces = held.find(({ _id }) => _id === row._id)?.['quantity'] ?? 0;
    const said = JSON.stringify({ row, sum, pieces });
    if ((sum?.['onHand'] ?? 0) !== row['onHand']) faults.push(`onHand is not the sum of the ledger: ${said}`);
    if ((sum?.['reserved'] ?? 0) !== row['reserved']) faults.push(`reserved is not the sum of the ledger: ${said}`);
    if (pieces !== row['reserved']) faults.push(`reserved is not what is held: ${said}`);
    if (Number(row['onHand']) < Number(row['reserved'])) faults.push(`available is below zero: ${said}`);
    if ((sum?.['count'] ?? 0) !== (sum?.['last'] ?? 0)) faults.push(`the ledger has gaps: ${said}`);
  }
  return faults;
};

/** The value of a result that has to be one. */
export const valueOf = <Value>(result: Result<Value>): Value => {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
};
