import { describe, expect, it } from '@jest/globals';
import { ERRORS } from '@kervan/contracts';
import { z } from 'zod';
import { openApiOf } from '../src/openapi/document.ts';
import { pageOf } from '../src/openapi/page.ts';
import { routes } from '../src/routes.ts';
import { API_ROOT } from '../src/server.ts';

const document = openApiOf(routes, API_ROOT);
const text = JSON.stringify(document);

/** The objects of OpenAPI 3.1 as far as the document uses them; anything else in it is a mistake. */
const Schema = z.looseObject({});
const Content = z.record(z.string().regex(/^[a-z]+\/[a-z+]+$/), z.strictObject({ schema: Schema }));
const Header = z.strictObject({ description: z.string().min(1), schema: Schema });
const Parameter = z
  .strictObject({
    name: z.string().min(1),
    in: z.enum(['path', 'query', 'header']),
    required: z.boolean(),
    description: z.string().optional(),
    schema: Schema,
  })
  .refine((parameter) => parameter.in !== 'path' || parameter.required);
const Operation = z.strictObject({
  operationId: z.string().regex(/^\w+$/),
  tags: z.array(z.string()).length(1),
  summary: z.string().min(1),
  description: z.string().optional(),
  security: z.array(z.partialRecord(z.enum(['machine', 'platform']), z.array(z.never()))),
  parameters: z.array(Parameter),
  requestBody: z.strictObject({ required: z.boolean(), content: Content }).optional(),
  responses: z.record(
    z.string().regex(/^[1-5][0-9]{2}$/),
    z.strictObject({
      description: z.string().min(1),
      headers: z.record(z.string(), Header).optional(),
      content: Content.optional(),
    }),
  ),
});
const Method = z.enum(['get', 'post', 'put', 'patch', 'delete']);
const Document = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.strictObject({ title: z.string(), version: z.string(), description: z.string() }),
  servers: z.array(z.strictObject({ url: z.string() })),
  tags: z.array(z.strictObject({ name: z.string() })),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(Method, Operation)),
  components: z.strictObject({
    schemas: z.record(z.string().regex(/^[A-Za-z0-9._-]+$/), Schema),
    securitySchemes: z.record(
      z.string(),
      z.strictObject({ type: z.literal('http'), scheme: z.literal('bearer'), description: z.string() }),
    ),
  }),
});

describe('the OpenAPI document', () => {
  it('is built as OpenAPI 3.1 says', () => {
    expect(z.prettifyError(Document.safeParse(JSON.parse(text)).error ?? new z.ZodError([]))).toBe('');
    for (const [path, methods] of Object.entries(document.paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters, tags, responses } of Object.values(methods)) {
        expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(inPath);
        expect(new Set(parameters.map((one) => `${one.in} ${one.name}`)).size).toBe(parameters.length);
        expect(document.tags.map(({ name }) => name)).toContain(tags[0]);
        expect(Object.keys(responses).some((status) => status.startsWith('2'))).toBe(true);
      }
    }
  });

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
