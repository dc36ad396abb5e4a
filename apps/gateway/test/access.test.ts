import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accountEvents, accountRpc, catalogRpc, ok } from '@kervan/contracts';
import { routes } from '../src/routes.ts';
import { keyFor, PLATFORM_KEY, startGateway } from './harness.ts';
import type { Gateway } from './harness.ts';
import { product, tenant } from './samples.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
  gateway.on(catalogRpc.listProducts, async () => ok({ data: [product], nextCursor: null }));
});
afterAll(() => gateway.stop());

const problem = (status: number, code: string) => ({ status, body: expect.objectContaining({ status, code }) });
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const questions = (subject: string) => gateway.calls.filter((call) => call.subject === subject).length;

describe('the shop of a request', () => {
  it.each<[string, Record<string, string>, number, string | null]>([
    ['is named by X-Tenant', { 'x-tenant': 'demo' }, 200, null],
    ['is named by the host', { 'x-tenant': '', host: 'demo.example' }, 200, null],
    ['is not found', { 'x-tenant': 'nobody' }, 404, 'tenant_not_found'],
    ['cannot be named so', { 'x-tenant': '$ne' }, 404, 'tenant_not_found'],
    ['is suspended', { 'x-tenant': 'asleep' }, 403, 'tenant_suspended'],
    ['is that of the key', { 'x-tenant': 'demo', ...bearer(keyFor('*')) }, 200, null],
    ['is not that of the key', { 'x-tenant': 'other', ...bearer(keyFor('*')) }, 403, 'tenant_mismatch'],
    ['has no such key', { 'x-tenant': 'demo', ...bearer('sk_made_up_000000') }, 401, 'unauthorized'],
    ['knows no such scheme', { 'x-tenant': 'demo', authorization: 'Basic YTpi' }, 401, 'unauthorized'],
    ['knows no such token', { 'x-tenant': 'demo', ...bearer('eyJhbGciOi') }, 401, 'unauthorized'],
  ])('%s', async (_what, headers, status, code) => {
    // fetch would not let us name the host.
    const { 'x-tenant': named = '', ...others } = headers;
    const reply = await gateway.app.inject({
      method: 'GET',
      url: '/api/v1/products',
      headers: { ...others, ...(named === '' ? {} : { 'x-tenant': named }) },
    });
    expect(reply.statusCode).toBe(status);
    if (code !== null) expect(reply.json()).toMatchObject({ code });
  });

  it('is that of a key alone when the host is no shop', async () => {
    const reply = await fetch(`${gateway.url}/api/v1/admin/products`, { headers: bearer(keyFor('*', 'other')) });
    expect(reply.status).toBe(200);
    expect(gateway.calls.at(-1)?.context).toMatchObject({ tenant: 'other', actor: { kind: 'machine', id: 'key_1' } });
  });

  it('is asked for once by many, remembered, and forgotten when account-svc says so', async () => {
    gateway.directory.forget();
    const before = questions(accountRpc.resolveTenant.subject);
    await Promise.all(Array.from({ length: 50 }, () => gateway.send('GET', '/api/v1/products')));
    await gateway.send('GET', '/api/v1/products');
    expect(questions(accountRpc.resolveTenant.subject)).toBe(before + 1);
    gateway.tenants.set('demo', { ...tenant, status: 'suspended' });
    expect((await gateway.send('GET', '/api/v1/products')).status).toBe(200);
    await gateway.tell(accountEvents.tenantUpdated, 'ten_demo', { slug: 'demo' });
    expect(await gateway.send('GET', '/api/v1/products')).toMatchObject(problem(403, 'tenant_suspended'));
    gateway.tenants.set('demo', tenant);
    await gateway.tell(accountEvents.tenantUpdated, 'ten_demo', { slug: 'demo' });
  });
});

describe('every admin route', () => {
  const admin = routes.filter(({ who }) => who === 'machine');
  const address = (path: string) => `/api/v1${path.replace(/:[A-Za-z]+/g, 'some-1')}`;
  const headers = { 'idempotency-key': 'key-1' };

  it.each(admin.map((route) => [`${route.method} ${route.path}`, route] as const))(
    '%s needs a key with its permission',
    async (_name, route) => {
      expect(route.permission).not.toBeNull();
      const url = address(route.path);
      expect(await gateway.send(route.method, url, { headers })).toMatchObject(problem(401, 'unauthorized'));
      const weak = route.permission === 'catalog:read' ? keyFor('orders:read') : keyFor('catalog:read');
      const refused = await gateway.send(route.method, url, { headers: { ...headers, ...bearer(weak) } });
      expect(refused).toMatchObject(problem(403, 'forbidden'));
      expect(refused.body).toMatchObject({ permission: route.permission });
      const let_in = await gateway.send(route.method, url, { headers: { ...headers, ...bearer(keyFor('*')) } });
      expect([401, 403]).not.toContain(let_in.status);
    },
  );

  it('of keys gives away no permission that the key itself has not', async () => {
    const body = { name: 'mine', permissions: ['orders:read'] };
    const reply = await gateway.send('POST', '/api/v1/admin/api-keys', { body, headers: bearer(keyFor('keys:write')) });
    expect(reply).toMatchObject(problem(403, 'forbidden'));
    expect(questions(accountRpc.createKey.subject)).toBe(0);
  });
});

describe('the platform', () => {
  it('is for its operator only', async () => {
    gateway.on(accountRpc.listTenants, async () => ok({ data: [tenant], nextCursor: null }));
    const list = (headers: Record<string, string>) => gateway.send('GET', '/api/v1/platform/tenants', { headers });
    expect(await list({})).toMatchObject(problem(401, 'unauthorized'));
    expect(await list(bearer(keyFor('*')))).toMatchObject(problem(403, 'forbidden'));
    expect(await list(bearer(`${PLATFORM_KEY}x`))).toMatchObject(problem(401, 'unauthorized'));
    expect((await list(bearer(PLATFORM_KEY))).status).toBe(200);
    expect(gateway.calls.at(-1)?.context).toMatchObject({ tenant: 'platform', actor: { kind: 'platform' } });
    const elsewhere = await gateway.send('GET', '/api/v1/admin/products', { headers: bearer(PLATFORM_KEY) });
    expect(elsewhere).toMatchObject(problem(401, 'unauthorized'));
  });

  it('makes tenants that are there at once', async () => {
    const headers = bearer(PLATFORM_KEY);
    expect((await gateway.send('GET', '/api/v1/products', { headers: { 'x-tenant': 'fresh' } })).status).toBe(404);
    gateway.on(accountRpc.createTenant, async ({ slug }) => {
      const made = { ...tenant, slug, hosts: [] };
      gateway.tenants.set(slug, made);
      return ok({ ...made, apiKey: 'sk_fresh_1' });
    });
    const body = { slug: 'fresh', name: 'Fresh' };
    const made = await gateway.send('POST', '/api/v1/platform/tenants', { body, headers });
    expect(made).toMatchObject({ status: 201, body: { slug: 'fresh', apiKey: 'sk_fresh_1' } });
    expect(made.headers.get('location')).toBe('/api/v1/platform/tenants/fresh');
    expect((await gateway.send('GET', '/api/v1/products', { headers: { 'x-tenant': 'fresh' } })).status).toBe(200);
  });
});
