import { connectBus, startRelay, type Bus } from '@kervan/bus';
import {
  catalogRpc,
  inventoryRpc,
  ok,
  type Context,
  type ImportReport,
  type Result,
  type Rpc,
} from '@kervan/contracts';
import { keyedIdCollection, openKeyedIds, openStore, type Store } from '@kervan/store';
import { startBackends, stub, testDatabase, type Backends } from '@kervan/testing';
import { pino } from 'pino';
import type { z } from 'zod';
import { brandCollection } from '../src/brands/brand.store.ts';
import { importCollection, importPartCollection } from '../src/imports/import.store.ts';
import { openShelves } from '../src/memory/shelves.ts';
import { productCollection } from '../src/products/product.store.ts';
import { openPassOn, passOnLeft } from '../src/stock/pass-on.ts';
import { surface } from '../src/surface.ts';

const log = pino({ level: 'silent' });

/** Stock as the stub of inventory-svc keeps it: what is there stays, as with the real one. */
type Inventory = {
  readonly stock: Map<string, { onHand: number; backorder: boolean }>;
  calls: number;
  /** Set to make it refuse. */
  away: boolean;
};

/** catalog-svc on a real database and bus, asked as the gateway asks; inventory-svc is a stub on its real subject. */
export const openCatalog = async () => {
  const backends = await startBackends();
  const database = testDatabase('catalog');
  const store = await openStore({ uri: backends.mongo.uri, database, log });
  const connect = (service: 'gateway' | 'catalog-svc' | 'inventory-svc') =>
    connectBus({ service, servers: backends.nats.url, nkeySeed: backends.nats.seeds[service], log });
  const [gateway, own, neighbour] = await Promise.all([
    connect('gateway'),
    connect('catalog-svc'),
    connect('inventory-svc'),
  ]);
  const inventory: Inventory = { stock: new Map(), calls: 0, away: false };
  await stubInventory(neighbour, inventory);
  const copy = await serveCopy(store, own);
  await store.createIndexes();
  const relay = startRelay({ bus: own, outbox: store.outbox, log });

  const call = <Request extends z.ZodType, Reply extends z.ZodType>(
    rpc: Rpc<Request, Reply>,
    tenant: string,
    request: z.input<Request>,
    language = 'en',
  ): Promise<Result<z.output<Reply>>> => gateway.call(rpc, contextOf(tenant, language), request);
  return {
    ...copy,
    store,
    inventory,
    call,
    /** Brings a file in and answers the report. */
    importText: (tenant: string, text: string, language = 'en') =>
      importText(gateway, contextOf(tenant, language), text),
    /** A second copy of the service on the same database. */
    secondCopy: async () => {
      const second = await openStore({ uri: backends.mongo.uri, database, log });
      const bus = await connect('catalog-svc');
      await serveCopy(second, bus);
      const relayOfSecond = startRelay({ bus, outbox: second.outbox, log });
      return {
        stop: async () => {
          await relayOfSecond.stop();
          await bus.stop();
          await second.close();
        },
      };
    },
    events: () => eventsOf(store),
    stop: () => stopAll(backends, [relay, gateway, own, neighbour], store),
  };
};
export type Catalog = Awaited<ReturnType<typeof openCatalog>>;

const serveCopy = async (store: Store, bus: Bus) => {
  const products = store.collection(productCollection);
  const clock = () => new Date();
  const deps = {
    products,
    brands: store.collection(brandCollection),
    imports: store.collection(importCollection),
    parts: store.collection(importPartCollection),
    shelves: openShelves(60_000),
    passOn: openPassOn({ bus, store, log }),
    keyedId: openKeyedIds(store.collection(keyedIdCollection), { clock, ttlMs: 259_200_000 }),
    store,
    clock,
  };
  await bus.serve(surface(deps));
  const later = { ...deps, clock: () => new Date(Date.now() + 60_000) };
  return { deps, passOnLeft: () => passOnLeft(later) };
};

const stubInventory = (bus: Bus, inventory: Inventory): Promise<void> =>
  stub(bus, inventoryRpc.ensureStock, async ({ items }, { tenant }) => {
    inventory.calls++;
    if (inventory.away) return { ok: false, error: { code: 'internal_error' } };
    for (const { sku, onHand, backorder } of items) {
      const key = `${tenant} ${sku}`;
      if (!inventory.stock.has(key)) inventory.stock.set(key, { onHand, backorder });
    }
    return ok({ created: 0 });
  });

const importText = async (gateway: Bus, context: Context, text: string): Promise<Result<ImportReport>> => {
  const started = await gateway.call(catalogRpc.startImport, context, { defaultCurrency: 'TRY' });
  if (!started.ok) return started;
  const { importId } = started.value;
  const length = Math.max(1_000, Math.ceil(text.length / 40));
  for (let part = 0; part === 0 || part * length < text.length; part++) {
    const piece = text.slice(part * length, (part + 1) * length);
    const sent = await gateway.call(catalogRpc.appendImport, context, { importId, part, text: piece });
    if (!sent.ok) return sent;
  }
  return gateway.call(catalogRpc.runImport, context, { importId });
};

const eventsOf = async (store: Store): Promise<{ type: string; tenant: string; id: string; sequence: number }[]> => {
  const kept = await store.raw(productCollection).find({}).project({ outbox: 1, tenant: 1 }).toArray();
  return kept.flatMap(({ _id, tenant, outbox = [] }) =>
    outbox.map(({ type, sequence }: { type: string; sequence: number }) => ({ type, sequence, tenant, id: _id })),
  );
};

const stopAll = async (
  backends: Backends,
  [relay, ...buses]: readonly { stop: () => Promise<void> }[],
  store: Store,
): Promise<void> => {
  await relay?.stop();
  await Promise.all(buses.map((bus) => bus.stop()));
  await store.close();
  await backends.stop();
};

export const contextOf = (tenant: string, language = 'en'): Context => ({
  tenant,
  traceId: 'test',
  deadline: Date.now() + 120_000,
  language,
  actor: { kind: 'machine', id: 'key_test' },
});

let count = 0;
/** A shop nobody else uses in this test file. */
export const newTenant = (): string => `shop-${++count}`;

/** The value of a result, or the test fails with its code. */
export const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};
