import type { BreakdownRow, Considered, QuoteLine } from '@kervan/contracts';
import type { GivenCode } from '../promotions/candidate.ts';
import { candidatesOf, codesOf } from '../promotions/candidates.ts';
import { partsOf, worthOf } from '../promotions/discount.ts';
import { matchLines } from '../promotions/matching.ts';
import { judge, type Outcome, type PromotionCart, reducedOf, refuse, rowOfRefused } from '../promotions/outcome.ts';
import { customerKey } from '../redemptions/tally.ts';
import type { Bill, BillLine } from './bill.ts';
import { isShipped, offerFor, waitsForShipping } from './shipping.step.ts';
import { inBothLanguages } from './text.ts';

/** The row of a promotion that takes something off. */
export const discountRow = ({ promotion: { rule } }: Outcome, target: string, amount: number): BreakdownRow => ({
  rule: rule.id,
  kind: 'discount',
  target,
  amount: -amount,
  note: inBothLanguages(rule.name),
});

const cartOf = (bill: Bill, codes: readonly GivenCode[]): PromotionCart => {
  const { promotions } = bill.rules;
  const lines = bill.lines.map(({ asked }) => asked);
  const asksWho = codes.length > 0 || promotions.limited.length > 0;
  return {
    request: bill.request,
    now: bill.now.getTime(),
    lines,
    whole: reducedOf([...lines.keys()], lines),
    matches: matchLines(promotions.index, lines),
    isShipped: isShipped(bill.request),
    customer: asksWho ? customerKey(bill.request) : null,
    taken: bill.standing.taken,
  };
};

const mayApply = ({ reason }: Outcome): boolean => reason === null;
const isOfGoods = ({ promotion }: Outcome): boolean => promotion.rule.kind !== 'freeShipping';
const isStackable = ({ promotion }: Outcome): boolean => promotion.rule.stackable;

/**
 * Of the promotions that do not go together, in the order in which they act, the one that would take off most by itself;
 * while all are worth nothing, one that waits for the price of shipping.
 */
const bestOf = (alone: readonly Outcome[], bill: Bill, cart: PromotionCart): Outcome | null => {
  const subtotals = bill.lines.map(({ subtotal }) => subtotal);
  // Nothing has been taken off yet: this is what shipping would cost without any discount.
  const offer = alone.every(isOfGoods) ? null : offerFor(bill);
  const shipping = offer?.available ? offer.amount : 0;
  let best: Outcome | null = null;
  let most = 0;
  for (const outcome of alone) {
    const { rule } = outcome.promotion;
    const worth = isOfGoods(outcome) ? worthOf(rule, outcome.reduced, cart.lines, subtotals) : shipping;
    if (worth <= most) continue;
    best = outcome;
    most = worth;
  }
  if (best !== null || !waitsForShipping(bill)) return best;
  return alone.find((outcome) => !isOfGoods(outcome)) ?? null;
};

type Taken = { readonly amounts: ReadonlyMap<Outcome, number>; readonly discounts: readonly QuoteLine['discounts'][] };

/** Takes off what promotions of goods take off, each what the ones before it left. */
const takeOff = (acting: readonly Outcome[], bill: Bill, { lines }: PromotionCart): Taken => {
  const left = bill.lines.map(({ subtotal }) => subtotal);
  const discounts = bill.lines.map((): QuoteLine['discounts'] => []);
  const amounts = new Map<Outcome, number>();
  for (const outcome of acting) {
    const { rule } = outcome.promotion;
    let amount = 0;
    partsOf(rule, outcome.reduced, lines, left).forEach((part, index) => {
      const position = outcome.reduced.positions[index];
      if (part === 0 || position === undefined) return;
      amount += part;
      left[position] = (left[position] ?? 0) - part;
      discounts[position]?.push({ rule: rule.id, amount: part });
    });
    amounts.set(outcome, amount);
  }
  return { amounts, discounts };
};

const reduce = (line: BillLine, discounts: QuoteLine['discounts']): BillLine =>
  discounts.length === 0
    ? line
    : { ...line, discounts, discount: discounts.reduce((sum, { amount }) => sum + amount, 0) };

/** Step 2: what promotions and coupons take off the goods. Those that pay for shipping wait until it has a price. */
export const applyPromotions = (bill: Bill): Bill => {
  const { promotions } = bill.rules;
  const codes = codesOf(bill.request, promotions, bill.standing.coupons);
  const candidates = candidatesOf(promotions, codes);
  if (candidates.length === 0) return { ...bill, codes };

  const cart = cartOf(bill, codes);
  const judged: Outcome[] = [];
  const passedOver: Considered[] = [];
  for (const candidate of candidates) {
    const verdict = judge(candidate, cart);
    if ('promotion' in verdict) judged.push(verdict);
    else passedOver.push(rowOfRefused(candidate.promotion, verdict));
  }
  const eligible = judged.filter(mayApply);
  const alone = eligible.filter((outcome) => !isStackable(outcome));
  const best = bestOf(alone, bill, cart);
  const acting = [...(best === null ? [] : [best]), ...eligible.filter(isStackable)].filter(isOfGoods);
  const { amounts, discounts } = takeOff(acting, bill, cart);

  const outcomes = judged.map((outcome): Outcome => {
    if (!mayApply(outcome)) return outcome;
    if (!isStackable(outcome) && outcome !== best) {
      return refuse(outcome, { code: best === null ? 'nothing_left' : 'better_discount' }, outcome.exhausted);
    }
    const amount = amounts.get(outcome);
    if (amount === undefined) return outcome;
    return amount === 0 ? refuse(outcome, { code: 'nothing_left' }, outcome.exhausted) : { ...outcome, amount };
  });
  const lines = bill.lines.map((line, position) => reduce(line, discounts[position] ?? []));
  const rows = acting.flatMap((outcome) => {
    const amount = amounts.get(outcome) ?? 0;
    return amount === 0 ? [] : [discountRow(outcome, outcome.promotion.rule.scope, amount)];
  });
  return {
    ...bill,
    codes,
    outcomes,
    passedOver,
    lines,
    discount: lines.reduce((sum, { discount }) => sum + discount, 0),
    breakdown: [...bill.breakdown, ...rows],
  };
};
