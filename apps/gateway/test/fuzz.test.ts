import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isErrorCode } from '@kervan/contracts';
import { z } from 'zod';
import { routes } from '../src/routes.ts';
import { ALL, PLATFORM_KEY, startGateway } from './harness.ts';
import type { Gateway } from './harness.ts';

let gateway: Gateway;
beforeAll(async () => {
  // Every neighbour answers `not_found`: whatever passes the gateway's own checks ends there.
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const Problem = z.object({ code: z.string().refine(isErrorCode), status: z.number() });

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
  '\u0000',
  '\ud800',
  "'; DROP TABLE orders; --",
  '../../etc/passwd',
];
const PARAMS = [
  '%24ne',
  '%7B%22%24gt%22%3A%22%22%7D',
  '..%2F..%2Fetc',
  '%00',
  '%F0%9F%92%A9',
  'a'.repeat(250),
  'made-up-1',
];
const QUERIES = [
  '?limit=x',
  '?limit=-1',
  '?limit[]=1',
  '?unknown=1',
  '?cursor[$gt]=',
  '?$where=1',
  '?__proto__=1',
  '?limit=1&limit=2',
];

/** Bodies with one field wrong, and whole bodies that are wrong. */
const bodiesFor = (body: unknown): unknown[] => {
  const fields = body instanceof z.ZodObject ? Object.keys(body.shape) : [];
  return [
    ...NONSENSE,
    { unknownField: 1 },
    ...fields.flatMap((field) => NONSENSE.map((nonsense) => ({ [field]: nonsense }))),
    ...fields.flatMap((field) => NONSENSE.slice(0, 3).map((nonsense) => ({ [field]: [nonsense] }))),
  ];
};

describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))('%s', (_name, route) => {
  const headers = (): Record<string, string> => ({
    'idempotency-key': 'fuzz',
    ...(route.who === 'machine' ? { authorization: `Bearer ${ALL}` } : {}),
    ...(route.who === 'platform' ? { authorization: `Bearer ${PLATFORM_KEY}` } : {}),
    ...(route.consumes === 'csv' ? { 'content-type': 'text/csv' } : {}),
  });
  const path = (param: string) => `/api/v1${route.path.replace(/:\w+/g, param)}`;
  const expectRefusal = async (url: string, body?: unknown) => {
    const reply = await gateway.send(route.method, url, { body, headers: headers() });
    const what = `${url} ${JSON.stringify(body)?.slice(0, 200)}`;
    expect({ what, status: reply.status >= 400 && reply.status < 500 }).toEqual({ what, status: true });
    expect(Problem.parse(reply.body).status).toBe(reply.status);
  };

  it('refuses nonsense with a code of the table, and never fails', async () => {
    const { body } = route.input.shape;
    const needsBody = route.method === 'POST' || route.method === 'PATCH';
    const inner = body instanceof z.ZodPrefault ? body.unwrap() : body;
    await Promise.all([
      ...(route.path.includes(':') ? PARAMS : []).map((param) => expectRefusal(path(param))),
      ...QUERIES.map((query) => expectRefusal(path('made-up-1') + query)),
      ...(needsBody && route.consumes === 'json' ? bodiesFor(inner) : []).map((each) =>
        expectRefusal(path('made-up-1'), each),
      ),
    ]);
  });
});
