import { accountRpc, ApiKey, ApiKeyInput } from '@kervan/contracts';
import { z } from 'zod';
import { mayDo } from '../access/caller.ts';
import { defineRoute, input, pageView, presentPage } from '../route.ts';
import { ById, listQuery } from './inputs.ts';

const admin = { who: 'machine', area: 'Admin: keys' } as const;

/** Keys of a tenant's machines. */
export const keyRoutes = [
  defineRoute({
    ...admin,
    permission: 'keys:write',
    method: 'POST',
    path: '/admin/api-keys',
    summary: 'Make a key',
    description: '`secret` is shown here once and never again. No key can give permissions that it does not have.',
    status: 201,
    idempotency: 'accepted',
    changesAccess: true,
    input: input({ body: ApiKeyInput }),
    rpc: accountRpc.createKey,
    request: ({ body }, { idempotencyKey }) => ({ ...body, idempotencyKey }),
    refuse: ({ body }, { caller }) => {
      const beyond = body.permissions.find((permission) => !mayDo(caller, permission));
      return beyond === undefined ? null : { code: 'forbidden', details: { permission: beyond } };
    },
    view: ApiKey.extend({ secret: z.string() }),
  }),
  defineRoute({
    ...admin,
    permission: 'keys:read',
    method: 'GET',
    path: '/admin/api-keys',
    summary: 'List keys',
    input: input({ query: listQuery({}) }),
    rpc: accountRpc.listKeys,
    request: ({ query }) => query,
    present: (page) => presentPage(page, (key) => key),
    view: pageView(ApiKey),
  }),
  defineRoute({
    ...admin,
    permission: 'keys:write',
    method: 'DELETE',
    path: '/admin/api-keys/:id',
    summary: 'Revoke a key',
    status: 204,
    changesAccess: true,
    input: input({ params: ById }),
    rpc: accountRpc.revokeKey,
    request: ({ params }) => params,
    view: null,
  }),
];
