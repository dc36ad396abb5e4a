import { z } from 'zod';
import { ReasonRef } from './reasons.ts';
import { Amount, Minor } from './values.ts';

export const RuleKind = z.enum(['promotion', 'coupon', 'tax', 'shipping', 'fee']);
/**
 * A rule that was looked at for a price: `rule` is its id or code, `amount` in minor units when it applied, `reason` without
 * texts (`reasonOf` has them).
 */
export const Considered = z.object({
  rule: z.string(),
  kind: RuleKind,
  applied: z.boolean(),
  reason: ReasonRef.optional(),
  amount: Minor.optional(),
});
export type Considered = z.infer<typeof Considered>;

/**
 * Rules of one kind that came to the same, as they travel and are stored: in a shop with a hundred promotions nearly all did
 * not apply, for one of a few reasons. `amounts` and `reasonAmounts` (what the texts of the reason speak of) have one for
 * each of `rules`, in minor units, or are not there.
 */
export const ConsideredGroup = z.object({
  kind: RuleKind,
  applied: z.boolean(),
  /** The code of the reason. */
  reason: z.string().optional(),
  rules: z.array(z.string()),
  amounts: z.array(Minor).optional(),
  reasonAmounts: z.array(Amount).optional(),
});
export type ConsideredGroup = z.infer<typeof ConsideredGroup>;

const belongs = (group: ConsideredGroup, { kind, applied, reason, amount }: Considered): boolean =>
  group.kind === kind &&
  group.applied === applied &&
  group.reason === reason?.code &&
  (group.amounts === undefined) === (amount === undefined) &&
  (group.reasonAmounts === undefined) === (reason?.amount === undefined);

const groupOf = ({ rule, kind, applied, reason, amount }: Considered): ConsideredGroup => ({
  kind,
  applied,
  ...(reason === undefined ? {} : { reason: reason.code }),
  rules: [rule],
  ...(amount === undefined ? {} : { amounts: [amount] }),
  ...(reason?.amount === undefined ? {} : { reasonAmounts: [reason.amount] }),
});

/** The same rows in groups; each stands where its first row stood, and keeps the order of its rows. */
export const groupConsidered = (rows: readonly Considered[]): ConsideredGroup[] => {
  const groups: ConsideredGroup[] = [];
  let last: ConsideredGroup | undefined;
  for (const row of rows) {
    // Rows that came to the same tend to follow each other.
    const group = last !== undefined && belongs(last, row) ? last : groups.find((each) => belongs(each, row));
    if (group === undefined) {
      last = groupOf(row);
      groups.push(last);
      continue;
    }
    group.rules.push(row.rule);
    if (row.amount !== undefined) group.amounts?.push(row.amount);
    if (row.reason?.amount !== undefined) group.reasonAmounts?.push(row.reason.amount);
    last = group;
  }
  return groups;
};

/** The rows of groups, one for each rule. */
export const consideredRows = (groups: readonly ConsideredGroup[]): Considered[] =>
  groups.flatMap(({ kind, applied, reason, rules, amounts, reasonAmounts }) =>
    rules.map((rule, index) => {
      const amount = amounts?.[index];
      const reasonAmount = reasonAmounts?.[index];
      return {
        rule,
        kind,
        applied,
        ...(reason === undefined
          ? {}
          : { reason: { code: reason, ...(reasonAmount === undefined ? {} : { amount: reasonAmount }) } }),
        ...(amount === undefined ? {} : { amount }),
      };
    }),
  );
