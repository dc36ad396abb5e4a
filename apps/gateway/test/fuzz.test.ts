import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isErrorCode } from '@kervan/contracts';
import type { InjectOptions } from 'fastify';
import { z } from 'zod';
import { openApiOf } from '../src/openapi/document.ts';
import type { Route } from '../src/route.ts';
import { routes } from '../src/routes.ts';
import { API_ROOT } from '../src/server.ts';
import { bodyFor, nameOf } from './bodies.ts';
import { ALL, PLATFORM_KEY, startGateway } from './harness.ts';
import type { Gateway } from './harness.ts';

let gateway: Gateway;
beforeAll(async () => {
  // Every neighbour answers `not_found`: whatever passes the gateway's own checks ends there.
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const document = openApiOf(routes, API_ROOT);
const takesJson = (route: Route): boolean => {
  const path = API_ROOT + route.path.replace(/:(\w+)/g, '{$1}');
  const content = document.paths[path]?.[route.method.toLowerCase()]?.requestBody?.content;
  return content?.['application/json'] !== undefined;
};

/** What a field may hold that it must not. */
const NONSENSE: readonly unknown[] = [
  { $gt: '' },
  { $where: 'sleep(1000)' },
  [],
  [[]],
  {},
  null,
  true,
  -1,
  1.5,
  1e308,
  '',
  ' ',
  'x'.repeat(6_000),
  '\ud83d\udca9',
  "'; DROP TABLE orders; --",
  '../../etc/passwd',
];
const OPERATOR = { $gt: '' };
const PARAMS = [
  '%24ne',
  '%7B%22%24gt%22%3A%22%22%7D',
  '..%2F..%2Fetc',
  '%00',
  '%F0%9F%92%A9',
  '%FF',
  'a'.repeat(250),
  'made-up-1',
];
const QUERIES = [
  '?limit=x',
  '?limit=-1',
  '?limit=1e400',
  '?limit[]=1',
  '?unknown=1',
  '?cursor[$gt]=',
  '?cursor=%00',
  '?$where=1',
  '?__proto__=1',
  '?limit=1&limit=2',
  '?%FF=1',
];
/** What is no body of any route, and has nothing to do with what the route wants. Sent as it is. */
const RAW: readonly (string | Buffer)[] = [
  'null',
  '5',
  '"text"',
  '[]',
  '[{}]',
  '{',
  '{"a":1}{"b":2}',
  '{"a":undefined}',
  "{'a':1}",
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"a":"\\u0000"}',
  '{"\\u0000":1}',
  '{"a":"\\ud800"}',
  '{"a":"\\udc00\\ud800"}',
  '{"a":1e400}',
  `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
  `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
  Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
  Buffer.from('{"a":1}', 'utf16le'),
  JSON.stringify({ a: 'x'.repeat(300_000) }),
];
const OTHER_TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'application/xml',
  'x/y',
];

type Path = readonly (string | number)[];
/** Every place in a body: its fields, and what is in them. */
const placesIn = (value: unknown, at: Path = []): Path[] =>
  typeof value !== 'object' || value === null
    ? [at]
    : [
        ...(at.length === 0 ? [] : [at]),
        ...Object.entries(value).flatMap(([name, inner]) =>
          placesIn(inner, [...at, Array.isArray(value) ? Number(name) : name]),
        ),
      ];
const replaced = (value: unknown, [first, ...rest]: Path, by: unknown): unknown => {
  if (first === undefined) return by;
  if (Array.isArray(value)) return value.map((inner, index) => (index === first ? replaced(inner, rest, by) : inner));
  const fields: Record<string, unknown> = { ...(typeof value === 'object' ? value : {}) };
  return { ...fields, [first]: replaced(fields[first], rest, by) };
};

/** Right bodies with one thing wrong in them: what is nested deep is tried with the worst only. */
const bodiesLike = (right: Readonly<Record<string, unknown>>): unknown[] => [
  ...NONSENSE,
  { ...right, unknownField: 1 },
  ...placesIn(right).flatMap((place) =>
    (place.length === 1 ? NONSENSE : [OPERATOR, [OPERATOR], -1, 'x'.repeat(6_000)]).map((nonsense) =>
      replaced(right, place, nonsense),
    ),
  ),
];

const Problem = z.object({ code: z.string().refine(isErrorCode), status: z.number() });
const JSON_TYPE = { 'content-type': 'application/json' };

describe.each(routes.map((route) => [nameOf(route), route] as const))('%s', (_name, route) => {
  const path = (param: string) => `/api/v1${route.path.replace(/:\w+/g, param)}`;
  const send = (url: string, payload?: string | Buffer, headers: Record<string, string> = {}) => {
    const request: InjectOptions = {
      method: route.method,
      url,
      headers: {
        'x-tenant': 'demo',
        'idempotency-key': 'fuzz',
        ...(route.who === 'machine' ? { authorization: `Bearer ${ALL}` } : {}),
        ...(route.who === 'platform' ? { authorization: `Bearer ${PLATFORM_KEY}` } : {}),
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
    };
    // A platform route takes no shop; naming one changes nothing.
    return gateway.app.inject(request);
  };
  const expectRefusal = async (...request: Parameters<typeof send>) => {
    const reply = await send(...request);
    const what = `${request[0].slice(0, 200)} ${String(request[1]).slice(0, 300)}`;
    expect({ what, refused: reply.statusCode >= 400 && reply.statusCode < 500 }).toEqual({ what, refused: true });
    expect(Problem.parse(reply.json()).status).toBe(reply.statusCode);
    return reply.statusCode;
  };
  const type = route.consumes === 'csv' ? { 'content-type': 'text/csv' } : {};

  it('refuses addresses and queries that are nonsense', async () => {
    await Promise.all([
      ...(route.path.includes(':') ? PARAMS : []).map((param) => expectRefusal(path(param), undefined, type)),
      ...QUERIES.map((query) => expectRefusal(path('made-up-1') + query, undefined, type)),
    ]);
  });

  it('refuses bodies that are none, and asks nobody about them', async () => {
    const asked = () => gateway.calls.filter(({ subject }) => !subject.startsWith('rpc.account')).length;
    const before = asked();
    const url = path('made-up-1');
    if (route.method !== 'GET') for (const raw of RAW) await expectRefusal(url, raw, JSON_TYPE);
    if (takesJson(route)) {
      const right = JSON.stringify(bodyFor(route));
      for (const other of OTHER_TYPES) {
        expect(await expectRefusal(url, right, { 'content-type': other })).toBe(415);
      }
      expect(await expectRefusal(url, right, { ...JSON_TYPE, 'content-encoding': 'gzip' })).toBe(415);
      expect(await expectRefusal(url, Buffer.from(right, 'utf16le'), JSON_TYPE)).toBe(400);
    }
    expect(asked()).toBe(before);
  });

  if (!takesJson(route)) return;
  const right = bodyFor(route);

  it('has a right body to start from', () => {
    const { body } = route.input.shape;
    expect(body instanceof z.ZodType && body.safeParse(right).error).toBeUndefined();
    expect(right).toBeDefined();
  });

  it('refuses right bodies with something wrong in them', async () => {
    for (const body of bodiesLike(right ?? {})) await expectRefusal(path('made-up-1'), JSON.stringify(body), JSON_TYPE);
  });
});
