import type { FeeRule, QuoteRequest } from '@kervan/contracts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { fraction, percent, round, times } from './fraction.ts';

/** What fees go by: goods before and after discount in minor units, and whether shipping is priced. */
export type FeeBasis = {
  readonly subtotal: bigint;
  readonly goods: bigint;
  readonly isShippingPriced: boolean;
  readonly zones: readonly string[] | null;
};
export type FeeVerdict = {
  readonly rule: FeeRule;
  readonly amount: bigint;
  /** Why it does not apply; null when it does. */
  readonly reason: string | null;
};

const misfit = ({ when, ...rule }: FeeRule, request: QuoteRequest, basis: FeeBasis): string | null => {
  const { payment } = request;
  const amounts = [rule.amount, rule.min, rule.max, when.minSubtotal, when.maxSubtotal];
  if (rule.currency !== request.currency && amounts.some((amount) => amount !== null)) return 'other_currency';
  if (when.paymentMethod !== null) {
    if (payment === null) return 'no_payment';
    if (![payment.method, payment.provider].includes(when.paymentMethod)) return 'other_payment';
  }
  if (when.geozoneId !== null) {
    if (basis.zones === null) return 'no_address';
    if (!basis.zones.includes(when.geozoneId)) return 'outside_zone';
  }
  if (when.minSubtotal !== null && basis.subtotal < BigInt(when.minSubtotal)) return 'below_minimum';
  if (when.maxSubtotal !== null && basis.subtotal > BigInt(when.maxSubtotal)) return 'above_maximum';
  if (when.shippingMethod !== null) {
    if (!basis.isShippingPriced || when.shippingMethod !== request.shippingMethod) return 'other_shipping';
  }
  return null;
};

const amountOf = ({ amount, rate, min, max }: FeeRule, goods: bigint): bigint => {
  if (amount !== null) return BigInt(amount);
  const rated = round(times(fraction(goods), percent(rate ?? 0)));
  const raised = min !== null && rated < BigInt(min) ? BigInt(min) : rated;
  return max !== null && raised > BigInt(max) ? BigInt(max) : raised;
};

/** Every fee rule that is switched on, in order of code; and the optional ones this cart may have. */
export const feesOf = (
  request: QuoteRequest,
  rules: RuleSet,
  basis: FeeBasis,
): { readonly fees: readonly FeeVerdict[]; readonly extras: readonly FeeVerdict[] } => {
  const enabled = rules.feeRules.filter((rule) => rule.enabled).toSorted((a, b) => (a.code < b.code ? -1 : 1));
  const fitting = enabled.map((rule): FeeVerdict => ({
    rule,
    amount: amountOf(rule, basis.goods),
    reason: misfit(rule, request, basis),
  }));
  const fees = fitting.map((fee) => {
    if (fee.reason !== null) return fee;
    if (fee.rule.optional && !request.extras.includes(fee.rule.code)) return { ...fee, reason: 'not_chosen' };
    return fee.amount === 0n ? { ...fee, reason: 'zero' } : fee;
  });
  return { fees, extras: fitting.filter(({ rule, reason }) => rule.optional && reason === null) };
};

/** What paying in installments adds to a total; null when nothing speaks of it. */
export const installmentsOf = (
  request: QuoteRequest,
  rules: RuleSet,
  total: bigint,
): { readonly amount: bigint; readonly reason: string | null; readonly taxClass: string | null } | null => {
  const count = request.payment?.installments ?? 1;
  const table = rules.installmentTables.find(({ provider }) => provider === request.payment?.provider);
  if (count === 1 || table === undefined) return null;
  const { taxClass, minTotal } = table;
  const row = table.rows.find(({ installments }) => installments === count);
  const isTooLittle = minTotal !== null && (table.currency !== request.currency || total < BigInt(minTotal));
  if (!table.enabled || row === undefined || isTooLittle)
    return { amount: 0n, reason: 'installments_unavailable', taxClass };
  const amount = round(times(fraction(total), percent(row.rate)));
  return { amount, reason: amount === 0n ? 'zero' : null, taxClass };
};
