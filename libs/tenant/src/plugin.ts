import type { Aggregate, Query, Schema } from 'mongoose';
import { requireTenant } from './filter.ts';

const FILTERED = [
  'find',
  'findOne',
  'countDocuments',
  'distinct',
  'updateOne',
  'updateMany',
  'replaceOne',
  'deleteOne',
  'deleteMany',
  'findOneAndUpdate',
  'findOneAndReplace',
  'findOneAndDelete',
] as const;

/**
 * Mongoose plugin that keeps a model's documents apart by tenant. Every document has a `tenant`, every index begins
 * with it (unless declared with `acrossTenants`), and every query is about exactly one: named in its filter or in its
 * option `tenant`. A query without one throws. Only a query with the option `acrossTenants: true` (a job's) may see all.
 */
export const tenantPlugin = (schema: Schema): void => {
  schema.add({ tenant: { type: String, required: true, immutable: true } });
  putTenantIntoIndexes(schema);

  schema.pre([...FILTERED], { document: false, query: true }, function (this: Query<unknown, unknown>) {
    const options = this.getOptions();
    if (options['acrossTenants'] === true) return;
    const named: unknown = this.getFilter()['tenant'];
    const told: unknown = options['tenant'] ?? named;
    if (named !== undefined && named !== told) throw new TypeError('a filter names another tenant');
    this.where({ tenant: requireTenant(told) });
  });
  schema.pre('estimatedDocumentCount', () => {
    throw new TypeError('an estimated count is about all tenants: count documents instead');
  });
  schema.pre('aggregate', function (this: Aggregate<unknown>) {
    if (this.options['acrossTenants'] === true) return;
    const [first] = this.pipeline();
    requireTenant(first !== undefined && '$match' in first ? first.$match['tenant'] : undefined);
  });
  schema.pre('insertMany', (documents: unknown) => {
    for (const document of Array.isArray(documents) ? documents : [documents]) requireTenant(document?.tenant);
  });
  schema.pre('bulkWrite', (operations) => {
    for (const operation of operations)
      for (const statement of Object.values(operation)) requireTenant(tenantOf(statement));
  });
};

const tenantOf = (statement: unknown): unknown => {
  const { filter, document }: { filter?: { tenant?: unknown }; document?: { tenant?: unknown } } = Object(statement);
  return (filter ?? document)?.tenant;
};

const putTenantIntoIndexes = (schema: Schema): void => {
  const declared = schema.indexes();
  schema.clearIndexes();
  for (const [key, { acrossTenants, ...options }] of declared.map(
    ([key, options]): [typeof key, typeof options & { acrossTenants?: boolean }] => [key, options],
  )) {
    schema.index(acrossTenants === true ? key : { tenant: 1, ...key }, options);
  }
};
