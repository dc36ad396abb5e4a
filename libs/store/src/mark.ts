import { tenantFilter } from '@kervan/tenant';
import type { mongo } from 'mongoose';
import { groupCommit } from './group-commit.ts';
import type { Kept, Stored } from './spec.ts';
import { TUNING } from './tuning.ts';

/**
 * A change that needs no decision and may be made twice: its filter says to which documents it still has to be done.
 * A module-level constant, so that all who ask for the same one share a command. It is no version, so it leaves alone
 * the arrays of which decisions replace elements: those are written by their place.
 */
export type MarkStatement = {
  readonly filter: Readonly<Record<string, unknown>>;
  readonly update: Readonly<Record<string, unknown>>;
};

type Marked = { readonly tenant: string; readonly id: string };

/** Marks by one statement: all of a turn are one command with one statement for each tenant. */
export const marks = (collection: mongo.Collection<Kept<Stored>>, { filter, update }: MarkStatement) =>
  groupCommit<Marked, null>({
    apartMs: TUNING.marksApartMs,
    run: async (marked) => {
      const idsOf = new Map<string, string[]>();
      for (const { tenant, id } of marked) {
        const ids = idsOf.get(tenant);
        if (ids === undefined) idsOf.set(tenant, [id]);
        else ids.push(id);
      }
      await collection.bulkWrite(
        [...idsOf].map(([tenant, ids]) => ({
          updateMany: { filter: tenantFilter(tenant, { ...filter, _id: { $in: ids } }), update, hint: '_id_' },
        })),
        { ordered: false },
      );
      return marked.map(() => null);
    },
  });
