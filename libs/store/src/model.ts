import { tenantPlugin } from '@kervan/tenant';
import { Schema } from 'mongoose';
import type { Connection, IndexOptions, Model } from 'mongoose';
import { UNSENT_INDEX } from './outbox.ts';
import type { CollectionSpec, IndexSpec, Stored } from './spec.ts';
import { isUnavailable } from './unavailable.ts';

const INDEX_BUILD_MS = 600_000;

const optionsOf = (index: IndexSpec): IndexOptions & { acrossTenants?: boolean } => ({
  ...(index.unique === undefined ? {} : { unique: index.unique }),
  ...(index.partial === undefined ? {} : { partialFilterExpression: index.partial }),
  ...(index.expireAfterSeconds === undefined ? {} : { expireAfterSeconds: index.expireAfterSeconds }),
  ...(index.name === undefined ? {} : { name: index.name }),
  ...(index.acrossTenants === undefined ? {} : { acrossTenants: index.acrossTenants }),
});

/**
 * The Mongoose model of a collection: the tenant plugin guards its queries and leads its indexes. It knows no fields
 * beside those of every document: their shapes are zod's affair.
 */
export const modelOf = <T extends Stored>(connection: Connection, spec: CollectionSpec<T>): Model<T> => {
  const known = connection.models[spec.name];
  if (known !== undefined) return connection.model<T>(spec.name);
  const schema = new Schema(
    { _id: String },
    {
      collection: spec.name,
      strict: false,
      versionKey: false,
      id: false,
      minimize: false,
      autoIndex: false,
      autoCreate: false,
    },
  );
  for (const index of spec.indexes) schema.index({ ...index.key }, optionsOf(index));
  if (spec.outbox !== undefined) {
    const unsent = { name: UNSENT_INDEX, partial: { 'outbox.sent': false }, acrossTenants: true };
    schema.index({ 'outbox.sent': 1 }, optionsOf({ key: {}, ...unsent }));
  }
  schema.plugin(tenantPlugin);
  connection.model(spec.name, schema);
  return connection.model<T>(spec.name);
};

/**
 * Makes the indexes that a model's collection does not have yet. Building one over much data takes longer than the
 * socket's timeout: asking again joins the build that is under way, so this goes on for `INDEX_BUILD_MS`.
 */
export const createIndexesOf = async (model: Model<Stored>): Promise<void> => {
  const deadline = Date.now() + INDEX_BUILD_MS;
  for (;;) {
    try {
      await model.createIndexes();
      return;
    } catch (error) {
      if (!isUnavailable(error) || Date.now() > deadline) throw error;
    }
  }
};
