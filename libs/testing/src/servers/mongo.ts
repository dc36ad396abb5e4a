import { freePort, isListening } from '@kervan/tcp-ports';
import { MongoClient } from 'mongodb';
import { startContainer } from './docker.ts';
import { temporaryFolder } from './guard.ts';
import { type ServerProcess, startProcess, untilReady } from './process.ts';
import { notOurs, resolveServer } from './resolver.ts';

const REPLICA_SET = 'kervan';
const START_MS = 60_000;

export type MongoOptions = {
  /** A free one when left out. */
  readonly port?: number;
  /** Data stays here; a temporary folder when left out. */
  readonly dbPath?: string;
  readonly logFile?: string;
  /** WiredTiger cache in GB. */
  readonly cacheGb?: number;
};
export type Mongo = {
  readonly uri: string;
  /** Null when the server is not a process of ours (a URL from the environment, a container). */
  readonly process: ServerProcess | null;
  /**
   * Kills a server of ours (SIGKILL) and starts it again on its port and its data; ready when it can be written to. What
   * is to happen while it is gone is done in between.
   */
  restart(meanwhile?: () => Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
};
/** Where a mongod runs: port, data folder, WiredTiger cache in GB. */
export type MongodPlace = { readonly port: number; readonly dbPath: string; readonly cacheGb: number };

/** How clients reach the replica set whose member listens on `port` of this machine. */
export const mongoUri = (port: number): string => `mongodb://127.0.0.1:${port}/?replicaSet=${REPLICA_SET}`;

/** WiredTiger with its journal: what a write concern of `j: true` waits for is on the disk. */
const mongodArguments = ({ port, dbPath, cacheGb }: MongodPlace): string[] => [
  ...['--port', String(port), '--dbpath', dbPath, '--replSet', REPLICA_SET],
  ...['--wiredTigerCacheSizeGB', String(cacheGb), '--oplogSize', '256', '--nounixsocket', '--quiet'],
  // Diagnostics once a second are CPU that measurements would count.
  ...['--setParameter', 'diagnosticDataCollectionEnabled=false'],
];

/**
 * Makes the server at `port` the primary of its one-member replica set: a new one is initiated, one that had another
 * port before (the data of an earlier run) is told its new address.
 */
const becomePrimary = async (port: number): Promise<void> => {
  const member = { _id: 0, host: `127.0.0.1:${port}` };
  const client = new MongoClient(`mongodb://${member.host}/?directConnection=true`, {
    serverSelectionTimeoutMS: START_MS,
    connectTimeoutMS: 5_000,
    socketTimeoutMS: 30_000,
  });
  try {
    const admin = client.db('admin');
    const local = client.db('local');
    const known = await local.collection('system.replset').findOne({});
    if (known === null) {
      await admin.command({ replSetInitiate: { _id: REPLICA_SET, members: [member] } });
    } else if (known['members']?.[0]?.host !== member.host) {
      const config = {
        ...known,
        version: Number(known['version']) + 1,
        members: [{ ...known['members']?.[0], ...member }],
      };
      await admin.command({ replSetReconfig: config, force: true });
    }
    const deadline = Date.now() + START_MS;
    while ((await admin.command({ hello: 1 }))['isWritablePrimary'] !== true) {
      if (Date.now() > deadline) throw new Error('the replica set has no primary');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    await client.close();
  }
};

/** A mongod in a container, ready to be written to; answers what stops it. */
export const startMongoContainer = async (
  image: string,
  { port, dbPath, cacheGb }: MongodPlace,
): Promise<() => Promise<void>> => {
  const command = ['mongod', ...mongodArguments({ port, dbPath: '/data/db', cacheGb }), '--bind_ip_all'];
  const stop = await startContainer({ image, command, folders: { [dbPath]: '/data/db' }, port });
  await becomePrimary(port);
  return stop;
};

/** Starts a mongod; it may not be ready yet. */
export const spawnMongod = (path: string, place: MongodPlace, logFile?: string): Promise<ServerProcess> =>
  startProcess({ name: 'mongod', command: path, args: mongodArguments(place), logFile });

/** Waits until the mongod can be written to. Rejects with its last output when it ends before. */
export const untilMongodReady = async (mongod: ServerProcess, port: number): Promise<void> => {
  await untilReady(mongod, () => isListening(port), START_MS);
  await becomePrimary(port);
};

/** MongoDB as a replica set of one, wherever the resolver finds it. */
export const startMongo = async (options: MongoOptions = {}): Promise<Mongo> => {
  const found = await resolveServer('mongod');
  if (found.from === 'environment')
    return { uri: found.url, process: null, restart: notOurs, stop: () => Promise.resolve() };
  const dbPath = options.dbPath ?? temporaryFolder();
  const cacheGb = options.cacheGb ?? 0.25;
  const port = options.port ?? (await freePort());
  const uri = mongoUri(port);
  const place = { port, dbPath, cacheGb };
  if (found.from === 'docker')
    return { uri, process: null, restart: notOurs, stop: await startMongoContainer(found.image, place) };
  let mongod = await spawnMongod(found.path, place, options.logFile);
  const stop = async () => {
    // Data that nobody will read again needs no orderly end.
    if (options.dbPath === undefined) mongod.signal('SIGKILL');
    await mongod.stop(20_000);
  };
  const restart = async (meanwhile?: () => Promise<unknown>) => {
    mongod.signal('SIGKILL');
    await mongod.exited;
    await meanwhile?.();
    mongod = await spawnMongod(found.path, place, options.logFile);
    await untilMongodReady(mongod, port);
  };
  try {
    await untilMongodReady(mongod, port);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    uri,
    get process() {
      return mongod;
    },
    restart,
    stop,
  };
};
