import { SERVICE_NAMES } from '@kervan/contracts';
import { planBackends } from './backends.ts';
import { type DataFolder, writeJson } from './data-folder.ts';
import { seedDemo } from './demo/seed.ts';
import { TENANT } from './demo/shop.ts';
import { type Options, portOf } from './options.ts';
import { type Say, table } from './progress.ts';
import type { Running } from './running.ts';
import { borrowed, loadSecrets } from './secrets.ts';
import { startServices } from './services.ts';

type Parts = { readonly options: Options; readonly data: DataFolder; readonly running: Running; readonly say: Say };

const localUrl = (port: number): string => `http://127.0.0.1:${port}`;

/** Brings up everything with the demo shop, and says where to go. */
export const startAll = async (parts: Parts): Promise<void> => {
  const { options, data, running, say } = parts;
  const secrets = loadSecrets(data);
  const { addresses, seeds, start } = await planBackends({ ...parts, secrets });
  const untilServicesReady = await startServices(
    SERVICE_NAMES,
    {
      first: options.port,
      addresses,
      seedOf: (name) => seeds[name],
      secrets,
    },
    { data, running, say },
  );
  await start();
  await untilServicesReady();
  const gateway = localUrl(options.port);
  const payments = localUrl(portOf('payment-svc', options.port));
  const apiKey = await seedDemo({ gateway, data, secrets, say });
  writeJson(data.dev, {
    gateway,
    payments,
    ...addresses,
    tenant: TENANT.slug,
    currency: TENANT.defaultCurrency,
    apiKey,
    platformKey: secrets.platformKey,
    // People sign in once accounts exist; until then there is nobody to name.
    staff: null,
    customer: null,
  });
  say('ready');
  const rows = [
    ['API', `${gateway}/api/v1`],
    ['API docs', `${gateway}/docs`],
    ['OpenAPI', `${gateway}/openapi.json`],
    ['webhooks', `${payments}/webhooks/<provider>/<tenant>`],
    ['demo tenant', `${TENANT.slug} (header X-Tenant: ${TENANT.slug})`],
    ['demo key', apiKey],
    ['all keys, URLs', data.dev],
    ['processes', data.pids],
    ['logs', data.logs],
  ] as const;
  console.log(`\n${table(rows)}\n\nCtrl-C stops it; npm run reset drops its data.\n`);
};

/** Brings up the named services alone, on servers that are there already. */
export const startOnly = async ({ options, data, running, say }: Parts, names: readonly string[]): Promise<void> => {
  const services = SERVICE_NAMES.filter((name) => names.includes(name));
  const { mongoUri, natsUrl, seeds, secrets } = borrowed(services, process.env);
  const settings = {
    first: options.port,
    addresses: { mongo: mongoUri, nats: natsUrl },
    seedOf: (name: (typeof services)[number]) => seeds.get(name) ?? '',
    secrets,
  };
  const untilServicesReady = await startServices(services, settings, { data, running, say });
  await untilServicesReady();
  say('ready');
};
