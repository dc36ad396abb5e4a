import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceName } from '@kervan/contracts';
import { type ServerProcess, startProcess, untilReady } from '../servers/process.ts';
import { REPOSITORY } from '../servers/repository.ts';
import { setupError } from '../servers/setup-error.ts';

/** What a service needs to know; see its README for the rest. */
export type ServiceSettings = {
  readonly port: number;
  readonly mongoUri: string;
  readonly natsUrl: string;
  readonly natsSeed: string;
  readonly secrets: StackSecrets;
  /** Wins over everything else. */
  readonly env?: Readonly<Record<string, string>>;
};
/** The platform operator's key, and the key that encrypts provider secrets. */
export type StackSecrets = { readonly platformKey: string; readonly masterKey: string };

/** Secrets go to the one service that needs them. */
const secretsOf = (name: ServiceName, { platformKey, masterKey }: StackSecrets): Record<string, string> => {
  if (name === 'gateway') return { PLATFORM_KEY: platformKey };
  if (name === 'payment-svc') return { MASTER_KEY: masterKey };
  return {};
};

const isForeignSecret = (variable: string): boolean =>
  /^(?:NATS_NKEY_SEED.*|PLATFORM_KEY|MASTER_KEY|npm_.*)$/.test(variable);

/** What whoever sets it himself decides. */
const DEFAULTS = {
  // Compiled code, types already stripped, is kept between starts.
  NODE_COMPILE_CACHE: join(REPOSITORY, '.cache', 'compiled'),
  // Limits stand in no test's and no benchmark's way.
  RATE_LIMIT_ADDRESS: '1000000000',
  RATE_LIMIT_TENANT: '1000000000',
  RATE_LIMIT_TRACKING: '1000000000',
};

/** The environment of a service: ours without anyone's secrets, what it connects to, its own secrets. */
export const serviceEnvironment = (name: ServiceName, settings: ServiceSettings): NodeJS.ProcessEnv => ({
  ...DEFAULTS,
  ...Object.fromEntries(Object.entries(process.env).filter(([variable]) => !isForeignSecret(variable))),
  MONGODB_URI: settings.mongoUri,
  NATS_URL: settings.natsUrl,
  NATS_NKEY_SEED: settings.natsSeed,
  PORT: String(settings.port),
  ...secretsOf(name, settings.secrets),
  ...settings.env,
});

/** Room for what lives as long as a call: fewer collections under load, a twentieth of the CPU, and nothing at rest. In MiB. */
const YOUNG_GENERATION = ['--min-semi-space-size=16', '--max-semi-space-size=32'];

const mainOf = (name: ServiceName): string => join(REPOSITORY, 'apps', name, 'src', 'main.ts');

/** Starts `apps/<name>/src/main.ts` as a process of its own; it may not be ready yet. */
export const startService = (
  name: ServiceName,
  settings: ServiceSettings,
  logFile?: string,
): Promise<ServerProcess> => {
  const main = mainOf(name);
  if (!existsSync(main)) throw setupError(`There is no ${main}.`);
  const env = serviceEnvironment(name, settings);
  return startProcess({
    name,
    command: process.execPath,
    args: [...YOUNG_GENERATION, main],
    env,
    cwd: REPOSITORY,
    logFile,
  });
};

/**
 * Compiles what services run, once for all of them. Else each would load the compiler of types by itself: that is the
 * most of what a start costs, and 30 MB in every process for as long as it lives.
 */
export const compileServices = async (names: readonly ServiceName[]): Promise<void> => {
  const env = { ...DEFAULTS, ...process.env };
  // With the same flags: code is compiled for them.
  const args = [...YOUNG_GENERATION, join(import.meta.dirname, 'compile.ts'), ...names.map(mainOf)];
  const compiler = await startProcess({ name: 'compile', command: process.execPath, args, env });
  // If it cannot, each service still can.
  await compiler.exited;
};

const answersReady = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.ok;
    },
    () => false,
  );

/** Waits until the service says on its port that its database and the bus answer. */
export const untilServiceReady = (service: ServerProcess, port: number, withinMs = 60_000): Promise<void> =>
  untilReady(service, () => answersReady(port), withinMs);
