import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { SERVICE_NAMES, type ServiceName } from '@kervan/contracts';
import { type BusSeeds, newSeeds, seedVariable, setupError } from '@kervan/testing/servers';
import { z } from 'zod';
import { type DataFolder, readJson, writeJson } from './data-folder.ts';

const Seed = z.string().regex(/^SU[A-Z2-7]{56}$/);
const Secrets = z.object({
  /** Makes tenants. */
  platformKey: z.string().min(1),
  /** Encrypts the credentials of payment providers: losing it loses them. 32 bytes in hex. */
  masterKey: z.string().regex(/^[0-9a-f]{64}$/),
  /** One bus user per service and `setup`. */
  seeds: z.record(z.string(), Seed),
  demo: z.object({
    /** Shown once by the API, so it is kept here. */
    apiKey: z.string().nullable(),
    /** Product files that are in: importing one again would set the stock back. */
    imported: z.array(z.string()),
  }),
});
export type Secrets = Omit<z.infer<typeof Secrets>, 'seeds'> & { seeds: BusSeeds };

/** The folder's secrets; made at the first start. A service that came later gets its seed now. */
export const loadSecrets = (data: DataFolder): Secrets => {
  const stored = Secrets.safeParse(readJson(data.secrets));
  if (!stored.success && existsSync(data.secrets)) {
    throw setupError(`${data.secrets} cannot be read: put the old one back, or start afresh with npm run reset.`);
  }
  const fresh = newSeeds();
  const secrets: Secrets = stored.success
    ? { ...stored.data, seeds: { ...fresh, ...stored.data.seeds } }
    : {
        platformKey: `pk_${randomBytes(24).toString('hex')}`,
        masterKey: randomBytes(32).toString('hex'),
        seeds: fresh,
        demo: { apiKey: null, imported: [] },
      };
  saveSecrets(data, secrets);
  return secrets;
};

/** Keeps the secrets, readable by our own user alone. */
export const saveSecrets = (data: DataFolder, secrets: Secrets): void => writeJson(data.secrets, secrets);

/** What `--only` runs with: the URLs, keys and seeds are someone else's, so they come from the environment. */
export const borrowed = (names: readonly ServiceName[], environment: NodeJS.ProcessEnv) => {
  const needed = (variable: string): string => {
    const value = environment[variable];
    if (value) return value;
    throw setupError(
      `--only runs on servers that are there already: set ${variable} (see secrets.json and dev.json of their stack).`,
    );
  };
  const seeds = new Map<ServiceName, string>();
  for (const name of SERVICE_NAMES.filter((service) => names.includes(service))) {
    seeds.set(
      name,
      environment[seedVariable(name)] || needed(environment['NATS_NKEY_SEED'] ? 'NATS_NKEY_SEED' : seedVariable(name)),
    );
  }
  return {
    mongoUri: needed('MONGODB_URI'),
    natsUrl: needed('NATS_URL'),
    seeds,
    secrets: {
      platformKey: names.includes('gateway') ? needed('PLATFORM_KEY') : '',
      masterKey: names.includes('payment-svc') ? needed('MASTER_KEY') : '',
    },
  };
};
