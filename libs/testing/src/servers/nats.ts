import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { natsServerConfig, setupStreams } from '@kervan/bus';
import { SERVICE_NAMES, type ServiceName } from '@kervan/contracts';
import { freePort, isListening } from '@kervan/tcp-ports';
import { createUser, fromSeed } from '@nats-io/nkeys';
import { startContainer } from './docker.ts';
import { temporaryFolder } from './guard.ts';
import { eventually } from '../eventually.ts';
import { type ServerProcess, startProcess, untilReady } from './process.ts';
import { notOurs, resolveServer } from './resolver.ts';
import { setupError } from './setup-error.ts';

const START_MS = 30_000;
const USERS = [...SERVICE_NAMES, 'setup'] as const;

/** One nkey seed for each user of the bus; `setup` may make streams and consumers. */
export type BusSeeds = Readonly<Record<ServiceName | 'setup', string>>;

export type NatsOptions = {
  /** A free one when left out. */
  readonly port?: number;
  /** Streams stay here, and the server's config; a temporary folder when left out. */
  readonly folder?: string;
  readonly logFile?: string;
  /** New ones when left out. */
  readonly seeds?: BusSeeds;
};
export type Nats = {
  readonly url: string;
  readonly seeds: BusSeeds;
  /** Null when the server is not a process of ours (a URL from the environment, a container). */
  readonly process: ServerProcess | null;
  /** Its config and its streams; null when the server is not a process of ours. */
  readonly folder: string | null;
  /**
   * Kills a server of ours (SIGKILL) and starts it again on its port and its streams; ready when it answers and streams
   * and consumers are there. What is to happen while it is gone is done in between.
   */
  restart(meanwhile?: () => Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
};

/** `order-svc` → `NATS_NKEY_SEED_ORDER_SVC`: whose seed of a server that is there already. */
export const seedVariable = (user: ServiceName | 'setup'): string =>
  `NATS_NKEY_SEED_${user.toUpperCase().replaceAll('-', '_')}`;

const forEachUser = (valueOf: (user: ServiceName | 'setup') => string): BusSeeds => {
  const entries = USERS.map((user) => [user, valueOf(user)] as const);
  return Object.fromEntries(entries) as Record<(typeof USERS)[number], string>;
};

/** A new nkey seed for every user. */
export const newSeeds = (): BusSeeds => forEachUser(() => new TextDecoder().decode(createUser().getSeed()));

/** The seeds of a server from the environment: one variable a user, or `NATS_NKEY_SEED` for all. */
export const seedsFromEnvironment = (): BusSeeds =>
  forEachUser((user) => {
    const seed = process.env[seedVariable(user)] ?? process.env['NATS_NKEY_SEED'];
    if (!seed) throw setupError(`NATS_URL is set, so ${seedVariable(user)} (or NATS_NKEY_SEED) is needed too.`);
    return seed;
  });

/** Makes streams and consumers on a server that runs already (its URL, or several with commas). */
export const setupBus = (url: string, seeds: BusSeeds): Promise<void> =>
  setupStreams({ servers: url.split(','), nkeySeed: seeds.setup });

const publicKeyOf = (seed: string): string => fromSeed(new TextEncoder().encode(seed)).getPublicKey();

/** Where a nats-server runs: port, folder of its config and streams. */
export type NatsPlace = { readonly port: number; readonly folder: string };

/** How clients of this machine reach the server. */
export const natsUrl = (port: number): string => `nats://127.0.0.1:${port}`;

/** Writes the server's config and answers its path; `root` is the folder as the server sees it. */
const writeConfig = async (
  { port, folder }: NatsPlace,
  seeds: BusSeeds,
  { root, host }: { root: string; host: string },
): Promise<string> => {
  await mkdir(join(folder, 'jetstream'), { recursive: true });
  const users = forEachUser((user) => publicKeyOf(seeds[user]));
  const config = natsServerConfig({ port, host, storeDir: join(root, 'jetstream'), users });
  await writeFile(join(folder, 'nats-server.conf'), config, { mode: 0o600 });
  return join(root, 'nats-server.conf');
};

/** A nats-server in a container with its streams; answers what stops it. */
export const startNatsContainer = async (
  image: string,
  place: NatsPlace,
  seeds: BusSeeds,
): Promise<() => Promise<void>> => {
  const config = await writeConfig(place, seeds, { root: '/kervan', host: '0.0.0.0' });
  const folders = { [place.folder]: '/kervan' };
  const stop = await startContainer({ image, command: ['--config', config], folders, port: place.port });
  await setupBus(natsUrl(place.port), seeds);
  return stop;
};

/** Starts a nats-server; it may not be ready yet. */
export const spawnNatsServer = async (
  path: string,
  place: NatsPlace,
  seeds: BusSeeds,
  logFile?: string,
): Promise<ServerProcess> => {
  const config = await writeConfig(place, seeds, { root: place.folder, host: '127.0.0.1' });
  return startProcess({ name: 'nats-server', command: path, args: ['--config', config], logFile });
};

/** Waits until the server takes connections and its streams and consumers are there. */
export const untilNatsReady = async (server: ServerProcess, port: number, seeds: BusSeeds): Promise<void> => {
  await untilReady(server, () => isListening(port), START_MS);
  // On a machine that has much to do the first connection may not be answered in time.
  await eventually(() => setupBus(natsUrl(port), seeds));
};

/** NATS with JetStream, one user per service and all streams, wherever the resolver finds it. */
export const startNats = async (options: NatsOptions = {}): Promise<Nats> => {
  const found = await resolveServer('nats-server');
  if (found.from === 'environment') {
    const seeds = seedsFromEnvironment();
    await setupBus(found.url, seeds);
    return { url: found.url, seeds, process: null, folder: null, restart: notOurs, stop: () => Promise.resolve() };
  }
  const folder = options.folder ?? temporaryFolder();
  const seeds = options.seeds ?? newSeeds();
  const port = options.port ?? (await freePort());
  const url = natsUrl(port);
  const place = { port, folder };
  if (found.from === 'docker') {
    const stop = await startNatsContainer(found.image, place, seeds);
    return { url, seeds, process: null, folder: null, restart: notOurs, stop };
  }
  let server = await spawnNatsServer(found.path, place, seeds, options.logFile);
  const stop = async () => {
    if (options.folder === undefined) server.signal('SIGKILL');
    await server.stop();
  };
  const restart = async (meanwhile?: () => Promise<unknown>) => {
    server.signal('SIGKILL');
    await server.exited;
    await meanwhile?.();
    server = await spawnNatsServer(found.path, place, seeds, options.logFile);
    await untilNatsReady(server, port, seeds);
  };
  try {
    await untilNatsReady(server, port, seeds);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    seeds,
    get process() {
      return server;
    },
    folder,
    restart,
    stop,
  };
};
