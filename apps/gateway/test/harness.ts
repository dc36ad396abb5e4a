import { createHash, randomUUID } from 'node:crypto';
import { answer, connectBus } from '@kervan/bus';
import type { Bus, Handler } from '@kervan/bus';
import { accountRpc, ALL_CALLS, fail, ok, SERVICE_NAMES, TOPOLOGY } from '@kervan/contracts';
import type { Context, EventDefinition, Owner, Permission, Result, Rpc, Tenant } from '@kervan/contracts';
import { createHealth, createLog } from '@kervan/service';
import { startNats } from '@kervan/testing';
import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { createAdmission } from '../src/access/admission.ts';
import { createDirectory } from '../src/access/directory.ts';
import { createLimit } from '../src/access/limit.ts';
import { createRecent } from '../src/answer/recent.ts';
import { routes } from '../src/routes.ts';
import { createServer } from '../src/server.ts';
import { surface } from '../src/surface.ts';
import { tenant } from './samples.ts';

export const PLATFORM_KEY = 'platform-key-of-the-tests';
/** A key that exists says in itself what it may do: `sk_demo_<permission>`, e.g. `sk_demo_orders:read`. */
export const keyFor = (permission: Permission, slug = 'demo'): string => `sk_${slug}_${permission}_`.padEnd(20, 'x');
export const ALL = keyFor('*');

export type Call = { readonly subject: string; readonly request: unknown; readonly context: Context };
export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined when there is none. */
  readonly body: unknown;
};
export type Limits = {
  readonly address?: number;
  readonly tenant?: number;
  readonly tracking?: number;
  readonly trackedNumber?: number;
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** The gateway on a real bus with stub neighbours, and an HTTP client for it. */
export const startGateway = async (limits: Limits = {}, options: { without?: readonly Owner[] } = {}) => {
  const nats = await startNats();
  const log = createLog('gateway', 'silent');
  const calls: Call[] = [];
  const stubs = new Map<string, (request: unknown, context: Context) => Promise<Result<unknown>>>();
  const buses: Bus[] = [];
  let account: Bus | undefined;
  const connect = async (service: (typeof SERVICE_NAMES)[number]): Promise<Bus> => {
    const bus = await connectBus({ service, servers: nats.url, nkeySeed: nats.seeds[service], log });
    buses.push(bus);
    return bus;
  };

  for (const service of SERVICE_NAMES) {
    const { owner } = TOPOLOGY[service];
    if (service === 'gateway' || options.without?.includes(owner) === true) continue;
    const bus = await connect(service);
    if (service === 'account-svc') account = bus;
    await bus.serve(
      ALL_CALLS.filter((rpc) => rpc.owner === owner).map((rpc) =>
        answer(rpc, async (request, context) => {
          calls.push({ subject: rpc.subject, request, context });
          return (await stubs.get(rpc.subject)?.(request, context)) ?? fail('not_found');
        }),
      ),
    );
  }
  /** Lets a neighbour answer a call from now on. */
  const on = <R extends Rpc>(rpc: R, handler: Handler<R>): void => {
    const entry = answer(rpc, handler);
    if (entry.kind === 'answer') stubs.set(rpc.subject, entry.run);
  };

  const tenants = new Map<string, Tenant>([
    ['demo', tenant],
    ['other', { ...tenant, id: 'ten_other', slug: 'other', hosts: ['other.example'] }],
    ['asleep', { ...tenant, id: 'ten_asleep', slug: 'asleep', hosts: [], status: 'suspended' }],
  ]);
  on(accountRpc.resolveTenant, async (request) => {
    const found =
      'slug' in request
        ? tenants.get(request.slug)
        : [...tenants.values()].find(({ hosts }) => hosts.includes(request.host));
    return found === undefined ? fail('tenant_not_found') : ok(found);
  });
  const keys = new Map<string, { slug: string; permission: Permission }>();
  for (const slug of tenants.keys()) {
    for (const permission of ['*', 'catalog:read', 'orders:read', 'keys:write'] as const) {
      keys.set(sha256(keyFor(permission, slug)), { slug, permission });
    }
  }
  on(accountRpc.verifyKey, async ({ hash }) => {
    const key = keys.get(hash);
    if (key === undefined) return fail('unauthorized');
    return ok({ keyId: 'key_1', tenant: key.slug, permissions: [key.permission], expiresAt: null });
  });

  /** Publishes an event as account-svc would, and waits until the gateway has heard it. */
  const tell = async <Data extends z.ZodType>(event: EventDefinition<Data>, id: string, data: z.input<Data>) => {
    const heard = new Promise<void>((resolve) => {
      whenForgotten = resolve;
    });
    await account?.publish([
      {
        id: randomUUID(),
        type: event.type,
        version: event.version,
        tenant: 'demo',
        aggregateId: id,
        sequence: 1,
        occurredAt: new Date().toISOString(),
        traceId: 'trace',
        data,
      },
    ]);
    await heard;
  };
  let whenForgotten = (): void => undefined;

  const bus = await connect('gateway');
  const clock = () => new Date();
  const now = () => Date.now();
  const directory = createDirectory(bus, clock);
  const limit = (most = 1_000_000) => createLimit({ most, windowSeconds: 60, now });
  const health = createHealth();
  health.phase = 'running';
  const app: FastifyInstance = createServer(
    routes,
    {
      bus,
      directory,
      recent: createRecent({ keepMs: 1_000, most: 500, mostBytes: 8_000_000, now }),
      admit: createAdmission(directory, { platformKey: PLATFORM_KEY, now }),
      limits: {
        address: limit(limits.address),
        tenant: limit(limits.tenant),
        tracking: limit(limits.tracking),
        trackedNumber: limit(limits.trackedNumber),
      },
      health,
      log,
    },
    { TRUST_PROXY: undefined },
  );
  const forget = (): void => {
    directory.forget();
    whenForgotten();
  };
  await bus.serve(surface({ ...directory, forget }));
  const url = await app.listen({ port: 0, host: '127.0.0.1' });

  /** Sends a request; an object as body goes as JSON, a text as it is. The shop is `demo` unless headers say else. */
  const send = async (
    method: string,
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Reply> => {
    const json = body !== undefined && typeof body !== 'string';
    const response = await fetch(url + path, {
      method,
      headers: { 'x-tenant': 'demo', ...(json ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : String(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson && text !== '' ? JSON.parse(text) : undefined,
    };
  };

  return {
    url,
    app,
    health,
    directory,
    calls,
    tenants,
    keys,
    on,
    tell,
    send,
    admin: (method: string, path: string, request: { body?: unknown; headers?: Record<string, string> } = {}) =>
      send(method, path, { ...request, headers: { authorization: `Bearer ${ALL}`, ...request.headers } }),
    stop: async () => {
      await app.close();
      await Promise.all(buses.map((each) => each.stop()));
      await nats.stop();
    },
  };
};
export type Gateway = Awaited<ReturnType<typeof startGateway>>;
