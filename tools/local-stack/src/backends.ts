import {
  adoptNats,
  type BusSeeds,
  freePort,
  mongoUri,
  natsUrl,
  type Resolved,
  resolveServer,
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
export type Backends = { readonly addresses: Addresses; readonly seeds: BusSeeds };

const describe = (found: Resolved): string =>
  found.from === 'binary'
    ? found.path
    : found.from === 'docker'
      ? `Docker image ${found.image}`
      : 'from the environment';

const startMongo = async (found: Resolved, { options, data, running, say }: Parts): Promise<string> => {
  const place = { port: options.mongoPort ?? (await freePort()), dbPath: data.mongo, cacheGb: CACHE_GB };
  if (found.from === 'docker') running.addStop('backends', await startMongoContainer(found.image, place));
  if (found.from === 'binary') {
    const log = freshLog(data, 'mongod');
    const start = () => spawnMongod(found.path, place, log);
    const { current } = await running.add('backends', { name: 'mongod', start });
    await untilMongodReady(current(), place.port);
  }
  say(`mongod is ready (${describe(found)})`);
  return found.from === 'environment' ? found.url : mongoUri(place.port);
};

const startNats = async (
  found: Resolved,
  { options, data, secrets, running, say }: Parts,
): Promise<{ url: string; seeds: BusSeeds }> => {
  const seeds = found.from === 'environment' ? await adoptNats(found.url) : secrets.seeds;
  const place = { port: options.natsPort ?? (await freePort()), folder: data.nats };
  if (found.from === 'docker') running.addStop('backends', await startNatsContainer(found.image, place, seeds));
  if (found.from === 'binary') {
    const log = freshLog(data, 'nats-server');
    const start = () => spawnNatsServer(found.path, place, seeds, log);
    const { current } = await running.add('backends', { name: 'nats-server', start });
    await untilNatsReady(current(), place.port, seeds);
  }
  say(`nats-server is ready, streams are there (${describe(found)})`);
  return { url: found.from === 'environment' ? found.url : natsUrl(place.port), seeds };
};

/** Finds and starts MongoDB and NATS on the data of this folder. */
export const startBackends = async (parts: Parts): Promise<Backends> => {
  const [mongod, natsServer] = await Promise.all([resolveServer('mongod'), resolveServer('nats-server')]);
  const [mongo, nats] = await Promise.all([startMongo(mongod, parts), startNats(natsServer, parts)]);
  return { addresses: { mongo, nats: nats.url }, seeds: nats.seeds };
};
