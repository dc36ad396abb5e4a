import { tenantPlugin } from '@kervan/tenant';
import { Schema } from 'mongoose';
import type { Connection, IndexOptions, Model } from 'mongoose';
import { totalOrder } from './cursor.ts';
import { UNSENT_INDEX } from './outbox.ts';
import type { CollectionSpec, IndexSpec, Stored } from './spec.ts';
import { isUnavailable } from './unavailable.ts';

/** Holds only documents with events that are not sent. */
const UNSENT = {
  key: { 'outbox.sent': 1 },
  name: UNSENT_INDEX,
  partial: { 'outbox.sent': false },
  acrossTenants: true,
} as const;

const INDEX_BUILD_MS = 600_000;

const optionsOf = (index: IndexSpec): IndexOptions & { acrossTenants?: boolean } => ({
  ...(index.unique === undefined ? {} : { unique: index.unique }),
  ...(index.partial === undefined ? {} : { partialFilterExpression: index.partial }),
  ...(index.expireAfterSeconds === undefined ? {} : { expireAfterSeconds: index.expireAfterSeconds }),
  ...(index.name === undefined ? {} : { name: index.name }),
  ...(index.acrossTenants === undefined ? {} : { acrossTenants: index.acrossTenants }),
});

/** An index that lists can be read along ends with the id, as their order does: see `totalOrder`. */
const keyOf = ({ key, unique, expireAfterSeconds, acrossTenants }: IndexSpec): Record<string, 1 | -1> => {
  const isForLists = unique !== true && expireAfterSeconds === undefined && acrossTenants !== true;
  return isForLists ? Object.fromEntries(totalOrder(key)) : { ...key };
};

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
  for (const index of spec.indexes) schema.index(keyOf(index), optionsOf(index));
  if (spec.outbox !== undefined) {
    schema.index(UNSENT.key, optionsOf(UNSENT));
  }
  schema.plugin(tenantPlugin);
  connection.model(spec.name, schema);
  return connection.model<T>(spec.name);
};

/** Makes the indexes that a model's collection does not have yet. */
export const createIndexesOf = (model: Model<Stored>): Promise<void> => untilBuilt(() => model.createIndexes());

/**
 * Builds indexes, however long it takes up to `INDEX_BUILD_MS`: over much data that is longer than the socket's timeout,
 * and asking again joins the build that is under way. So it outlasts a database that goes away, too.
 */
export const untilBuilt = async (build: () => Promise<unknown>): Promise<void> => {
  const deadline = Date.now() + INDEX_BUILD_MS;
  for (;;) {
    try {
      await build();
      return;
    } catch (error) {
      if (!isUnavailable(error) || Date.now() > deadline) throw error;
    }
  }
};
