import { randomBytes } from 'node:crypto';
import { SERVICE_NAMES, type ServiceName } from '@kervan/contracts';
import { type Backends, startBackends } from '../servers/backends.ts';
import { freePort } from '../servers/ports.ts';
import type { ServerProcess } from '../servers/process.ts';
import { type ServiceSettings, startService, untilServiceReady } from './service-process.ts';

export type StackOptions = {
  /** These services alone; all of them when left out. */
  readonly only?: readonly ServiceName[];
  /** More environment for every service. */
  readonly env?: Readonly<Record<string, string>>;
  /** Servers that are there already, left running by `stop`; new ones when left out. */
  readonly backends?: Backends;
};

export type Stack = {
  /** Base URLs, without a slash at the end. */
  readonly gateway: string;
  readonly payments: string;
  readonly platformKey: string;
  readonly backends: Backends;
  /** Process ids of the services that run right now. */
  pids(): Partial<Record<ServiceName, number>>;
  /** Sends a signal (SIGKILL unless told) and waits until the process is gone. */
  kill(name: ServiceName, signal?: NodeJS.Signals): Promise<void>;
  /** Starts the service again on its port, after killing it when it still runs, and waits until it is ready. */
  restart(name: ServiceName): Promise<void>;
  /** The last lines a service wrote. */
  logs(name: ServiceName, lines?: number): string;
  stop(): Promise<void>;
};

type Member = { process: ServerProcess; readonly settings: ServiceSettings };

const launch = async (name: ServiceName, settings: ServiceSettings): Promise<ServerProcess> => {
  const service = await startService(name, settings);
  await untilServiceReady(service, settings.port);
  return service;
};

/**
 * The real thing for tests: services as processes of their own on free ports, on a MongoDB and a NATS of their own.
 * Rejects with the failing service's last output when one does not get ready; nothing is left running then.
 */
export const startStack = async (options: StackOptions = {}): Promise<Stack> => {
  const names = options.only ?? SERVICE_NAMES;
  const backends = options.backends ?? (await startBackends());
  const secrets = { platformKey: randomBytes(24).toString('hex'), masterKey: randomBytes(32).toString('hex') };
  const members = new Map<ServiceName, Member>();

  const stop = async () => {
    await Promise.all([...members.values()].map((member) => member.process.stop(15_000)));
    if (options.backends === undefined) await backends.stop();
  };
  const memberOf = (name: ServiceName): Member => {
    const member = members.get(name);
    if (member === undefined) throw new Error(`${name} is not part of this stack`);
    return member;
  };
  const kill = async (name: ServiceName, signal: NodeJS.Signals = 'SIGKILL') => {
    const { process } = memberOf(name);
    process.signal(signal);
    await process.exited;
  };
  const urlOf = (name: ServiceName): string => `http://127.0.0.1:${members.get(name)?.settings.port ?? 0}`;

  try {
    for (const name of names) {
      const settings: ServiceSettings = {
        port: await freePort(),
        mongoUri: backends.mongo.uri,
        natsUrl: backends.nats.url,
        natsSeed: backends.nats.seeds[name],
        secrets,
        ...(options.env === undefined ? {} : { env: options.env }),
      };
      members.set(name, { process: await startService(name, settings), settings });
    }
    await Promise.all([...members.values()].map(({ process, settings }) => untilServiceReady(process, settings.port)));
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    gateway: urlOf('gateway'),
    payments: urlOf('payment-svc'),
    platformKey: secrets.platformKey,
    backends,
    pids: () =>
      Object.fromEntries(
        [...members].filter(([, { process }]) => process.alive()).map(([name, { process }]) => [name, process.pid]),
      ),
    kill,
    restart: async (name) => {
      const member = memberOf(name);
      if (member.process.alive()) await kill(name);
      member.process = await launch(name, member.settings);
    },
    logs: (name, lines) => memberOf(name).process.tail(lines),
    stop,
  };
};
