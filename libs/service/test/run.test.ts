import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectBus } from '@kervan/bus';
import type { Bus } from '@kervan/bus';
import { pricingRpc } from '@kervan/contracts';
import type { Context } from '@kervan/contracts';
import { freePort } from '@kervan/tcp-ports';
import { eventually, startMongo, startNats } from '@kervan/testing';
import type { Mongo, Nats } from '@kervan/testing';
import { mongoUri, natsUrl, newSeeds } from '@kervan/testing/servers';
import { createLog } from '../src/index.ts';

const FIXTURE = fileURLToPath(new URL('./fixture.ts', import.meta.url));
const seeds = newSeeds();
const context = (): Context => ({
  tenant: 'demo',
  traceId: 'trace',
  deadline: Date.now() + 10_000,
  language: 'en',
  actor: { kind: 'system' },
});

/** Starts the fixture as a service starts: a process with an environment. */
const start = async (ports: { mongo: number; nats: number }, env: Record<string, string> = {}) => {
  const port = await freePort();
  const child = spawn(process.execPath, [FIXTURE], {
    env: {
      PATH: process.env['PATH'],
      MONGODB_URI: mongoUri(ports.mongo),
      NATS_URL: natsUrl(ports.nats),
      NATS_NKEY_SEED: seeds['pricing-svc'],
      PORT: String(port),
      ...env,
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = once(child, 'exit').then(([code]) => Number(code));
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, text: await response.text() };
  };
  const ready = () =>
    eventually(
      async () => {
        if ((await ask('/readyz')).status !== 200) throw new Error(output);
      },
      { withinMs: 30_000 },
    );
  return { child, port, exited, ask, ready, output: () => output };
};

describe('a service', () => {
  let ports: { mongo: number; nats: number };
  let mongo: Mongo;
  let nats: Nats;
  let caller: Bus;
  const running: Awaited<ReturnType<typeof start>>[] = [];
  const launch = async (env: Record<string, string> = {}) => {
    const service = await start(ports, env);
    running.push(service);
    return service;
  };

  beforeAll(async () => {
    ports = { mongo: await freePort(), nats: await freePort() };
  });
  afterAll(async () => {
    for (const { child } of running) child.kill('SIGKILL');
    await caller.stop();
    await Promise.all([mongo.stop(), nats.stop()]);
  });

  it('is alive but not ready while it waits for what is not there yet, and says so', async () => {
    const service = await launch();
    await eventually(async () => expect((await service.ask('/livez')).status).toBe(200), { withinMs: 20_000 });
    expect((await service.ask('/readyz')).status).toBe(503);
    await eventually(async () => expect(service.output()).toContain('waiting for MongoDB'), { withinMs: 20_000 });
    const entrance = await launch({ OWN_HTTP: 'yes' });
    await eventually(async () => expect((await entrance.ask('/livez')).status).toBe(200), { withinMs: 20_000 });
    expect(await entrance.ask('/own')).toEqual({ status: 503, text: '{"status":"starting"}' });

    mongo = await startMongo({ port: ports.mongo });
    await eventually(async () => expect(service.output()).toContain('waiting for NATS'), { withinMs: 30_000 });
    nats = await startNats({ port: ports.nats, seeds });
    await service.ready();
    await entrance.ready();
    expect(await entrance.ask('/own')).toEqual({ status: 200, text: 'own' });
    entrance.child.kill('SIGTERM');
    expect(await entrance.exited).toBe(0);
    caller = await connectBus({
      service: 'gateway',
      servers: nats.url,
      nkeySeed: seeds.gateway,
      log: createLog('test', 'silent'),
    });
    service.child.kill('SIGTERM');
    expect(await service.exited).toBe(0);
  });

  it('answers calls, runs its jobs, shows numbers and no secrets', async () => {
    const service = await launch();
    await service.ready();
    const reply = await caller.call(pricingRpc.deleteTaxRate, context(), { id: 'one' });
    expect(reply).toEqual({ ok: true, value: { id: 'one' } });
    await eventually(
      async () => {
        const { text } = await service.ask('/metrics');
        expect(text).toMatch(
          /kervan_handler_seconds_count\{(?=.*subject="rpc\.pricing\.taxRates\.delete")(?=.*outcome="ok").*\} 1/,
        );
        expect(text).toMatch(/kervan_job_runs_total\{job="tick",outcome="ok",service="pricing-svc"\} [1-9]/);
        expect(text).toContain('process_resident_memory_bytes');
      },
      { withinMs: 10_000 },
    );
    expect(service.output()).toContain('asked');
    expect(service.output()).not.toContain('never');
    expect((await service.ask('/elsewhere')).status).toBe(404);
    service.child.kill('SIGINT');
    expect(await service.exited).toBe(0);
  });

  it('refuses for now when its database is gone, and goes on when it is back', async () => {
    const service = await launch();
    await service.ready();
    const ask = (id: string) => caller.call(pricingRpc.deleteTaxRate, context(), { id });
    mongo.process?.signal('SIGKILL');
    await mongo.process?.exited;
    expect(await ask('gone')).toMatchObject({ ok: false, error: { code: 'service_unavailable' } });
    await mongo.restart();
    await eventually(async () => expect(await ask('back')).toEqual({ ok: true, value: { id: 'back' } }));
    service.child.kill('SIGTERM');
    expect(await service.exited).toBe(0);
  });

  it('finishes what is in hand when it is stopped, and takes nothing new', async () => {
    // Long enough to be seen in the middle of it, however busy the machine is.
    const service = await launch({ SLOW_MS: '2500', LOG_LEVEL: 'debug' });
    await service.ready();
    const inHand = caller.call(pricingRpc.deleteTaxRate, context(), { id: 'two' });
    await eventually(async () => expect(service.output()).toContain('asked'), { withinMs: 5_000 });
    service.child.kill('SIGTERM');
    service.child.kill('SIGTERM');
    await eventually(async () => expect((await service.ask('/readyz')).text).toContain('draining'), {
      withinMs: 2_000,
    });
    expect(await inHand).toEqual({ ok: true, value: { id: 'two' } });
    expect(await service.exited).toBe(0);
    const closed = [...service.output().matchAll(/"step":"(\w+)"/g)].map(([, step]) => step);
    expect(closed).toEqual(['jobs', 'notice', 'intake', 'rebuild', 'bus', 'relay', 'service', 'store', 'health']);
    expect(await caller.call(pricingRpc.deleteTaxRate, context(), { id: 'three' })).toMatchObject({
      ok: false,
      error: { code: 'service_unavailable' },
    });
  });

  it('with an HTTP port of its own: says that it goes, answers on for a while, and cuts nobody off', async () => {
    const service = await launch({ OWN_HTTP: 'yes', DRAIN_DELAY_S: '2', SLOW_MS: '3000' });
    await service.ready();
    const url = `http://127.0.0.1:${service.port}`;
    const kept = await fetch(`${url}/own`);
    expect([await kept.text(), kept.headers.get('connection')]).toEqual(['own', 'keep-alive']);
    // Opened and never used, as browsers do: nobody waits for it.
    const unused = connect(service.port, '127.0.0.1');
    await once(unused, 'connect');
    const unusedClosed = once(unused, 'close');

    const inHand = fetch(`${url}/slow`);
    await eventually(async () => expect(service.output()).toContain('asked over HTTP'), { withinMs: 5_000 });
    service.child.kill('SIGTERM');
    await eventually(async () => expect((await service.ask('/readyz')).status).toBe(503), { withinMs: 5_000 });
    const late = await fetch(`${url}/own`);
    expect([late.status, await late.text(), late.headers.get('connection')]).toEqual([200, 'own', 'close']);
    const slow = await inHand;
    expect([slow.status, await slow.text(), slow.headers.get('connection')]).toEqual([200, 'slow', 'close']);
    expect(await service.exited).toBe(0);
    await unusedClosed;
  });

  it('ends with code 1 on a bug nobody caught and on a wrong environment', async () => {
    const buggy = await launch({ MODE: 'bug' });
    expect(await buggy.exited).toBe(1);
    expect(buggy.output()).toContain('uncaught exception');
    const misled = await launch({ SLOW_MS: 'a-value', PORT: '-1' });
    expect(await misled.exited).toBe(1);
    for (const name of ['PORT', 'SLOW_MS']) expect(misled.output()).toContain(`environment variable ${name}`);
    expect(misled.output()).not.toContain('a-value');
  });
});
