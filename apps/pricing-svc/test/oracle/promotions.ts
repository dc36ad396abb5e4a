import type { PromotionRule, QuoteRequest } from '@kervan/contracts';
import { customerKey } from '../../src/redemptions/tally.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import type { Standing } from '../../src/quote/standing.ts';
import { fraction, percent, round, smaller, split, sum, times } from './fraction.ts';
import type { Shipped } from './shipping.ts';

type Line = QuoteRequest['lines'][number];
type Coupon = Standing['coupons'] extends ReadonlyMap<string, infer Known> ? Known : never;
/** What is left of each line, or what is taken off it; minor units by line id. */
type PerLine = ReadonlyMap<string, bigint>;

/** How it went with a promotion: how much it takes off (minor units) and the coupon that brought it, or why not. */
export type Verdict =
  | { readonly applied: true; readonly amount: bigint; readonly coupon: Coupon | null }
  | { readonly applied: false; readonly reason: string };
export type CouponVerdict = {
  readonly code: string;
  readonly applied: boolean;
  readonly promotionId: string | null;
  readonly amount: bigint;
  readonly reason: string | null;
};

/** A code as it is told apart: any case, and one i. Written without the contract's own function. */
const keyOf = (code: string): string =>
  [...code.normalize('NFKC')].map((letter) => ('iıİI'.includes(letter) ? 'i' : letter.toLowerCase())).join('');

const inOrder = (lines: readonly Line[]): readonly Line[] =>
  lines.toSorted((a, b) => (a.sku === b.sku ? (a.lineId < b.lineId ? -1 : 1) : a.sku < b.sku ? -1 : 1));
const byPriority = (a: PromotionRule, b: PromotionRule): number => a.priority - b.priority || (a.id < b.id ? -1 : 1);
const worthOf = (line: Line): bigint => BigInt(line.unitPrice) * BigInt(line.quantity);

/** The lines that fit the lists of a promotion; all of them when it has none. */
const matchingLines = ({ conditions }: PromotionRule, lines: readonly Line[]): readonly Line[] => {
  const { productIds, categoryIds, brandIds } = conditions;
  return lines.filter(
    (line) =>
      (productIds.length === 0 || productIds.includes(line.productId)) &&
      (categoryIds.length === 0 || line.categoryIds.some((id) => categoryIds.includes(id))) &&
      (brandIds.length === 0 || brandIds.some((id) => id === line.brandId)),
  );
};

/** Sets of buyXGetY: piece by piece, the cheapest first, which the service must never do and must agree with. */
const reducedPieces = (promotion: PromotionRule, lines: readonly Line[]): ReadonlyMap<string, bigint> => {
  const pieces = inOrder(lines).flatMap((line) => Array.from({ length: line.quantity }, () => line));
  const get = promotion.getQuantity ?? 0;
  const whole = (promotion.buyQuantity ?? 0) + get;
  const sets = Math.floor(pieces.length / whole);
  const found = new Map<string, bigint>();
  for (const { lineId } of pieces.toSorted((a, b) => a.unitPrice - b.unitPrice).slice(0, sets * get)) {
    found.set(lineId, (found.get(lineId) ?? 0n) + 1n);
  }
  return found;
};

/** What a promotion on goods takes off each line, of what is left of them. */
const takenOff = (promotion: PromotionRule, all: readonly Line[], left: PerLine): PerLine => {
  const matching = matchingLines(promotion, all);
  const lines = inOrder(promotion.scope === 'order' ? all : matching);
  const leftOf = ({ lineId }: Line): bigint => left.get(lineId) ?? 0n;
  const base = sum(lines.map(leftOf));
  const spread = (amount: bigint): PerLine => {
    const parts = split(
      amount,
      lines.map((line) => fraction(leftOf(line))),
    );
    return new Map(lines.map(({ lineId }, at) => [lineId, parts[at] ?? 0n]));
  };
  const value = BigInt(promotion.value);
  switch (promotion.kind) {
    case 'percentage': {
      const amount = round(times(fraction(base), percent(promotion.value)));
      return spread(promotion.maxDiscount === null ? amount : smaller(amount, BigInt(promotion.maxDiscount)));
    }
    case 'fixed':
      if (promotion.scope === 'order') return spread(smaller(value, base));
      return new Map(lines.map((line) => [line.lineId, smaller(value * BigInt(line.quantity), leftOf(line))]));
    case 'buyXGetY': {
      const pieces = reducedPieces(promotion, matching);
      return new Map(
        matching.map((line) => {
          const part = fraction(pieces.get(line.lineId) ?? 0n, BigInt(line.quantity));
          return [line.lineId, round(times(times(fraction(leftOf(line)), part), percent(promotion.value)))];
        }),
      );
    }
    case 'freeShipping':
      return new Map();
  }
};

/** Why a promotion does not fit the cart, the buyer or the time; null when it does. */
const misfit = (promotion: PromotionRule, request: QuoteRequest, now: Date): string | null => {
  const { startsAt, endsAt, kind, conditions, maxDiscount, currency } = promotion;
  if (startsAt !== null && now < new Date(startsAt)) return 'not_started';
  if (endsAt !== null && now >= new Date(endsAt)) return 'ended';
  const carriesAmount = kind === 'fixed' || conditions.minSubtotal !== null || maxDiscount !== null;
  if (carriesAmount && currency !== request.currency) return 'other_currency';
  const group = conditions.customerGroup;
  if (group !== null && !request.customerGroups.includes(group)) return 'customer_group';
  if (conditions.firstOrder && request.firstOrder === false) return 'not_first_order';
  if (conditions.firstOrder && request.firstOrder === null) return 'first_order_unknown';
  const matching = matchingLines(promotion, request.lines);
  const hasLists = [conditions.productIds, conditions.categoryIds, conditions.brandIds].some((ids) => ids.length > 0);
  if (hasLists && matching.length === 0) return 'no_match';
  const counted = promotion.scope === 'order' ? request.lines : matching;
  if (sum(counted.map(worthOf)) < BigInt(conditions.minSubtotal ?? 0)) return 'below_minimum';
  if (kind === 'buyXGetY' && reducedPieces(promotion, matching).size === 0) return 'not_enough_pieces';
  if (kind === 'freeShipping' && !request.lines.some(({ requiresShipping }) => requiresShipping)) {
    return 'nothing_to_ship';
  }
  return null;
};

/** Whether uses are taken: of the promotion, or of it or the coupon when one is given. */
const exhausted = (
  promotion: PromotionRule,
  coupon: Coupon | null,
  request: QuoteRequest,
  { taken }: Standing,
): string | null => {
  const isTaken = (key: string, limit: number | null): boolean => limit !== null && (taken.get(key) ?? 0) >= limit;
  const ofPromotion = `promotion:${promotion.id}`;
  const ofCoupon = coupon === null ? '' : `coupon:${coupon.id}`;
  if (isTaken(ofPromotion, promotion.maxUses) || isTaken(ofCoupon, coupon?.maxUses ?? null)) return 'used_up';
  const customer = customerKey(request);
  if (customer === null) return null;
  const isTakenByBuyer =
    isTaken(`${ofPromotion}:${customer}`, promotion.maxUsesPerCustomer) ||
    isTaken(`${ofCoupon}:${customer}`, coupon?.maxUsesPerCustomer ?? null) ||
    (promotion.conditions.firstOrder && isTaken(`first:${customer}`, 1));
  return isTakenByBuyer ? 'customer_used_up' : null;
};

/** What the oracle says of promotions and coupons; minor units. */
export type Promoted = {
  readonly verdicts: ReadonlyMap<string, Verdict>;
  /** By code as it is told apart. */
  readonly coupons: readonly CouponVerdict[];
  /** By line, then by promotion; only what is more than 0. */
  readonly discounts: ReadonlyMap<string, ReadonlyMap<string, bigint>>;
  readonly shipping: Shipped;
  readonly shippingDiscount: bigint;
  readonly isFirstOrderWanted: boolean;
};

type Candidate = { readonly promotion: PromotionRule; readonly coupon: Coupon | null };

/** Which promotions apply and what they take off; `priceShipping` says what shipping costs with goods of some worth. */
export const promote = (
  request: QuoteRequest,
  rules: RuleSet,
  standing: Standing,
  now: Date,
  priceShipping: (goods: bigint) => Shipped,
): Promoted => {
  const given = new Map(
    request.coupons
      .toSorted()
      .map((code) => [keyOf(code), code] as const)
      .toReversed(),
  );
  const keys = [...given.keys()].toSorted();
  const promotionOf = (coupon: Coupon | undefined): PromotionRule | undefined =>
    coupon?.enabled ? rules.promotions.find(({ id, enabled }) => id === coupon.promotionId && enabled) : undefined;
  const couponsOf = ({ id }: PromotionRule): readonly Coupon[] =>
    keys.flatMap((key) => {
      const coupon = standing.coupons.get(key);
      return coupon !== undefined && promotionOf(coupon)?.id === id ? [coupon] : [];
    });
  const looked = rules.promotions.filter((one) => one.enabled && (one.automatic || couponsOf(one).length > 0));

  const verdicts = new Map<string, Verdict>();
  const refuse = ({ id }: PromotionRule, reason: string): void => void verdicts.set(id, { applied: false, reason });
  const candidates: Candidate[] = [];
  for (const promotion of looked) {
    const reason = misfit(promotion, request, now);
    const brought = couponsOf(promotion);
    const usable = brought.find((coupon) => exhausted(promotion, coupon, request, standing) === null);
    const whyNot = exhausted(promotion, promotion.automatic ? null : (brought[0] ?? null), request, standing);
    if (reason !== null) refuse(promotion, reason);
    else if (usable !== undefined) candidates.push({ promotion, coupon: usable });
    else if (whyNot === null) candidates.push({ promotion, coupon: null });
    else refuse(promotion, whyNot);
  }

  const full: PerLine = new Map(request.lines.map((line) => [line.lineId, worthOf(line)]));
  const undiscounted = priceShipping(sum([...full.values()]));
  const alone = candidates
    .filter(({ promotion }) => !promotion.stackable)
    .map((candidate) => {
      const { promotion } = candidate;
      const isShipping = promotion.kind === 'freeShipping';
      const goods = sum([...takenOff(promotion, request.lines, full).values()]);
      return {
        ...candidate,
        worth: isShipping ? (undiscounted.price ?? 0n) : goods,
        waits: isShipping && undiscounted.waits,
      };
    })
    .toSorted((a, b) => (a.worth === b.worth ? byPriority(a.promotion, b.promotion) : a.worth > b.worth ? -1 : 1));
  const best = alone.find(({ worth }) => worth > 0n) ?? alone.find(({ waits }) => waits);
  for (const { promotion } of alone) {
    if (promotion !== best?.promotion) refuse(promotion, best === undefined ? 'nothing_left' : 'better_discount');
  }

  const stacked = candidates
    .filter(({ promotion }) => promotion.stackable)
    .toSorted((a, b) => byPriority(a.promotion, b.promotion));
  const acting: readonly Candidate[] = [...(best === undefined ? [] : [best]), ...stacked];
  const left = new Map(full);
  const discounts = new Map(request.lines.map(({ lineId }) => [lineId, new Map<string, bigint>()]));
  for (const { promotion, coupon } of acting.filter(({ promotion: { kind } }) => kind !== 'freeShipping')) {
    let amount = 0n;
    for (const [lineId, taken] of takenOff(promotion, request.lines, left)) {
      if (taken === 0n) continue;
      left.set(lineId, (left.get(lineId) ?? 0n) - taken);
      discounts.get(lineId)?.set(promotion.id, taken);
      amount += taken;
    }
    if (amount === 0n) refuse(promotion, 'nothing_left');
    else verdicts.set(promotion.id, { applied: true, amount, coupon });
  }
  const shipping = priceShipping(sum([...left.values()]));
  let shippingDiscount = 0n;
  for (const { promotion, coupon } of acting.filter(({ promotion: { kind } }) => kind === 'freeShipping')) {
    const amount = (shipping.price ?? 0n) - shippingDiscount;
    if (amount === 0n && !shipping.waits) refuse(promotion, 'nothing_left');
    else verdicts.set(promotion.id, { applied: true, amount, coupon });
    shippingDiscount += amount;
  }

  const coupons = keys.map((key): CouponVerdict => {
    const coupon = standing.coupons.get(key);
    const promotion = promotionOf(coupon);
    const code = coupon?.code ?? given.get(key) ?? '';
    if (coupon === undefined || promotion === undefined) {
      return { code, applied: false, promotionId: null, amount: 0n, reason: 'coupon_unknown' };
    }
    const refused = (reason: string): CouponVerdict => ({
      code,
      applied: false,
      promotionId: promotion.id,
      amount: 0n,
      reason,
    });
    const own = misfit(promotion, request, now) ?? exhausted(promotion, coupon, request, standing);
    if (own !== null) return refused(own);
    const verdict = verdicts.get(promotion.id);
    if (!verdict?.applied) return refused(verdict?.reason ?? 'coupon_unknown');
    if (verdict.coupon?.id !== coupon.id) return refused('already_applied');
    return { code, applied: true, promotionId: promotion.id, amount: verdict.amount, reason: null };
  });
  const isFirstOrderWanted = [...verdicts.values()].some(
    (verdict) => !verdict.applied && verdict.reason === 'first_order_unknown',
  );
  return { verdicts, coupons, discounts, shipping, shippingDiscount, isFirstOrderWanted };
};
