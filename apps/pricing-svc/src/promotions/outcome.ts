import type { QuoteRequest, Reason } from '@kervan/contracts';
import type { Taken } from '../redemptions/tally.ts';
import { belowMinimumReason, REASONS } from '../rules/reason.ts';
import { type BringingCode, type Candidate, exhaustionOf, refusalOfBuyer } from './candidates.ts';
import { freePieces, type Reduced } from './discount.ts';
import { type Matches, positionsOf } from './matching.ts';
import type { CompiledPromotion } from './compiled-promotion.ts';

/** What became of a promotion that was looked at. */
export type Outcome = Candidate & {
  /** The code that counts: the first one whose coupon is not used up. */
  readonly code: BringingCode | null;
  readonly reduced: Reduced;
  /** Why it does not apply; null while nothing speaks against it. */
  readonly reason: Reason | null;
  /** Why a coupon is of no use although its promotion may be, by the key of its code. */
  readonly exhausted: ReadonlyMap<string, Reason>;
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

const NOTHING: Reduced = { positions: [], base: 0, pieces: 0 };
const NONE_EXHAUSTED: ReadonlyMap<string, Reason> = new Map();

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

const refusalOfGoods = ({ rule }: CompiledPromotion, reduced: Reduced, { isShipped }: PromotionCart): Reason | null => {
  const { minSubtotal } = rule.conditions;
  if (minSubtotal !== null && reduced.base < minSubtotal) {
    return belowMinimumReason(minSubtotal - reduced.base, rule.currency, rule.scope === 'items');
  }
  if (rule.kind === 'buyXGetY' && freePieces(rule, reduced.pieces) === 0) return REASONS.notEnoughPieces;
  if (rule.kind === 'freeShipping' && !isShipped) return REASONS.nothingToShip;
  return null;
};

/** Which of its codes counts, and what speaks against the others; `reason` when nothing is left for this cart. */
const settleLimits = (
  { promotion, codes }: Candidate,
  { customer, taken }: PromotionCart,
): Pick<Outcome, 'code' | 'exhausted' | 'reason'> => {
  const own = promotion.isLimited ? exhaustionOf(promotion, null, customer, taken) : null;
  if (codes.length === 0) return { code: null, exhausted: NONE_EXHAUSTED, reason: own };
  const exhausted = new Map<string, Reason>();
  for (const { key, coupon } of codes) {
    const reason = exhaustionOf(promotion, coupon, customer, taken);
    if (reason !== null) exhausted.set(key, reason);
  }
  const code = codes.find(({ key }) => !exhausted.has(key)) ?? null;
  if (code !== null) return { code, exhausted, reason: null };
  const [first] = exhausted.values();
  return { code, exhausted, reason: promotion.rule.automatic ? own : (first ?? null) };
};

const refused = ({ promotion, codes }: Candidate, reason: Reason): Outcome => ({
  promotion,
  codes,
  code: null,
  reduced: NOTHING,
  reason,
  exhausted: NONE_EXHAUSTED,
  amount: 0,
});

/** Whether a promotion may apply to a cart, looked at by itself; the first thing that speaks against it is the reason. */
export const judge = (candidate: Candidate, cart: PromotionCart): Outcome => {
  const { promotion, codes } = candidate;
  const ofBuyer = refusalOfBuyer(promotion, cart.request, cart.now);
  if (ofBuyer !== null) return refused(candidate, ofBuyer);
  const reduced = reducedBy(candidate, cart);
  if (reduced === null) return refused(candidate, REASONS.noMatch);
  const ofGoods = refusalOfGoods(promotion, reduced, cart);
  if (ofGoods !== null) return refused(candidate, ofGoods);
  const { code, exhausted, reason } = settleLimits(candidate, cart);
  return { promotion, codes, code, reduced, reason, exhausted, amount: 0 };
};
