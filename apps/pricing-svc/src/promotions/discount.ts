import type { PromotionRule } from '@kervan/contracts';
import { allocate, portion, proportion } from '@kervan/money';

const FREE = 10_000;

/** What a discount looks at of a line. */
export type Goods = { readonly quantity: number; readonly unitPrice: number };

/** The lines that a promotion reduces: positions in the canonical order of the cart, and what they come to before any discount. */
export type Reduced = { readonly positions: readonly number[]; readonly base: number; readonly pieces: number };

/** Of so many pieces how many a buyXGetY reduces: whole sets only. */
export const freePieces = ({ buyQuantity, getQuantity }: PromotionRule, pieces: number): number => {
  const get = getQuantity ?? 0;
  const set = (buyQuantity ?? 0) + get;
  return set === 0 ? 0 : Math.floor(pieces / set) * get;
};

/** What a promotion that is reckoned on all its lines together takes off them; null for one reckoned line by line. */
const wholeOf = ({ kind, scope, value, maxDiscount }: PromotionRule, base: number): number | null => {
  if (kind === 'percentage') return Math.min(portion(base, value), maxDiscount ?? Infinity);
  if (kind === 'fixed' && scope === 'order') return Math.min(value, base);
  return null;
};

/** The cheapest pieces are reduced, by quantity; among equal prices in the order of the lines. */
const buyXGetY = (
  rule: PromotionRule,
  { positions, pieces }: Reduced,
  goods: readonly Goods[],
  left: readonly number[],
): number[] => {
  const parts = new Array<number>(positions.length).fill(0);
  const priceOf = (index: number): number => goods[positions[index] ?? 0]?.unitPrice ?? 0;
  const cheapestFirst = [...positions.keys()].toSorted((a, b) => priceOf(a) - priceOf(b) || a - b);
  let free = freePieces(rule, pieces);
  for (const index of cheapestFirst) {
    if (free === 0) break;
    const position = positions[index] ?? 0;
    const quantity = goods[position]?.quantity ?? 0;
    const reduced = Math.min(quantity, free);
    free -= reduced;
    parts[index] = proportion(left[position] ?? 0, reduced * rule.value, quantity * FREE);
  }
  return parts;
};

/**
 * What a promotion takes off each of its lines, in the order of `positions`; `left` is what earlier ones left of each line
 * of the cart. Minor units; a part is never more than what is left.
 */
export const partsOf = (
  rule: PromotionRule,
  reduced: Reduced,
  goods: readonly Goods[],
  left: readonly number[],
): readonly number[] => {
  const { positions } = reduced;
  if (rule.kind === 'buyXGetY') return buyXGetY(rule, reduced, goods, left);
  const leftOf = positions.map((position) => left[position] ?? 0);
  const whole = wholeOf(
    rule,
    leftOf.reduce((sum, one) => sum + one, 0),
  );
  if (whole !== null) return allocate(whole, leftOf);
  return positions.map((position, index) =>
    Math.min(rule.value * (goods[position]?.quantity ?? 0), leftOf[index] ?? 0),
  );
};

/** What a promotion would take off by itself, from the undiscounted cart; `subtotals` by line. Minor units. */
export const worthOf = (
  rule: PromotionRule,
  reduced: Reduced,
  goods: readonly Goods[],
  subtotals: readonly number[],
): number =>
  wholeOf(rule, reduced.base) ?? partsOf(rule, reduced, goods, subtotals).reduce((sum, part) => sum + part, 0);
