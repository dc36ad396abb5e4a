import type { Bus } from '@kervan/bus';
import { inventoryRpc, newId, type Context } from '@kervan/contracts';
import { job, type Job, type Log } from '@kervan/service';
import type { Collection, Store } from '@kervan/store';
import type { NewStock, ProductDocument } from '../products/product.ts';
import { productCollection } from '../products/product.store.ts';

/** SKUs in one call; as many as inventory-svc takes. */
const MOST_ITEMS = 1_000;
/** The longest a caller waits for stock to be passed on: what is late goes with the job. In milliseconds. */
const PATIENCE_MS = 3_000;
/** Time that is left for the answer itself. In milliseconds. */
const ANSWER_MS = 500;
/** Products changed less than this ago are still in the hands of their own call, in milliseconds. */
const IN_HAND_MS = PATIENCE_MS + 2_000;

/** A product that has stock to pass on. */
export type Giver = Pick<ProductDocument, '_id' | 'stockToPassOn'>;

/**
 * Passes first stock on to inventory-svc, and strikes it off the products it was passed on for. False when it could not
 * be passed on: it stays with the products for the job. Twice does no harm: stock that is there stays as it is.
 */
export type PassOn = (context: Context, givers: readonly Giver[]) => Promise<boolean>;

/** The way to inventory-svc. */
export const openPassOn =
  ({ bus, store, log }: { bus: Pick<Bus, 'call'>; store: Pick<Store, 'raw'>; log: Log }): PassOn =>
  async (context, givers) => {
    const given = givers.flatMap(({ _id, stockToPassOn }) => stockToPassOn.map((item) => ({ _id, item })));
    for (let from = 0; from < given.length; from += MOST_ITEMS) {
      const chunk = given.slice(from, from + MOST_ITEMS);
      const items = new Map<string, NewStock>(chunk.map(({ item }) => [item.sku, item]));
      const deadline = Math.min(context.deadline - ANSWER_MS, Date.now() + PATIENCE_MS);
      const passed = await bus.call(inventoryRpc.ensureStock, { ...context, deadline }, { items: [...items.values()] });
      if (!passed.ok) {
        const { tenant, traceId } = context;
        log.warn({ tenant, traceId, code: passed.error.code, skus: items.size }, 'stock is passed on later');
        return false;
      }
      await store.raw(productCollection).updateMany(
        { tenant: context.tenant, _id: { $in: [...new Set(chunk.map(({ _id }) => _id))] } },
        // Not a version: what callers know of the product stays true. SKUs that came meanwhile stay, too.
        [{ $set: { stockToPassOn: without('$stockToPassOn', [...items.keys()]) } }],
      );
    }
    return true;
  };

const without = (list: string, skus: readonly string[]) => ({
  $filter: { input: list, cond: { $not: { $in: ['$$this.sku', { $literal: skus }] } } },
});

/** Passes on what calls left behind: inventory-svc was away, or this service ended between two lines. */
export const passOnJob = (deps: {
  readonly products: Collection<ProductDocument>;
  readonly passOn: PassOn;
  readonly clock: () => Date;
  readonly everySeconds: number;
}): Job =>
  job({
    name: 'pass-on-stock',
    everySeconds: deps.everySeconds,
    lease: true,
    run: (signal) => passOnLeft(deps, signal),
  });

/** One round of the job. */
export const passOnLeft = async (
  deps: { readonly products: Collection<ProductDocument>; readonly passOn: PassOn; readonly clock: () => Date },
  signal?: AbortSignal,
): Promise<void> => {
  const before = new Date(deps.clock().getTime() - IN_HAND_MS);
  const filter = { 'stockToPassOn.sku': { $gt: '' }, updatedAt: { $lt: before } };
  for (;;) {
    const left = await deps.products.acrossTenants.find(filter, { limit: 200 });
    for (const [tenant, givers] of Map.groupBy(left, (product) => product.tenant)) {
      if (signal?.aborted === true || !(await deps.passOn(contextOf(tenant), givers))) return;
    }
    if (left.length === 0) return;
  }
};

const contextOf = (tenant: string): Context => ({
  tenant,
  traceId: newId('event'),
  deadline: Date.now() + inventoryRpc.ensureStock.timeoutMs,
  language: 'en',
  actor: { kind: 'system', id: 'catalog-svc' },
});
