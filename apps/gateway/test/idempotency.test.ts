import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fail, ok, orderRpc } from '@kervan/contracts';
import { routes } from '../src/routes.ts';
import { bodyFor, nameOf } from './bodies.ts';
import { ALL, PLATFORM_KEY, startGateway } from './harness.ts';
import type { Gateway } from './harness.ts';
import { checkoutAnswer } from './samples.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const keyed = routes.filter(({ idempotency }) => idempotency !== 'none');

describe.each(keyed.map((route) => [nameOf(route), route] as const))('%s', (_name, route) => {
  const send = (key?: string) =>
    gateway.send(route.method, `/api/v1${route.path.replace(/:\w+/g, 'some-1')}`, {
      body: bodyFor(route),
      headers: {
        ...(route.who === 'machine' ? { authorization: `Bearer ${ALL}` } : {}),
        ...(route.who === 'platform' ? { authorization: `Bearer ${PLATFORM_KEY}` } : {}),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
    });

  it('hands the key on to the owner of what it makes', async () => {
    await send('a-key');
    // A guest's key is made his own first where it would open something.
    const idempotencyKey = nameOf(route) === 'POST /carts' ? expect.stringMatching(/^[\w-]{43}$/) : 'a-key';
    expect(gateway.calls.at(-1)?.request).toMatchObject({ idempotencyKey });
  });

  it('does without a key only where it may, and refuses what is none', async () => {
    const without = await send();
    if (route.idempotency === 'required') {
      expect(without).toMatchObject({ status: 400, body: { code: 'idempotency_key_required' } });
    } else {
      expect(gateway.calls.at(-1)?.request).not.toHaveProperty('idempotencyKey');
    }
    for (const key of ['a key', 'ключ', 'x'.repeat(256)]) {
      const sent = Buffer.from(key, 'utf8').toString('latin1');
      expect(await send(sent)).toMatchObject({ status: 400, body: { code: 'idempotency_key_invalid' } });
    }
  });
});

describe('an answer given before', () => {
  const checkout = () =>
    gateway.send('POST', '/api/v1/checkout', { body: { cartId: 'cart_1' }, headers: { 'idempotency-key': 'k' } });

  it('says so, be it an order or a refusal', async () => {
    gateway.on(orderRpc.checkout, async () => ok(checkoutAnswer));
    expect((await checkout()).headers.get('idempotent-replayed')).toBeNull();
    gateway.on(orderRpc.checkout, async () => ok({ ...checkoutAnswer, replayed: true }));
    expect((await checkout()).headers.get('idempotent-replayed')).toBe('true');
    gateway.on(orderRpc.checkout, async () => {
      const { error } = fail('cart_not_found');
      return { ok: false, error: { ...error, replayed: true } };
    });
    const refused = await checkout();
    expect(refused).toMatchObject({ status: 404, body: { code: 'cart_not_found' } });
    expect(refused.headers.get('idempotent-replayed')).toBe('true');
    gateway.on(orderRpc.checkout, async () => fail('idempotency_in_progress', { retryAfterSeconds: 3 }));
    const running = await checkout();
    expect(running).toMatchObject({ status: 409, body: { code: 'idempotency_in_progress' } });
    expect(running.headers.get('retry-after')).toBe('3');
  });
});
