import { type Considered, type Quote, reasonOf } from '@kervan/contracts';
import type { ExplainedQuote } from '../src/quote/quote-of.ts';
import type { RuleSet } from '../src/rules/rule-set.ts';
import type { Opinion } from './oracle.ts';

/** What is compared with the oracle, by names instead of by places, amounts exact. */
export type Answer = Omit<Opinion, 'promotions' | 'coupons'> & {
  readonly promotions: ReadonlyMap<string, bigint | string>;
  readonly coupons: readonly (readonly (string | bigint | null)[])[];
};
/** What the oracle says. */
export const answerOf = (opinion: Opinion): Answer => ({
  ...opinion,
  promotions: new Map(
    [...opinion.promotions].map(([id, verdict]) => [id, verdict.applied ? verdict.amount : verdict.reason]),
  ),
  coupons: opinion.coupons.map(({ code, promotionId, amount, reason }) => [code, promotionId, amount, reason]),
});

/** The code under which people read why a rule did not apply; null when it did. */
export const refusalIn = ({ reason }: Considered, { currency }: Pick<Quote, 'currency'>): string | null =>
  reason === undefined ? null : reasonOf(reason, currency).code;

const rowsOf = (quote: ExplainedQuote, kind: string) => quote.considered.filter((row) => row.kind === kind);
/** Rows of the breakdown about these rules by rule, what is 0 left out. */
const breakdownOf = (
  { breakdown }: ExplainedQuote,
  kind: string,
  ruleIds: ReadonlySet<string>,
  amountOf: (row: Quote['breakdown'][number]) => number,
): ReadonlyMap<string, bigint> =>
  new Map(
    breakdown
      .filter((row) => row.kind === kind && ruleIds.has(row.rule) && amountOf(row) !== 0)
      .map((row) => [row.rule, BigInt(amountOf(row))]),
  );
/** What the service says, read from its quote. */
export const answerOfQuote = (quote: ExplainedQuote, rules: RuleSet): Answer => {
  const taxIds = new Set(rules.taxRates.map(({ id }) => id));
  return {
    lines: quote.lines.map(({ lineId, discount, discounts, tax, total }) => ({
      lineId,
      discount: BigInt(discount),
      discounts: new Map(discounts.map(({ rule, amount }) => [rule, BigInt(amount)])),
      tax: BigInt(tax.amount),
      total: BigInt(total),
    })),
    subtotal: BigInt(quote.subtotal),
    discount: BigInt(quote.discount),
    shipping: quote.shippingMethod === null ? null : BigInt(quote.shipping),
    shippingDiscount: BigInt(quote.shippingMethod?.discount ?? 0),
    fees: quote.fees.map(({ code, amount, tax }) => ({ code, amount: BigInt(amount), tax: BigInt(tax.amount) })),
    extras: quote.extras.map(({ code, amount, chosen }) => ({ code, amount: BigInt(amount), chosen })),
    taxByRate: breakdownOf(quote, 'tax', taxIds, ({ amount, included }) => included ?? amount),
    exemptByRate: breakdownOf(quote, 'discount', taxIds, ({ amount }) => -amount),
    taxTotal: BigInt(quote.taxTotal),
    taxIncluded: BigInt(quote.taxIncluded),
    total: BigInt(quote.total),
    promotions: new Map(
      rowsOf(quote, 'promotion').map((row) => [row.rule, refusalIn(row, quote) ?? BigInt(row.amount ?? -1)]),
    ),
    coupons: quote.coupons.map(({ code, promotionId, amount, reason }) => [
      code,
      promotionId,
      BigInt(amount),
      reason?.code ?? null,
    ]),
    feeReasons: new Map(rowsOf(quote, 'fee').map((row) => [row.rule, refusalIn(row, quote)])),
    uses: quote.uses.map(({ promotionId, code }) => `${promotionId} ${code ?? ''}`).toSorted(),
    unknown: quote.unknown,
    problems: quote.problems.map(({ code }) => code).toSorted(),
    looked: quote.considered.map(({ kind, rule }) => `${kind} ${rule}`).toSorted(),
  };
};
