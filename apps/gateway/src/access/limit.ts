/** How a caller stands within a limit. */
export type Standing = {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Until the window ends, in whole seconds, at least 1. */
  readonly resetSeconds: number;
  readonly windowSeconds: number;
};

const MOST_CALLERS = 100_000;
const THE_REST = ' the rest';

/**
 * Counts requests per caller in fixed windows that begin for all at the same time, so that a window's end is one
 * `clear` and memory is bounded: beyond `MOST_CALLERS` in a window newcomers share one count. Not @fastify/rate-limit,
 * because a request passes up to three limits at different moments (the shop's once the shop is known) and all answer
 * as our problems. Each copy of the gateway counts for itself.
 */
export const createLimit = (options: {
  readonly most: number;
  readonly windowSeconds: number;
  readonly now: () => number;
}): ((caller: string) => Standing) => {
  const { most, windowSeconds, now } = options;
  const counts = new Map<string, number>();
  let windowEnds = 0;
  return (caller) => {
    const time = now();
    if (time >= windowEnds) {
      counts.clear();
      windowEnds = (Math.floor(time / (windowSeconds * 1_000)) + 1) * windowSeconds * 1_000;
    }
    const known = counts.get(caller);
    const key = known === undefined && counts.size >= MOST_CALLERS ? THE_REST : caller;
    const count = (known ?? counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return {
      allowed: count <= most,
      limit: most,
      remaining: Math.max(0, most - count),
      windowSeconds,
      resetSeconds: Math.max(1, Math.ceil((windowEnds - time) / 1_000)),
    };
  };
};

/** Whom an address stands for: an IPv6 one for its /64, as one buyer's line gets at least that. */
export const addressKey = (address: string): string => {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const groupsOf = (part: string): string[] => part.split(':').filter((group) => group !== '');
  const [before, after] = address.split('::', 2).map(groupsOf);
  if (before === undefined) return address;
  if (after === undefined) return before.slice(0, 4).join(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...zeros, ...after].slice(0, 4).join(':');
};
