import type { HistoryEntry } from '@kervan/testing';
import type { Options } from './options.ts';
import type { Round } from './run.ts';

/** Times in milliseconds: how many, the middle one, the longest. */
type Spread = { readonly count: number; readonly middleMs: number; readonly longestMs: number };

/** What a run came to. */
export type RunReport = {
  readonly seed: number;
  readonly minutes: number;
  readonly rounds: number;
  /** Orders there are at the end, by status. */
  readonly orders: Readonly<Record<string, number>>;
  readonly calls: Readonly<Record<string, { ok: number; refused: number; unknown: number }>>;
  /** Recovery after each kind of fault: from its healing to the next confirmed order. */
  readonly faults: Readonly<Record<string, Spread>>;
  /** From the end of the load until every order had ended and all was told. */
  readonly quiet: Spread;
  readonly violations: number;
};

const spreadOf = (times: readonly number[]): Spread => {
  const sorted = [...times].sort((left, right) => left - right);
  return {
    count: sorted.length,
    middleMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
    longestMs: sorted.at(-1) ?? 0,
  };
};

/** Sums up a run. */
export const runReport = (
  { seed, minutes }: Pick<Options, 'seed' | 'minutes'>,
  rounds: readonly Round[],
  history: readonly HistoryEntry[],
): RunReport => {
  const calls: Record<string, { ok: number; refused: number; unknown: number }> = {};
  for (const { call, outcome } of history) (calls[call] ??= { ok: 0, refused: 0, unknown: 0 })[outcome] += 1;
  const done = rounds.flatMap((round) => round.faults);
  const byFault = Map.groupBy(done, ({ fault }) => fault);
  return {
    seed,
    minutes,
    rounds: rounds.length,
    orders: rounds.at(-1)?.verdict.counts.orders ?? {},
    calls,
    faults: Object.fromEntries(
      [...byFault]
        .sort()
        .map(([fault, all]) => [
          fault,
          { ...spreadOf(all.flatMap(({ recoveryMs }) => recoveryMs ?? [])), count: all.length },
        ]),
    ),
    quiet: spreadOf(rounds.flatMap(({ verdict }) => verdict.quietAfterMs ?? [])),
    violations: rounds.reduce((sum, { verdict }) => sum + verdict.violations.length, 0),
  };
};

/** The same as text. */
export const reportText = (report: RunReport): string => {
  const { seed, rounds, orders, calls, faults, quiet, violations } = report;
  const sum = (of: Readonly<Record<string, number>>): number => Object.values(of).reduce((all, each) => all + each, 0);
  const total = Object.values(calls).reduce((all, { ok, refused, unknown }) => all + ok + refused + unknown, 0);
  const unknown = Object.values(calls).reduce((all, each) => all + each.unknown, 0);
  const lines = Object.entries(faults).map(
    ([name, { count, middleMs, longestMs }]) =>
      `| ${name} | ${count} | ${(middleMs / 1_000).toFixed(1)} s | ${(longestMs / 1_000).toFixed(1)} s |`,
  );
  return [
    `seed ${seed}: ${rounds} rounds, ${violations} violations`,
    `${sum(orders)} orders (${Object.entries(orders)
      .map(([status, count]) => `${count} ${status}`)
      .join(', ')}), ${total} calls, ${unknown} of them without an answer`,
    `quiet after ${(quiet.middleMs / 1_000).toFixed(1)} s, ${(quiet.longestMs / 1_000).toFixed(1)} s at most`,
    '',
    '| fault | times | recovery, middle | longest |',
    '| --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
};
