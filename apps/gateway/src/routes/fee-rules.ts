import { FeeRule, FeeRuleInput, FeeRulePatch, pricingRpc } from '@kervan/contracts';
import { defineRoute, input, pageView, presentPage, versionTag } from '../route.ts';
import { ById, listQuery } from './inputs.ts';
import { located, reading, writing } from './pricing-admin.ts';

/** What comes on top of goods and shipping, for staff and machines. */
export const feeRuleRoutes = [
  defineRoute({
    ...writing,
    method: 'POST',
    path: '/admin/fee-rules',
    summary: 'Make a fee rule',
    description:
      'Cash on delivery, packaging, gift wrap. Either `amount` (minor units) or `rate` (basis points of the goods after discount, between `min` and `max`); it applies when everything in `when` holds.',
    status: 201,
    idempotency: 'accepted',
    errors: ['code_taken'],
    input: input({ body: FeeRuleInput }),
    rpc: pricingRpc.createFeeRule,
    request: ({ body }, { tenant, idempotencyKey }) => ({
      rule: body,
      defaultCurrency: tenant.defaultCurrency,
      idempotencyKey,
    }),
    headers: located('/admin/fee-rules'),
    view: FeeRule,
  }),
  defineRoute({
    ...reading,
    method: 'GET',
    path: '/admin/fee-rules',
    summary: 'List fee rules',
    input: input({ query: listQuery({}) }),
    rpc: pricingRpc.listFeeRules,
    request: ({ query }) => query,
    present: (page) => presentPage(page, (rule) => rule),
    view: pageView(FeeRule),
  }),
  defineRoute({
    ...reading,
    method: 'GET',
    path: '/admin/fee-rules/:id',
    summary: 'Read a fee rule',
    concurrency: 'answers',
    input: input({ params: ById }),
    rpc: pricingRpc.getFeeRule,
    request: ({ params }) => params,
    headers: versionTag,
    view: FeeRule,
  }),
  defineRoute({
    ...writing,
    method: 'PATCH',
    path: '/admin/fee-rules/:id',
    summary: 'Change a fee rule',
    description: 'A field that is null is taken away; `when` is replaced as a whole.',
    concurrency: 'checks',
    errors: ['code_taken'],
    input: input({ params: ById, body: FeeRulePatch }),
    rpc: pricingRpc.updateFeeRule,
    request: ({ params, body }, { expectedVersion }) => ({ ...params, patch: body, expectedVersion }),
    headers: versionTag,
    view: FeeRule,
  }),
  defineRoute({
    ...writing,
    method: 'DELETE',
    path: '/admin/fee-rules/:id',
    summary: 'Delete a fee rule',
    status: 204,
    concurrency: 'checks',
    input: input({ params: ById }),
    rpc: pricingRpc.deleteFeeRule,
    request: ({ params }, { expectedVersion }) => ({ ...params, expectedVersion }),
    view: null,
  }),
];
