import type { ServiceName } from '@kervan/contracts';
import { isPortFree } from '@kervan/tcp-ports';
import {
  compileServices,
  setupError,
  type StackSecrets,
  startService,
  untilServiceReady,
} from '@kervan/testing/servers';
import type { Addresses } from './backends.ts';
import { type DataFolder, freshLog } from './data-folder.ts';
import { portOf } from './options.ts';
import type { Say } from './progress.ts';
import type { Running } from './running.ts';

/** Refuses with one line when a port is taken; asked before anything is started. */
export const requireFreePorts = async (names: readonly ServiceName[], first: number): Promise<void> => {
  const ports = names.map((name) => ({ name, port: portOf(name, first) })).sort((a, b) => a.port - b.port);
  for (const { name, port } of ports) {
    if (!(await isPortFree(port))) {
      throw setupError(
        `Port ${port} (${name}) is in use: stop what listens there, or set KERVAN_PORT to another first port.`,
      );
    }
  }
};

/**
 * Starts services side by side; they wait for what is not there yet. Answers what waits until each says it is ready, for
 * when their servers run.
 */
export const startServices = async (
  names: readonly ServiceName[],
  settings: {
    readonly first: number;
    readonly addresses: Addresses;
    readonly seedOf: (name: ServiceName) => string;
    readonly secrets: StackSecrets;
  },
  { data, running, say }: { data: DataFolder; running: Running; say: Say },
): Promise<() => Promise<void>> => {
  await compileServices(names);
  const startOne = async (name: ServiceName) => {
    const port = portOf(name, settings.first);
    const log = freshLog(data, name);
    const start = () =>
      startService(
        name,
        {
          port,
          mongoUri: settings.addresses.mongo,
          natsUrl: settings.addresses.nats,
          natsSeed: settings.seedOf(name),
          secrets: settings.secrets,
        },
        log,
      );
    const { current } = await running.add(name === 'gateway' ? 'gateway' : 'services', { name, start });
    return async () => {
      await untilServiceReady(current(), port);
      say(`${name} is ready (port ${port})`);
    };
  };
  const waits = await Promise.all(names.map(startOne));
  return async () => {
    await Promise.all(waits.map((wait) => wait()));
  };
};
