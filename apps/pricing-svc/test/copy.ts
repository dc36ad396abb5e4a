import { connectBus, startRelay } from '@kervan/bus';
import { createLog } from '@kervan/service';
import { keyedIdCollection, openKeyedIds, openStore } from '@kervan/store';
import { type Backends, eventually } from '@kervan/testing';
import { couponCollection } from '../src/coupons/coupon.store.ts';
import { openDeps } from '../src/deps.ts';
import { openUses } from '../src/redemptions/redemption.store.ts';
import { ruleSetCollection } from '../src/rules/rule-set.store.ts';
import { surface } from '../src/surface.ts';

/** One running copy of the service, in this process, on a real database and bus. */
export const startCopy = async ({ mongo, nats }: Backends, database: string) => {
  const log = createLog('pricing-svc', 'silent');
  const store = await openStore({ uri: mongo.uri, database, log });
  const { url, seeds } = nats;
  // As runService does: on a busy machine the bus may need a second try.
  const bus = await eventually(() =>
    connectBus({ service: 'pricing-svc', servers: [url], nkeySeed: seeds['pricing-svc'], log }),
  );
  const ruleSets = store.collection(ruleSetCollection);
  const coupons = store.collection(couponCollection);
  const uses = openUses(store);
  const keys = store.collection(keyedIdCollection);
  await store.createIndexes();
  const relay = startRelay({ bus, outbox: store.outbox, log });
  // Rules stay in memory for an hour: only what a copy hears of changes makes it read them again.
  const clock = () => new Date();
  const keyedId = openKeyedIds(keys, { clock, ttlMs: 259_200_000 });
  const deps = openDeps({
    ruleSets,
    coupons,
    uses,
    keyedId,
    deadLetters: bus.deadLetters,
    log,
    clock,
    rulesTtlMs: 3_600_000,
  });
  await bus.serve(surface(deps));
  const stop = async (): Promise<void> => {
    await relay.stop();
    await bus.stop();
    await store.close();
  };
  return { deps, ruleSets, coupons, stop };
};
export type Copy = Awaited<ReturnType<typeof startCopy>>;
