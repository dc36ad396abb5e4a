import type { Result } from '@kervan/contracts';

/** How often each name comes. */
export const tally = (names: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

/** How often each outcome came: `ok` or the code of the refusal. */
export const tallyResults = (results: readonly Result<unknown>[]): Record<string, number> =>
  tally(results.map((result) => (result.ok ? 'ok' : result.error.code)));
