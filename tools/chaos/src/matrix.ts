import { setTimeout as wait } from 'node:timers/promises';
import { SERVICE_NAMES, type ServiceName } from '@kervan/contracts';
import type { Point } from '@kervan/test-points';
import { pointsOf, strikeAt } from './faults.ts';
import { untilBought } from './probe.ts';
import type { Stage } from './stage.ts';
import { startStaff } from './staff.ts';
import { settle, type Verdict } from './verdict.ts';

/** A service killed at a point: whether it came there, and how long until a new buyer had a confirmed order. */
export type Cell = {
  readonly service: ServiceName;
  readonly point: Point;
  readonly seed: number;
  readonly struck: boolean;
  /** From the death to the next confirmed order, in milliseconds. */
  readonly recoveryMs: number;
};
/** All points of one service, one after the other under load, and what was found when all was quiet. */
export type Row = {
  readonly service: ServiceName;
  readonly seed: number;
  readonly cells: readonly Cell[];
  readonly verdict: Verdict;
};

/** How long a service may take to come to a point while buyers buy, in milliseconds. */
const COMES_WITHIN_MS = 45_000;

/** Kills a service at each of its points in turn, while buyers and staff are at work. */
export const runRow = async (stage: Stage, service: ServiceName, seed: number, buyers: number): Promise<Row> => {
  const random = stage.random.fork(`${service} ${seed}`);
  const load = stage.startBuyers(buyers);
  const staff = startStaff(stage.probe.shop, random.fork('staff'));
  const cells: Cell[] = [];
  for (const point of random.shuffle(pointsOf(service))) {
    const struck = await strikeAt(
      stage.system,
      service,
      point,
      { signal: 'SIGKILL', passes: random.between(0, 2) },
      COMES_WITHIN_MS,
    );
    const since = Date.now();
    await wait(20);
    await Promise.all(stage.system.services.map((copy) => copy.ready()));
    await untilBought(stage);
    cells.push({ service, point, seed, struck: struck !== null, recoveryMs: Date.now() - since });
  }
  await Promise.all([load.stop(), staff.stop()]);
  return { service, seed, cells, verdict: await settle(stage) };
};

/** Every service at every point, once for each seed. */
export const runMatrix = async (
  stage: Stage,
  { seeds, services, buyers }: { seeds: readonly number[]; services: readonly ServiceName[]; buyers: number },
  say: (row: Row) => void,
): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const seed of seeds) {
    for (const service of services) {
      const row = await runRow(stage, service, seed, buyers);
      rows.push(row);
      say(row);
      if (row.verdict.violations.length > 0) return rows;
    }
  }
  return rows;
};

/** The table of a matrix: for each service and point how often it was killed there, and the slowest recovery. */
export const matrixTable = (rows: readonly Row[]): string => {
  const cells = rows.flatMap((row) => row.cells);
  const services = SERVICE_NAMES.filter((service) => cells.some((cell) => cell.service === service));
  const lines = services.flatMap((service) =>
    pointsOf(service).map((point) => {
      const own = cells.filter((cell) => cell.service === service && cell.point === point);
      const killed = own.filter((cell) => cell.struck);
      const slowest = Math.max(0, ...killed.map((cell) => cell.recoveryMs));
      return `| \`${service}\` | \`${point}\` | ${killed.length} of ${own.length} | ${(slowest / 1_000).toFixed(1)} s |`;
    }),
  );
  return ['| service | killed at | times | slowest recovery |', '| --- | --- | --- | --- |', ...lines].join('\n');
};
