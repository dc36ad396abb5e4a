import { current } from './current.ts';
import type { CollectionSpec, Kept, Stored } from './spec.ts';

/** Which kept document stands behind each document that features hold, for as long as they hold it. */
export type Memory<T extends Stored> = {
  /** The document as its feature knows it. */
  readonly hand: (kept: Kept<T>) => T;
  /** Takes down what is kept after a write, behind the document its callers are answered. */
  readonly wrote: (document: T, kept: Kept<T>) => void;
  /** Throws for a document that was made by hand: it would be written over one that nobody has read. */
  readonly keptOf: (document: T) => Kept<T>;
};

/** The memory of one collection. */
export const createMemory = <T extends Stored>(spec: CollectionSpec<T>): Memory<T> => {
  const behind = new WeakMap<T, Kept<T>>();
  return {
    hand: (kept) => {
      const document = current(spec, kept);
      behind.set(document, kept);
      return document;
    },
    wrote: (document, kept) => {
      behind.set(document, kept);
    },
    keptOf: (document) => {
      const kept = behind.get(document);
      if (kept === undefined) throw new TypeError(`not a document that ${spec.name} has answered`);
      return kept;
    },
  };
};
