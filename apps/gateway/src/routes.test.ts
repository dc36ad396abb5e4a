import { describe, expect, it } from '@jest/globals';
import type { Route } from './route.ts';
import { routes } from './routes.ts';

const named = (choose: (route: Route) => boolean): string[] =>
  routes.filter(choose).map(({ method, path }) => `${method} ${path}`);

describe('the route table', () => {
  it('takes an Idempotency-Key wherever something is made or charged', () => {
    expect(named(({ status, idempotency }) => status === 201 && idempotency === 'none')).toEqual([]);
    expect(named(({ idempotency }) => idempotency === 'required')).toEqual([
      'POST /checkout',
      'POST /checkout/:orderNo/payment',
    ]);
    // Each of these comes to the same however often it is asked for.
    expect(named(({ method, idempotency }) => method === 'POST' && idempotency === 'none')).toEqual([
      'POST /carts/:cartId/coupons',
      'POST /checkout/:orderNo/confirm',
      'POST /checkout/:orderNo/cancel',
      'POST /orders/track/:orderNo/verify',
      'POST /admin/imports/products',
      'POST /admin/stock/recompute',
      'POST /admin/quotes/preview',
      'POST /admin/payment-providers/:id/test',
      'POST /admin/webhook-events/:id/replay',
      'POST /admin/dead-letters/:id/replay',
    ]);
  });

  it('checks If-Match wherever staff change or delete what has a version', () => {
    const edits = ({ method, who }: Route) => who !== 'public' && (method === 'PATCH' || method === 'DELETE');
    expect(named((route) => edits(route) && route.concurrency !== 'checks')).toEqual(['DELETE /admin/api-keys/:id']);
  });

  it('asks for a permission on every route of staff: to read for reading, to write for the rest', () => {
    const wanted = ({ method }: Route) => (method === 'GET' ? ':read' : ':write');
    const staff = (route: Route) => route.who === 'machine';
    expect(named((route) => staff(route) && route.permission?.endsWith(wanted(route)) !== true)).toEqual([
      'POST /admin/quotes/preview',
    ]);
    expect(named((route) => !staff(route) && route.permission !== null)).toEqual([]);
  });

  it('has no two rows for one address', () => {
    const addresses = routes.map(({ method, path }) => `${method} ${path.replace(/:\w+/g, ':')}`);
    expect(new Set(addresses).size).toBe(addresses.length);
  });
});
