import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICE_NAMES, type ServiceName } from '@kervan/contracts';
import { freePort } from '@kervan/tcp-ports';
import { startStripeFake, type StripeFake } from '@kervan/testing';
import {
  type BusSeeds,
  compileServices,
  mongoUri,
  natsUrl,
  newSeeds,
  resolveServer,
  setupError,
  spawnMongod,
  spawnNatsServer,
  startService,
  untilMongodReady,
  untilNatsReady,
  untilServiceReady,
} from '@kervan/testing/servers';
import { startProxy, type Proxy } from './proxy.ts';
import { runServer, type Server } from './server.ts';

/** A running system every part of which can be broken. */
export type System = {
  /** Base URLs of the gateway and of payment-svc. */
  readonly gateway: string;
  readonly payments: string;
  readonly platformKey: string;
  /** The databases and the bus past the proxies, for who looks. */
  readonly mongoUri: string;
  readonly natsUrl: string;
  readonly seeds: BusSeeds;
  readonly stripe: StripeFake;
  /** Every copy of every service. */
  readonly services: readonly ServiceCopy[];
  readonly mongod: Server;
  readonly nats: Server;
  /** The folder of armed test points. */
  readonly points: string;
  /** Deletes what JetStream keeps; its server has to be down. */
  readonly loseStreams: () => void;
  readonly stop: () => Promise<void>;
};

/** One process of a service, and its wires to its database and to the bus. */
export type ServiceCopy = Server & { readonly service: ServiceName; readonly database: Proxy; readonly bus: Proxy };

/** Where two copies race for the same documents; the others run once. */
const COPIES: Readonly<Partial<Record<ServiceName, number>>> = { 'order-svc': 2, 'inventory-svc': 2, 'payment-svc': 2 };

/** How long a buyer has to pay, and how often the jobs look, in seconds: short, so that a run sees many orders end. */
export const TIMES = { RESERVATION_TTL_S: 10, RESERVATION_SWEEP_S: 0.5, RECONCILE_S: 2 } as const;

const programOf = async (kind: 'mongod' | 'nats-server'): Promise<string> => {
  const found = await resolveServer(kind);
  if (found.from === 'binary') return found.path;
  throw setupError(`${kind} must be a program on this machine: one from ${found.from} cannot be killed at will.`);
};

const proxiedMongo = (port: number): string => `mongodb://127.0.0.1:${port}/?directConnection=true`;

/** Starts everything on free ports, with its data in `folder` and a proxy on every wire. */
export const startSystem = async (folder: string): Promise<System> => {
  const points = join(folder, 'points');
  const logs = join(folder, 'logs');
  const place = { mongo: join(folder, 'mongo'), nats: join(folder, 'nats') };
  for (const each of [points, logs, place.mongo, place.nats]) mkdirSync(each, { recursive: true });
  const logOf = (name: string): string => join(logs, `${name}.log`);
  const seeds = newSeeds();
  const secrets = { platformKey: randomBytes(24).toString('hex'), masterKey: randomBytes(32).toString('hex') };

  const mongoPort = await freePort();
  const mongoPath = await programOf('mongod');
  const mongod = await runServer('mongod', {
    start: () => spawnMongod(mongoPath, { port: mongoPort, dbPath: place.mongo, cacheGb: 0.5 }, logOf('mongod')),
    ready: (process) => untilMongodReady(process, mongoPort),
  });
  const natsPort = await freePort();
  const natsPath = await programOf('nats-server');
  const nats = await runServer('nats-server', {
    start: () => spawnNatsServer(natsPath, { port: natsPort, folder: place.nats }, seeds, logOf('nats-server')),
    ready: (process) => untilNatsReady(process, natsPort, seeds),
  });
  await Promise.all([mongod.ready(), nats.ready()]);
  const stripe = await startStripeFake();
  await compileServices(SERVICE_NAMES);

  const services: ServiceCopy[] = [];
  const ports = new Map<ServiceName, number>();
  const env = {
    ...Object.fromEntries(Object.entries(TIMES).map(([variable, value]) => [variable, String(value)])),
    STRIPE_API_BASE: stripe.url,
    TEST_POINTS: points,
  };
  const startCopy = async (service: ServiceName, name: string): Promise<void> => {
    const wires = { database: await startProxy(mongoPort), bus: await startProxy(natsPort) };
    const port = await freePort();
    if (!ports.has(service)) ports.set(service, port);
    const settings = {
      port,
      mongoUri: proxiedMongo(wires.database.port),
      natsUrl: natsUrl(wires.bus.port),
      natsSeed: seeds[service],
      secrets,
      env,
    };
    const server = await runServer(name, {
      start: () => startService(service, settings, logOf(name)),
      ready: (process) => untilServiceReady(process, port),
    });
    services.push({ ...server, ...wires, service });
  };
  for (const service of SERVICE_NAMES) {
    for (let copy = 1; copy <= (COPIES[service] ?? 1); copy += 1) {
      await startCopy(service, copy === 1 ? service : `${service}-${copy}`);
    }
  }
  await Promise.all(services.map((service) => service.ready()));

  const urlOf = (name: ServiceName): string => `http://127.0.0.1:${ports.get(name) ?? 0}`;
  return {
    gateway: urlOf('gateway'),
    payments: urlOf('payment-svc'),
    platformKey: secrets.platformKey,
    mongoUri: mongoUri(mongoPort),
    natsUrl: natsUrl(natsPort),
    seeds,
    stripe,
    services,
    mongod,
    nats,
    points,
    loseStreams: () => rmSync(join(place.nats, 'jetstream'), { recursive: true, force: true }),
    stop: async () => {
      await Promise.all(services.map((service) => service.down()));
      await Promise.all([mongod.down(), nats.down(), stripe.stop()]);
      await Promise.all(services.flatMap(({ database, bus }) => [database.stop(), bus.stop()]));
    },
  };
};
