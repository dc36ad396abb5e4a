import type { BusObserver } from '@kervan/bus';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The numbers of a service: the registry that `/metrics` shows and the hooks that feed it. No label holds a tenant. */
export type Metrics = {
  readonly registry: Registry;
  readonly bus: Required<BusObserver>;
  readonly jobRan: (job: string, outcome: 'ok' | 'failed') => void;
};

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const BREAKER_STATES = { closed: 0, halfOpen: 1, open: 2 } as const;

/** Makes a registry with the process's own numbers (memory, CPU, event loop) and those of the bus and the jobs. */
export const createMetrics = (service: string): Metrics => {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  // Its timer wakes an idle process a hundred times a second unless told otherwise.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
  const registers = [registry];

  const calls = new Histogram({
    name: 'kervan_rpc_call_seconds',
    help: 'Calls to neighbours, from asking to the parsed answer',
    labelNames: ['subject', 'outcome'],
    buckets: SECONDS,
    registers,
  });
  const handled = new Histogram({
    name: 'kervan_handler_seconds',
    help: 'Calls answered and events handled',
    labelNames: ['subject', 'outcome'],
    buckets: SECONDS,
    registers,
  });
  const batches = new Histogram({
    name: 'kervan_bus_batch_frames',
    help: 'Frames that travelled in one message',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers,
  });
  const breakers = new Gauge({
    name: 'kervan_breaker_state',
    help: 'Circuit breaker before a neighbour: 0 closed, 1 half open, 2 open',
    labelNames: ['owner'],
    registers,
  });
  const jobs = new Counter({
    name: 'kervan_job_runs_total',
    help: 'Runs of background jobs',
    labelNames: ['job', 'outcome'],
    registers,
  });

  return {
    registry,
    bus: {
      call: (subject, ms, outcome) => calls.observe({ subject, outcome }, ms / 1_000),
      handled: (subject, ms, outcome) => handled.observe({ subject, outcome }, ms / 1_000),
      batch: (size) => batches.observe(size),
      breaker: (owner, state) => breakers.set({ owner }, BREAKER_STATES[state]),
    },
    jobRan: (job, outcome) => jobs.inc({ job, outcome }),
  };
};
