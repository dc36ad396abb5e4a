import { isAbsolute, resolve } from 'node:path';
import { SERVICE_NAMES, type ServiceName } from '@kervan/contracts';
import { REPOSITORY, setupError } from '@kervan/testing/servers';
import { z } from 'zod';

/** The last port from which all services still find one. */
const HIGHEST_PORT = 65_535 - SERVICE_NAMES.length;
const Port = z.coerce.number().int().min(1).max(65_535);

/** What the local stack itself is told; everything else in the environment is passed on to the services. */
export const LocalStackEnvironment = z.object({
  KERVAN_DATA: z
    .string()
    .min(1)
    .default('.data')
    .describe('Folder of everything that lasts, below the repository unless it is absolute'),
  KERVAN_PORT: Port.max(HIGHEST_PORT)
    .default(3000)
    .describe("The gateway's port; payment-svc (webhooks) has the next, the others' health ports follow"),
  KERVAN_MONGO_PORT: Port.optional().describe('Port of the mongod it starts; a free one unless set'),
  KERVAN_NATS_PORT: Port.optional().describe('Port of the nats-server it starts; a free one unless set'),
});

export type Options = {
  readonly data: string;
  /** The gateway's port; the others follow. */
  readonly port: number;
  readonly mongoPort: number | undefined;
  readonly natsPort: number | undefined;
  /** These services alone; null = everything. */
  readonly only: readonly ServiceName[] | null;
};

const isService = (name: string): name is ServiceName => SERVICE_NAMES.some((service) => service === name);

const parseOnly = (args: readonly string[]): readonly ServiceName[] | null => {
  const [flag, value, ...rest] = args.flatMap((arg) => (arg.startsWith('--only=') ? ['--only', arg.slice(7)] : [arg]));
  if (flag === undefined) return null;
  const names = (value ?? '').split(',').filter((name) => name !== '');
  const services = names.filter(isService);
  if (flag === '--only' && rest.length === 0 && services.length > 0 && services.length === names.length)
    return services;
  throw setupError(`Usage: npm start [-- --only <service>,…]. The services are ${SERVICE_NAMES.join(', ')}.`);
};

/** Reads what `npm start` was given; rejects with one line that names what is wrong. */
export const readOptions = (args: readonly string[], environment: NodeJS.ProcessEnv): Options => {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = LocalStackEnvironment.safeParse(given);
  if (!parsed.success) {
    const names = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.')))];
    throw setupError(`${names.join(' and ')} cannot be used: a port is a number from 1 to ${HIGHEST_PORT}.`);
  }
  const { KERVAN_DATA, KERVAN_PORT, KERVAN_MONGO_PORT, KERVAN_NATS_PORT } = parsed.data;
  return {
    data: isAbsolute(KERVAN_DATA) ? KERVAN_DATA : resolve(REPOSITORY, KERVAN_DATA),
    port: KERVAN_PORT,
    mongoPort: KERVAN_MONGO_PORT,
    natsPort: KERVAN_NATS_PORT,
    only: parseOnly(args),
  };
};

/** The gateway has the first port, payment-svc (the providers' webhooks) the next, the others' health ports follow. */
export const portOf = (name: ServiceName, first: number): number => {
  const order: readonly ServiceName[] = [
    'gateway',
    'payment-svc',
    ...SERVICE_NAMES.filter((service) => service !== 'gateway' && service !== 'payment-svc'),
  ];
  return first + order.indexOf(name);
};
