import { Currency, OrderTotals, Reason } from '@kervan/contracts';
import type { Failure } from '@kervan/contracts';
import { money } from '@kervan/money';
import { z } from 'zod';
import type { View } from '../route.ts';
import { presentTotals } from './quote.ts';
import { presentReason } from './text.ts';

const WithTotals = z.looseObject({ currency: Currency, totals: OrderTotals });
const WithReason = z.looseObject({ reason: Reason });
const WithProblems = z.looseObject({ problems: z.array(Reason) });
const WithUses = z.looseObject({ uses: z.array(z.looseObject({ code: z.string().nullable(), reason: Reason })) });

/** A buyer's refusal with the facts as buyers read them: new totals as money, reasons in words. */
export const presentRefusal = (failure: Failure, view: View): Failure => {
  if (failure.details === undefined) return failure;
  const totals = WithTotals.safeParse(failure.details).data;
  const reason = WithReason.safeParse(failure.details).data?.reason;
  const problems = WithProblems.safeParse(failure.details).data?.problems;
  const uses = WithUses.safeParse(failure.details).data?.uses;
  return {
    ...failure,
    details: {
      ...failure.details,
      ...(totals === undefined
        ? {}
        : {
            ...money(totals.totals.total, totals.currency, view.language),
            totals: presentTotals(totals.totals, totals.currency, view),
          }),
      ...(reason === undefined ? {} : { reason: presentReason(reason, view) }),
      ...(problems === undefined ? {} : { problems: problems.map((problem) => presentReason(problem, view)) }),
      // Found out by whoever was slower, and told as the price tells it.
      ...(uses === undefined ? {} : { uses: undefined, problems: uses.map((use) => presentUse(use, failure, view)) }),
    },
  };
};

const presentUse = (use: { code: string | null; reason: Reason }, { code }: Failure, view: View) => {
  const { text } = presentReason(use.reason, view);
  return { code, text: use.code === null ? text : `${use.code}: ${text}` };
};
