import type { mongo } from 'mongoose';

type NoteRow = { _id: string; value: string };

/** What a service remembers for itself, of no tenant: a value under a name. */
export type Notes = {
  /** The value, or null where there is none. */
  readonly read: (name: string) => Promise<string | null>;
  readonly write: (name: string, value: string) => Promise<void>;
};

export const openNotes = (collection: mongo.Collection<NoteRow>): Notes => ({
  read: async (name) => (await collection.findOne({ _id: name }))?.value ?? null,
  write: async (name, value) => {
    await collection.updateOne({ _id: name }, { $set: { value } }, { upsert: true });
  },
});
