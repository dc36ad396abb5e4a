import type { QuoteRequest } from '@kervan/contracts';
import type { Standing } from '../src/quote/standing.ts';
import type { RuleSet } from '../src/rules/rule-set.ts';
import { feesOf, installmentsOf } from './oracle/fees.ts';
import { sum } from './oracle/fraction.ts';
import { type CouponVerdict, promote, type Verdict } from './oracle/promotions.ts';
import { shippingOf } from './oracle/shipping.ts';
import { openTaxBook, ratesInReach } from './oracle/taxes.ts';
import { zonesOf } from './oracle/zones.ts';

/**
 * A second opinion on quotes: slow, by exact fractions, sharing no code with what the service reckons with. It knows the rules
 * of docs/pricing.md and nothing else; postal codes have three digits. All amounts in minor units.
 */
export type Opinion = {
  readonly lines: readonly {
    readonly lineId: string;
    readonly discount: bigint;
    /** By promotion, and by tax rate of which a company is exempt; only what is more than 0. */
    readonly discounts: ReadonlyMap<string, bigint>;
    readonly tax: bigint;
    readonly total: bigint;
  }[];
  readonly subtotal: bigint;
  readonly discount: bigint;
  /** What is paid; null when no method is chosen or the one asked for is not offered. */
  readonly shipping: bigint | null;
  readonly shippingDiscount: bigint;
  readonly fees: readonly { readonly code: string; readonly amount: bigint; readonly tax: bigint }[];
  readonly extras: readonly { readonly code: string; readonly amount: bigint; readonly chosen: boolean }[];
  /** What is paid of each rate, and what is taken out of prices because a company is exempt; only what is more than 0. */
  readonly taxByRate: ReadonlyMap<string, bigint>;
  readonly exemptByRate: ReadonlyMap<string, bigint>;
  readonly taxTotal: bigint;
  readonly taxIncluded: bigint;
  readonly total: bigint;
  /** Of every promotion that is looked at, by id. */
  readonly promotions: ReadonlyMap<string, Verdict>;
  readonly coupons: readonly CouponVerdict[];
  /** Of every fee that is looked at, by code: why it does not apply, null when it does. */
  readonly feeReasons: ReadonlyMap<string, string | null>;
  /** `promotion coupon` of what counts, sorted; a coupon that is none is ''. */
  readonly uses: readonly string[];
  readonly unknown: readonly string[];
  /** Codes, sorted. */
  readonly problems: readonly string[];
  /** `kind rule` of everything `considered` has to speak of, sorted. */
  readonly looked: readonly string[];
};

const EXHAUSTED = ['used_up', 'customer_used_up'];
const NOT_A_PROBLEM = ['better_discount', 'nothing_left', 'already_applied', 'first_order_unknown'];
const couponProblem = ({ reason }: CouponVerdict): readonly string[] => {
  if (reason === null || NOT_A_PROBLEM.includes(reason)) return [];
  return [EXHAUSTED.includes(reason) ? 'coupon_exhausted' : 'coupon_invalid'];
};
const positive = (all: ReadonlyMap<string, bigint>): ReadonlyMap<string, bigint> =>
  new Map([...all].filter(([, amount]) => amount > 0n));

/** Prices a cart the slow way. */
export const secondOpinion = (request: QuoteRequest, rules: RuleSet, standing: Standing, now: Date): Opinion => {
  const zones = zonesOf(rules, request.destination);
  const promoted = promote(request, rules, standing, now, (goods) => shippingOf(request, rules, zones, goods));
  const book = openTaxBook(rules, zones, request.company);

  const lines = request.lines.map(({ lineId, unitPrice, quantity, taxClass }) => {
    const worth = BigInt(unitPrice) * BigInt(quantity);
    const promotions = promoted.discounts.get(lineId) ?? new Map<string, bigint>();
    const promotionTotal = sum([...promotions.values()]);
    const { tax, onTop, exempt } = book.book(worth - promotionTotal, taxClass);
    const discounts = new Map([...promotions, ...exempt]);
    const discount = sum([...discounts.values()]);
    return { lineId, worth, promotionTotal, discount, discounts, tax, total: worth - discount + onTop };
  });
  const subtotal = sum(lines.map(({ worth }) => worth));
  const goods = subtotal - sum(lines.map(({ promotionTotal }) => promotionTotal));
  const discount = sum(lines.map((line) => line.discount));

  /** What is paid of a price after an exemption, and its tax. */
  const paid = (priced: bigint, taxClass: string | null): { amount: bigint; tax: bigint } => {
    const { tax, exempt } = book.book(priced, taxClass);
    return { amount: priced - sum([...exempt.values()]), tax };
  };
  const { price, taxClass, problem, looked } = promoted.shipping;
  const shipping = price === null ? null : paid(price - promoted.shippingDiscount, taxClass).amount;
  const found = feesOf(request, rules, { subtotal, goods, isShippingPriced: price !== null, zones });
  const fees = found.fees.flatMap(({ rule, amount, reason }) =>
    reason === null ? [{ code: rule.code, ...paid(amount, rule.taxClass) }] : [],
  );
  const feeReasons = new Map(found.fees.map(({ rule, reason }) => [rule.code, reason]));
  const totalSoFar = (): bigint =>
    subtotal - discount + (shipping ?? 0n) + sum(fees.map(({ amount }) => amount)) + book.onTop();
  const installments = installmentsOf(request, rules, totalSoFar());
  if (installments !== null) {
    feeReasons.set('installments', installments.reason);
    if (installments.reason === null) {
      fees.push({ code: 'installments', ...paid(installments.amount, installments.taxClass) });
    }
  }

  const uses: string[] = [];
  for (const [id, verdict] of promoted.verdicts) {
    const promotion = rules.promotions.find((one) => one.id === id);
    if (!verdict.applied || promotion === undefined) continue;
    const { maxUses, maxUsesPerCustomer, conditions } = promotion;
    const isCounted = maxUses !== null || maxUsesPerCustomer !== null || conditions.firstOrder;
    if (isCounted || verdict.coupon !== null) uses.push(`${id} ${verdict.coupon?.code ?? ''}`);
  }
  return {
    lines: lines.map(({ lineId, discount, discounts, tax, total }) => ({ lineId, discount, discounts, tax, total })),
    subtotal,
    discount,
    shipping,
    shippingDiscount: promoted.shippingDiscount,
    fees,
    extras: found.extras.map(({ rule, amount }) => ({
      code: rule.code,
      amount,
      chosen: request.extras.includes(rule.code),
    })),
    taxByRate: positive(book.paid),
    exemptByRate: positive(book.exempt),
    taxTotal: book.onTop() + book.included(),
    taxIncluded: book.included(),
    total: totalSoFar(),
    promotions: promoted.verdicts,
    coupons: promoted.coupons,
    feeReasons,
    uses: uses.toSorted(),
    unknown: promoted.isFirstOrderWanted ? ['firstOrder'] : [],
    problems: [
      ...promoted.coupons.flatMap(couponProblem),
      ...(problem === null ? [] : [problem]),
      ...(installments?.reason === 'installments_unavailable' ? ['payment_method_unavailable'] : []),
    ].toSorted(),
    looked: [
      ...ratesInReach(rules, request.destination?.country ?? null).map((id) => `tax ${id}`),
      ...looked.map((rule) => `shipping ${rule}`),
      ...[...promoted.verdicts.keys()].map((id) => `promotion ${id}`),
      ...promoted.coupons.map(({ code }) => `coupon ${code}`),
      ...[...feeReasons.keys()].map((code) => `fee ${code}`),
    ].toSorted(),
  };
};
