import { Geozone, GeozoneInput, GeozonePatch, pricingRpc } from '@kervan/contracts';
import { defineRoute, input, pageView, presentPage, versionTag } from '../route.ts';
import { ById, listQuery } from './inputs.ts';
import { located, reading, writing } from './pricing-admin.ts';

/** Where goods go, for staff and machines. */
export const geozoneRoutes = [
  defineRoute({
    ...writing,
    method: 'POST',
    path: '/admin/geozones',
    summary: 'Make a geozone',
    status: 201,
    idempotency: 'accepted',
    input: input({ body: GeozoneInput }),
    rpc: pricingRpc.createGeozone,
    request: ({ body }, { idempotencyKey }) => ({ ...body, idempotencyKey }),
    headers: located('/admin/geozones'),
    view: Geozone,
  }),
  defineRoute({
    ...reading,
    method: 'GET',
    path: '/admin/geozones',
    summary: 'List geozones',
    input: input({ query: listQuery({}) }),
    rpc: pricingRpc.listGeozones,
    request: ({ query }) => query,
    present: (page) => presentPage(page, (geozone) => geozone),
    view: pageView(Geozone),
  }),
  defineRoute({
    ...reading,
    method: 'GET',
    path: '/admin/geozones/:id',
    summary: 'Read a geozone',
    concurrency: 'answers',
    input: input({ params: ById }),
    rpc: pricingRpc.getGeozone,
    request: ({ params }) => params,
    headers: versionTag,
    view: Geozone,
  }),
  defineRoute({
    ...writing,
    method: 'PATCH',
    path: '/admin/geozones/:id',
    summary: 'Change a geozone',
    concurrency: 'checks',
    input: input({ params: ById, body: GeozonePatch }),
    rpc: pricingRpc.updateGeozone,
    request: ({ params, body }, { expectedVersion }) => ({ ...params, patch: body, expectedVersion }),
    headers: versionTag,
    view: Geozone,
  }),
  defineRoute({
    ...writing,
    method: 'DELETE',
    path: '/admin/geozones/:id',
    summary: 'Delete a geozone',
    status: 204,
    concurrency: 'checks',
    errors: ['in_use'],
    input: input({ params: ById }),
    rpc: pricingRpc.deleteGeozone,
    request: ({ params }, { expectedVersion }) => ({ ...params, expectedVersion }),
    view: null,
  }),
];
