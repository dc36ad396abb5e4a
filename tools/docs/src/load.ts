import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OrderStatus, PaymentStatus, type ServiceName } from '@kervan/contracts';
import { createMetrics, defineEnvironment } from '@kervan/service';
import { z } from 'zod';
import { filesOf, readText, REPOSITORY } from './files.ts';

/** A module of a service, read while running: tools depend on libs alone, and a page has to say what services do. */
const load = async <Module extends z.ZodType>(path: string, module: Module): Promise<z.output<Module>> =>
  module.parse(await import(pathToFileURL(join(REPOSITORY, path)).href));

/** Which status may follow which, as order-svc decides it. */
export const loadTransitions = async () =>
  (
    await load(
      'apps/order-svc/src/order/order.ts',
      z.object({ TRANSITIONS: z.record(OrderStatus, z.array(OrderStatus)) }),
    )
  ).TRANSITIONS;

const Rules = z.record(PaymentStatus, z.record(z.string(), z.string()));
/** What payment-svc does when a provider reports a state (inner key) while it holds another (outer key). */
export const loadPaymentRules = async () =>
  (await load('apps/payment-svc/src/payments/transitions.ts', z.object({ TRANSITIONS: Rules }))).TRANSITIONS;

const StripeEvents = z.record(z.string(), z.object({ says: z.string() }));
/** What the types of Stripe's events say, as payment-svc reads them. */
export const loadStripeEvents = async () =>
  (await load('apps/payment-svc/src/adapters/stripe/events.ts', z.object({ STRIPE_EVENTS: StripeEvents })))
    .STRIPE_EVENTS;

const TestCards = z.record(z.string(), z.object({ does: z.string(), declineCode: z.string().optional() }));
/** The sandbox's test cards by number, and what each does. */
export const loadTestCards = async () =>
  (await load('apps/payment-svc/src/adapters/sandbox/card.ts', z.object({ TEST_CARDS: TestCards }))).TEST_CARDS;

const Route = z.object({
  method: z.string(),
  path: z.string(),
  who: z.string(),
  permission: z.string().nullable(),
  area: z.string(),
  summary: z.string(),
  status: z.number(),
  idempotency: z.enum(['none', 'accepted', 'required']),
  missing: z.string(),
  errors: z.array(z.string()),
});
export type Route = z.output<typeof Route>;

/** The gateway's route table. */
export const loadRoutes = async (): Promise<Route[]> =>
  (await load('apps/gateway/src/routes.ts', z.object({ routes: z.array(Route) }))).routes;

/** The most bytes of a body, by its kind. */
export const loadBodyLimits = async () =>
  (
    await load(
      'apps/gateway/src/input/body.ts',
      z.object({ BODY_LIMITS: z.object({ json: z.number(), csv: z.number() }) }),
    )
  ).BODY_LIMITS;

const Streams = z.object({ ATTEMPTS: z.number(), ACK_WAIT_MS: z.number() });
const Tuning = z.object({ TUNING: z.object({ batchSize: z.number(), keepEventsMs: z.number() }) });
/** Numbers of the bus and the store that whoever runs the system has to know. Times in milliseconds. */
export const loadNumbers = async () => ({
  ...(await load('libs/bus/src/streams.ts', Streams)),
  ...(await load('libs/store/src/tuning.ts', Tuning)).TUNING,
});

const Metric = z.object({ name: z.string(), help: z.string(), type: z.string(), labelNames: z.array(z.string()) });
/** The metrics of our own that every service shows beside those of its process. */
export const loadMetrics = (): z.output<typeof Metric>[] =>
  createMetrics('any')
    .registry.getMetricsAsArray()
    .map((metric) => Metric.parse(metric))
    .filter(({ name }) => name.startsWith('kervan_'));

/** A variable as its schema describes it. `values` is what it may be, in words. */
export type Variable = {
  readonly name: string;
  readonly standard: string;
  readonly values: string;
  readonly meaning: string;
};

const Property = z.looseObject({
  type: z.string().optional(),
  default: z.unknown().optional(),
  description: z.string().default(''),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
});
const JsonSchema = z.looseObject({
  properties: z.record(z.string(), Property),
  required: z.array(z.string()).default([]),
});

const variablesOf = (schema: z.ZodObject): Variable[] => {
  const { properties, required } = JsonSchema.parse(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return Object.entries(properties).map(([name, property]) => ({
    name,
    standard: standardOf(property.default, required.includes(name)),
    values: valuesOf(property),
    meaning: property.description,
  }));
};

const standardOf = (given: unknown, required: boolean): string => {
  if (required) return 'required';
  return given === undefined || (Array.isArray(given) && given.length === 0) ? 'none' : `\`${String(given)}\``;
};

const valuesOf = (property: z.output<typeof Property>): string => {
  if (property.enum !== undefined) return property.enum.map((value) => `\`${value}\``).join(', ');
  const { minimum, exclusiveMinimum, maximum } = property;
  if (maximum === undefined) return '';
  const from = exclusiveMinimum === undefined ? String(minimum) : `above ${exclusiveMinimum}`;
  return `${from} to ${maximum}${property.type === 'integer' ? ', whole' : ''}`;
};

/** The schemas among what a module exports. */
const loadSchemas = async (path: string): Promise<z.ZodObject[]> =>
  Object.values(await load(path, z.record(z.string(), z.unknown()))).filter((value) => value instanceof z.ZodObject);

/** The variables every service reads. */
export const commonVariables = (): Variable[] => variablesOf(defineEnvironment({}));

/** The variables a service reads beside those of every service. */
export const ownVariables = async (service: ServiceName): Promise<Variable[]> => {
  const common = new Set(commonVariables().map(({ name }) => name));
  const schemas = await loadSchemas(`apps/${service}/src/config.ts`);
  return schemas.flatMap(variablesOf).filter(({ name }) => !common.has(name));
};

/** The variables the local stack itself reads. */
export const localStackVariables = async (): Promise<Variable[]> =>
  (await loadSchemas('tools/local-stack/src/options.ts')).flatMap(variablesOf);

/** The source of a service, without its tests. */
const sourceOf = (service: ServiceName): string =>
  filesOf(`apps/${service}/src/**/*.ts`)
    .filter((path) => !path.endsWith('.test.ts'))
    .map(readText)
    .join('\n');

const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = '']) => found);

/**
 * The calls a service answers, as the contracts export them: `cartRpc.create`. Its `surface.ts` is read as text: running it
 * would need everything its handlers need.
 */
export const answersOf = (service: ServiceName): string[] =>
  matches(readText(`apps/${service}/src/surface.ts`), /\banswer\(\s*(\w+\.\w+)/g);

/** The collections of a service's database. */
export const collectionsOf = (service: ServiceName): string[] =>
  matches(sourceOf(service), /\bdefineCollection(?:<\w+>)?\(\{\s*name: '(\w+)'/g);

/** The jobs a service runs. */
export const jobsOf = (service: ServiceName): string[] => matches(sourceOf(service), /\bjob\(\{\s*name: '([a-z-]+)'/g);

/** The names of the local stack's own variables that stand anywhere in the code that starts servers and services. */
export const kervanVariables = (): string[] => {
  const text = filesOf('libs/testing/src/**/*.ts', 'tools/*/src/**/*.ts').map(readText).join('\n');
  return [...new Set(matches(text, /\b(KERVAN_[A-Z_]+)\b/g))].sort();
};
