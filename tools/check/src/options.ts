import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CheckInput, HistoryEntry } from '@kervan/testing';
import { setupError } from '@kervan/testing/servers';
import { z } from 'zod';

/** What is looked at, and how long the system may take to get quiet before, in milliseconds. */
export type Options = { readonly input: CheckInput; readonly withinMs: number };

const Dev = z.object({ gateway: z.url(), mongo: z.string(), nats: z.string(), tenant: z.string(), apiKey: z.string() });
const Secrets = z.object({ seeds: z.object({ setup: z.string() }) });
const Access = z.strictObject({
  tenants: z.array(z.strictObject({ slug: z.string(), apiKey: z.string() })).default([]),
  stripe: z
    .array(
      z.strictObject({
        tenant: z.string(),
        secretKey: z.string(),
        apiBase: z.url().default('https://api.stripe.com'),
      }),
    )
    .default([]),
});
const Provoked = z.array(z.object({ service: z.string(), subject: z.string() }));

const USAGE =
  'Usage: npm run check [-- --data <folder>] [--gateway <url>] [--access <file>] [--history <file>] [--provoked <file>] [--within <seconds>]';

const flagsOf = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        data: { type: 'string' },
        gateway: { type: 'string' },
        access: { type: 'string' },
        history: { type: 'string' },
        provoked: { type: 'string' },
        within: { type: 'string', default: '30' },
      },
    }).values;
  } catch (error) {
    throw setupError(`${error instanceof Error ? error.message : 'An option is wrong.'} ${USAGE}`);
  }
};

const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw setupError(`${path} cannot be read.`);
  }
};

const parsed = <Shape extends z.ZodType>(text: string, shape: Shape, where: string): z.output<Shape> => {
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    throw setupError(`${where} is not what is expected there.`);
  }
};
const fileOf = <Shape extends z.ZodType>(path: string, shape: Shape): z.output<Shape> =>
  parsed(textOf(path), shape, path);

/** The lines of a file of calls and answers; a last line that was cut off is left out. */
const historyOf = (path: string): HistoryEntry[] => {
  const lines = textOf(path).split('\n');
  const whole = lines.slice(0, -1);
  return whole.map((line, index) => parsed(line, HistoryEntry, `${path}, line ${index + 1},`));
};

type Place = Pick<CheckInput, 'mongoUri' | 'nats' | 'api'>;

/** The running local stack of a data folder. */
const localStack = (folder: string): Place => {
  const dev = fileOf(join(folder, 'dev.json'), Dev);
  const { seeds } = fileOf(join(folder, 'secrets.json'), Secrets);
  return {
    mongoUri: dev.mongo,
    nats: { url: dev.nats, seed: seeds.setup },
    api: { gateway: dev.gateway, tenants: [{ slug: dev.tenant, apiKey: dev.apiKey }] },
  };
};

/** A system whose addresses and seed stand in the environment. */
const elsewhere = (environment: NodeJS.ProcessEnv): Place | null => {
  const { MONGODB_URI: mongoUri, NATS_URL: url, NATS_NKEY_SEED_SETUP: seed } = environment;
  if (!mongoUri) return null;
  if (url && !seed) throw setupError('NATS_URL is set, so NATS_NKEY_SEED_SETUP is needed too.');
  return { mongoUri, ...(url && seed ? { nats: { url, seed } } : {}) };
};

/** Reads what `npm run check` was given. Throws with one line that says what is wrong. */
export const readOptions = (args: readonly string[], environment: NodeJS.ProcessEnv): Options => {
  const flags = flagsOf(args);
  const withinMs = Number(flags.within) * 1_000;
  if (!(withinMs >= 0)) throw setupError(`--within is a number of seconds, not ${flags.within}.`);
  const place =
    (flags.data === undefined ? elsewhere(environment) : null) ??
    localStack(flags.data ?? (environment['KERVAN_DATA'] || '.data'));
  const access = flags.access === undefined ? null : fileOf(flags.access, Access);
  const gateway = flags.gateway ?? place.api?.gateway;
  const tenants = [...(place.api?.tenants ?? []), ...(access?.tenants ?? [])];
  if (gateway === undefined && tenants.length > 0) throw setupError('Keys of shops are of no use without --gateway.');
  return {
    withinMs,
    input: {
      mongoUri: place.mongoUri,
      ...(place.nats === undefined ? {} : { nats: place.nats }),
      ...(gateway === undefined ? {} : { api: { gateway, tenants } }),
      providers: access?.stripe ?? [],
      history: flags.history === undefined ? [] : historyOf(flags.history),
      provoked: flags.provoked === undefined ? [] : fileOf(flags.provoked, Provoked),
    },
  };
};
