import type { MakeId } from '../products/make.ts';
import type { ProductFacts, VariantRecord } from '../products/product.ts';
import type { ReasonCode, RowProblem } from './reasons.ts';
import type { ImportRow } from './row.ts';

/** What merging needs to know beside the rows. Nothing in it changes between two tries. */
export type MergeContext = {
  readonly tenant: string;
  readonly currency: string;
  readonly makeId: MakeId;
  /** The brand of a vendor's name. */
  readonly brandIdOf: (vendor: string) => string | null;
  /** Whether a SKU belongs to another product, in the database or earlier in the file. */
  readonly isTaken: (sku: string, slug: string) => boolean;
  /** Names of the product's options from earlier rows of the file. */
  readonly optionNames: readonly (string | undefined)[];
  /** Whether a row with the product's title could not be read: then it starts as a draft with a title of its handle. */
  readonly productLost: boolean;
};

/** The product as it is being put together. */
export type Draft = {
  /** The variants there were; `null` for a new product. */
  readonly before: readonly VariantRecord[] | null;
  facts: ProductFacts;
  readonly counts: { created: number; updated: number; unchanged: number };
  images: number;
  readonly problems: RowProblem[];
};

/** A refusal of something in a row. */
export const problem = (
  { line, handle }: ImportRow,
  column: string | null,
  code: ReasonCode,
  value = '',
): RowProblem => ({
  line,
  handle,
  column,
  code,
  value,
});
