import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { SERVICE_NAMES } from '@kervan/contracts';
import { freePort, freePorts } from '@kervan/tcp-ports';
import { eventually } from '@kervan/testing';
import { REPOSITORY, type ServerProcess, startProcess } from '@kervan/testing/servers';
import { z } from 'zod';
import { portOf } from '../src/options.ts';

const Dev = z.strictObject({
  gateway: z.url(),
  payments: z.url(),
  mongo: z.string().startsWith('mongodb://'),
  nats: z.string().startsWith('nats://'),
  tenant: z.literal('demo'),
  currency: z.literal('TRY'),
  apiKey: z.string().startsWith('sk_'),
  platformKey: z.string(),
  staff: z.null(),
  customer: z.null(),
});
const Pids = z.record(z.string(), z.number());
const Seeds = z.object({ seeds: z.record(z.string(), z.string()) });
const Page = z.object({ data: z.array(z.looseObject({})), page: z.looseObject({}) });

const folders: string[] = [];
/** A stack's services have the ports that follow its first. */
const firstPort = () => freePorts(SERVICE_NAMES.length);
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'kervan-stack-'));
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

type More = { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> };
const run = (main: 'main' | 'reset', data: string, port: number, { args = [], env = {} }: More = {}) =>
  startProcess({
    name: main,
    command: process.execPath,
    args: [join(REPOSITORY, 'tools/local-stack/src', `${main}.ts`), ...args],
    env: { ...process.env, KERVAN_DATA: data, KERVAN_PORT: String(port), ...env },
    cwd: REPOSITORY,
  });
const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const pidsOf = (data: string) => Pids.parse(read(join(data, 'pids.json')));
/** A process that has ended and waits for a container's first process to collect it does not run. */
const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
};
const untilReady = (stack: ServerProcess, data: string) =>
  eventually(
    () => {
      if (!stack.alive()) throw new Error(stack.tail(50));
      return Dev.parse(read(join(data, 'dev.json')));
    },
    { withinMs: 60_000 },
  );
const listOf = async (dev: z.infer<typeof Dev>, path: string) => {
  const headers = { authorization: `Bearer ${dev.apiKey}` };
  const response = await fetch(`${dev.gateway}/api/v1/admin/${path}?limit=100`, { headers });
  return Page.parse(await response.json()).data;
};

describe('a running stack', () => {
  const data = newFolder();
  let port: number;
  let stack: ServerProcess;
  let dev: z.infer<typeof Dev>;
  beforeAll(async () => {
    port = await firstPort();
    stack = await run('main', data, port);
    dev = await untilReady(stack, data);
  }, 90_000);
  afterAll(async () => {
    await stack.stop(30_000);
  });

  test('every process is in pids.json and runs, services are ready on the ports that follow the first', async () => {
    const pids = pidsOf(data);
    for (const name of SERVICE_NAMES) {
      expect(isRunning(pids[name] ?? 0)).toBe(true);
      const response = await fetch(`http://127.0.0.1:${portOf(name, port)}/readyz`);
      expect([name, response.status]).toEqual([name, 200]);
    }
    expect(dev).toMatchObject({ gateway: `http://127.0.0.1:${port}`, payments: `http://127.0.0.1:${port + 1}` });
  });

  test('the demo shop has its goods, stock and rules', async () => {
    expect((await listOf(dev, 'products')).length).toBeGreaterThan(20);
    expect((await listOf(dev, 'stock')).length).toBeGreaterThan(20);
    expect(await listOf(dev, 'geozones')).toMatchObject([{ name: 'Turkey' }]);
    const rates = await listOf(dev, 'tax-rates');
    expect(new Set(rates.map(({ taxClass, rate }) => `${taxClass} ${rate}`))).toEqual(
      new Set(['standard 2000', 'reduced 1000']),
    );
    const methods = await listOf(dev, 'shipping-methods');
    expect(new Set(methods.map(({ code }) => code))).toEqual(new Set(['standard', 'express']));
    expect(await listOf(dev, 'payment-providers')).toMatchObject([{ provider: 'sandbox', mode: 'test' }]);
  });

  test('a second stack on the same folder is refused, and so is a reset', async () => {
    const second = await run('main', data, await firstPort());
    expect(await second.exited).toEqual({ code: 1, signal: null });
    expect(second.tail()).toMatch(/^A local stack runs on .* already \(process \d+\): stop it, or set KERVAN_DATA/m);
    const reset = await run('reset', data, port);
    expect(await reset.exited).toEqual({ code: 1, signal: null });
    expect(reset.tail()).toMatch(/^A local stack runs on .*: stop it first\.$/);
  });

  test('a service that is killed is started again, and its new id written', async () => {
    const before = pidsOf(data);
    process.kill(before['inventory-svc'] ?? 0, 'SIGKILL');
    await eventually(
      async () => {
        const now = pidsOf(data)['inventory-svc'] ?? 0;
        expect(now).not.toBe(before['inventory-svc']);
        expect((await fetch(`http://127.0.0.1:${portOf('inventory-svc', port)}/readyz`)).status).toBe(200);
      },
      { withinMs: 30_000 },
    );
    expect({ ...pidsOf(data), 'inventory-svc': 0 }).toEqual({ ...before, 'inventory-svc': 0 });
  });

  test('mongod and nats-server are started again under running services, which go on by themselves', async () => {
    const makeCart = async () => {
      const headers = { 'x-tenant': dev.tenant };
      return (await fetch(`${dev.gateway}/api/v1/carts`, { method: 'POST', headers })).status;
    };
    expect(await makeCart()).toBe(201);
    for (const server of ['mongod', 'nats-server']) {
      const before = pidsOf(data);
      process.kill(before[server] ?? 0, 'SIGKILL');
      await eventually(
        async () => {
          expect(pidsOf(data)[server] ?? before[server]).not.toBe(before[server]);
          expect(await makeCart()).toBe(201);
        },
        { withinMs: 30_000 },
      );
      expect({ ...pidsOf(data), [server]: 0 }).toEqual({ ...before, [server]: 0 });
    }
  }, 90_000);

  test('--only runs services alone on servers that are there, and stops them alone', async () => {
    const own = newFolder();
    const ownPort = await firstPort();
    const { seeds } = Seeds.parse(read(join(data, 'secrets.json')));
    const alone = await run('main', own, ownPort, {
      args: ['--only', 'inventory-svc,pricing-svc'],
      env: {
        MONGODB_URI: dev.mongo,
        NATS_URL: dev.nats,
        NATS_NKEY_SEED_INVENTORY_SVC: seeds['inventory-svc'] ?? '',
        NATS_NKEY_SEED_PRICING_SVC: seeds['pricing-svc'] ?? '',
      },
    });
    await eventually(() => expect(alone.tail()).toMatch(/ready$/), { withinMs: 30_000 });
    expect((await fetch(`http://127.0.0.1:${portOf('pricing-svc', ownPort)}/readyz`)).status).toBe(200);
    const pids = pidsOf(own);
    expect(Object.keys(pids).sort()).toEqual(['inventory-svc', 'pricing-svc']);
    expect(await alone.stop(30_000)).toEqual({ code: 0, signal: null });
    expect(Object.values(pids).filter(isRunning)).toEqual([]);
    expect(Object.values(pidsOf(data)).every(isRunning)).toBe(true);
  });

  test('killed itself, it takes everything with it; the next start finds its data', async () => {
    const pids = pidsOf(data);
    const stock = await listOf(dev, 'stock');
    stack.signal('SIGKILL');
    await stack.exited;
    // What it left behind (a lock, pids.json, dev.json, perhaps processes still ending) is the next start's affair.
    stack = await run('main', data, port);
    await eventually(() => expect(pidsOf(data)['mongod']).not.toBe(pids['mongod']), { withinMs: 30_000 });
    expect(Object.entries(pids).filter(([, pid]) => isRunning(pid))).toEqual([]);
    const again = await untilReady(stack, data);
    expect(await listOf(again, 'stock')).toEqual(stock);
  }, 90_000);

  test('SIGTERM stops everything; the next start keeps what is there and makes nothing twice', async () => {
    const pids = pidsOf(data);
    const [products, stock] = [await listOf(dev, 'products'), await listOf(dev, 'stock')];
    expect(await stack.stop(30_000)).toEqual({ code: 0, signal: null });
    expect(Object.entries(pids).filter(([, pid]) => isRunning(pid))).toEqual([]);
    expect(existsSync(join(data, 'dev.json'))).toBe(false);

    stack = await run('main', data, port);
    const again = await untilReady(stack, data);
    expect(again).toMatchObject({ apiKey: dev.apiKey, platformKey: dev.platformKey });
    expect(await listOf(again, 'products')).toEqual(products);
    expect(await listOf(again, 'stock')).toEqual(stock);
    expect(await listOf(again, 'shipping-methods')).toHaveLength(2);
    expect(await listOf(again, 'tax-rates')).toHaveLength(2);
  }, 90_000);
});

describe('what stands in the way of a start', () => {
  let stack: ServerProcess | undefined;
  afterEach(async () => {
    await stack?.stop();
    stack = undefined;
  });

  test('a port in use: one line, before anything is started', async () => {
    const data = newFolder();
    const port = await firstPort();
    const squatter = createServer().listen(portOf('payment-svc', port), '127.0.0.1');
    stack = await run('main', data, port);
    expect(await stack.exited).toEqual({ code: 1, signal: null });
    squatter.close();
    expect(stack.tail().trim()).toBe(
      `Port ${port + 1} (payment-svc) is in use: stop what listens there, or set KERVAN_PORT to another first port.`,
    );
    expect(existsSync(join(data, 'mongo'))).toBe(false);
  });

  test('a port of a server in use: the same', async () => {
    const taken = await freePort();
    const squatter = createServer().listen(taken, '127.0.0.1');
    stack = await run('main', newFolder(), await firstPort(), { env: { KERVAN_MONGO_PORT: String(taken) } });
    expect(await stack.exited).toEqual({ code: 1, signal: null });
    squatter.close();
    expect(stack.tail().trim()).toBe(
      `Port ${taken} is in use: stop what listens there, or set KERVAN_MONGO_PORT to another one.`,
    );
  });

  test('--only without a server to run on names what is missing', async () => {
    stack = await run('main', newFolder(), await firstPort(), { args: ['--only', 'order-svc'] });
    expect(await stack.exited).toEqual({ code: 1, signal: null });
    expect(stack.tail()).toMatch(/--only runs on servers that are there already: set NATS_NKEY_SEED_ORDER_SVC/);
  });

  test('SIGTERM while starting leaves no process', async () => {
    const data = newFolder();
    for (const stage of ['mongod', 'order-svc']) {
      const starting = await run('main', data, await firstPort());
      const pids = await eventually(
        () => {
          expect(pidsOf(data)).toHaveProperty(stage);
          return pidsOf(data);
        },
        { withinMs: 30_000 },
      );
      expect(await starting.stop(30_000)).toEqual({ code: 0, signal: null });
      expect(Object.entries(pids).filter(([, pid]) => isRunning(pid))).toEqual([]);
    }
  });
});
