import type { RoundResult } from './rounds.ts';

/** The rounds as a table for people: rates, percentiles in milliseconds, CPU per unit of work over all processes. */
export const reportText = (rounds: readonly RoundResult[]): string => rounds.map(roundText).join('\n\n');

/** CPU of a unit of work over every process of the stack (the load generator's own left out), in milliseconds. */
export const cpuOfStack = (round: RoundResult): number =>
  Object.entries(round.cpuMsEach)
    .filter(([process]) => process !== 'bench')
    .reduce((sum, [, ms]) => sum + ms, 0);

const roundText = (round: RoundResult): string => {
  const head = `${round.name}, ${round.buyers} buyers: ${round.perSecond}/s, ${cpuOfStack(round).toFixed(2)} ms CPU each, ${round.errors} errors`;
  const calls = Object.entries(round.calls).map(
    ([call, { count, p50, p95, p99 }]) => `  ${call.padEnd(12)}${cell(count)}${cell(p50)}${cell(p95)}${cell(p99)}`,
  );
  const processes = Object.entries(round.cpuMsEach).map(
    ([process, ms]) => `  ${process.padEnd(16)}${cell(ms.toFixed(3))}${cell(round.memoryMb[process] ?? 0)}`,
  );
  return [
    head,
    ...(round.firstError === null ? [] : [`  first error: ${round.firstError}`]),
    `  ${'call'.padEnd(12)}${cell('count')}${cell('p50 ms')}${cell('p95 ms')}${cell('p99 ms')}`,
    ...calls,
    `  ${'process'.padEnd(16)}${cell('CPU ms')}${cell('MiB')}`,
    ...processes,
  ].join('\n');
};

const cell = (value: string | number): string => String(value).padStart(10);
