import type { EventEnvelope, Owner } from '@kervan/contracts';
import type { z } from 'zod';

/** What every document has. `version` starts at 1 and grows by one with every change decided by `update`. */
export type Stored = { _id: string; tenant: string; version: number; createdAt: Date; updatedAt: Date };

/** A document as a feature makes it: the store fills in the rest. */
export type New<T extends Stored> = Omit<T, 'version' | 'createdAt' | 'updatedAt'>;

/** An event inside the document that caused it. `sent` once the bus has acknowledged it. */
export type OutboxRow = EventEnvelope & { sent: boolean };

/** What the store keeps in a document beside the document itself; no feature sees it. */
export type Bookkeeping = {
  outbox?: OutboxRow[];
  /** The number of the last event. */
  eventSequence?: number;
  /** When old events were last looked for. */
  prunedAt?: Date;
  /** Absent means 1. */
  schemaVersion?: number;
};

/** A document as it lies in the database. */
export type Kept<T extends Stored> = T & Bookkeeping;

export type IndexSpec = {
  readonly key: Readonly<Record<string, 1 | -1>>;
  readonly unique?: boolean;
  /** Only documents that match are in the index (`partialFilterExpression`). */
  readonly partial?: Readonly<Record<string, unknown>>;
  readonly expireAfterSeconds?: number;
  readonly name?: string;
  /** For indexes of jobs and expiry: the tenant is not put first. */
  readonly acrossTenants?: boolean;
};

export type CollectionSpec<T extends Stored> = {
  readonly name: string;
  /** The whole current document, without the store's bookkeeping. Old documents are parsed by it after `upgrade`. */
  readonly schema: z.ZodType<T>;
  /** Grows when the shape changes; 1 unless said. */
  readonly schemaVersion?: number;
  /** Makes a current document of an older one. */
  readonly upgrade?: (old: unknown) => unknown;
  /** Whose events these aggregates emit; without it they emit none. */
  readonly outbox?: Owner;
  readonly indexes: readonly IndexSpec[];
};

/** Declares a collection. */
export const defineCollection = <T extends Stored>(spec: CollectionSpec<T>): CollectionSpec<T> => spec;
