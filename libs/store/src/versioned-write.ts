import { reach } from '@kervan/test-points';
import type { mongo } from 'mongoose';
import type { Changes } from './changes.ts';
import { groupCommit } from './group-commit.ts';
import type { Kept, OutboxRow, Stored } from './spec.ts';
import { DUPLICATE_KEY, PATH_NOT_VIABLE, writeErrorsByIndex } from './write-errors.ts';

/** A write on the condition that the document is still the one that was read. */
export type VersionedWrite = {
  readonly tenant: string;
  readonly id: string;
  /** The version that was read. */
  readonly version: number;
  /** How many decisions this write holds: the version grows by that. */
  readonly decisions: number;
  readonly changes: Changes;
  readonly rows: readonly OutboxRow[];
  /** Sent events from before then leave the document (ISO 8601). */
  readonly pruneBefore?: string;
};

/** `missed`: the document has another version by now, or is gone. `duplicate`: a unique index refuses the change. */
export type WriteOutcome = 'written' | 'missed' | 'duplicate' | { readonly error: Error };

/**
 * Versioned writes: all of a turn are one unordered command. The server says only how many statements matched, so a
 * statement that matches nothing is made to fail, and errors come back with their index: as an upsert it would have to
 * insert, and `$setOnInsert` (which counts for inserts only) asks for a field inside the text `tenant`, which is
 * impossible. So nothing is ever inserted, a deleted document does not come back, and a hit costs no more than a plain
 * update. See docs/decisions/0002-group-commit.md.
 */
export const versionedWrites = (
  collection: mongo.Collection<Kept<Stored>>,
  onWritten: (writes: readonly VersionedWrite[]) => void,
) =>
  groupCommit<VersionedWrite, WriteOutcome>({
    run: async (writes) => {
      reach('commit.before');
      const outcomes = await writeAll(collection, writes);
      reach('commit.after');
      onWritten(writes.filter(({ rows }, index) => rows.length > 0 && outcomes[index] === 'written'));
      return outcomes;
    },
  });

const writeAll = async (
  collection: mongo.Collection<Kept<Stored>>,
  writes: readonly VersionedWrite[],
): Promise<WriteOutcome[]> => {
  const prunings = writes.flatMap((write) => pruning(write) ?? []);
  try {
    await collection.bulkWrite([...writes.map(statement), ...prunings], { ordered: false });
    return writes.map(() => 'written');
  } catch (error) {
    const refused = writeErrorsByIndex(error);
    return writes.map((_, index) => {
      const refusal = refused.get(index);
      if (refusal === undefined) return 'written';
      if (refusal.code === PATH_NOT_VIABLE) return 'missed';
      return refusal.code === DUPLICATE_KEY ? 'duplicate' : { error: new Error(refusal.message) };
    });
  }
};

type Statement = mongo.AnyBulkWriteOperation<Kept<Stored>>;

const FAIL_ON_INSERT = { 'tenant.missed': true };

const statement = ({ tenant, id, version, decisions, changes, rows }: VersionedWrite): Statement => ({
  updateOne: {
    filter: { _id: id, tenant, version },
    // Without it the planner weighs every index that begins with the tenant, for every statement.
    hint: '_id_',
    update: {
      $set: changes.set,
      $inc: { version: decisions },
      ...(Object.keys(changes.unset).length === 0 ? {} : { $unset: changes.unset }),
      ...(rows.length === 0 ? {} : { $push: { outbox: { $each: [...rows] } } }),
      $setOnInsert: FAIL_ON_INSERT,
    },
    upsert: true,
  },
});

/** Old events go by a statement of their own: one statement cannot both add to an array and take from it. */
const pruning = ({ tenant, id, pruneBefore }: VersionedWrite): Statement | undefined =>
  pruneBefore === undefined
    ? undefined
    : {
        updateOne: {
          filter: { _id: id, tenant },
          update: { $pull: { outbox: { sent: true, occurredAt: { $lt: pruneBefore } } } },
        },
      };
