import { pricingRpc, TaxRate, TaxRateInput, TaxRatePatch } from '@kervan/contracts';
import { defineRoute, input, pageView, presentPage, versionTag } from '../route.ts';
import { ById, listQuery } from './inputs.ts';
import { located, reading, writing } from './pricing-admin.ts';

/** How much tax, for staff and machines. */
export const taxRateRoutes = [
  defineRoute({
    ...writing,
    method: 'POST',
    path: '/admin/tax-rates',
    summary: 'Make a tax rate',
    description: '`rate` is in basis points: 2000 is 20 %.',
    status: 201,
    idempotency: 'accepted',
    input: input({ body: TaxRateInput }),
    rpc: pricingRpc.createTaxRate,
    request: ({ body }, { idempotencyKey }) => ({ ...body, idempotencyKey }),
    headers: located('/admin/tax-rates'),
    view: TaxRate,
  }),
  defineRoute({
    ...reading,
    method: 'GET',
    path: '/admin/tax-rates',
    summary: 'List tax rates',
    input: input({ query: listQuery({}) }),
    rpc: pricingRpc.listTaxRates,
    request: ({ query }) => query,
    present: (page) => presentPage(page, (rate) => rate),
    view: pageView(TaxRate),
  }),
  defineRoute({
    ...reading,
    method: 'GET',
    path: '/admin/tax-rates/:id',
    summary: 'Read a tax rate',
    concurrency: 'answers',
    input: input({ params: ById }),
    rpc: pricingRpc.getTaxRate,
    request: ({ params }) => params,
    headers: versionTag,
    view: TaxRate,
  }),
  defineRoute({
    ...writing,
    method: 'PATCH',
    path: '/admin/tax-rates/:id',
    summary: 'Change a tax rate',
    concurrency: 'checks',
    input: input({ params: ById, body: TaxRatePatch }),
    rpc: pricingRpc.updateTaxRate,
    request: ({ params, body }, { expectedVersion }) => ({ ...params, patch: body, expectedVersion }),
    headers: versionTag,
    view: TaxRate,
  }),
  defineRoute({
    ...writing,
    method: 'DELETE',
    path: '/admin/tax-rates/:id',
    summary: 'Delete a tax rate',
    status: 204,
    concurrency: 'checks',
    input: input({ params: ById }),
    rpc: pricingRpc.deleteTaxRate,
    request: ({ params }, { expectedVersion }) => ({ ...params, expectedVersion }),
    view: null,
  }),
];
