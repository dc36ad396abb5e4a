import { ERRORS, ProblemView } from '@kervan/contracts';
import type { ErrorCode } from '@kervan/contracts';
import { z } from 'zod';
import { retryAfterOf } from '../answer/problem.ts';
import { AREAS } from '../route.ts';
import type { Route } from '../route.ts';
import { createSchemaWriter } from './components.ts';
import type { JsonSchema } from './components.ts';

export type Parameter = {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
};
type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;
type Header = { readonly description: string; readonly schema: JsonSchema };
export type Response = {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Content;
};
export type Operation = {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Response>>;
};
export type OpenApi = {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
};

const ABOUT = `Amounts are integers in minor units of the currency beside them; storefront answers carry the same as text.
Lists take \`limit\` and \`cursor\` and answer \`{ data, page: { nextCursor } }\`. Refusals are problems (RFC 9457) with
a stable \`code\`.`;

/** Refusals that any route of a kind may answer with. */
const always: readonly ErrorCode[] = [
  'bad_request',
  'uri_too_long',
  'rate_limited',
  'service_unavailable',
  'deadline_exceeded',
  'internal_error',
];
const ofTenants: readonly ErrorCode[] = ['tenant_not_found', 'tenant_suspended', 'tenant_mismatch', 'unauthorized'];
const ofPlatform: readonly ErrorCode[] = ['unauthorized', 'forbidden'];

/** Every code a route may refuse with, by what the table says of it. */
export const errorsOf = (route: Route): ErrorCode[] => {
  const { params, query, body } = shapeOf(route);
  const codes = new Set<ErrorCode>(route.errors);
  for (const code of route.who === 'platform' ? ofPlatform : ofTenants) codes.add(code);
  if (route.permission !== null) codes.add('forbidden');
  if (params !== null || route.missing !== 'not_found') codes.add(route.missing);
  if (query !== null || body !== null) codes.add('invalid_input');
  if (query !== null && 'cursor' in query.shape) codes.add('invalid_cursor');
  if (body !== null)
    for (const code of ['malformed_json', 'payload_too_large', 'unsupported_media_type'] as const) codes.add(code);
  if (route.idempotency !== 'none') codes.add('idempotency_key_invalid').add('idempotency_key_reused');
  if (route.idempotency === 'required') codes.add('idempotency_key_required');
  if (route.concurrency === 'checks') codes.add('precondition_failed');
  for (const code of always) codes.add(code);
  return [...codes];
};

/** The parts of a route's input that it takes; null for the others. */
const shapeOf = (route: Route) => {
  const { params, query, body } = route.input.shape;
  const fields = (schema: unknown): z.ZodObject | null =>
    schema instanceof z.ZodObject && Object.keys(schema.shape).length > 0 ? schema : null;
  const isEmptyBody = body instanceof z.ZodDefault && fields(body.unwrap()) === null;
  return {
    params: fields(params),
    query: fields(query),
    body: body instanceof z.ZodType && !isEmptyBody ? body : null,
  };
};

/** The OpenAPI 3.1 document of the route table; nothing in it is written by hand. */
export const openApiOf = (routes: readonly Route[], root: string): OpenApi => {
  const { write, components } = createSchemaWriter();
  const problem = write(ProblemView, 'output');
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = root + route.path.replace(/:([A-Za-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, write, problem) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Kervan', version: '1', description: ABOUT },
    servers: [{ url: '/' }],
    tags: AREAS.map((name) => ({ name })),
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        machine: { type: 'http', scheme: 'bearer', description: 'A key of the tenant: `sk_…`' },
        platform: { type: 'http', scheme: 'bearer', description: "The key of the platform's operator" },
      },
    },
  };
};

type Write = ReturnType<typeof createSchemaWriter>['write'];

const operationOf = (route: Route, write: Write, problem: JsonSchema): Operation => {
  const { params, query, body } = shapeOf(route);
  const description = [
    route.description,
    route.permission === null ? null : `Needs the permission \`${route.permission}\`.`,
  ]
    .filter((text) => text !== null)
    .join(' ');
  return {
    operationId: operationId(route),
    tags: [route.area],
    summary: route.summary,
    ...(description === '' ? {} : { description }),
    security: route.who === 'public' ? [] : [{ [route.who]: [] }],
    parameters: [...fieldsOf(params, 'path', write), ...fieldsOf(query, 'query', write), ...headersOf(route)],
    ...(body === null ? {} : { requestBody: requestBodyOf(route, body, write) }),
    responses: { [route.status]: successOf(route, write), ...refusalsOf(route, problem) },
  };
};

/** `POST /carts/:cartId/items` is `postCartsByCartIdItems`. */
const operationId = (route: Route): string =>
  route.method.toLowerCase() +
  route.path
    .replace(/:([A-Za-z]+)/g, (_, name: string) => `by-${name}`)
    .replace(/[/-]+([A-Za-z])/g, (_, letter: string) => letter.toUpperCase());

const fieldsOf = (schema: z.ZodObject | null, where: 'path' | 'query', write: Write): Parameter[] => {
  if (schema === null) return [];
  const { properties = {}, required = [] } = write(schema, 'input');
  return Object.entries(properties).flatMap(([name, property]) =>
    typeof property === 'boolean' ? [] : [{ name, in: where, required: required.includes(name), schema: property }],
  );
};

const headersOf = (route: Route): Parameter[] => {
  const header = (name: string, description: string, required = false): Parameter => ({
    name,
    in: 'header',
    required,
    description,
    schema: { type: 'string' },
  });
  return [
    ...(route.who === 'platform' ? [] : [header('X-Tenant', 'The slug of the shop; else the host name says it.')]),
    header('Accept-Language', 'The language of texts and money.'),
    ...(route.idempotency === 'none'
      ? []
      : [header('Idempotency-Key', '1 to 255 visible ASCII characters.', route.idempotency === 'required')]),
    ...(route.concurrency === 'checks' ? [header('If-Match', 'The ETag of the version to change.')] : []),
  ];
};

const requestBodyOf = (route: Route, body: z.ZodType, write: Write) => ({
  required: !body.safeParse(undefined).success,
  content:
    route.consumes === 'csv'
      ? { 'text/csv': { schema: { type: 'string' as const } } }
      : { 'application/json': { schema: write(body, 'input') } },
});

const textHeader = (description: string): Header => ({ description, schema: { type: 'string' } });
const RETRY_AFTER: Readonly<Record<string, Header>> = {
  'Retry-After': { description: 'In how many seconds another try is worth it.', schema: { type: 'integer' } },
};

const successOf = (route: Route, write: Write): Response => {
  const headers = {
    ...(route.concurrency === 'none' || route.view === null
      ? {}
      : { ETag: textHeader('The version, for `If-Match`.') }),
    ...(route.idempotency === 'required'
      ? { 'Idempotent-Replayed': textHeader('`true` when this is the answer of an earlier call with the same key.') }
      : {}),
  };
  return {
    description: 'Done',
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(route.view === null ? {} : { content: { 'application/json': { schema: write(route.view, 'output') } } }),
  };
};

const refusalsOf = (route: Route, problem: JsonSchema): Record<string, Response> => {
  const byStatus = Map.groupBy(errorsOf(route), (code) => ERRORS[code].status);
  const statuses = [...byStatus].sort(([one], [other]) => one - other);
  return Object.fromEntries(
    statuses.map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\`: ${ERRORS[code].title.en}`).join('\n\n'),
        ...(codes.some((code) => retryAfterOf({ code }) !== null) ? { headers: RETRY_AFTER } : {}),
        content: { 'application/problem+json': { schema: problem } },
      },
    ]),
  );
};
