import { reach } from '@kervan/test-points';
import type { mongo } from 'mongoose';
import { groupCommit } from './group-commit.ts';
import type { Kept, Stored } from './spec.ts';
import { DUPLICATE_KEY, writeErrorsByIndex } from './write-errors.ts';

/** What became of one document; `error` holds what the server said about this document alone. */
export type Inserted = 'inserted' | 'exists' | { readonly error: Error };

/** Inserts: all of a turn are one unordered command, in which one refusal does not touch the others. */
export const inserts = (
  collection: mongo.Collection<Kept<Stored>>,
  onInserted: (documents: readonly Kept<Stored>[]) => void,
) =>
  groupCommit<Kept<Stored>, Inserted>({
    run: async (documents) => {
      reach('commit.before');
      const outcomes = await insertAll(collection, documents);
      reach('commit.after');
      onInserted(documents.filter((_, index) => outcomes[index] === 'inserted'));
      return outcomes;
    },
  });

const insertAll = async (
  collection: mongo.Collection<Kept<Stored>>,
  documents: Kept<Stored>[],
): Promise<Inserted[]> => {
  try {
    await collection.insertMany(documents, { ordered: false });
    return documents.map(() => 'inserted');
  } catch (error) {
    const refused = writeErrorsByIndex(error);
    return documents.map((_, index) => {
      const refusal = refused.get(index);
      if (refusal === undefined) return 'inserted';
      return refusal.code === DUPLICATE_KEY ? 'exists' : { error: new Error(refusal.message) };
    });
  }
};
