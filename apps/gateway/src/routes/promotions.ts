import { Promotion, PromotionInput, PromotionPatch, pricingRpc } from '@kervan/contracts';
import { defineRoute, input, pageView, presentPage, versionTag } from '../route.ts';
import { ById, listQuery } from './inputs.ts';
import { located, reading, writing } from './pricing-admin.ts';

/** What is taken off, for staff and machines. */
export const promotionRoutes = [
  defineRoute({
    ...writing,
    method: 'POST',
    path: '/admin/promotions',
    summary: 'Make a promotion',
    description:
      '`value` is basis points for `percentage`, minor units for `fixed`, and for `buyXGetY` basis points off the cheaper pieces (10000 when left out). Only automatic promotions apply without a coupon.',
    status: 201,
    idempotency: 'accepted',
    input: input({ body: PromotionInput }),
    rpc: pricingRpc.createPromotion,
    request: ({ body }, { tenant, idempotencyKey }) => ({
      promotion: body,
      defaultCurrency: tenant.defaultCurrency,
      idempotencyKey,
    }),
    headers: located('/admin/promotions'),
    view: Promotion,
  }),
  defineRoute({
    ...reading,
    method: 'GET',
    path: '/admin/promotions',
    summary: 'List promotions',
    input: input({ query: listQuery({}) }),
    rpc: pricingRpc.listPromotions,
    request: ({ query }) => query,
    present: (page) => presentPage(page, (promotion) => promotion),
    view: pageView(Promotion),
  }),
  defineRoute({
    ...reading,
    method: 'GET',
    path: '/admin/promotions/:id',
    summary: 'Read a promotion',
    concurrency: 'answers',
    input: input({ params: ById }),
    rpc: pricingRpc.getPromotion,
    request: ({ params }) => params,
    headers: versionTag,
    view: Promotion,
  }),
  defineRoute({
    ...writing,
    method: 'PATCH',
    path: '/admin/promotions/:id',
    summary: 'Change a promotion',
    description:
      'A field that is null is taken away; `conditions` are replaced as a whole. With another `kind`, `value` and `scope` are said anew.',
    concurrency: 'checks',
    input: input({ params: ById, body: PromotionPatch }),
    rpc: pricingRpc.updatePromotion,
    request: ({ params, body }, { expectedVersion }) => ({ ...params, patch: body, expectedVersion }),
    headers: versionTag,
    view: Promotion,
  }),
  defineRoute({
    ...writing,
    method: 'DELETE',
    path: '/admin/promotions/:id',
    summary: 'Delete a promotion',
    status: 204,
    concurrency: 'checks',
    errors: ['in_use'],
    input: input({ params: ById }),
    rpc: pricingRpc.deletePromotion,
    request: ({ params }, { expectedVersion }) => ({ ...params, expectedVersion }),
    view: null,
  }),
];
