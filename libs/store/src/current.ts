import type { CollectionSpec, Kept, Stored } from './spec.ts';

/** The document as its feature knows it: without bookkeeping, and in the current shape whatever shape it was kept in. */
export const current = <T extends Stored>(spec: CollectionSpec<T>, kept: Kept<T>): T => {
  if (isOlder(spec, kept)) return spec.schema.parse(spec.upgrade?.(kept) ?? kept);
  if (spec.outbox === undefined && spec.schemaVersion === undefined) return kept;
  return withoutBookkeeping(kept);
};

/** Whether a document has an older shape than the collection's current one. */
const isOlder = <T extends Stored>(spec: CollectionSpec<T>, kept: Kept<T>): boolean =>
  (kept.schemaVersion ?? 1) < (spec.schemaVersion ?? 1);

function withoutBookkeeping<T extends Stored>(kept: Kept<T>): T;
function withoutBookkeeping({
  outbox: _outbox,
  eventSequence: _eventSequence,
  prunedAt: _prunedAt,
  schemaVersion: _schemaVersion,
  ...document
}: Kept<Stored>): Stored {
  return document;
}
