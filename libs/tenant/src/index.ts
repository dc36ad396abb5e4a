export { tenantFilter } from './filter.ts';
export { tenantPlugin } from './plugin.ts';
