import { ERRORS } from '@kervan/contracts';
import type { Result } from '@kervan/contracts';

type Entry<T> = { readonly result: Result<T>; readonly freshUntil: number };

export type Cache<T> = {
  /** At once when it is known and fresh, else when the neighbour has answered. */
  readonly get: (key: string) => Result<T> | Promise<Result<T>>;
  /** Forgets everything, also what is being asked for right now. */
  readonly clear: () => void;
};

/**
 * Remembers a neighbour's answers for a short time. The same question asked by many at once is asked once. Refusals
 * are kept more briefly; a neighbour that cannot be reached leaves what was known in force.
 */
export const createCache = <T>(options: {
  readonly load: (key: string) => Promise<Result<T>>;
  readonly freshMs: number;
  readonly refusedMs: number;
  readonly most: number;
  readonly now: () => number;
}): Cache<T> => {
  const { load, freshMs, refusedMs, most, now } = options;
  let entries = new Map<string, Entry<T>>();
  let loading = new Map<string, Promise<Result<T>>>();

  const ask = async (key: string, into: typeof entries): Promise<Result<T>> => {
    const result = await load(key);
    if (!result.ok && ERRORS[result.error.code].retryable) return into.get(key)?.result ?? result;
    // After a clear `into` is no longer the map in use, so an answer from before it is not kept.
    if (into.size >= most) into.clear();
    into.set(key, { result, freshUntil: now() + (result.ok ? freshMs : refusedMs) });
    return result;
  };

  return {
    get: (key) => {
      const entry = entries.get(key);
      if (entry !== undefined && entry.freshUntil > now()) return entry.result;
      const asked = loading.get(key);
      if (asked !== undefined) return asked;
      const into = loading;
      const answer = ask(key, entries).finally(() => into.delete(key));
      loading.set(key, answer);
      return answer;
    },
    clear: () => {
      entries = new Map();
      loading = new Map();
    },
  };
};
