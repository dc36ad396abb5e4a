import type { Considered, QuoteRequest } from '@kervan/contracts';
import type { Taken } from '../redemptions/tally.ts';
import { type Refusal, refusedRow } from '../rules/reason.ts';
import type { BringingCode, Candidate } from './candidate.ts';
import { exhaustionOf, refusalOfBuyer } from './candidates.ts';
import { freePieces, type Reduced } from './discount.ts';
import { type Matches, positionsOf } from './matching.ts';
import type { CompiledPromotion } from './compiled-promotion.ts';

/** What became of a promotion that may apply, or that a code brings. */
export type Outcome = Candidate & {
  /** The code that counts: the first one whose coupon is not used up. */
  readonly code: BringingCode | null;
  readonly reduced: Reduced;
  /** Why it does not apply; null while nothing speaks against it. */
  readonly reason: Refusal | null;
  /** Why a coupon is of no use although its promotion may be, by the key of its code. */
  readonly exhausted: ReadonlyMap<string, Refusal>;
  /** What it takes off, in minor units. */
  readonly amount: number;
};

type Line = QuoteRequest['lines'][number];

/** The cart as promotions see it; lines in canonical order. */
export type PromotionCart = {
  readonly request: QuoteRequest;
  /** Milliseconds. */
  readonly now: number;
  readonly lines: readonly Line[];
  readonly whole: Reduced;
  readonly matches: Matches;
  readonly isShipped: boolean;
  /** As `customerKey` says. */
  readonly customer: string | null;
  readonly taken: Taken;
};

const NO_MATCH: Refusal = { code: 'no_match' };
const NOTHING: Reduced = { positions: [], base: 0, pieces: 0 };
const NONE_EXHAUSTED: ReadonlyMap<string, Refusal> = new Map();

/** So many lines together. */
export const reducedOf = (positions: readonly number[], lines: readonly Line[]): Reduced => {
  let base = 0;
  let pieces = 0;
  for (const position of positions) {
    const line = lines[position];
    if (line === undefined) continue;
    base += line.unitPrice * line.quantity;
    pieces += line.quantity;
  }
  return { positions, base, pieces };
};

const matchesOf = ({ promotion, codes }: Candidate, { lines, matches }: PromotionCart): readonly number[] =>
  matches.get(promotion) ?? (codes.length === 0 ? [] : positionsOf(promotion, lines));

const reducedBy = (candidate: Candidate, cart: PromotionCart): Reduced | null => {
  if (!candidate.promotion.isNarrow) return cart.whole;
  const positions = matchesOf(candidate, cart);
  if (positions.length === 0) return null;
  return candidate.promotion.rule.scope === 'order' ? cart.whole : reducedOf(positions, cart.lines);
};

const refusalOfGoods = (
  { rule }: CompiledPromotion,
  reduced: Reduced,
  { isShipped }: PromotionCart,
): Refusal | null => {
  const { minSubtotal } = rule.conditions;
  if (minSubtotal !== null && reduced.base < minSubtotal) {
    const code = rule.scope === 'items' ? 'matching_below_minimum' : 'below_minimum';
    return { code, amount: minSubtotal - reduced.base };
  }
  if (rule.kind === 'buyXGetY' && freePieces(rule, reduced.pieces) === 0) return { code: 'not_enough_pieces' };
  if (rule.kind === 'freeShipping' && !isShipped) return { code: 'nothing_to_ship' };
  return null;
};

/** Which of its codes counts, and what speaks against the others; `reason` when nothing is left for this cart. */
const settleLimits = (
  { promotion, codes }: Candidate,
  { customer, taken }: PromotionCart,
): Pick<Outcome, 'code' | 'exhausted' | 'reason'> => {
  const own = promotion.isLimited ? exhaustionOf(promotion, null, customer, taken) : null;
  if (codes.length === 0) return { code: null, exhausted: NONE_EXHAUSTED, reason: own };
  const exhausted = new Map<string, Refusal>();
  for (const { key, coupon } of codes) {
    const reason = exhaustionOf(promotion, coupon, customer, taken);
    if (reason !== null) exhausted.set(key, reason);
  }
  const code = codes.find(({ key }) => !exhausted.has(key)) ?? null;
  if (code !== null) return { code, exhausted, reason: null };
  const [first] = exhausted.values();
  return { code, exhausted, reason: promotion.rule.automatic ? own : (first ?? null) };
};

/** The row in `considered` of a promotion that does not apply: the same for every cart, unless the reason has an amount. */
export const rowOfRefused = ({ rule, refusedRows }: CompiledPromotion, reason: Refusal): Considered => {
  if (reason.amount !== undefined) return refusedRow('promotion', rule.id, reason);
  const known = refusedRows.get(reason.code);
  if (known !== undefined) return known;
  const row = Object.freeze(refusedRow('promotion', rule.id, Object.freeze(reason)));
  refusedRows.set(reason.code, row);
  return row;
};

/** A promotion that does not apply. */
export const refuse = (
  { promotion, codes }: Candidate,
  reason: Refusal,
  exhausted: Outcome['exhausted'] = NONE_EXHAUSTED,
): Outcome => ({
  promotion,
  codes,
  code: null,
  reduced: NOTHING,
  reason,
  exhausted,
  amount: 0,
});

/** Nothing is left to say of one that no code brings but why it does not apply: nearly all promotions of a shop are such. */
const rejected = (candidate: Candidate, reason: Refusal, exhausted?: Outcome['exhausted']): Outcome | Refusal =>
  candidate.codes.length === 0 ? reason : refuse(candidate, reason, exhausted);

/**
 * Whether a promotion may apply to a cart, looked at by itself; the first thing that speaks against it is the reason. The
 * reason alone for one that does not and that no code brings.
 */
export const judge = (candidate: Candidate, cart: PromotionCart): Outcome | Refusal => {
  const { promotion, codes } = candidate;
  const ofBuyer = refusalOfBuyer(promotion, cart.request, cart.now);
  if (ofBuyer !== null) return rejected(candidate, ofBuyer);
  const reduced = reducedBy(candidate, cart);
  if (reduced === null) return rejected(candidate, NO_MATCH);
  const ofGoods = refusalOfGoods(promotion, reduced, cart);
  if (ofGoods !== null) return rejected(candidate, ofGoods);
  const { code, exhausted, reason } = settleLimits(candidate, cart);
  if (reason !== null) return rejected(candidate, reason, exhausted);
  return { promotion, codes, code, reduced, reason, exhausted, amount: 0 };
};
