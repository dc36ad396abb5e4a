import type { ServiceName } from '@kervan/contracts';
import { z } from 'zod';

/** What every service is told from outside. Intervals and sizes of a service's own stand in its `config.ts`. */
const common = {
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** Where the service answers HTTP: health and metrics, and for some their own routes. 0 takes a free one. */
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  /** `nats://host:port`, several with commas. */
  NATS_URL: z
    .string()
    .regex(/^[^\s,]+(?:,[^\s,]+)*$/, 'must be one address, or several with commas')
    .default('nats://127.0.0.1:4222'),
  /** The nkey seed of this service's user; without one the connection is anonymous, which a real server refuses. */
  NATS_NKEY_SEED: z
    .string()
    .regex(/^SU[A-Z2-7]{56}$/, 'must be the seed of a user nkey')
    .optional(),
  /** Needed by services that keep something; `MONGODB_URI_ORDER_SVC` and the like go before it. */
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(?:\+srv)?:\/\//, 'must start with mongodb:// or mongodb+srv://')
    .optional(),
};

/**
 * The schema of a service's environment: its own variables beside those that every service knows. Read once at start;
 * unknown variables are none of our business, wrong ones stop the process.
 */
export const defineEnvironment = <Shape extends z.ZodRawShape>(shape: Shape) => z.object({ ...common, ...shape });

/** The variables every service has, parsed. */
export type CommonEnvironment = z.output<z.ZodObject<typeof common>>;

/** The environment parsed, or one line per wrong variable: its name and what is expected, never its value. */
export type EnvironmentReading<Environment> = { ok: true; env: Environment } | { ok: false; wrong: readonly string[] };

/**
 * Parses the variables a service is given. Empty ones count as not set. `MONGODB_URI_<SERVICE>` wins over
 * `MONGODB_URI`; with `needsDatabase` one of them has to be there.
 */
export const readEnvironment = <Environment extends CommonEnvironment>(
  schema: z.ZodType<Environment>,
  source: Readonly<Record<string, string | undefined>>,
  options: { service: ServiceName; needsDatabase: boolean },
): EnvironmentReading<Environment> => {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(source)) if (value !== undefined && value !== '') given[name] = value;

  const ownUri = `MONGODB_URI_${options.service.toUpperCase().replaceAll('-', '_')}`;
  if (given[ownUri] !== undefined) given['MONGODB_URI'] = given[ownUri];
  const uriName = given[ownUri] === undefined ? 'MONGODB_URI' : ownUri;

  const parsed = schema.safeParse(given);
  const wrong = new Set<string>();
  for (const issue of parsed.error?.issues ?? []) {
    const name = String(issue.path[0] ?? '');
    wrong.add(
      `${name === 'MONGODB_URI' ? uriName : name}: ${given[name] === undefined ? 'is missing' : issue.message}`,
    );
  }
  if (options.needsDatabase && given['MONGODB_URI'] === undefined) wrong.add('MONGODB_URI: is missing');
  return parsed.success && wrong.size === 0 ? { ok: true, env: parsed.data } : { ok: false, wrong: [...wrong] };
};
