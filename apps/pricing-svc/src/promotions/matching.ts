import type { QuoteRequest } from '@kervan/contracts';
import type { CompiledPromotion } from './compiled-promotion.ts';

type Line = QuoteRequest['lines'][number];
type ById = ReadonlyMap<string, readonly CompiledPromotion[]>;

/** Narrow promotions by what a line has to have, so that a line is tried only with those it may match. */
export type PromotionIndex = { readonly byProduct: ById; readonly byBrand: ById; readonly byCategory: ById };

/** The positions of the lines that match, in rising order; promotions that nothing matches are missing. */
export type Matches = ReadonlyMap<CompiledPromotion, readonly number[]>;

/** Each narrow promotion stands under the ids of one of its lists only: the one that fewest lines tend to be in. */
export const indexPromotions = (promotions: readonly CompiledPromotion[]): PromotionIndex => {
  const index = {
    byProduct: new Map<string, CompiledPromotion[]>(),
    byBrand: new Map<string, CompiledPromotion[]>(),
    byCategory: new Map<string, CompiledPromotion[]>(),
  };
  const put = (map: Map<string, CompiledPromotion[]>, ids: ReadonlySet<string>, one: CompiledPromotion): void => {
    for (const id of ids) {
      const there = map.get(id);
      if (there === undefined) map.set(id, [one]);
      else there.push(one);
    }
  };
  for (const one of promotions) {
    if (one.productIds !== null) put(index.byProduct, one.productIds, one);
    else if (one.brandIds !== null) put(index.byBrand, one.brandIds, one);
    else if (one.categoryIds !== null) put(index.byCategory, one.categoryIds, one);
  }
  return index;
};

/** Whether a line is in every list that is given. */
const isMatch = ({ productIds, brandIds, categoryIds }: CompiledPromotion, line: Line): boolean =>
  (productIds === null || productIds.has(line.productId)) &&
  (brandIds === null || (line.brandId !== null && brandIds.has(line.brandId))) &&
  (categoryIds === null || line.categoryIds.some((id) => categoryIds.has(id)));

/** Which lines match which narrow promotions of the index. */
export const matchLines = ({ byProduct, byBrand, byCategory }: PromotionIndex, lines: readonly Line[]): Matches => {
  const matches = new Map<CompiledPromotion, number[]>();
  const match = (some: readonly CompiledPromotion[] | undefined, line: Line, position: number): void => {
    for (const one of some ?? []) {
      if (!isMatch(one, line)) continue;
      const positions = matches.get(one);
      if (positions === undefined) matches.set(one, [position]);
      // A line of two of its categories is met twice.
      else if (positions.at(-1) !== position) positions.push(position);
    }
  };
  lines.forEach((line, position) => {
    if (byProduct.size > 0) match(byProduct.get(line.productId), line, position);
    if (byBrand.size > 0 && line.brandId !== null) match(byBrand.get(line.brandId), line, position);
    if (byCategory.size > 0) for (const id of line.categoryIds) match(byCategory.get(id), line, position);
  });
  return matches;
};

/** Which lines match one promotion. */
export const positionsOf = (promotion: CompiledPromotion, lines: readonly Line[]): readonly number[] =>
  [...lines.keys()].filter((position) => {
    const line = lines[position];
    return line !== undefined && isMatch(promotion, line);
  });
