import type { mongo } from 'mongoose';
import { groupCommit } from './group-commit.ts';
import type { Kept, Stored } from './spec.ts';

/** One question: these documents of this tenant. `sent` is called when the question goes out, before any answer is made. */
export type Lookup = { readonly tenant: string; readonly ids: readonly string[]; readonly sent?: () => void };

/** Documents are read without their events: those can be larger than the document. */
export const WITHOUT_OUTBOX = { outbox: 0 } as const;

/** Documents by id: all lookups of a turn are one find, each lookup gets its own in the order asked, `null` where none. */
export const lookups = <T extends Stored>(collection: mongo.Collection<Kept<Stored>>) =>
  groupCommit<Lookup, (Kept<T> | null)[]>({
    run: async (asked) => {
      const ids = new Set<string>();
      const tenants = new Set<string>();
      for (const { tenant, ids: wanted, sent } of asked) {
        sent?.();
        tenants.add(tenant);
        for (const id of wanted) ids.add(id);
      }
      const found = new Map<string, Kept<T>>();
      const cursor = collection.find<Kept<T>>(
        { _id: { $in: [...ids] }, tenant: { $in: [...tenants] } },
        { projection: WITHOUT_OUTBOX, hint: '_id_', batchSize: ids.size + 1 },
      );
      for (const document of await cursor.toArray()) found.set(document._id, document);
      return asked.map(({ tenant, ids: wanted }) =>
        wanted.map((id) => {
          const document = found.get(id);
          return document?.tenant === tenant ? document : null;
        }),
      );
    },
  });

/** Documents by one indexed field: all questions of a turn about the same field are one find. */
export const lookupsBy = <T extends Stored>(collection: mongo.Collection<Kept<Stored>>, field: string) =>
  groupCommit<{ readonly tenant: string; readonly value: string | number }, Kept<T> | null>({
    run: async (asked) => {
      const valuesOf = new Map<string, Set<string | number>>();
      for (const { tenant, value } of asked) {
        const values = valuesOf.get(tenant);
        if (values === undefined) valuesOf.set(tenant, new Set([value]));
        else values.add(value);
      }
      const perTenant = [...valuesOf].map(([tenant, values]) => ({ tenant, [field]: { $in: [...values] } }));
      const [first] = perTenant;
      const cursor = collection.find<Kept<T>>(
        perTenant.length === 1 && first !== undefined ? first : { $or: perTenant },
        {
          projection: WITHOUT_OUTBOX,
          batchSize: asked.length + 1,
        },
      );
      const found = new Map<string, Kept<T>>();
      for (const document of await cursor.toArray()) {
        for (const value of valuesAt(document, field)) {
          const key = keyOf(document.tenant, value);
          if (!found.has(key)) found.set(key, document);
        }
      }
      return asked.map(({ tenant, value }) => found.get(keyOf(tenant, value)) ?? null);
    },
  });

const keyOf = (tenant: string, value: unknown): string => `${tenant} ${typeof value} ${String(value)}`;

/** What lies at a dotted path; an array counts as each of its members, as in a MongoDB filter. */
const valuesAt = (document: unknown, path: string): unknown[] => {
  let values: unknown[] = [document];
  for (const name of path.split('.')) {
    values = values.flatMap((value): unknown[] => {
      const held: unknown = Object(value)[name];
      return Array.isArray(held) ? held : [held];
    });
  }
  return values;
};
