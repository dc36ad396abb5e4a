import {
  freePort,
  mongoUri,
  natsUrl,
  type Resolved,
  resolveServer,
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
export type Addresses = { readonly mongo: string; readonly nats: string };

const describe = (found: Resolved): string =>
  found.from === 'binary'
    ? found.path
    : found.from === 'docker'
      ? `Docker image ${found.image}`
      : 'from the environment';

const startMongo = async (found: Resolved, { options, data, running, say }: Parts): Promise<string> => {
  if (found.from === 'environment') return found.url;
  const place = { port: options.mongoPort ?? (await freePort()), dbPath: data.mongo, cacheGb: CACHE_GB };
  if (found.from === 'docker') {
    running.addStop('backends', await startMongoContainer(found.image, place));
  } else {
    const log = freshLog(data, 'mongod');
    const { current } = await running.add('backends', {
      name: 'mongod',
      start: () => spawnMongod(found.path, place, log),
    });
    await untilMongodReady(current(), place.port);
  }
  say(`mongod is ready (${describe(found)})`);
  return mongoUri(place.port);
};

const startNats = async (found: Resolved, { options, data, secrets, running, say }: Parts): Promise<string> => {
  if (found.from === 'environment') {
    throw setupError('NATS_URL is set: the local stack runs a nats-server of its own. Unset it, or start with --only.');
  }
  const place = { port: options.natsPort ?? (await freePort()), folder: data.nats };
  if (found.from === 'docker') {
    running.addStop('backends', await startNatsContainer(found.image, place, secrets.seeds));
  } else {
    const log = freshLog(data, 'nats-server');
    const start = () => spawnNatsServer(found.path, place, secrets.seeds, log);
    const { current } = await running.add('backends', { name: 'nats-server', start });
    await untilNatsReady(current(), place.port, secrets.seeds);
  }
  say(`nats-server is ready, streams are there (${describe(found)})`);
  return natsUrl(place.port);
};

/** Finds and starts MongoDB and NATS on the data of this folder. */
export const startBackends = async (parts: Parts): Promise<Addresses> => {
  const [mongod, natsServer] = await Promise.all([resolveServer('mongod'), resolveServer('nats-server')]);
  const [mongo, nats] = await Promise.all([startMongo(mongod, parts), startNats(natsServer, parts)]);
  return { mongo, nats };
};
