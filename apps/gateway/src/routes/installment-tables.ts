import { InstallmentTable, InstallmentTableInput, InstallmentTablePatch, pricingRpc } from '@kervan/contracts';
import { defineRoute, input, pageView, presentPage, versionTag } from '../route.ts';
import { ById, listQuery } from './inputs.ts';
import { located, reading, writing } from './pricing-admin.ts';

/** What paying in installments costs, for staff and machines. */
export const installmentTableRoutes = [
  defineRoute({
    ...writing,
    method: 'POST',
    path: '/admin/installment-tables',
    summary: 'Make an installment table',
    description:
      'One for each payment provider: which numbers of installments buyers may choose, and what each adds, in basis points of the total without it.',
    status: 201,
    idempotency: 'accepted',
    errors: ['conflict'],
    input: input({ body: InstallmentTableInput }),
    rpc: pricingRpc.createInstallmentTable,
    request: ({ body }, { tenant, idempotencyKey }) => ({
      table: body,
      defaultCurrency: tenant.defaultCurrency,
      idempotencyKey,
    }),
    headers: located('/admin/installment-tables'),
    view: InstallmentTable,
  }),
  defineRoute({
    ...reading,
    method: 'GET',
    path: '/admin/installment-tables',
    summary: 'List installment tables',
    input: input({ query: listQuery({}) }),
    rpc: pricingRpc.listInstallmentTables,
    request: ({ query }) => query,
    present: (page) => presentPage(page, (table) => table),
    view: pageView(InstallmentTable),
  }),
  defineRoute({
    ...reading,
    method: 'GET',
    path: '/admin/installment-tables/:id',
    summary: 'Read an installment table',
    concurrency: 'answers',
    input: input({ params: ById }),
    rpc: pricingRpc.getInstallmentTable,
    request: ({ params }) => params,
    headers: versionTag,
    view: InstallmentTable,
  }),
  defineRoute({
    ...writing,
    method: 'PATCH',
    path: '/admin/installment-tables/:id',
    summary: 'Change an installment table',
    description: 'A field that is null is taken away; `rows` are replaced as a whole.',
    concurrency: 'checks',
    errors: ['conflict'],
    input: input({ params: ById, body: InstallmentTablePatch }),
    rpc: pricingRpc.updateInstallmentTable,
    request: ({ params, body }, { expectedVersion }) => ({ ...params, patch: body, expectedVersion }),
    headers: versionTag,
    view: InstallmentTable,
  }),
  defineRoute({
    ...writing,
    method: 'DELETE',
    path: '/admin/installment-tables/:id',
    summary: 'Delete an installment table',
    status: 204,
    concurrency: 'checks',
    input: input({ params: ById }),
    rpc: pricingRpc.deleteInstallmentTable,
    request: ({ params }, { expectedVersion }) => ({ ...params, expectedVersion }),
    view: null,
  }),
];
