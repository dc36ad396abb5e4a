import type { mongo } from 'mongoose';

/** A document in hand: as it was read (null: there was none), and as it stands now. */
export type Entry<Document> = { readonly stored: Document | null; current: Document };

type Versioned = { readonly _id: string; readonly tenant: string; readonly version: number };
type Fields = Readonly<Record<string, unknown>>;

/** Whether there is anything to write. */
export const isChanged = <Document>({ stored, current }: Entry<Document>): boolean => stored !== current;

/** Puts a changed document in the place of the current one; its version is one more than what was read, however often it changes. */
export const changeEntry = <Document extends { version: number; updatedAt: Date }>(
  entry: Entry<Document>,
  current: Document,
  now: Date,
): Document => {
  entry.current = { ...current, version: (entry.stored?.version ?? 0) + 1, updatedAt: now };
  return entry.current;
};

const changedFields = <Document extends Versioned>(stored: Document, current: Document): Fields =>
  Object.fromEntries(Object.entries(current).filter(([field, value]) => Reflect.get(stored, field) !== value));

/**
 * Writes changed documents in one command, each on the condition that it is still what was read; false when one is not:
 * then nothing of the transaction may stay. `beside` is what a document keeps beside itself.
 */
export const writeEntries = async <Document extends Versioned>(
  collection: mongo.Collection<{ _id: string; tenant: string; [field: string]: unknown }>,
  entries: readonly Entry<Document>[],
  session: mongo.ClientSession,
  beside: (document: Document) => Fields = () => ({}),
): Promise<boolean> => {
  if (entries.length === 0) return true;
  const updates = entries.flatMap(({ stored, current }) => {
    if (stored === null) return [];
    const { _id, tenant, version } = stored;
    const $set = { ...changedFields(stored, current), ...beside(current) };
    return [{ updateOne: { filter: { _id, tenant, version }, update: { $set } } }];
  });
  const inserts = entries.flatMap(({ stored, current }) =>
    stored === null ? [{ insertOne: { document: { ...current, ...beside(current) } } }] : [],
  );
  const { matchedCount } = await collection.bulkWrite([...updates, ...inserts], { session });
  return matchedCount === updates.length;
};
