import { freePort, isPortFree } from '@kervan/tcp-ports';
import {
  type BusSeeds,
  machine,
  mongoUri,
  natsUrl,
  type Probes,
  type Resolved,
  resolveServer,
  seedsFromEnvironment,
  type ServerProcess,
  setupBus,
  setupError,
  spawnMongod,
  spawnNatsServer,
  startMongoContainer,
  startNatsContainer,
  untilMongodReady,
  untilNatsReady,
} from '@kervan/testing/servers';
import { type DataFolder, freshLog } from './data-folder.ts';
import type { Options } from './options.ts';
import type { Say } from './progress.ts';
import type { Running } from './running.ts';
import type { Secrets } from './secrets.ts';

/** WiredTiger would take half of the machine. */
const CACHE_GB = 1;

type Parts = {
  readonly options: Options;
  readonly data: DataFolder;
  readonly secrets: Secrets;
  readonly running: Running;
  readonly say: Say;
};
/** URLs of the servers. */
export type Addresses = { readonly mongo: string; readonly nats: string };
/** Where the servers will be, known before they are started. */
export type Backends = { readonly addresses: Addresses; readonly seeds: BusSeeds; readonly start: () => Promise<void> };

const describe = (found: Resolved): string =>
  found.from === 'binary'
    ? found.path
    : found.from === 'docker'
      ? `Docker image ${found.image}`
      : 'from the environment';

const startMongo = async (port: number, found: Resolved, { data, running, say }: Parts): Promise<void> => {
  const place = { port, dbPath: data.mongo, cacheGb: CACHE_GB };
  if (found.from === 'docker') running.addStop('backends', await startMongoContainer(found.image, place));
  if (found.from === 'binary') {
    const log = freshLog(data, 'mongod');
    const start = () => spawnMongod(found.path, place, log);
    const { current } = await running.add('backends', { name: 'mongod', start });
    await untilMongodReady(current(), port);
  }
  say(`mongod is ready (${describe(found)})`);
};

const startNats = async (port: number, found: Resolved, { data, secrets, running, say }: Parts): Promise<void> => {
  const place = { port, folder: data.nats };
  const { seeds } = secrets;
  if (found.from === 'environment') await setupBus(found.url, seedsFromEnvironment());
  if (found.from === 'docker') running.addStop('backends', await startNatsContainer(found.image, place, seeds));
  if (found.from === 'binary') {
    const log = freshLog(data, 'nats-server');
    const start = () => spawnNatsServer(found.path, place, seeds, log);
    // Its store may be gone or not what it was: streams are made as often as it starts, and services fill them again.
    const prepare = (server: ServerProcess) => untilNatsReady(server, port, seeds);
    const { current } = await running.add('backends', { name: 'nats-server', start, afterRestart: prepare });
    await prepare(current());
  }
  say(`nats-server is ready, streams are there (${describe(found)})`);
};

/** The port a server was given, or a free one. */
const portFor = async (variable: string, given: number | undefined): Promise<number> => {
  if (given === undefined) return freePort();
  if (await isPortFree(given)) return given;
  throw setupError(`Port ${given} is in use: stop what listens there, or set ${variable} to another one.`);
};

/** Settles where MongoDB and NATS will be; `start` finds them, downloads them if need be, and runs them. */
export const planBackends = async (parts: Parts): Promise<Backends> => {
  const mongoPort = await portFor('KERVAN_MONGO_PORT', parts.options.mongoPort);
  const natsPort = await portFor('KERVAN_NATS_PORT', parts.options.natsPort);
  const download: Probes['download'] = (kind) => {
    parts.say(`${kind} is not here yet: downloading it`);
    return machine.download(kind);
  };
  const probes: Probes = { ...machine, download };
  const given = { mongo: probes.variable('MONGODB_URI'), nats: probes.variable('NATS_URL') };
  return {
    addresses: { mongo: given.mongo || mongoUri(mongoPort), nats: given.nats || natsUrl(natsPort) },
    seeds: given.nats ? seedsFromEnvironment() : parts.secrets.seeds,
    start: async () => {
      await Promise.all([
        resolveServer('mongod', probes).then((found) => startMongo(mongoPort, found, parts)),
        resolveServer('nats-server', probes).then((found) => startNats(natsPort, found, parts)),
      ]);
    },
  };
};
