import { setTimeout as pause } from 'node:timers/promises';
import { connectBus, startRebuild, startRelay } from '@kervan/bus';
import type { Bus, Entry } from '@kervan/bus';
import type { ServiceName } from '@kervan/contracts';
import { openStore } from '@kervan/store';
import type { CollectionSpec, Store, Stored } from '@kervan/store';
import { turnOn } from '@kervan/test-points';
import type { Registry } from 'prom-client';
import type { z } from 'zod';
import { readEnvironment } from './environment.ts';
import type { CommonEnvironment } from './environment.ts';
import { createHealth, startHealthServer } from './health.ts';
import type { Health } from './health.ts';
import { startJobs } from './job.ts';
import type { Job } from './job.ts';
import { createLog } from './log.ts';
import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import { startRelief } from './relief.ts';
import { outlastingDatabase } from './unavailable.ts';
import { waitFor } from './wait.ts';

/**
 * How long a stop may take, after whoever sends requests has noticed: then the process ends with what is still open, and
 * says so by its exit code.
 */
const DRAIN_MS = 25_000;

/** What a service is given to work with. */
export type Kit<Environment> = {
  readonly serviceName: ServiceName;
  readonly env: Environment;
  readonly log: Log;
  /** Reading it in a service without collections is a bug and throws. */
  readonly store: Store;
  readonly bus: Bus;
  readonly clock: () => Date;
  readonly metrics: Registry;
  readonly health: Health;
};

/** What a service has set going. */
export type Started = {
  /** Everything it answers and hears. */
  readonly entries: readonly Entry[];
  readonly jobs?: readonly Job[];
  /** Ends the intake from elsewhere than the bus (an HTTP port) while the bus still works for what is in hand. */
  readonly stopIntake?: () => Promise<void>;
  /** Closes what else the service holds, when nothing asks for it any more. */
  readonly stop?: () => Promise<void>;
};

export type ServiceDefinition<Environment extends CommonEnvironment> = {
  readonly name: ServiceName;
  readonly environment: z.ZodType<Environment>;
  /** What it keeps; a service without collections gets no database. */
  readonly collections: readonly CollectionSpec<Stored>[];
  /**
   * Whether it answers the health paths on its own HTTP server (`healthRoutes`). This lib serves them on PORT until that
   * one is about to listen; for the others as long as they run.
   */
  readonly ownHttp?: boolean;
  readonly start: (kit: Kit<Environment>) => Promise<Started>;
};

/**
 * In which order a service is taken apart: no new work (HTTP once its callers have been told), then what is in hand (the
 * bus finishes its handlers and what the relay still has to publish before its connection goes), then what that work
 * needed.
 */
const STOP_ORDER = ['jobs', 'notice', 'intake', 'rebuild', 'bus', 'relay', 'service', 'store', 'health'] as const;
/** How to close what is open. */
type Open = Map<(typeof STOP_ORDER)[number], () => Promise<void>>;

/**
 * Runs a service from its environment to its end: configuration, database, indexes, bus, relay, the service's own
 * start, intake, ready. Whatever is not there yet is waited for. SIGTERM and SIGINT stop it in the order in which
 * nothing is lost; a bug that nobody caught ends the process, so that its supervisor starts a clean one.
 */
export const runService = async <Environment extends CommonEnvironment>(
  definition: ServiceDefinition<Environment>,
): Promise<void> => {
  const reading = readEnvironment(definition.environment, process.env, {
    service: definition.name,
    needsDatabase: definition.collections.length > 0,
  });
  if (!reading.ok) {
    const log = createLog(definition.name, 'info');
    for (const line of reading.wrong) log.fatal(`environment variable ${line}`);
    process.exit(1);
  }
  const log = createLog(definition.name, reading.env.LOG_LEVEL);
  if (reading.env.TEST_POINTS !== undefined) {
    log.warn({ folder: reading.env.TEST_POINTS }, 'test points are on: this process may be killed at any of them');
    turnOn(reading.env.TEST_POINTS, definition.name);
  }
  const health = createHealth();
  const stopping = new AbortController();
  const open: Open = new Map();

  endOnBugs(log);
  const noticeMs = definition.ownHttp === true ? reading.env.DRAIN_DELAY_S * 1_000 : 0;
  stopOnSignals(log, DRAIN_MS + noticeMs, async () => {
    // Balancers look from time to time: until they have seen that this copy is not ready, they send requests here.
    const noticed = pause(health.phase === 'running' ? noticeMs : 0);
    health.phase = 'draining';
    stopping.abort();
    open.set('notice', () => noticed);
    for (const step of STOP_ORDER) {
      log.debug({ step }, 'closing');
      await open.get(step)?.();
    }
  });

  try {
    await startUp(definition, { env: reading.env, log, health, signal: stopping.signal, open });
  } catch (error) {
    // A stop that was asked for while starting ends the process itself.
    if (stopping.signal.aborted) return;
    log.fatal({ err: error }, 'cannot start');
    process.exit(1);
  }
};

/** Brings everything up in order; `open` says at any time what has to be closed. */
const startUp = async <Environment extends CommonEnvironment>(
  definition: ServiceDefinition<Environment>,
  deps: { env: Environment; log: Log; health: Health; signal: AbortSignal; open: Open },
): Promise<void> => {
  const { env, log, health, signal, open } = deps;
  const since = Date.now();
  const metrics = createMetrics(definition.name);
  const elsewhere = definition.ownHttp === true ? 503 : 404;
  const probes = await startHealthServer({ port: env.PORT, health, metrics: metrics.registry, elsewhere });
  open.set('health', probes.stop);

  const store = await openDatabase(definition, deps);
  const bus = await waitFor(
    'NATS',
    () =>
      connectBus({
        service: definition.name,
        servers: env.NATS_URL.split(','),
        ...(env.NATS_NKEY_SEED === undefined ? {} : { nkeySeed: env.NATS_NKEY_SEED }),
        log,
        observer: metrics.bus,
        firstPauseMs: env.EVENT_RETRY_MS,
      }),
    { log, signal },
  );
  open.set('bus', () => bus.stop());
  health.checks.set('bus', () => bus.ready());
  if (store !== null && definition.collections.some((spec) => spec.outbox !== undefined)) {
    const relay = startRelay({ bus, outbox: store.outbox, log });
    open.set('relay', () => relay.stop());
    const rebuild = startRebuild({ bus, outbox: store.outbox, notes: store.notes, log });
    open.set('rebuild', () => rebuild.stop());
  }

  if (definition.ownHttp === true) {
    open.delete('health');
    await probes.stop();
  }
  const started = await definition.start({
    serviceName: definition.name,
    env,
    log,
    get store(): Store {
      if (store === null) throw new Error(`${definition.name} has no collections, so it has no store`);
      return store;
    },
    bus,
    clock: () => new Date(),
    metrics: metrics.registry,
    health,
  });
  if (started.stop !== undefined) open.set('service', started.stop);
  if (started.stopIntake !== undefined) open.set('intake', started.stopIntake);
  await bus.serve(store === null ? started.entries : started.entries.map(outlastingDatabase(store.whileThere)));
  const jobs = startJobs(started.jobs ?? [], {
    lease: async (name, ttlMs) => (store === null ? true : store.lease(name, ttlMs)),
    log,
    metrics,
  });
  open.set('jobs', jobs.stop);

  if (signal.aborted) return;
  startRelief();
  health.phase = 'running';
  log.info({ ms: Date.now() - since, memoryMb: Math.round(process.memoryUsage.rss() / 2 ** 20) }, 'ready');
};

const openDatabase = async <Environment extends CommonEnvironment>(
  definition: ServiceDefinition<Environment>,
  { env, log, health, signal, open }: { env: Environment; log: Log; health: Health; signal: AbortSignal; open: Open },
): Promise<Store | null> => {
  const uri = env.MONGODB_URI;
  if (definition.collections.length === 0 || uri === undefined) return null;
  const database = definition.name.replaceAll('-', '_');
  const store = await waitFor('MongoDB', () => openStore({ uri, database, log }), { log, signal });
  open.set('store', () => store.close());
  for (const spec of definition.collections) store.collection(spec);
  await waitFor(
    'a MongoDB primary',
    async () => {
      if (!(await store.ready())) throw new Error('not ready');
    },
    { log, signal },
  );
  await store.createIndexes();
  health.checks.set('database', () => store.ready());
  return store;
};

const endOnBugs = (log: Log): void => {
  const end = (kind: string) => (error: unknown) => {
    log.fatal({ err: error }, kind);
    process.exit(1);
  };
  process.on('uncaughtException', end('uncaught exception'));
  process.on('unhandledRejection', end('unhandled rejection'));
};

const stopOnSignals = (log: Log, withinMs: number, drain: () => Promise<void>): void => {
  let stopped = false;
  const stop = (signal: string) => (): void => {
    // A terminal sends its signal to the whole group, and a supervisor its own: the second changes nothing.
    if (stopped) return;
    stopped = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.error({ afterMs: withinMs }, 'could not finish in time');
      process.exit(1);
    }, withinMs).unref();
    drain().then(
      () => {
        log.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        log.error({ err: error }, 'could not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop('SIGTERM'));
  process.on('SIGINT', stop('SIGINT'));
};
