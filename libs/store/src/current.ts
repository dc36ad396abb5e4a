import type { Bookkeeping, CollectionSpec, Kept, Stored } from './spec.ts';

/** The document as its feature knows it: without bookkeeping, and in the current shape whatever shape it was kept in. */
export const current = <T extends Stored>(spec: CollectionSpec<T>, kept: Kept<T>): T => {
  if (spec.schemaVersion !== undefined && (kept.schemaVersion ?? 1) < spec.schemaVersion) {
    return spec.schema.parse(spec.upgrade?.(kept) ?? kept);
  }
  if (spec.outbox === undefined && spec.schemaVersion === undefined) return kept;
  const document: T & Bookkeeping = { ...kept };
  delete document.outbox;
  delete document.eventSequence;
  delete document.prunedAt;
  delete document.schemaVersion;
  return document;
};
