import type { BreakdownRow, Considered, QuoteTax, Reason, TaxRate } from '@kervan/contracts';
import { REASONS } from '../rules/reason.ts';
import type { Bill, RateTotal } from './bill.ts';
import { inBothLanguages } from './text.ts';

/** Rates with the same name, percentage and kind are one row for the buyer: KDV 20 % of goods and of shipping. */
const groupByRate = (totals: readonly (readonly [TaxRate, RateTotal])[]): QuoteTax[] => {
  const groups = new Map<string, QuoteTax>();
  for (const [{ name, rate, included }, { base, amount }] of totals) {
    const key = `${rate} ${included} ${typeof name === 'string' ? name : JSON.stringify(name)}`;
    const group = groups.get(key) ?? { name, rate, included, base: 0, amount: 0 };
    groups.set(key, { ...group, base: group.base + base, amount: group.amount + amount });
  }
  return [...groups.values()];
};

const taxRow = ({ id, name, included }: TaxRate, { amount }: RateTotal): BreakdownRow => {
  const { tr, en } = inBothLanguages(name);
  const row = { rule: id, kind: 'tax', target: 'order' } as const;
  if (!included) return { ...row, amount, note: { tr, en } };
  return { ...row, amount: 0, included: amount, note: { tr: `${tr} (fiyata dahil)`, en: `${en} (included)` } };
};

const exemptionRow = ({ id, name }: TaxRate, { exempt }: RateTotal): BreakdownRow => {
  const { tr, en } = inBothLanguages(name);
  const note = { tr: `${tr} muafiyeti`, en: `${en} exemption` };
  return { rule: id, kind: 'discount', target: 'order', amount: -exempt, note };
};

const refused = ({ id }: TaxRate, reason: Reason): Considered => ({ rule: id, kind: 'tax', applied: false, reason });

/** At the end: taxes as they are shown, by rate, in the order of the rates whatever the order of the lines. */
export const showTaxes = (bill: Bill): Bill => {
  const breakdown = [...bill.breakdown];
  const considered = [...bill.considered];
  const paid: (readonly [TaxRate, RateTotal])[] = [];
  for (const { rate, refusal } of bill.locality.taxRates) {
    const total = bill.rateTotals.get(rate);
    if (refusal !== null) considered.push(refusal);
    else if (total === undefined) considered.push(refused(rate, REASONS.classNotUsed));
    else if (bill.request.company && rate.companiesExempt) {
      considered.push(refused(rate, REASONS.companyExempt));
      if (total.exempt > 0) breakdown.push(exemptionRow(rate, total));
    } else {
      considered.push({ rule: rate.id, kind: 'tax', applied: true, amount: total.amount });
      breakdown.push(taxRow(rate, total));
      paid.push([rate, total]);
    }
  }
  return { ...bill, taxes: groupByRate(paid), breakdown, considered };
};
