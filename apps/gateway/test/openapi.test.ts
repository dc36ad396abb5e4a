import { describe, expect, it } from '@jest/globals';
import { ERRORS } from '@kervan/contracts';
import { openApiOf } from '../src/openapi/document.ts';
import { pageOf } from '../src/openapi/page.ts';
import { routes } from '../src/routes.ts';
import { API_ROOT } from '../src/server.ts';

const document = openApiOf(routes, API_ROOT);
const text = JSON.stringify(document);

describe('the OpenAPI document', () => {
  it('has every route of the table and no other', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = routes.map(({ method, path }) => `${method} ${API_ROOT}${path.replace(/:(\w+)/g, '{$1}')}`);
    expect(described.sort()).toEqual(served.sort());
    expect(new Set(served).size).toBe(routes.length);
  });

  it('refers only to what is in it, and names operations once', () => {
    for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
      expect(Object.keys(document.components.schemas)).toContain(name);
    }
    expect(text).not.toContain('#/$defs');
    const ids = [...text.matchAll(/"operationId":"(\w+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(routes.length);
  });

  it('tells the path parameters, the bodies, the keys and the codes of a route', () => {
    const addItem = document.paths['/api/v1/carts/{cartId}/items']?.['post'];
    expect(addItem).toMatchObject({
      operationId: 'postCartsByCartIdItems',
      security: [],
      requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
      responses: { 200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/CartView' } } } } },
    });
    expect(addItem?.parameters).toContainEqual(expect.objectContaining({ name: 'cartId', in: 'path', required: true }));
    expect(addItem?.responses['409']?.description).toContain('cart_closed');
    const checkout = document.paths['/api/v1/checkout']?.['post'];
    expect(checkout?.parameters).toContainEqual(expect.objectContaining({ name: 'Idempotency-Key', required: true }));
    expect(document.paths['/api/v1/admin/orders']?.['get']).toMatchObject({
      security: [{ machine: [] }],
      description: expect.stringContaining('orders:read'),
    });
  });

  it('is a page for people too, from nowhere else', () => {
    const page = pageOf(document);
    for (const { path } of routes) expect(page).toContain(`${API_ROOT}${path.replace(/:(\w+)/g, '{$1}')}`);
    for (const code of Object.keys(ERRORS)) expect(page).toContain(`id="problem-${code}"`);
    expect(page).not.toMatch(/<script|src=|@import|url\(|https?:\/\/(?!json-schema)/);
    expect(page).toContain('href="#schema-CartView"');
  });
});
