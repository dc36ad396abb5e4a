import type { Result } from '@kervan/contracts';
import { LRUCache } from 'lru-cache';

/** How often expiry looks at the clock, in milliseconds. */
const CLOCK_MS = 50;

/** Counts the changes of each shop, so that nothing read before one is taken for what is there after it. */
export type Generations = {
  readonly of: (tenant: string) => string;
  /** A shop changed: what is known of it, or being read right now, is of no use any more. */
  readonly drop: (tenant: string) => void;
  /** Changes may have been missed: the same for every shop. */
  readonly dropAll: () => void;
};

/** Starts counting. */
export const openGenerations = (): Generations => {
  const counts = new Map<string, number>();
  let all = 0;
  return {
    of: (tenant) => `${all}.${counts.get(tenant) ?? 0}`,
    drop: (tenant) => {
      counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
    },
    dropAll: () => {
      all++;
      counts.clear();
    },
  };
};

/** Answers kept in memory, ready to be sent. Nobody changes what comes out of it. */
export type Memory<T extends object> = {
  readonly get: (tenant: string, key: string) => T | undefined;
  /** Keeps a value if nothing changed since `generation`, taken before it was read. */
  readonly keep: (tenant: string, generation: string, key: string, value: T) => void;
  /** What is known, else what `load` gives; many who ask at once share one load. Refusals are not kept. */
  readonly getOrLoad: (tenant: string, key: string, load: () => Promise<Result<T>>) => Promise<Result<T>>;
};

/** Opens a memory of at most `most` units (a value is `sizeOf` units) for `freshMs` milliseconds each. */
export const openMemory = <T extends object>(options: {
  readonly generations: Generations;
  readonly most: number;
  readonly freshMs: number;
  readonly sizeOf: (value: T) => number;
}): Memory<T> => {
  const { generations, most, freshMs, sizeOf } = options;
  const values = new LRUCache<string, T>({
    maxSize: most,
    // What is larger than everything together cannot be kept, and a value has at least one unit.
    sizeCalculation: (value) => Math.max(1, sizeOf(value)),
    ttl: freshMs,
    ttlResolution: CLOCK_MS,
  });
  const loading = new Map<string, Promise<Result<T>>>();
  // A place belongs to one generation: after a change it leads nowhere.
  const placeOf = (tenant: string, generation: string, key: string): string => `${tenant} ${generation} ${key}`;

  const keep = (tenant: string, generation: string, key: string, value: T): void => {
    if (generations.of(tenant) === generation) values.set(placeOf(tenant, generation, key), value);
  };
  return {
    get: (tenant, key) => values.get(placeOf(tenant, generations.of(tenant), key)),
    keep,
    getOrLoad: (tenant, key, load) => {
      const generation = generations.of(tenant);
      const place = placeOf(tenant, generation, key);
      const known = values.get(place);
      if (known !== undefined) return Promise.resolve({ ok: true, value: known });
      const underWay = loading.get(place);
      if (underWay !== undefined) return underWay;
      const started = load()
        .then((result) => {
          if (result.ok) keep(tenant, generation, key, result.value);
          return result;
        })
        .finally(() => loading.delete(place));
      loading.set(place, started);
      return started;
    },
  };
};
