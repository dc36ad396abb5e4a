import { isDeepStrictEqual } from 'node:util';
import { MOST_VARIANTS } from '../products/change.ts';
import { titleOf } from '../products/make.ts';
import { optionKey } from '../products/options.ts';
import type { OptionValue, VariantRecord } from '../products/product.ts';
import { problem, type Draft, type MergeContext } from './draft.ts';
import { pictureOf } from './merge-image.ts';
import { optionsOfRow } from './option-names.ts';
import type { ImportRow, VariantPart } from './row.ts';
import { derivedSkus } from './sku.ts';

type VariantContext = MergeContext & {
  readonly names: readonly (string | undefined)[];
};

/** A variant is known by its SKU, else by its options, else by the SKU it would get. */
export const mergeVariant = (draft: Draft, row: ImportRow, part: VariantPart, context: VariantContext): void => {
  const { facts, problems } = draft;
  const options = optionsOfRow(part.values, context.names);
  const key = optionKey(options);
  const derived = derivedSkus(
    row.slug,
    options.map(({ value }) => value),
  );
  const bySku = facts.variants.find(({ sku }) => sku === part.sku);
  const byOptions = facts.variants.find((variant) => optionKey(variant.options) === key);
  const byDerived = part.sku === undefined ? facts.variants.find(({ sku }) => derived.includes(sku)) : undefined;
  const known = bySku ?? byOptions ?? byDerived;

  if (byOptions !== undefined && byOptions !== known && options.length > 0) {
    problems.push(problem(row, 'Option1 Value', 'options_twice'));
    return;
  }
  if (part.sku !== undefined && known?.sku !== part.sku && context.isTaken(part.sku, row.slug)) {
    problems.push(problem(row, 'Variant SKU', 'sku_taken', part.sku));
    return;
  }
  const sku = part.sku ?? known?.sku ?? derived.find((candidate) => !context.isTaken(candidate, row.slug));
  if (sku === undefined) {
    problems.push(problem(row, 'Variant SKU', 'sku_taken', derived[1]));
    return;
  }
  if (known === undefined && part.price === undefined) {
    problems.push(problem(row, 'Variant Price', 'price_missing'));
    return;
  }
  if (known === undefined && facts.variants.length >= MOST_VARIANTS) {
    problems.push(problem(row, null, 'too_many', String(MOST_VARIANTS)));
    return;
  }
  const mediaId = part.image === undefined ? undefined : pictureOf(draft, row, part.image, context);
  const merged = variantOf(known, part, { sku, options, mediaId, position: facts.variants.length + 1, context });
  putVariant(draft, known, merged, part);
};

const variantOf = (
  known: VariantRecord | undefined,
  part: VariantPart,
  given: {
    sku: string;
    options: OptionValue[];
    mediaId: string | undefined;
    position: number;
    context: VariantContext;
  },
): VariantRecord => ({
  id: known?.id ?? given.context.makeId('variant'),
  sku: given.sku,
  title: known === undefined || known.title === titleOf(known.options) ? titleOf(given.options) : known.title,
  options: given.options,
  price: part.price ?? known?.price ?? 0,
  compareAtPrice: part.compareAtPrice === undefined ? (known?.compareAtPrice ?? null) : part.compareAtPrice,
  // Amounts of the file are in the currency of the import.
  currency: part.price === undefined ? (known?.currency ?? given.context.currency) : given.context.currency,
  prices: known?.prices ?? [],
  barcode: part.barcode === undefined ? (known?.barcode ?? null) : part.barcode,
  weightGrams: part.weightGrams ?? known?.weightGrams ?? 0,
  requiresShipping: part.requiresShipping ?? known?.requiresShipping ?? true,
  mediaId: given.mediaId ?? known?.mediaId ?? null,
  position: known?.position ?? given.position,
});

/** Stock is passed on for SKUs that are new to the product: what was sold since the last import does not come back. */
const putVariant = (draft: Draft, known: VariantRecord | undefined, merged: VariantRecord, part: VariantPart): void => {
  const { facts, counts, before } = draft;
  if (known === undefined) counts.created++;
  else if (before?.some((variant) => isDeepStrictEqual(variant, merged)) === true) counts.unchanged++;
  else counts.updated++;
  draft.facts = {
    ...facts,
    variants:
      known === undefined
        ? [...facts.variants, merged]
        : facts.variants.map((variant) => (variant === known ? merged : variant)),
    stockToPassOn:
      known?.sku === merged.sku
        ? facts.stockToPassOn
        : [...facts.stockToPassOn, { sku: merged.sku, onHand: part.stock, backorder: part.backorder }],
  };
};
