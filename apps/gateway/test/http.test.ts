import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cartRpc, catalogRpc, fail, invalid, ok } from '@kervan/contracts';
import { startGateway } from './harness.ts';
import type { Gateway } from './harness.ts';
import { cart, product } from './samples.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
  gateway.on(cartRpc.get, async ({ cartId }) => (cartId === 'cart_1' ? ok(cart) : fail('cart_not_found')));
  gateway.on(cartRpc.create, async () => ok(cart));
  gateway.on(cartRpc.update, async () => ok(cart));
  gateway.on(catalogRpc.listProducts, async () => ok({ data: [product], nextCursor: 'next' }));
});
afterAll(() => gateway.stop());

const problem = (status: number, code: string) => ({ status, body: expect.objectContaining({ status, code }) });
const JSON_TYPE = { 'content-type': 'application/json' };

describe('a refusal', () => {
  it('is a problem with all its members, in the language asked for', async () => {
    const turkish = await gateway.send('GET', '/api/v1/carts/cart_9?x=1', { headers: { 'accept-language': 'tr' } });
    expect(turkish.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(turkish.headers.get('content-language')).toBe('tr');
    expect(turkish).toMatchObject({
      status: 422,
      body: {
        type: '/docs#problem-invalid_input',
        title: 'İstek geçerli değil',
        status: 422,
        detail: expect.stringContaining('x'),
        instance: '/api/v1/carts/cart_9',
        code: 'invalid_input',
        traceId: turkish.headers.get('x-trace-id'),
        errors: [{ path: 'x', code: 'unrecognized_keys', message: expect.any(String) }],
      },
    });
    const english = await gateway.send('GET', '/api/v1/carts/cart_9', { headers: { 'accept-language': 'en' } });
    expect(english.body).toMatchObject({ code: 'cart_not_found', title: 'There is no such cart' });
  });

  it.each([
    ['tr', 'bulunan bir şey', 'ya variantId ya da sku verilir'],
    ['en', 'something found', 'give either variantId or sku'],
    ['de', 'bulunan bir şey', 'ya variantId ya da sku verilir'],
  ])('says in %s what is wrong with a field, whoever found it', async (language, found, either) => {
    gateway.on(cartRpc.create, async () =>
      invalid([{ path: 'items', code: 'odd', message: { tr: 'bulunan bir şey', en: 'something found' } }]),
    );
    const make = (body: unknown) =>
      gateway.send('POST', '/api/v1/carts', { body, headers: { 'accept-language': language } });
    expect((await make({})).body).toMatchObject({
      detail: `items: ${found}`,
      errors: [{ path: 'items', code: 'odd', message: found }],
    });
    expect((await make({ items: [{ quantity: 1 }] })).body).toMatchObject({
      errors: [{ path: 'items.0.variantId', code: 'custom', message: either }],
    });
    gateway.on(cartRpc.create, async () => ok(cart));
  });

  it.each([
    ['an unknown address', 'GET', '/api/v1/nothing', {}, 404, 'route_not_found'],
    ['an unknown method', 'PUT', '/api/v1/carts', {}, 405, 'method_not_allowed'],
    ['a broken body', 'POST', '/api/v1/carts', { body: '{"a":', headers: JSON_TYPE }, 400, 'malformed_json'],
    [
      'a prototype',
      'POST',
      '/api/v1/carts',
      { body: '{"__proto__":{"a":1}}', headers: JSON_TYPE },
      400,
      'malformed_json',
    ],
    [
      'a deep prototype',
      'POST',
      '/api/v1/carts',
      { body: '{"items":[{"constructor":{"prototype":{}}}]}', headers: JSON_TYPE },
      400,
      'malformed_json',
    ],
    ['a NUL', 'POST', '/api/v1/carts', { body: '{"email":"a\\u0000b"}', headers: JSON_TYPE }, 400, 'malformed_json'],
    [
      'half a character',
      'POST',
      '/api/v1/carts',
      { body: '{"email":"a\\ud800b"}', headers: JSON_TYPE },
      400,
      'malformed_json',
    ],
    ['a deep body', 'POST', '/api/v1/carts', { body: '['.repeat(65), headers: JSON_TYPE }, 400, 'malformed_json'],
    [
      'a compressed body',
      'POST',
      '/api/v1/carts',
      { body: '{}', headers: { ...JSON_TYPE, 'content-encoding': 'gzip' } },
      415,
      'unsupported_media_type',
    ],
    [
      'a text',
      'POST',
      '/api/v1/carts',
      { body: 'a=b', headers: { 'content-type': 'text/plain' } },
      415,
      'unsupported_media_type',
    ],
    [
      'a file',
      'POST',
      '/api/v1/carts',
      { body: 'a,b', headers: { 'content-type': 'text/csv' } },
      415,
      'unsupported_media_type',
    ],
    ['an array', 'POST', '/api/v1/carts', { body: [] }, 422, 'invalid_input'],
    ['a number', 'POST', '/api/v1/carts', { body: 5 }, 422, 'invalid_input'],
    ['a null', 'POST', '/api/v1/carts', { body: null }, 422, 'invalid_input'],
    ['an unknown field', 'POST', '/api/v1/carts', { body: { isAdmin: true } }, 422, 'invalid_input'],
    ['a large body', 'POST', '/api/v1/carts', { body: { email: 'x'.repeat(300_000) } }, 413, 'payload_too_large'],
    ['a broken address', 'GET', '/api/v1/carts/%zz', {}, 400, 'bad_request'],
    ['a long address', 'GET', `/api/v1/products?q=${'x'.repeat(9_000)}`, {}, 414, 'uri_too_long'],
    ['a long parameter', 'GET', `/api/v1/carts/${'x'.repeat(400)}`, {}, 414, 'uri_too_long'],
    ['a NUL in an address', 'GET', '/api/v1/products?brand=%00', {}, 400, 'bad_request'],
    ['an impossible id', 'GET', '/api/v1/carts/%7B%22$gt%22:%22%22%7D', {}, 404, 'cart_not_found'],
    ['an operator in a query', 'GET', '/api/v1/products?brand[$ne]=x', {}, 422, 'invalid_input'],
    ['a repeated parameter', 'GET', '/api/v1/products?limit=1&limit=2', {}, 422, 'invalid_input'],
    ['a limit too high', 'GET', '/api/v1/products?limit=101', {}, 422, 'invalid_input'],
  ])('of %s has its code', async (_what, method, path, request, status, code) => {
    expect(await gateway.send(method, path, request)).toMatchObject(problem(status, code));
  });

  it('of a text is not given for what only looks like an escape', async () => {
    const patch = { body: '{"note":"C:\\\\u0000 \\ud83d\\udca9"}', headers: JSON_TYPE };
    expect((await gateway.send('PATCH', '/api/v1/carts/cart_1', patch)).status).toBe(200);
    expect(gateway.calls.at(-1)?.request).toMatchObject({ patch: { note: 'C:\\u0000 💩' } });
  });

  it('of a method says which there are', async () => {
    const reply = await gateway.send('DELETE', '/api/v1/carts/cart_1');
    expect(reply).toMatchObject(problem(405, 'method_not_allowed'));
    expect(reply.headers.get('allow')).toBe('HEAD, GET, PATCH');
  });

  it.each([
    ['headers too large', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_large'],
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'bad_request'],
  ])('of %s is a problem too', async (_what, request, status, code) => {
    const socket = connect({ port: Number(new URL(gateway.url).port), host: '127.0.0.1' });
    socket.end(request);
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(text).toContain('application/problem+json');
    expect(text).toContain('x-content-type-options: nosniff');
    expect(text).toContain(`"code":"${code}"`);
  });
});

describe('every answer', () => {
  it('carries the security headers, the trace and what it depends on', async () => {
    const trace = 'a'.repeat(32);
    const { headers } = await gateway.send('GET', '/api/v1/carts/cart_1', {
      headers: { traceparent: `00-${trace}-${'b'.repeat(16)}-01` },
    });
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'x-trace-id': trace,
      traceparent: expect.stringMatching(new RegExp(`^00-${trace}-[0-9a-f]{16}-01$`)),
      vary: expect.stringContaining('Accept-Language'),
      'content-language': 'tr',
    });
    expect(gateway.calls.findLast(({ subject }) => subject === cartRpc.get.subject)?.context).toMatchObject({
      tenant: 'demo',
      traceId: trace,
      language: 'tr',
      actor: { kind: 'guest' },
    });
  });

  it.each(['/docs', '/openapi.json', '/api/v1/nothing'])('of %s carries the security headers, too', async (path) => {
    const { headers } = await gateway.send('GET', path);
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'strict-transport-security': expect.stringContaining('max-age='),
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    });
    expect(headers.has('server') || headers.has('x-powered-by')).toBe(false);
  });

  it('of a HEAD has no body', async () => {
    expect(await gateway.send('HEAD', '/api/v1/carts/cart_1')).toMatchObject({ status: 200, text: '' });
  });

  it('takes a POST without a body, with or without a content type', async () => {
    expect((await gateway.send('POST', '/api/v1/carts')).status).toBe(201);
    expect((await gateway.send('POST', '/api/v1/carts', { body: '', headers: JSON_TYPE })).status).toBe(201);
  });
});

describe('languages', () => {
  it.each([
    ['en', 'en'],
    ['en-GB,en;q=0.9,tr;q=0.8', 'en'],
    ['de,tr;q=0.5,en;q=0.7', 'en'],
    ['tr-TR', 'tr'],
    ['en;q=0,*', 'tr'],
    ['fr', 'tr'],
    ['*', 'tr'],
    [';;;q=x,,', 'tr'],
  ])('%s is answered in %s', async (wanted, language) => {
    const { headers } = await gateway.send('GET', '/api/v1/products', { headers: { 'accept-language': wanted } });
    expect(headers.get('content-language')).toBe(language);
  });
});
