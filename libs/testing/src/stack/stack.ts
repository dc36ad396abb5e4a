import { randomBytes } from 'node:crypto';
import { SERVICE_NAMES, type ServiceName } from '@kervan/contracts';
import { freePort } from '@kervan/tcp-ports';
import { type Backends, startBackends } from '../servers/backends.ts';
import type { Exit, ServerProcess } from '../servers/process.ts';
import { type ServiceSettings, startService, untilServiceReady } from './service-process.ts';

export type StackOptions = {
  /** These services alone; all of them when left out. */
  readonly only?: readonly ServiceName[];
  /** So many processes of each service, each on a port of its own; one unless told. */
  readonly copies?: number;
  /** More environment for every service. */
  readonly env?: Readonly<Record<string, string>>;
  /** Servers that are there already, left running by `stop`; new ones when left out. */
  readonly backends?: Backends;
};

/** One process of the stack: the copy `copy`, from 0, of a service. */
export type Member = {
  readonly name: ServiceName;
  readonly copy: number;
  readonly pid: number;
  readonly port: number;
  readonly alive: boolean;
};

/** Where a copy is not named the first one is meant. */
export type Stack = {
  /** Base URLs of the first copies, without a slash at the end. */
  readonly gateway: string;
  readonly payments: string;
  /** The base URLs of all copies of a service. */
  urls(name: ServiceName): readonly string[];
  readonly platformKey: string;
  readonly backends: Backends;
  /** Process ids of the first copies that run right now. */
  pids(): Partial<Record<ServiceName, number>>;
  /** Every process as it stands: those that have died with the id they had. */
  members(): readonly Member[];
  /** Sends a signal to a process, and does not wait for what comes of it. */
  signal(name: ServiceName, copy: number, signal: NodeJS.Signals): void;
  /** How the process that runs now (or ran last) has ended; waits for it. */
  exited(name: ServiceName, copy: number): Promise<Exit>;
  /** Starts a copy that has died, on the port it had, and waits until it is ready. */
  start(name: ServiceName, copy: number): Promise<void>;
  /** Sends a signal (SIGKILL unless told) and waits until the process is gone. */
  kill(name: ServiceName, signal?: NodeJS.Signals, copy?: number): Promise<void>;
  /** Starts the service again on its port, after killing it when it still runs, and waits until it is ready. */
  restart(name: ServiceName, copy?: number): Promise<void>;
  /** The last lines a service wrote. */
  logs(name: ServiceName, lines?: number, copy?: number): string;
  stop(): Promise<void>;
};

type Running = {
  readonly name: ServiceName;
  readonly copy: number;
  readonly settings: ServiceSettings;
  process: ServerProcess;
};

/**
 * The real thing for tests: services as processes of their own on free ports, on a MongoDB and a NATS of their own.
 * Rejects with the failing service's last output when one does not get ready; nothing is left running then.
 */
export const startStack = async (options: StackOptions = {}): Promise<Stack> => {
  const { only: names = SERVICE_NAMES, copies = 1 } = options;
  const backends = options.backends ?? (await startBackends());
  const secrets = { platformKey: randomBytes(24).toString('hex'), masterKey: randomBytes(32).toString('hex') };
  const members: Running[] = [];

  const stop = async () => {
    await Promise.all(members.map((member) => member.process.stop(15_000)));
    if (options.backends === undefined) await backends.stop();
  };
  const memberOf = (name: ServiceName, copy: number): Running => {
    const member = members.find((each) => each.name === name && each.copy === copy);
    if (member === undefined) throw new Error(`copy ${copy} of ${name} is not part of this stack`);
    return member;
  };
  const kill = async (name: ServiceName, signal: NodeJS.Signals = 'SIGKILL', copy = 0) => {
    const { process } = memberOf(name, copy);
    process.signal(signal);
    await process.exited;
  };
  const start = async (name: ServiceName, copy: number) => {
    const member = memberOf(name, copy);
    if (member.process.alive()) throw new Error(`copy ${copy} of ${name} still runs`);
    member.process = await startService(name, member.settings);
    await untilServiceReady(member.process, member.settings.port);
  };
  const urls = (name: ServiceName): string[] =>
    members.filter((member) => member.name === name).map(({ settings }) => `http://127.0.0.1:${settings.port}`);

  try {
    for (const name of names) {
      for (let copy = 0; copy < copies; copy++) {
        const settings: ServiceSettings = {
          port: await freePort(),
          mongoUri: backends.mongo.uri,
          natsUrl: backends.nats.url,
          natsSeed: backends.nats.seeds[name],
          secrets,
          ...(options.env === undefined ? {} : { env: options.env }),
        };
        members.push({ name, copy, settings, process: await startService(name, settings) });
      }
    }
    await Promise.all(members.map(({ process, settings }) => untilServiceReady(process, settings.port)));
  } catch (error) {
    await stop();
    throw error;
  }

  return {
    gateway: urls('gateway')[0] ?? '',
    payments: urls('payment-svc')[0] ?? '',
    urls,
    platformKey: secrets.platformKey,
    backends,
    pids: () =>
      Object.fromEntries(
        members
          .filter(({ copy, process }) => copy === 0 && process.alive())
          .map(({ name, process }) => [name, process.pid]),
      ),
    members: () =>
      members.map(({ name, copy, settings, process }) => ({
        name,
        copy,
        pid: process.pid,
        port: settings.port,
        alive: process.alive(),
      })),
    signal: (name, copy, signal) => memberOf(name, copy).process.signal(signal),
    exited: (name, copy) => memberOf(name, copy).process.exited,
    start,
    kill,
    restart: async (name, copy = 0) => {
      if (memberOf(name, copy).process.alive()) await kill(name, 'SIGKILL', copy);
      await start(name, copy);
    },
    logs: (name, lines, copy = 0) => memberOf(name, copy).process.tail(lines),
    stop,
  };
};
