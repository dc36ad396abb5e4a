import { Brand, BrandInput, catalogRpc } from '@kervan/contracts';
import { defineRoute, input, pageView, presentPage, versionTag } from '../route.ts';
import { ById, listQuery } from './inputs.ts';

const admin = { who: 'machine', area: 'Admin: catalogue' } as const;
const BrandPatch = BrandInput.partial();

/** Brands, for staff and machines. */
export const brandRoutes = [
  defineRoute({
    ...admin,
    permission: 'catalog:write',
    method: 'POST',
    path: '/admin/brands',
    summary: 'Make a brand',
    status: 201,
    idempotency: 'accepted',
    errors: ['slug_taken'],
    input: input({ body: BrandInput }),
    rpc: catalogRpc.createBrand,
    request: ({ body }) => body,
    headers: (brand) => ({ location: `/api/v1/admin/brands/${brand.id}`, ...versionTag(brand) }),
    view: Brand,
  }),
  defineRoute({
    ...admin,
    permission: 'catalog:read',
    method: 'GET',
    path: '/admin/brands',
    summary: 'List brands',
    input: input({ query: listQuery({}) }),
    rpc: catalogRpc.listBrands,
    request: ({ query }) => query,
    present: (page) => presentPage(page, (brand) => brand),
    view: pageView(Brand),
  }),
  defineRoute({
    ...admin,
    permission: 'catalog:read',
    method: 'GET',
    path: '/admin/brands/:id',
    summary: 'Read a brand',
    concurrency: 'answers',
    input: input({ params: ById }),
    rpc: catalogRpc.getBrand,
    request: ({ params }) => params,
    headers: versionTag,
    view: Brand,
  }),
  defineRoute({
    ...admin,
    permission: 'catalog:write',
    method: 'PATCH',
    path: '/admin/brands/:id',
    summary: 'Change a brand',
    concurrency: 'checks',
    errors: ['slug_taken'],
    input: input({ params: ById, body: BrandPatch }),
    rpc: catalogRpc.updateBrand,
    request: ({ params, body }, { expectedVersion }) => ({ ...params, patch: body, expectedVersion }),
    headers: versionTag,
    view: Brand,
  }),
  defineRoute({
    ...admin,
    permission: 'catalog:write',
    method: 'DELETE',
    path: '/admin/brands/:id',
    summary: 'Delete a brand',
    status: 204,
    errors: ['in_use'],
    input: input({ params: ById }),
    rpc: catalogRpc.deleteBrand,
    request: ({ params }) => params,
    view: null,
  }),
];
