/** Durations of one kind of call, in milliseconds. */
export type Timings = Map<string, number[]>;

/** Adds one duration. */
export const record = (timings: Timings, name: string, ms: number): void => {
  const held = timings.get(name);
  if (held === undefined) timings.set(name, [ms]);
  else held.push(ms);
};

export type Summary = { count: number; p50: number; p95: number; p99: number };

/** Count and percentiles (nearest rank) of durations in milliseconds, rounded to 0.1. */
export const summarize = (durations: readonly number[]): Summary => {
  const sorted = [...durations].sort((left, right) => left - right);
  const rank = (share: number): number =>
    Math.round((sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0) * 10) / 10;
  return { count: sorted.length, p50: rank(0.5), p95: rank(0.95), p99: rank(0.99) };
};
