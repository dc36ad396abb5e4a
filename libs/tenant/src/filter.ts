/** Throws unless `tenant` is a text that can stand for one shop: a missing tenant is a bug, never an empty answer. */
export const requireTenant = (tenant: unknown): string => {
  if (typeof tenant !== 'string' || tenant === '') throw new TypeError('a query needs a tenant');
  return tenant;
};

/**
 * A filter that matches only one tenant's documents. Throws when the tenant is missing, and when the filter names
 * another one: the two can only come together by mistake.
 */
export const tenantFilter = <Filter extends Readonly<Record<string, unknown>>>(
  tenant: string,
  filter: Filter,
): Filter & { tenant: string } => {
  requireTenant(tenant);
  if ('tenant' in filter && filter['tenant'] !== tenant) throw new TypeError('a filter names another tenant');
  return { ...filter, tenant };
};
