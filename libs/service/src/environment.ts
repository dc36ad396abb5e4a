import type { ServiceName } from '@kervan/contracts';
import { z } from 'zod';

/**
 * What every service is told from outside. Intervals and sizes of a service's own stand in its `config.ts`. What a
 * variable means stands in its description: docs/configuration.md is made from them.
 */
const common = {
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('development')
    .describe('For libraries that ask; the services do the same in all of them'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('The least important lines that are written'),
  PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8080)
    .describe('Where it answers HTTP: health and metrics, and for some their own routes; 0 takes a free one'),
  NATS_URL: z
    .string()
    .regex(/^[^\s,]+(?:,[^\s,]+)*$/, 'must be one address, or several with commas')
    .default('nats://127.0.0.1:4222')
    .describe('Addresses of the bus, several with commas'),
  NATS_NKEY_SEED: z
    .string()
    .regex(/^SU[A-Z2-7]{56}$/, 'must be the seed of a user nkey')
    .optional()
    .describe("The nkey seed of the service's own bus user; without one the server refuses the connection"),
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(?:\+srv)?:\/\//, 'must start with mongodb:// or mongodb+srv://')
    .optional()
    .describe('The database, a replica set, for services that keep something; `MONGODB_URI_<SERVICE>` wins over it'),
  IDEMPOTENCY_TTL_S: z.coerce
    .number()
    .int()
    .min(60)
    .max(2_592_000)
    .default(259_200)
    .describe('Seconds an `Idempotency-Key` is kept'),
  EVENT_RETRY_MS: z.coerce
    .number()
    .int()
    .min(1)
    .max(60_000)
    .default(500)
    .describe(
      'Milliseconds before an event that could not be handled is tried again; twice as long after every try, up to 8 s while something is away, up to a minute after a bug',
    ),
  DRAIN_DELAY_S: z.coerce
    .number()
    .min(0)
    .max(120)
    .default(1)
    .describe(
      'Seconds the gateway and payment-svc go on answering HTTP after SIGTERM, with `/readyz` red: longer than whoever balances requests takes to notice',
    ),
  TEST_POINTS: z
    .string()
    .optional()
    .describe('A folder of armed test points (see libs/test-points), for fault tests alone: refused in production'),
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
  if (given['NODE_ENV'] === 'production' && given['TEST_POINTS'] !== undefined)
    wrong.add('TEST_POINTS: lets others kill the process, which NODE_ENV=production refuses');
  if (options.needsDatabase && given['MONGODB_URI'] === undefined) wrong.add('MONGODB_URI: is missing');
  return parsed.success && wrong.size === 0 ? { ok: true, env: parsed.data } : { ok: false, wrong: [...wrong] };
};
