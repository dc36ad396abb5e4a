import { ImportReport } from '@kervan/contracts';
import { defineCollection } from '@kervan/store';
import { z } from 'zod';

const stored = {
  _id: z.string(),
  tenant: z.string(),
  version: z.number().int(),
  createdAt: z.date(),
  updatedAt: z.date(),
};

/** An import: made first, then filled in parts, then worked off; `report` once that is done. */
export const ImportDocument = z.object({ ...stored, currency: z.string(), report: ImportReport.nullable() });
export type ImportDocument = z.infer<typeof ImportDocument>;

/** A part of a file. `text` is a JSON string: a part may end between the halves of a character, which BSON cannot hold. */
export const ImportPart = z.object({ ...stored, importId: z.string(), part: z.number().int(), text: z.string() });
export type ImportPart = z.infer<typeof ImportPart>;

const DAY_SECONDS = 86_400;

/** Imports, with their reports; they go after 30 days. */
export const importCollection = defineCollection<ImportDocument>({
  name: 'imports',
  schema: ImportDocument,
  indexes: [{ key: { createdAt: 1 }, expireAfterSeconds: 30 * DAY_SECONDS, acrossTenants: true, name: 'old' }],
});

/** Parts of files; they go after a day, worked off or not. */
export const importPartCollection = defineCollection<ImportPart>({
  name: 'importParts',
  schema: ImportPart,
  indexes: [
    { key: { importId: 1, part: 1 }, unique: true },
    { key: { createdAt: 1 }, expireAfterSeconds: DAY_SECONDS, acrossTenants: true, name: 'old' },
  ],
});
