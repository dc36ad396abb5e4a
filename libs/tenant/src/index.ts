export { requireTenant, tenantFilter } from './filter.ts';
export { tenantPlugin } from './plugin.ts';
