import { afterEach, describe, expect, it } from '@jest/globals';
import { cartRpc, ok, orderRpc } from '@kervan/contracts';
import { eventually } from '@kervan/testing';
import { startGateway } from './harness.ts';
import type { Gateway } from './harness.ts';
import { cart, tracked } from './samples.ts';

let gateway: Gateway;
afterEach(() => gateway.stop());

describe('limits', () => {
  it('of an address hold on every address of ours, and say when to come back', async () => {
    gateway = await startGateway({ address: 3 });
    gateway.on(cartRpc.get, async () => ok(cart));
    const first = await gateway.send('GET', '/api/v1/carts/cart_1');
    expect(first.headers.get('ratelimit')).toMatch(/^"default";r=2;t=\d+$/);
    expect(first.headers.get('ratelimit-policy')).toBe('"default";q=3;w=60');
    expect((await gateway.send('GET', '/api/v1/nothing')).status).toBe(404);
    expect((await gateway.send('GET', '/api/v1/carts/cart_1')).status).toBe(200);
    for (const path of ['/api/v1/carts/cart_1', '/api/v1/nothing']) {
      const refused = await gateway.send('GET', path);
      expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(refused.headers.get('ratelimit')).toMatch(/r=0/);
    }
    expect((await fetch(`${gateway.url}/docs`)).status).toBe(200);
  });

  it('of a shop are its own', async () => {
    gateway = await startGateway({ tenant: 2 });
    gateway.on(cartRpc.get, async () => ok(cart));
    const read = (shop: string) => gateway.send('GET', '/api/v1/carts/cart_1', { headers: { 'x-tenant': shop } });
    expect([(await read('demo')).status, (await read('demo')).status, (await read('demo')).status]).toEqual([
      200, 200, 429,
    ]);
    expect((await read('other')).status).toBe(200);
  });

  it('of tracking are those of one number', async () => {
    gateway = await startGateway({ tracking: 2 });
    gateway.on(orderRpc.track, async () => ok(tracked));
    const track = async (orderNo: string) => (await gateway.send('GET', `/api/v1/orders/track/${orderNo}`)).status;
    expect([await track('7K3M'), await track('7K3M'), await track('7K3M'), await track('9QX2')]).toEqual([
      200, 200, 429, 200,
    ]);
    const verify = await gateway.send('POST', '/api/v1/orders/track/7K3M/verify', { body: { email: 'a@b.example' } });
    expect(verify.status).toBe(429);
  });

  it('of tracking hold for a number from everywhere, however it is written', async () => {
    gateway = await startGateway({ trackedNumber: 3 });
    gateway.on(orderRpc.track, async () => ok(tracked));
    const track = async (orderNo: string, remoteAddress: string) => {
      const url = `/api/v1/orders/track/${orderNo}`;
      return (await gateway.app.inject({ url, headers: { 'x-tenant': 'demo' }, remoteAddress })).statusCode;
    };
    const looks = [
      await track('7K3M-9QX2', '192.0.2.1'),
      await track('7k3m9qx2', '192.0.2.2'),
      await track('7K3M%209QX2', '192.0.2.3'),
      await track('7K3-M9QX2', '192.0.2.4'),
    ];
    expect(looks).toEqual([200, 200, 200, 429]);
    expect(await track('8K3M-9QX2', '192.0.2.4')).toBe(200);
  });
});

describe('a neighbour', () => {
  it('that is not there is a 503 that may be tried again', async () => {
    gateway = await startGateway({}, { without: ['order'] });
    const reply = await gateway.send('GET', '/api/v1/carts/cart_1');
    expect(reply).toMatchObject({ status: 503, body: { code: 'service_unavailable' } });
    expect(reply.headers.get('retry-after')).toBe('1');
  });

  it('that does not answer is a 504 in time, never a hang', async () => {
    gateway = await startGateway();
    let release = (): void => undefined;
    gateway.on(cartRpc.get, async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return ok(cart);
    });
    const reply = await gateway.send('GET', '/api/v1/carts/cart_1');
    release();
    expect(reply).toMatchObject({ status: 504, body: { code: 'deadline_exceeded' } });
  });

  it('that fails is a 500 without its reason', async () => {
    gateway = await startGateway();
    gateway.on(cartRpc.get, () => Promise.reject(new Error('the reason')));
    const reply = await gateway.send('GET', '/api/v1/carts/cart_1');
    expect(reply).toMatchObject({ status: 500, body: { code: 'internal_error' } });
    expect(reply.text).not.toContain('the reason');
  });
});

describe('pages of other origins', () => {
  it('may read what the shop allows them', async () => {
    gateway = await startGateway();
    gateway.on(cartRpc.get, async () => ok(cart));
    const from = async (origin: string) =>
      (await gateway.send('GET', '/api/v1/carts/cart_1', { headers: { origin } })).headers.get(
        'access-control-allow-origin',
      );
    expect(await from('https://shop.example')).toBe('https://shop.example');
    expect(await from('https://demo.example')).toBe('https://demo.example');
    expect(await from('https://evil.example')).toBeNull();
    expect(await from('null')).toBeNull();
    expect(await from('https://shop.example.evil.example')).toBeNull();

    const preflight = (origin: string, host?: string) =>
      gateway.app.inject({
        method: 'OPTIONS',
        url: '/api/v1/checkout',
        headers: { origin, 'access-control-request-method': 'POST', ...(host === undefined ? {} : { host }) },
      });
    const asked = await preflight('https://shop.example', 'demo.example');
    expect(asked.statusCode).toBe(204);
    expect(asked.headers).toMatchObject({
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-headers': expect.stringContaining('Idempotency-Key'),
      'access-control-allow-methods': expect.stringContaining('PATCH'),
    });
    expect((await preflight('https://evil.example', 'demo.example')).headers).not.toHaveProperty(
      'access-control-allow-origin',
    );
    expect((await preflight('https://anyone.example')).headers).toHaveProperty('access-control-allow-origin');
  });
});

describe('a stop', () => {
  it('finishes what is in hand and closes the connections that stay open', async () => {
    gateway = await startGateway();
    let release = (): void => undefined;
    gateway.on(cartRpc.get, async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return ok(cart);
    });
    const inHand = gateway.send('GET', '/api/v1/carts/cart_1');
    await eventually(
      async () => expect(gateway.calls.some(({ subject }) => subject === cartRpc.get.subject)).toBe(true),
      {
        withinMs: 5_000,
      },
    );
    gateway.health.phase = 'draining';
    const closed = gateway.app.close();
    release();
    const reply = await inHand;
    expect(reply.status).toBe(200);
    expect(reply.headers.get('connection')).toBe('close');
    await closed;
    await expect(fetch(gateway.url)).rejects.toThrow();
  });
});
