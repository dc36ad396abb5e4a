import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { violationText } from '@kervan/testing';
import { isSetupError } from '@kervan/testing/servers';
import { matrixTable, runMatrix } from './matrix.ts';
import { readOptions, type Options } from './options.ts';
import { runReport, reportText } from './report.ts';
import { runRound, type Round } from './run.ts';
import { openStage, type Stage } from './stage.ts';
import type { Verdict } from './verdict.ts';

const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);

const verdictLine = ({ violations, counts, quietAfterMs }: Verdict): string =>
  `${quietAfterMs === null ? 'NEVER QUIET' : `quiet after ${quietAfterMs} ms`}, ${JSON.stringify(counts)}, ${
    violations.length === 0
      ? 'no violation'
      : `${violations.length} VIOLATIONS\n${violations.map((each) => `violated: ${violationText([each])}`).join('\n')}`
  }`;
const isSound = ({ violations, quietAfterMs }: Verdict): boolean => violations.length === 0 && quietAfterMs !== null;

/** Rounds of faults until the time is up, or until something does not hold: then everything is left as it is. */
const runFaults = async (stage: Stage, options: Options): Promise<boolean> => {
  const rounds: Round[] = [];
  const until = Date.now() + options.minutes * 60_000;
  let sound = true;
  while (sound && Date.now() < until) {
    const left = (until - Date.now()) / 1_000;
    const round = await runRound(stage, { ...options, roundSeconds: Math.min(options.roundSeconds, left) }, say);
    rounds.push(round);
    sound = isSound(round.verdict);
    say(verdictLine(round.verdict));
  }
  const report = runReport(options, rounds, stage.history.entries());
  mkdirSync('chaos-results', { recursive: true });
  const file = join('chaos-results', `${new Date().toISOString().replaceAll(':', '-')}-seed-${options.seed}.json`);
  writeFileSync(file, `${JSON.stringify({ cores: cpus().length, ...report }, null, 2)}\n`);
  console.log(`\n${reportText(report)}\n\nWritten to ${file}`);
  return sound;
};

const runKills = async (stage: Stage, { matrix, services, buyers }: Options): Promise<boolean> => {
  const rows = await runMatrix(stage, { seeds: matrix ?? [], services, buyers }, (row) => {
    const missed = row.cells.filter((cell) => !cell.struck).map(({ point }) => point);
    say(`${row.service}, seed ${row.seed}: ${row.cells.length - missed.length} kills`);
    if (missed.length > 0) say(`it did not come to ${missed.join(', ')}`);
    say(verdictLine(row.verdict));
  });
  console.log(`\n${matrixTable(rows)}`);
  return rows.every(({ verdict, cells }) => isSound(verdict) && cells.every((cell) => cell.struck));
};

try {
  const options = readOptions(process.argv.slice(2));
  const folder = resolve(options.data ?? mkdtempSync(join(tmpdir(), 'kervan-chaos-')));
  say(`seed ${options.seed}; data, logs and history in ${folder}`);
  const stage = await openStage(folder, options);
  say('the system is up, buyers come');
  try {
    const sound = await (options.matrix === null ? runFaults(stage, options) : runKills(stage, options));
    process.exitCode = sound ? 0 : 1;
  } finally {
    await stage.close();
  }
} catch (error) {
  console.error(isSetupError(error) ? error.message : error);
  process.exitCode = 1;
}
